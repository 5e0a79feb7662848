/** Structures of the programs of a study. Compiling takes seconds, so what was found is kept in the folder of the study. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../../common/diagnostics.js';
import { FAULT_MEMORIES } from '../../ir/trace/run-result.js';
import { digestOf, type StudyFolder, writeWhole } from '../files.js';
import { type Chip, type ChipStructure, structureOn } from '../structure.js';
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

/** The structure of a network on a chip; undefined where it does not fit, which its points then say. */
export async function findStructure(
  bench: Bench,
  folder: StudyFolder,
  name: string,
  chip: Chip,
  quantiseBits: number | undefined,
): Promise<ChipStructure | undefined> {
  if (bench.missing([name]) !== undefined) return undefined;
  try {
    const { digest } = bench.network(name);
    const key = digestOf(`${FORMAT} ${digest} ${chip} ${quantiseBits ?? ''}`);
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
