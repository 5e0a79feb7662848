import { parseDocument } from 'yaml';
import { z } from 'zod';
import { checkSchema } from '../common/check-schema.js';
import { errorAt, UserError } from '../common/diagnostics.js';
import { preprocessSpec } from '../data/index.js';

const count = z.int().min(1).max(65536);
const side = z.int().min(1).max(64);

const inputCode = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('threshold'), level: z.int().min(1).max(255) }),
  z.strictObject({ kind: z.literal('rate'), bits: z.int().min(1).max(8) }),
  z.strictObject({ kind: z.literal('thermometer'), levels: z.array(z.int().min(1).max(255)).min(1).max(16) }),
]);

const layer = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('dense'),
    outputs: count,
    weights: z.enum(['binary', 'ternary']).default('binary'),
  }),
  z.strictObject({ kind: z.literal('blockDense'), window: side, stride: side, neurons: count }),
  z.strictObject({
    kind: z.literal('conv2d'),
    outputs: count,
    window: side,
    stride: side.default(1),
    padding: z.int().min(0).max(32).default(0),
    padValue: z.union([z.literal(-1), z.literal(0)]).default(-1),
    groups: count.default(1),
  }),
  z.strictObject({ kind: z.literal('maxPool'), window: side }),
  z.strictObject({ kind: z.literal('batchNorm') }),
  z.strictObject({ kind: z.literal('sign') }),
  z.strictObject({ kind: z.literal('step') }),
  z.strictObject({ kind: z.literal('flatten') }),
]);

const training = z.strictObject({
  epochs: z.int().min(1).max(10000),
  batchSize: z.int().min(1).max(10000).default(100),
  learningRate: z.number().positive().max(1),
  schedule: z.enum(['constant', 'cosine']).default('cosine'),
  logitScale: z.number().positive(),
  shift: z.int().min(0).max(8).default(0),
  validationImages: z.int().min(1).default(5000),
});

const recipeObject = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'lower case letters, digits and - only, at most 64'),
  dataset: z.string(),
  seed: z.int().min(0).max(Number.MAX_SAFE_INTEGER),
  preprocess: preprocessSpec.exactOptional(),
  input: inputCode,
  layers: z.array(layer).min(1).max(256),
  output: z.enum(['votes', 'scores']),
  training,
});

const recipeSchema = recipeObject.refine(
  ({ preprocess, training: { shift } }) => preprocess === undefined || shift === 0,
  {
    path: ['training', 'shift'],
    message: 'must be 0 with preprocess: it moves transformed images, whose empty edge is not 0',
  },
);

const KNOWN_KEYS = [
  ...Object.keys(recipeObject.shape),
  ...Object.keys(training.shape),
  ...layer.options.flatMap((option) => Object.keys(option.shape)),
  ...inputCode.options.flatMap((option) => Object.keys(option.shape)),
  ...preprocessSpec.element.options.flatMap((option) => Object.keys(option.shape)),
];

/**
 * What a network is and how it is trained; a YAML file, see examples/models/*.yaml.
 *
 * - `preprocess`: what is fitted on the training images and done to every image first; its last step gives bytes again. The
 *   fitted transforms are part of the model, see docs/data.md.
 * - `input`: how 8-bit pixels become spikes.
 * - `layers`: in order. `blockDense` puts a grid of square windows (`window` wide, `stride` apart) over the image, or over
 *   the grid of blocks of the blockDense layer before it (a dense layer counts as one block); every window is a block of its own, and has `neurons` outputs for
 *   each block of the next blockDense layer that sees it (once `neurons` if none follows). Weights of a block are 0 or a
 *   sign that neuron and input position fix before training. `conv2d` and `dense` have weights -1/+1 (ternary: -1/0/+1).
 *   `maxPool` has its window as its stride. A `padValue` of -1 is the padding of the domain {-1,+1}.
 * - `output`: `votes` counts the ones among the features n = k mod 10, `scores` takes one feature per class.
 * - `training`: `learningRate` of Adam (constant, or falling to 0 as a cosine), `logitScale` times a class score is its
 *   logit, `shift` moves training images by up to that many pixels, `validationImages` are the last ones of the training
 *   split: never trained on, they choose the epoch that is kept.
 */
export type Recipe = z.infer<typeof recipeSchema>;
/** One layer of a {@link Recipe}. */
export type RecipeLayer = Recipe['layers'][number];

/**
 * Reads a recipe.
 * @throws UserError with every problem: YAML syntax by line, unknown keys with the nearest known one, values out of range.
 */
export function parseRecipe(text: string, place: string): Recipe {
  // Aliases cannot multiply (a "billion laughs" file): the default limit of the parser holds.
  const document = parseDocument(text);
  if (document.errors.length > 0) {
    throw new UserError(
      document.errors.map((error) =>
        errorAt(
          'bad-yaml',
          `${place}${error.linePos === undefined ? '' : ` line ${error.linePos[0].line}`}`,
          error.message.split('\n')[0] ?? error.code,
          'correct the YAML syntax',
        ),
      ),
    );
  }
  const value: unknown = document.toJS();
  return checkSchema(recipeSchema, value, place, 'see the recipes in examples/models for every field', KNOWN_KEYS);
}
