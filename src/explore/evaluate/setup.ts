/** What a process knows from its start, and what stays of it in the folder of an exploration. */
import { join } from 'node:path';
import { z } from 'zod';
import { checkSchema } from '../../common/check-schema.js';
import { parseJson } from '../../common/parse-json.js';
import { readBounded, textOf } from '../../data/files/bounded.js';
import { makeFolder, writeAtomic } from '../../data/files/write.js';

const kept = {
  /** Data sets by the digests of their images: name or path to load them by. */
  data: z.record(z.string(), z.string()),
  /** Comparisons that are looked at before anything runs. */
  constraints: z.array(z.string()),
};

/** What a process knows from its start. */
export const benchSetup = z.strictObject({
  /** Folder of networks and reference scores by their digests. */
  store: z.string(),
  /** Files of chips of the user, beside the installed ones; not kept: they are code, and run where somebody asks for it. */
  chipFiles: z.array(z.string()),
  ...kept,
});
/** What a process knows from its start. */
export type BenchSetup = z.infer<typeof benchSetup>;

/** Where the store of an exploration lies. */
export const storeOf = (folder: string): string => join(folder, 'work', 'store');

const SETUP_REMEDY = 'explore --resume writes it again';

const setupPath = (folder: string): string => join(folder, 'work', 'setup.json');

/** Writes down what points of a folder are run again with. @throws UserError when it cannot be written */
export async function writeSetup(folder: string, setup: Omit<BenchSetup, 'store' | 'chipFiles'>): Promise<void> {
  const remedy = 'choose another folder with -o';
  await makeFolder(join(folder, 'work'), remedy);
  await writeAtomic(setupPath(folder), `${JSON.stringify(setup, null, 1)}\n`, remedy);
}

/** What points of a folder are run again with. @throws UserError for a folder without it */
export async function readSetup(folder: string): Promise<Omit<BenchSetup, 'chipFiles'>> {
  const path = setupPath(folder);
  const value = parseJson(textOf(await readBounded(path), path), path, { code: 'bad-setup', remedy: SETUP_REMEDY });
  return {
    store: storeOf(folder),
    ...checkSchema(z.strictObject(kept), value, path, SETUP_REMEDY),
  };
}
