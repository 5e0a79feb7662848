/** Recipes that go on from a network of whichever tool: its layers, trained on with other weights and activations. */
import { z } from 'zod';
import { checkSchema } from '../common/check-schema.js';
import { parseYaml, valueOfYaml } from '../common/parse-yaml.js';
import { IMPORT_KEYS, importTextSchema } from '../data/model-file.js';
import { areReal, training, weights, type Weights } from './recipe.js';
import { trainingNoiseSpec } from './noise-spec.js';

const bits = z.literal([1, 2, 3, 4, 5, 6, 7, 8]);

const object = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'lower case letters, digits and - only, at most 64'),
  dataset: z.string(),
  seed: z.int().min(0).max(Number.MAX_SAFE_INTEGER),
  from: z.string().min(1),
  import: importTextSchema.exactOptional(),
  weights: weights.default('real'),
  layers: z.record(z.string().min(1), weights).default({}),
  activations: z.union([z.literal('real'), bits]).default('real'),
  training,
});

const schema = object.check(({ value, issues }) => {
  const rate = value.training.noise?.bitErrors?.rate ?? 0;
  const all: readonly { readonly path: readonly string[]; readonly kind: Weights }[] = [
    { path: ['weights'], kind: value.weights },
    ...Object.entries(value.layers).map(([layer, kind]) => ({ path: ['layers', layer], kind })),
  ];
  for (const { path, kind } of all) {
    if (rate === 0 || !areReal(kind)) continue;
    const message = `bitErrors at rate ${rate} flip bits of stored integers, and these weights are real numbers: use lsq or another kind with bits`;
    issues.push({ code: 'custom', input: value, path: [...path], message });
  }
  const { epochs, noise } = value.training;
  if ((noise?.warmup ?? 0) >= epochs) {
    const message = `must be below the ${epochs} epochs of the training, else none of them has noise`;
    issues.push({ code: 'custom', input: value, path: ['training', 'noise', 'warmup'], message });
  }
});

/**
 * How to train on from a network:
 *
 * - `from`: its file, of ours or of another tool, relative to the recipe's; `import` says how it is to be read, where it does not say so itself.
 *   Layers, input code, preprocessing and output are those of the network.
 * - `weights`: what the weights of all dense and conv2d layers become, as in a {@link Recipe}; `layers` says it of single ones.
 * - `activations`: bits of the values between layers. Quantisers are put where `lodestone quantize` puts them, with steps from the first training
 *   images, which are trained on. `real` leaves them as they are.
 * - `training`, `name`, `dataset`, `seed`: as in a {@link Recipe}.
 */
export type FromRecipe = z.infer<typeof schema>;

/** Whether a text is a recipe that goes on from a network. */
export function isFromRecipe(text: string): boolean {
  return z.looseObject({ from: z.unknown().refine((from) => from !== undefined) }).safeParse(valueOfYaml(text)).success;
}

/** Reads such a recipe. @throws UserError with every problem */
export function parseFromRecipe(text: string, place: string): FromRecipe {
  const keys = [object, training, trainingNoiseSpec].flatMap(({ shape }) => Object.keys(shape));
  const remedy = 'see docs/training-from.md for every field';
  return checkSchema(schema, parseYaml(text, place), place, remedy, [...keys, ...IMPORT_KEYS]);
}
