/** What is refused, and with what. */
import { UserError } from '../../src/common/diagnostics.js';

/** The codes of the findings with which something is refused, joined; `taken` where it is not. */
export async function refusal(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof UserError) return error.diagnostics.map(({ code }) => code).join();
    throw error;
  }
  return 'taken';
}

/** What `make` gives; undefined where it refuses. Other errors are thrown. */
export function unlessRefused<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}
