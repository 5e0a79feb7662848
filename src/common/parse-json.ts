import { fail } from './diagnostics.js';

/** The value of a JSON text. @throws UserError with this code and remedy when it is none */
export function parseJson(text: string, place: string, { code, remedy }: { code: string; remedy: string }): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return fail(code, place, 'the file is not JSON', remedy);
  }
}
