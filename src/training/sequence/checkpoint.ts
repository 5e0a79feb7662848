import { z } from 'zod';
import { failArrays, readCheckpoint, tryWriting, writeCheckpoint } from '../checkpoint-file.js';
import { allParameters, type SequenceModel } from './model.js';

const VERSION = 1;

const record = z.strictObject({ step: z.int(), loss: z.number(), exactAnswers: z.number(), tokens: z.number() });
const schema = z.strictObject({
  version: z.literal(VERSION),
  recipe: z.string(),
  step: z.int().min(0),
  lossSum: z.number(),
  history: z.array(record),
  best: z.instanceof(Uint8Array),
  parameters: z.array(
    z.strictObject({
      name: z.string(),
      value: z.instanceof(Float32Array),
      m: z.instanceof(Float32Array),
      v: z.instanceof(Float32Array),
    }),
  ),
});

/** All state of a training between two steps, but the parameters. */
export interface SequenceState {
  step: number;
  /** Of the losses since the last validation. */
  lossSum: number;
  /** After each validation: mean loss since the last one, nats; fractions 0..1. */
  readonly history: z.infer<typeof record>[];
  /** The network of the best validation so far, as a model file. */
  best: Uint8Array;
}

/** Writes the checkpoint; the old one is replaced only by a complete new one. @throws UserError when it cannot be written */
export async function saveSequenceCheckpoint(
  folder: string,
  model: SequenceModel,
  state: SequenceState,
): Promise<void> {
  await writeCheckpoint(folder, model.recipe, contentOf(model, state));
}

/** Finds out before the training whether its checkpoints can be written. @throws UserError */
export async function trySequenceCheckpoint(folder: string, model: SequenceModel, state: SequenceState): Promise<void> {
  const content = contentOf(model, state);
  const nWeights = content.parameters.reduce((sum, { value }) => sum + value.length, 0);
  await tryWriting(folder, model.recipe, content, nWeights);
}

const contentOf = (model: SequenceModel, state: SequenceState) => ({
  version: VERSION,
  ...state,
  parameters: allParameters(model.parameters).map(({ name, value, m, v }) => ({ name, value, m, v })),
});

/**
 * Restores a checkpoint into a fresh model of the same recipe; undefined if there is none.
 * @throws UserError for a checkpoint of another recipe and for a damaged file.
 */
export async function loadSequenceCheckpoint(folder: string, model: SequenceModel): Promise<SequenceState | undefined> {
  const saved = await readCheckpoint(folder, model.recipe, schema);
  if (saved === undefined) return undefined;
  const parameters = allParameters(model.parameters);
  const fits =
    saved.parameters.length === parameters.length &&
    saved.parameters.every((from, i) => {
      const n = parameters[i]?.value.length;
      return from.value.length === n && from.m.length === n && from.v.length === n;
    });
  if (!fits) failArrays(folder, model.recipe);
  saved.parameters.forEach((from, i) => {
    parameters[i]?.value.set(from.value);
    parameters[i]?.m.set(from.m);
    parameters[i]?.v.set(from.v);
  });
  return { step: saved.step, lossSum: saved.lossSum, history: saved.history, best: saved.best };
}
