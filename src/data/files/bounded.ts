/** Reading with limits: what a file says about its size is never believed before it is checked. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { MAX_BYTES } from '../../common/archive/unpack.js';
import { type Diagnostic, errorAt, fail, UserError } from '../../common/diagnostics.js';
import { errorCode } from '../../common/error-code.js';

/** Problems that are listed one by one; the rest is counted. */
const MAX_PROBLEMS = 20;

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

/** @throws UserError with the first problems and the number of the others, if there is any. */
export function throwProblems(problems: readonly Diagnostic[], place: string): void {
  if (problems.length === 0) return;
  const more = problems.length - MAX_PROBLEMS;
  const shown = problems.slice(0, MAX_PROBLEMS);
  if (more > 0)
    shown.push(errorAt('more-problems', place, `${more} more problems of this kind`, 'correct the first ones'));
  throw new UserError(shown);
}
