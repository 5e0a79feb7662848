import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Packr } from 'msgpackr';
import { z } from 'zod';
import { fail } from '../common/diagnostics.js';
import type { Model } from './model.js';
import { restore } from './parameter.js';
import type { Recipe } from './recipe.js';

/** What is known after an epoch (1, 2, ...): mean training loss and accuracy, validation accuracy, 0..1. */
export interface EpochRecord {
  readonly epoch: number;
  readonly loss: number;
  readonly accuracy: number;
  readonly validationAccuracy: number;
}

/** All state of a training between two epochs. */
export interface TrainingState {
  /** Steps of the optimiser so far. */
  step: number;
  history: EpochRecord[];
  /** The network with the best validation accuracy so far, as a model file. */
  best: Uint8Array;
}

const VERSION = 1;
const packr = new Packr({ moreTypes: true, useRecords: false });

const schema = z.strictObject({
  version: z.literal(VERSION),
  recipe: z.string(),
  step: z.int().min(0),
  history: z.array(
    z.strictObject({ epoch: z.int(), loss: z.number(), accuracy: z.number(), validationAccuracy: z.number() }),
  ),
  best: z.instanceof(Uint8Array),
  parameters: z.array(
    z.strictObject({
      name: z.string(),
      latent: z.instanceof(Float32Array),
      m: z.instanceof(Float32Array),
      v: z.instanceof(Float32Array),
    }),
  ),
  statistics: z.array(z.instanceof(Float64Array)),
});

/** File of a recipe's checkpoint in a folder. */
export const checkpointPath = (folder: string, recipe: Recipe): string => join(folder, `${recipe.name}.checkpoint`);

/** Writes the checkpoint; the old one is replaced only by a complete new one. */
export async function saveCheckpoint(folder: string, model: Model, state: TrainingState): Promise<void> {
  const path = checkpointPath(folder, model.recipe);
  await mkdir(folder, { recursive: true });
  const bytes = packr.pack({
    version: VERSION,
    recipe: JSON.stringify(model.recipe),
    ...state,
    parameters: model.parameters.map(({ name, latent, m, v }) => ({ name, latent, m, v })),
    statistics: model.statistics,
  });
  await writeFile(`${path}.part`, bytes);
  await rename(`${path}.part`, path);
}

/**
 * Restores a checkpoint into a fresh model of the same recipe; undefined if there is none.
 * @throws UserError for a checkpoint of another recipe and for a damaged file.
 */
export async function loadCheckpoint(folder: string, model: Model): Promise<TrainingState | undefined> {
  const path = checkpointPath(folder, model.recipe);
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  const saved = decode(bytes, path);
  if (saved.recipe !== JSON.stringify(model.recipe)) {
    fail(
      'checkpoint-recipe',
      path,
      `the checkpoint belongs to another version of the recipe "${model.recipe.name}"`,
      'train from the start, or use the recipe of the checkpoint',
    );
  }
  const fits =
    saved.parameters.length === model.parameters.length &&
    saved.statistics.length === model.statistics.length &&
    saved.statistics.every((values, i) => values.length === model.statistics[i]!.length) &&
    saved.parameters.every((from, i) => {
      const n = model.parameters[i]!.latent.length;
      return from.latent.length === n && from.m.length === n && from.v.length === n;
    });
  if (!fits) fail('checkpoint-damaged', path, 'its arrays do not fit the recipe', 'train from the start');
  saved.parameters.forEach((from, i) => restore(model.parameters[i]!, from, saved.step));
  saved.statistics.forEach((values, i) => model.statistics[i]!.set(values));
  return { step: saved.step, history: saved.history, best: saved.best };
}

function decode(bytes: Uint8Array, path: string): z.infer<typeof schema> {
  let value: unknown;
  try {
    value = packr.unpack(bytes);
  } catch {
    value = undefined;
  }
  const result = schema.safeParse(value);
  if (!result.success) fail('checkpoint-damaged', path, 'the file is not an intact checkpoint', 'train from the start');
  return result.data;
}
