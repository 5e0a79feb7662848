/** Files by the digest of what they were made from: whole or absent, the same whoever writes them. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder, writeAtomic } from '../../data/files/write.js';

const REMEDY = 'choose another folder with -o';

/** The path of a file. */
export const storePath = (folder: string, key: string, kind: string): string => join(folder, `${key}.${kind}`);

/** The bytes of a file; undefined where it is not there. */
export const readStored = async (folder: string, key: string, kind: string): Promise<Uint8Array | undefined> =>
  readFile(storePath(folder, key, kind)).then(
    (bytes) => bytes,
    () => undefined,
  );

/** Writes a file. @throws UserError when it cannot be written */
export async function writeStored(folder: string, key: string, kind: string, bytes: Uint8Array): Promise<void> {
  await makeFolder(folder, REMEDY);
  await writeAtomic(storePath(folder, key, kind), bytes, REMEDY);
}
