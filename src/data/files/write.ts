/** Writing files, for everything that writes any: complete or absent, and never over what is no regular file. */
import { constants, openSync, type Stats } from 'node:fs';
import {
  access,
  chmod,
  chown,
  lstat,
  mkdir,
  open,
  readlink,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { Socket } from 'node:net';
import { basename, dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { threadId } from 'node:worker_threads';
import { fail } from '../../common/diagnostics.js';
import type { FileContent } from './file-content.js';
import { writeStandardOutput } from './standard-streams.js';
import { STANDARD_STREAM } from '../../common/standard-input.js';
import { errorCode } from '../../common/error-code.js';
import { announceUnfinished } from '../../common/unfinished.js';

/** What the user can do about a place that cannot be written. */
const REMEDY = 'choose another path with -o';

/** How a place is written: a new or another regular file is renamed onto `path`, a pipe or a device is written through. */
type Place = { readonly kind: 'file'; readonly path: string; readonly old?: Stats } | Through;
interface Through {
  readonly kind: 'pipe' | 'device';
  readonly path: string;
}

/**
 * Checks that {@link writeAtomic} can write there, so that a long run does not end with nothing to show.
 * @throws UserError
 */
export async function checkWritable(path: string, remedy = REMEDY): Promise<void> {
  if (path === STANDARD_STREAM) return;
  await placeOf(path, remedy);
}

/**
 * Writes a file, whole or piece by piece, so that it is complete or absent: to a temporary name in the same folder, then renamed. Links are
 * followed; an existing file is replaced at once and its mode and owner stay. Pipes and character devices are written through; `-` is
 * standard output.
 * @throws UserError when the place cannot be written.
 */
export async function writeAtomic(path: string, data: FileContent, remedy = REMEDY): Promise<void> {
  if (path === STANDARD_STREAM) {
    await writeStandardOutput(data);
    return;
  }
  const place = await placeOf(path, remedy);
  if (place.kind !== 'file') {
    await writeThrough(place, data).catch((error: unknown) => failWriting(path, error, remedy));
    return;
  }
  await writeFiles([{ path, data, place }], remedy);
}

/** One of several files that belong together. */
export interface FileToWrite {
  readonly path: string;
  readonly data: FileContent;
}

/**
 * Writes files that belong together: all of them to temporary names first, then renamed in the order given, so that what names the others comes
 * last and nothing is changed where one of them cannot be written. Pipes, devices and standard output take one file only, and are refused.
 * @throws UserError when one of the places cannot be written.
 */
export async function writeTogether(files: readonly FileToWrite[], remedy = REMEDY): Promise<void> {
  const placed: PlacedFile[] = [];
  for (const { path, data } of files) {
    const place = path === STANDARD_STREAM ? undefined : await placeOf(path, remedy);
    if (place?.kind !== 'file') failWriting(path, { code: 'SEVERAL' }, remedy);
    placed.push({ path, data, place });
  }
  await writeFiles(placed, remedy);
}

interface PlacedFile extends FileToWrite {
  readonly place: Extract<Place, { kind: 'file' }>;
}

async function writeFiles(files: readonly PlacedFile[], remedy: string): Promise<void> {
  const waiting = files.map((file) => ({ ...file, temporary: join(dirname(file.place.path), temporaryName()) }));
  for (const { temporary } of waiting) announceUnfinished(temporary, true);
  let at = '';
  try {
    for (const { path, data, place, temporary } of waiting) {
      at = path;
      await writeTemporary(temporary, data);
      if (place.old !== undefined) await keepOwner(temporary, place.old);
    }
    for (const { path, place, temporary } of waiting) {
      at = path;
      await rename(temporary, place.path);
    }
  } catch (error) {
    await Promise.all(waiting.map(({ temporary }) => rm(temporary, { force: true }).catch(() => undefined)));
    // What the pieces of the content throw is no matter of the place.
    if (!(error instanceof Error && 'code' in error)) throw error;
    failWriting(at, error, remedy);
  } finally {
    for (const { temporary } of waiting) announceUnfinished(temporary, false);
  }
}

async function writeTemporary(temporary: string, data: FileContent): Promise<void> {
  const file = await open(temporary, 'wx');
  try {
    await writeFile(file, data);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Checks that {@link makeFolder} can make a folder, without making it. @throws UserError */
export async function checkFolder(path: string, remedy = REMEDY): Promise<void> {
  if (path === '') failWriting(path, { code: 'EMPTY' }, remedy);
  if (path === STANDARD_STREAM) failWriting(path, { code: 'STREAM' }, remedy);
  for (let at = resolve(path); ; at = dirname(at)) {
    const info = await stat(at).catch((error: unknown) => {
      if (errorCode(error) === 'ENOENT') return undefined;
      return failWriting(path, error, remedy);
    });
    if (info === undefined) continue;
    if (!info.isDirectory()) failWriting(path, { code: 'ENOTDIR' }, remedy);
    await access(at, constants.W_OK | constants.X_OK).catch((error: unknown) => failWriting(path, error, remedy));
    return;
  }
}

/** Makes a folder and those above it. @throws UserError */
export async function makeFolder(path: string, remedy = REMEDY): Promise<void> {
  // mkdir says of a read-only file system that something does not exist.
  await checkFolder(path, remedy);
  await mkdir(path, { recursive: true }).catch((error: unknown) => {
    failWriting(path, errorCode(error) === 'EEXIST' ? { code: 'ENOTDIR' } : error, remedy);
  });
  await access(path, constants.W_OK | constants.X_OK).catch((error: unknown) => failWriting(path, error, remedy));
}

let nTemporary = 0;
/** Short, so that it fits wherever the name of a file does; of one process, thread and file. */
const temporaryName = (): string => `.lodestone-${process.pid}-${threadId}-${nTemporary++}.tmp`;

async function placeOf(path: string, remedy: string): Promise<Place> {
  const refuse = (error: unknown): never => failWriting(path, error, remedy);
  if (path === '') refuse({ code: 'EMPTY' });
  if (path.endsWith('/')) refuse({ code: 'EISDIR' });
  const target = await followed(path).catch(refuse);
  const old = await stat(target).catch((error: unknown) => (errorCode(error) === 'ENOENT' ? undefined : refuse(error)));
  if (old !== undefined) {
    if (old.isDirectory()) refuse({ code: 'EISDIR' });
    if (old.isSocket()) refuse({ code: 'SOCKET' });
    if (old.isBlockDevice()) refuse({ code: 'BLOCK' });
    // Not left to access(): the superuser may write everything, and would lose what was protected on purpose.
    if (old.isFile() && (old.mode & 0o222) === 0) refuse({ code: 'PROTECTED' });
    await access(target, constants.W_OK).catch(() => refuse({ code: 'PROTECTED' }));
    if (!old.isFile()) return { kind: old.isFIFO() ? 'pipe' : 'device', path: target };
  }
  const folder = dirname(target);
  const parent = await stat(folder).catch(refuse);
  if (!parent.isDirectory()) refuse({ code: 'ENOTDIR' });
  await access(folder, constants.W_OK | constants.X_OK).catch(refuse);
  return { kind: 'file', path: target, ...(old === undefined ? {} : { old }) };
}

/** The path without links at its end; the target of a link need not exist. */
async function followed(path: string): Promise<string> {
  let target = path;
  // As many links as the system follows.
  for (let i = 0; i < 40; i++) {
    const info = await lstat(target).catch((error: unknown) => {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw error;
    });
    if (info?.isSymbolicLink() !== true) return target;
    // What /dev/fd and /proc/self/fd link to has no path where it is a pipe.
    const real = await stat(target).catch(() => undefined);
    if (real !== undefined && !real.isFile()) return target;
    if (real !== undefined) return realpath(target);
    target = resolve(dirname(target), await readlink(target));
  }
  throw Object.assign(new Error('too many links'), { code: 'ELOOP' });
}

async function keepOwner(path: string, { mode, uid, gid }: Stats): Promise<void> {
  const made = await stat(path);
  // Only the superuser may give files away; a file of another owner in a folder of ours becomes ours.
  if (made.uid !== uid || made.gid !== gid) await chown(path, uid, gid).catch(() => undefined);
  await chmod(path, mode & 0o7777);
}

/** A pipe nobody reads is an error (ENXIO) and not a wait without end. */
async function writeThrough({ kind, path }: Through, data: FileContent): Promise<void> {
  if (kind === 'device') {
    const file = await open(path, constants.O_WRONLY | constants.O_NOCTTY);
    try {
      await writeFile(file, data);
    } finally {
      await file.close();
    }
    return;
  }
  const fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  const socket = new Socket({ fd, readable: false, writable: true });
  const pieces = typeof data === 'string' || data instanceof Uint8Array ? [data] : data;
  await pipeline(Readable.from(pieces), socket);
}

const REASONS: Readonly<Record<string, string>> = {
  EMPTY: 'its name is empty',
  ENOENT: 'its folder does not exist',
  ENOTDIR: 'a part of the path is not a folder',
  EISDIR: 'it is a folder',
  EACCES: 'the folder is not writable',
  EPERM: 'the folder is not writable',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of disk space is used up',
  EFBIG: 'the file would be larger than the file system allows',
  ENAMETOOLONG: 'a name in the path is too long',
  ELOOP: 'its links go in a circle',
  ENXIO: 'nobody reads from this pipe',
  EPIPE: 'the reader of this pipe has gone',
  EIO: 'the device reports an error',
  PROTECTED: 'the file is write-protected',
  SOCKET: 'it is a socket',
  SEVERAL: 'several files are written, and this place takes one',
  STREAM: 'a folder is written, and standard output is none',
  BLOCK: 'it is a block device',
};

/** Ends an attempt to write. @throws UserError with the reason of a system error */
export function failWriting(path: string, error: unknown, remedy = REMEDY): never {
  const code = errorCode(error);
  const reason = REASONS[code] ?? code;
  const place = path === '' ? '""' : path.length > 200 ? `${path.slice(0, 100)}...${basename(path).slice(-60)}` : path;
  fail('unwritable-output', place, `the output cannot be written: ${reason}`, remedy);
}
