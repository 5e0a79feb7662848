/** Files beside a file that another tool wrote: its external data, its shards. What names them is not trusted. */
import { readdir, realpath } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';
import { fail } from '../../common/diagnostics.js';
import { errorCode } from '../../common/error-code.js';
import { kindOf, readBounded } from './bounded.js';

/** Reads a file of a folder by its relative name, at most `limit` bytes; undefined where there is none. @throws UserError */
export type FolderReader = (name: string, limit: number) => Promise<Uint8Array | undefined>;

/**
 * A reader of the files in `folder` and below. Names that lead out of it, by `..`, as absolute paths or through links, are refused:
 * a model must not make a program read what its author likes.
 */
export function folderReader(folder: string): FolderReader {
  const refuse = (name: string): never =>
    fail(
      'outside-folder',
      join(folder, name),
      'the model names a file outside of its own folder',
      'put it beside the model',
    );
  return async (name, limit) => {
    const parts = name.split(/[\\/]/);
    if (name.includes('\0') || isAbsolute(name) || /^[A-Za-z]:/.test(name) || parts.includes('..')) refuse(name);
    const path = join(folder, ...parts);
    if ((await kindOf(path)) !== 'file') return undefined;
    const inside = relative(await realpath(folder), await realpath(path));
    if (inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) refuse(name);
    return readBounded(path, limit);
  };
}

/** A reader of the files beside a file. */
export const besideFile = (path: string): FolderReader => folderReader(dirname(path));

/** How deep a folder is listed, and how many files of it: a wrong path must not take long. */
const MAX_DEPTH = 4;
const MAX_FILES = 10_000;

/** The files of a folder and the folders in it, by relative name with `/`, sorted; links are not followed. @throws UserError */
export async function listTree(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  const visit = async (prefix: string, depth: number): Promise<void> => {
    const entries = await readdir(join(folder, prefix), { withFileTypes: true }).catch((error: unknown) =>
      fail('folder-unreadable', folder, `the folder cannot be read (${errorCode(error)})`, 'check its permissions'),
    );
    for (const entry of entries) {
      const name = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
      if (entry.isFile()) found.push(name);
      else if (entry.isDirectory() && depth < MAX_DEPTH) await visit(name, depth + 1);
      if (found.length > MAX_FILES) {
        fail('folder-too-large', folder, `it holds more than ${MAX_FILES} files`, 'pass the folder of the model alone');
      }
    }
  };
  await visit('', 1);
  return found.sort();
}
