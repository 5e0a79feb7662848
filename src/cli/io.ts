/** Files in and out of the command line. Every failure is a diagnostic with the path and a remedy. */
import { readFile, stat } from 'node:fs/promises';
import { decodeText } from '../common/decode-text.js';
import { fail } from '../common/diagnostics.js';
import { STANDARD_STREAM } from '../common/standard-input.js';
import { readStandardInput } from '../data/files/standard-streams.js';
import { errorCode } from '../common/error-code.js';

export { checkFolder, checkWritable, makeFolder, writeAtomic, writeTogether } from '../data/files/write.js';

const MEBI = 1024 * 1024;

/** Largest files that are read, by what they hold: a wrong path must not fill the memory. */
export const MAX_BYTES = {
  model: 1024 * MEBI,
  // As much as a file that is read at once can have: 100,000 cores.
  program: 2047 * MEBI,
  recipe: MEBI,
  experiment: MEBI,
  spec: MEBI,
  table: MEBI,
  result: 256 * MEBI,
  password: 4096,
} as const;
/** What a file is expected to hold. */
export type FileRole = keyof typeof MAX_BYTES;

/** Reads a whole file after checking that it is one and not too large; `-` is standard input. @throws UserError */
export async function readBytes(path: string, role: FileRole): Promise<Uint8Array> {
  if (path === STANDARD_STREAM) return readStandardInput(MAX_BYTES[role]);
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
  return decodeText(await readBytes(path, role), path, `${role} file`);
}

function failReading(path: string, role: FileRole, error: unknown): never {
  const code = errorCode(error);
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    fail('file-missing', path, `there is no ${role} file at this path`, 'check the path');
  }
  fail('file-unreadable', path, `the ${role} file cannot be read (${code})`, 'check the permissions of the file');
}
