import { fail } from './diagnostics.js';

/** Decodes UTF-8 without its byte order mark: the only way from the bytes of a file to its text. @throws UserError for other bytes. */
export function decodeText(bytes: Uint8Array, place: string, what = 'file'): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return fail(
      'not-text',
      place,
      `the ${what} is not UTF-8 text`,
      'check that this is the right file, and save it as UTF-8',
    );
  }
}
