import { z } from 'zod';
import { checkSchema } from '../../common/check-schema.js';
import { parseYaml, valueOfYaml } from '../../common/parse-yaml.js';

const bits = z.int().min(2).max(8);

const data = z.strictObject({ kind: z.literal('sums'), digits: z.int().min(1).max(4) });

const model = z
  .strictObject({
    width: z.int().min(1).max(1024),
    layers: z.int().min(1).max(16),
    heads: z.int().min(1).max(64),
    hidden: z.int().min(1).max(4096),
    weightBits: bits.default(4),
    outputBits: bits.default(8),
  })
  .refine(({ width, heads }) => width % heads === 0, { message: 'width must be a multiple of heads', path: ['heads'] });

const training = z.strictObject({
  steps: z.int().min(1).max(1000000),
  batchSize: z.int().min(1).max(4096),
  learningRate: z.number().positive().max(1),
  warmupSteps: z.int().min(0).default(100),
  weightDecay: z.number().min(0).max(10).default(0),
  evaluateEvery: z.int().min(1).default(250),
  validationSequences: z.int().min(1).default(1000),
});

const recipeSchema = z.strictObject({
  kind: z.literal('transformer'),
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'lower case letters, digits and - only, at most 64'),
  seed: z.int().min(0).max(Number.MAX_SAFE_INTEGER),
  data,
  model,
  training,
});

const KNOWN_KEYS = [recipeSchema, data, model, training].flatMap((schema) => Object.keys(schema.shape));

/**
 * A transformer and how it is trained; a YAML file with `kind: transformer`, see examples/models/sums-transformer.yaml.
 *
 * - `data`: the sequences, here sums of operands of `digits` digits (src/data/sums.ts).
 * - `model`: `layers` blocks of attention and a rectified hidden layer on a residual stream of `width` values, `heads` heads of width / heads
 *   each; `weightBits` of all matrices but the last, `outputBits` of the last. Activations, cache and stream have 8 bits.
 * - `training`: `steps` batches of `batchSize` fresh sequences; the `learningRate` of AdamW rises for `warmupSteps` and falls to 0 as a
 *   cosine; after every `evaluateEvery` steps the exact answers among `validationSequences` other sequences choose what is kept;
 *   without a mistake there the training ends.
 */
export type SequenceRecipe = z.infer<typeof recipeSchema>;

/** Whether the text of a recipe says `kind: transformer`; false for text that is no YAML. */
export function isSequenceRecipe(text: string): boolean {
  return z.looseObject({ kind: z.literal('transformer') }).safeParse(valueOfYaml(text)).success;
}

/**
 * Reads a transformer recipe.
 * @throws UserError with every problem: YAML syntax by line, unknown keys with the nearest known one, values out of range.
 */
export function parseSequenceRecipe(text: string, place: string): SequenceRecipe {
  return checkSchema(
    recipeSchema,
    parseYaml(text, place),
    place,
    'see examples/models/sums-transformer.yaml for every field',
    KNOWN_KEYS,
  );
}
