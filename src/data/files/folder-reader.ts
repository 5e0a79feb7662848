/** Files beside a file that another tool wrote: its external data, its shards. What names them is not trusted. */
import { realpath } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';
import { fail } from '../../common/diagnostics.js';
import { kindOf, readBounded } from './bounded.js';

/** Reads a file of a folder by its relative name, at most `limit` bytes; undefined where there is none. @throws UserError */
export type FolderReader = (name: string, limit: number) => Promise<Uint8Array | undefined>;

/**
 * A reader of the files in `folder` and below. Names that lead out of it, by `..`, as absolute paths or through links, are refused:
 * a model must not make a program read what its author likes.
 */
export function folderReader(folder: string): FolderReader {
  const refuse = (name: string): never =>
    fail('outside-folder', join(folder, name), 'the model names a file outside of its own folder', 'put it beside the model');
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
