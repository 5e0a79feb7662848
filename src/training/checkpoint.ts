import { z } from 'zod';
import { failArrays, readCheckpoint, tryWriting, writeCheckpoint } from './checkpoint-file.js';
import type { Model } from './model.js';
import { restore } from './parameter.js';

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

/** Writes the checkpoint; the old one is replaced only by a complete new one. @throws UserError when it cannot be written */
export async function saveCheckpoint(folder: string, model: Model, state: TrainingState): Promise<void> {
  await writeCheckpoint(folder, model.recipe, contentOf(model, state));
}

/** Finds out before the training whether its checkpoints can be written. @throws UserError */
export async function tryCheckpoint(folder: string, model: Model, state: TrainingState): Promise<void> {
  const content = contentOf(model, state);
  const nWeights = content.parameters.reduce((sum, { latent }) => sum + latent.length, 0);
  await tryWriting(folder, model.recipe, content, nWeights);
}

const contentOf = (model: Model, state: TrainingState) => ({
  version: VERSION,
  ...state,
  parameters: model.parameters.map(({ name, latent, m, v }) => ({ name, latent, m, v })),
  statistics: model.statistics,
});

/**
 * Restores a checkpoint into a fresh model of the same recipe; undefined if there is none.
 * @throws UserError for a checkpoint of another recipe and for a damaged file.
 */
export async function loadCheckpoint(folder: string, model: Model): Promise<TrainingState | undefined> {
  const saved = await readCheckpoint(folder, model.recipe, schema);
  if (saved === undefined) return undefined;
  const fits =
    saved.parameters.length === model.parameters.length &&
    saved.statistics.length === model.statistics.length &&
    saved.statistics.every((values, i) => values.length === model.statistics[i]!.length) &&
    saved.parameters.every((from, i) => {
      const n = model.parameters[i]!.latent.length;
      return from.latent.length === n && from.m.length === n && from.v.length === n;
    });
  if (!fits) failArrays(folder, model.recipe);
  saved.parameters.forEach((from, i) => restore(model.parameters[i]!, from, saved.step));
  saved.statistics.forEach((values, i) => model.statistics[i]!.set(values));
  return { step: saved.step, history: saved.history, best: saved.best };
}
