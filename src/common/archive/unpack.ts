/** Unpacking with limits: what a stream says about its size is never believed before it is checked. */
import { platform } from '#platform';
import { fail } from '../diagnostics.js';
import { errorCode } from '../error-code.js';
import { type Packing, UNPACKS_TOO_LARGE } from '../platform/platform.js';

/** Largest file that is read and largest array that is made of one, bytes: far above every data set of 8-bit images here. */
export const MAX_BYTES = 1 << 30;

/** Unpacks at most `limit` bytes; stops there, so that a small file cannot fill the memory. @throws UserError */
export function unpack(bytes: Uint8Array, packing: Packing, limit: number, place: string): Uint8Array {
  try {
    return platform.inflate(bytes, packing, limit);
  } catch (error) {
    const code = errorCode(error);
    if (code === UNPACKS_TOO_LARGE) {
      return fail(
        'unpacks-too-large',
        place,
        `it unpacks to more than ${limit} bytes`,
        'check that this is the right file',
      );
    }
    return fail('bad-compression', place, `the compressed data is damaged (${code})`, 'copy or fetch the file again');
  }
}
