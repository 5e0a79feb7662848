/** Unpacking with limits: what a stream says about its size is never believed before it is checked. */
import { gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';
import { fail } from '../diagnostics.js';
import { errorCode } from '../error-code.js';

/** Largest file that is read and largest array that is made of one, bytes: far above every data set of 8-bit images here. */
export const MAX_BYTES = 1 << 30;
/** How a stream is packed: gzip, zlib (PNG) or bare deflate (zip). */
export type Packing = 'gzip' | 'zlib' | 'deflate';
const UNPACK = { gzip: gunzipSync, zlib: inflateSync, deflate: inflateRawSync } as const;

/** Unpacks at most `limit` bytes; stops there, so that a small file cannot fill the memory. @throws UserError */
export function unpack(bytes: Uint8Array, packing: Packing, limit: number, place: string): Uint8Array {
  try {
    // A limit of 0 is refused by zlib; one byte more than announced is still an error of the caller's check.
    const out = UNPACK[packing](bytes, { maxOutputLength: Math.max(limit, 1) });
    return new Uint8Array(out.buffer, out.byteOffset, out.byteLength);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ERR_BUFFER_TOO_LARGE') {
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

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = (c & 1) === 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});

/** CRC-32 of PNG and zip (ISO 3309, polynomial 0xedb88320 reflected), unsigned. */
export function crc32(bytes: Uint8Array): number {
  let c = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) c = CRC_TABLE[(c ^ bytes[i]!) & 255]! ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}
