/** Structures of the programs of a study. Compiling takes seconds, so what was found is kept in the folder of the study. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Chip, ChipStructure } from '../../chips/chip.js';
import { UserError } from '../../common/diagnostics.js';
import { FAULT_MEMORIES } from '../../ir/faults/memories.js';
import { digestOf } from '../../experiments/points/digest.js';
import { type StudyFolder, writeWhole } from '../files.js';
import { structureOn } from '../structure.js';
import { neededPrograms } from '../plan.js';
import type { StudyOptions } from '../progress.js';
import type { StudySpec } from '../spec.js';
import type { Bench } from './bench.js';

const schema = z.strictObject({
  nCores: z.int().min(1),
  layers: z.array(z.string()),
  stores: z.array(
    z.strictObject({
      memory: z.enum(FAULT_MEMORIES),
      layer: z.string(),
      words: z.int().min(0),
      bits: z.int().min(1),
      cores: z.array(z.int().min(0)).exactOptional(),
    }),
  ),
});

/** Changes with whatever changes programs or what is said about them. */
const FORMAT = 1;

/** Structures of programs, by {@link structureKey}. */
export type Structures = ReadonlyMap<string, ChipStructure>;

/** Key of a network on a chip. */
export const structureKey = (network: string, chip: string): string => `${network} on ${chip}`;

/** The programs that the plan or the costs have to know; those that do not fit are absent. */
export async function findStructures(
  spec: StudySpec,
  bench: Bench,
  folder: StudyFolder,
  { signal, onProgress }: Pick<StudyOptions, 'signal' | 'onProgress'>,
): Promise<Structures> {
  const found = new Map<string, ChipStructure>();
  for (const { network, chip } of neededPrograms(spec)) {
    signal?.throwIfAborted();
    onProgress?.({ stage: 'compiling', network, chip: chip.name });
    const structure = await findStructure(
      bench,
      folder,
      network,
      chip,
      `${spec.quantise?.bits ?? ''}${spec.compiling[chip.name] ?? ''}`,
    );
    if (structure !== undefined) found.set(structureKey(network, chip.name), structure);
  }
  return found;
}

/** Those of one network, by the name of the chip. */
export function chipsOf(
  structures: Structures,
  name: string,
  chips: readonly Chip[],
): Readonly<Partial<Record<string, ChipStructure>>> {
  return Object.fromEntries(
    chips.flatMap((chip) => {
      const found = structures.get(structureKey(name, chip.name));
      return found === undefined ? [] : [[chip.name, found] as const];
    }),
  );
}

/** The structure of a network on a chip, compiled by `settings`; undefined where it does not fit, which its points then say. */
async function findStructure(
  bench: Bench,
  folder: StudyFolder,
  name: string,
  chip: Chip,
  settings: string,
): Promise<ChipStructure | undefined> {
  if (bench.missing([name]) !== undefined) return undefined;
  try {
    const { digest } = bench.network(name);
    const key = digestOf(`${FORMAT} ${digest} ${chip.name} ${settings}`);
    const path = join(folder.work, 'structures', `${key}.json`);
    const known = await readStructure(path);
    if (known !== undefined) return known;
    const found = structureOn(await bench.deployed(name, chip), chip);
    await writeWhole(path, `${JSON.stringify(found)}\n`);
    return found;
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

async function readStructure(path: string): Promise<ChipStructure | undefined> {
  try {
    return schema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return undefined;
  }
}
