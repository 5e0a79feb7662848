import { fail } from './diagnostics.js';

/**
 * A package that not everybody installs. @throws UserError that asks for it by its name, and says what it is for, where it is missing
 */
export async function optional<T>(name: string, what: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
    if (!isMissing || !error.message.includes(name)) throw error;
    return fail('package-missing', name, `${what} need this package, and it is not installed`, `npm install ${name}`);
  }
}
