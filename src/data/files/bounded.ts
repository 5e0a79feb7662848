/** Reading and unpacking with limits: what a file says about its size is never believed before it is checked. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';
import { type Diagnostic, errorAt, fail, UserError } from '../../common/diagnostics.js';

/** Largest file that is read and largest array that is made of one, bytes: far above every data set of 8-bit images here. */
export const MAX_BYTES = 1 << 30;
/** Problems that are listed one by one; the rest is counted. */
const MAX_PROBLEMS = 20;

/** The code of a system error (ENOENT, ...), or its text. */
export const errorCode = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : String(error);

/** Whether something (file or folder) is at a path; undefined when there is nothing. */
export async function kindOf(path: string): Promise<'file' | 'folder' | undefined> {
  const info = await stat(path).catch(() => undefined);
  if (info?.isFile() === true) return 'file';
  return info?.isDirectory() === true ? 'folder' : undefined;
}

/** Names in a folder, sorted: the order of a folder on disk is no order. @throws UserError when it cannot be read. */
export async function listFolder(path: string): Promise<readonly string[]> {
  try {
    return (await readdir(path)).sort();
  } catch (error) {
    const message = `the folder cannot be read (${errorCode(error)})`;
    return fail('folder-unreadable', path, message, 'check the path and its permissions');
  }
}

/** Reads a whole file of at most `limit` bytes. @throws UserError when it is missing, not a file, unreadable or too large. */
export async function readBounded(path: string, limit = MAX_BYTES): Promise<Uint8Array> {
  try {
    const info = await stat(path);
    if (!info.isFile()) fail('not-a-file', path, 'a file is needed, this is not a file', 'pass the path of a file');
    if (info.size > limit) {
      const message = `the file has ${info.size} bytes, at most ${limit} are read`;
      fail('file-too-large', path, message, 'check that this is the right file');
    }
    const bytes = await readFile(path);
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  } catch (error) {
    if (error instanceof UserError) throw error;
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR')
      fail('file-missing', path, 'there is no file at this path', 'check the path');
    return fail('file-unreadable', path, `the file cannot be read (${code})`, 'check the permissions of the file');
  }
}

export { decodeText as textOf } from '../../common/decode-text.js';

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

/** @throws UserError with the first problems and the number of the others, if there is any. */
export function throwProblems(problems: readonly Diagnostic[], place: string): void {
  if (problems.length === 0) return;
  const more = problems.length - MAX_PROBLEMS;
  const shown = problems.slice(0, MAX_PROBLEMS);
  if (more > 0)
    shown.push(errorAt('more-problems', place, `${more} more problems of this kind`, 'correct the first ones'));
  throw new UserError(shown);
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
