/** Files in and out of the command line. Every failure is a diagnostic with the path and a remedy. */
import { constants } from 'node:fs';
import { access, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fail } from '../common/diagnostics.js';

const MEBI = 1024 * 1024;

/** Largest files that are read, by what they hold: a wrong path must not fill the memory. */
export const MAX_BYTES = {
  model: 1024 * MEBI,
  program: 1024 * MEBI,
  recipe: MEBI,
  spec: MEBI,
  table: MEBI,
  result: 256 * MEBI,
} as const;
/** What a file is expected to hold. */
export type FileRole = keyof typeof MAX_BYTES;

/** Reads a whole file after checking that it is one and not too large. @throws UserError */
export async function readBytes(path: string, role: FileRole): Promise<Uint8Array> {
  const info = await stat(path).catch((error: unknown) => failReading(path, role, error));
  if (!info.isFile())
    fail('not-a-file', path, `a ${role} file is needed, this is not a file`, `pass the path of a file`);
  const limit = MAX_BYTES[role];
  if (info.size > limit) {
    const message = `the file has ${info.size} bytes, a ${role} file has at most ${limit}`;
    fail('file-too-large', path, message, 'check that this is the right file');
  }
  const bytes = await readFile(path).catch((error: unknown) => failReading(path, role, error));
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Reads a UTF-8 text file. @throws UserError also for bytes that are not UTF-8. */
export async function readText(path: string, role: FileRole): Promise<string> {
  const bytes = await readBytes(path, role);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return fail('not-text', path, 'the file is not UTF-8 text', `check that this is a ${role} file`);
  }
}

/**
 * Checks that {@link writeAtomic} can write there, so that a long run does not end with nothing to show.
 * @throws UserError
 */
export async function checkWritable(path: string): Promise<void> {
  const folder = dirname(path);
  const parent = await stat(folder).catch((error: unknown) => failWriting(path, error));
  if (!parent.isDirectory()) failWriting(path, { code: 'ENOTDIR' });
  await access(folder, constants.W_OK | constants.X_OK).catch((error: unknown) => failWriting(path, error));
  const existing = await stat(path).catch(() => undefined);
  if (existing?.isDirectory() === true) failWriting(path, { code: 'EISDIR' });
}

/**
 * Writes a file, whole or piece by piece, so that it is complete or absent: to a temporary name in the same folder, then renamed. An existing file is
 * replaced at once. @throws UserError when the place cannot be written.
 */
export async function writeAtomic(path: string, data: Uint8Array | string | Iterable<string>): Promise<void> {
  await checkWritable(path);
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  try {
    const file = await open(temporary, 'w');
    try {
      await writeFile(file, data);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    failWriting(path, error);
  }
}

const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : String(error);

function failReading(path: string, role: FileRole, error: unknown): never {
  const code = codeOf(error);
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    fail('file-missing', path, `there is no ${role} file at this path`, 'check the path');
  }
  fail('file-unreadable', path, `the ${role} file cannot be read (${code})`, 'check the permissions of the file');
}

function failWriting(path: string, error: unknown): never {
  const code = codeOf(error);
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: 'its folder does not exist',
    ENOTDIR: 'a part of the path is not a folder',
    EISDIR: 'it is a folder',
    EACCES: 'the folder is not writable',
    EPERM: 'the folder is not writable',
    EROFS: 'the file system is read-only',
    ENOSPC: 'the disk is full',
  };
  const reason = reasons[code] ?? code;
  fail('unwritable-output', path, `the output cannot be written: ${reason}`, 'choose another path with -o');
}
