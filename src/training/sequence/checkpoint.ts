import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Packr } from 'msgpackr';
import { z } from 'zod';
import { fail } from '../../common/diagnostics.js';
import { allParameters, type SequenceModel } from './model.js';
import type { SequenceRecipe } from './recipe.js';

const VERSION = 1;
const packr = new Packr({ moreTypes: true, useRecords: false });

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

const pathOf = (folder: string, recipe: SequenceRecipe): string => join(folder, `${recipe.name}.checkpoint`);

/** Writes the checkpoint; the old one is replaced only by a complete new one. */
export async function saveSequenceCheckpoint(
  folder: string,
  model: SequenceModel,
  state: SequenceState,
): Promise<void> {
  const path = pathOf(folder, model.recipe);
  await mkdir(folder, { recursive: true });
  const bytes = packr.pack({
    version: VERSION,
    recipe: JSON.stringify(model.recipe),
    ...state,
    parameters: allParameters(model.parameters).map(({ name, value, m, v }) => ({ name, value, m, v })),
  });
  await writeFile(`${path}.part`, bytes);
  await rename(`${path}.part`, path);
}

/**
 * Restores a checkpoint into a fresh model of the same recipe; undefined if there is none.
 * @throws UserError for a checkpoint of another recipe and for a damaged file.
 */
export async function loadSequenceCheckpoint(folder: string, model: SequenceModel): Promise<SequenceState | undefined> {
  const path = pathOf(folder, model.recipe);
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
  const parameters = allParameters(model.parameters);
  const fits =
    saved.parameters.length === parameters.length &&
    saved.parameters.every((from, i) => {
      const n = parameters[i]?.value.length;
      return from.value.length === n && from.m.length === n && from.v.length === n;
    });
  if (!fits) fail('checkpoint-damaged', path, 'its arrays do not fit the recipe', 'train from the start');
  saved.parameters.forEach((from, i) => {
    parameters[i]?.value.set(from.value);
    parameters[i]?.m.set(from.m);
    parameters[i]?.v.set(from.v);
  });
  return { step: saved.step, lossSum: saved.lossSum, history: saved.history, best: saved.best };
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
