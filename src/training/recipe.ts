import { z } from 'zod';
import { checkSchema } from '../common/check-schema.js';
import { parseYaml } from '../common/parse-yaml.js';
import { preprocessSpec } from '../data/index.js';
import type { InputCode } from '../ir/network/types.js';
import { IMPORT_KEYS, importTextSchema } from '../data/model-file.js';
import { layerNoiseSpec, spikeNoiseSpec, trainingNoiseSpec, weightNoiseSpec } from './noise-spec.js';

const count = z.int().min(1).max(65536);
const side = z.int().min(1).max(64);

const inputCode = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('threshold'), level: z.int().min(1).max(255) }),
  z.strictObject({ kind: z.literal('rate'), bits: z.int().min(1).max(8) }),
  z.strictObject({ kind: z.literal('thermometer'), levels: z.array(z.int().min(1).max(255)).min(1).max(16) }),
  z.strictObject({
    kind: z.literal('integer'),
    bits: z.int().min(1).max(8).default(8),
    zeroPoint: z.int().min(0).max(255).default(0),
    // A step that float32 holds makes every product and sum of the network exact in float64.
    step: z
      .number()
      .positive()
      .default(1 / 255)
      .transform((step) => Math.fround(step)),
  }),
]);

const name = z.string().regex(/^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/, 'letters, digits and _ . - only, at most 64');
/** What every layer may have; a layer without `from` reads the one before it. */
const named = { name: name.exactOptional(), from: z.string().exactOptional() };
const bits = z.literal([1, 2, 3, 4, 5, 6, 7, 8]);
/** Largest magnitude of a layer's weights. */
const bound = z.number().positive().max(1000).default(1);
const projections = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('lsq'), bits }),
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({ kind: z.literal('clip'), bound }),
  z.strictObject({ kind: z.literal('sign'), bound }),
  z.strictObject({ kind: z.literal('round'), bound, bits: z.literal([2, 3, 4, 5, 6, 7, 8]) }),
  z.strictObject({ kind: z.literal('power'), bound, beta: z.number().min(0).max(16) }),
  z.strictObject({ kind: z.literal('stochastic'), bound }),
  z.strictObject({ kind: z.literal('stochasticMultiplicative'), bound, gamma: z.number().min(0.01).max(1) }),
]);
/** What weights become, see {@link Recipe}. */
export const weights = z.union([z.enum(['binary', 'ternary', 'real']), projections], {
  error:
    'must be binary, ternary, real, or a mapping with kind lsq (bits), none, clip, sign, round (bits 2..8), ' +
    'power (beta 0..16), stochastic or stochasticMultiplicative (gamma 0.01..1), all but lsq and none with a bound',
});
/** Levels of activations; `real` stands for a rectifier without levels. */
const activations = z.union([z.literal('real'), bits]);

/** In place of the recipe's noise; `{}` is none. */
const ownNoise = { noise: weightNoiseSpec.exactOptional() };
const ownSpikeNoise = { noise: spikeNoiseSpec.exactOptional() };

const layer = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('dense'),
    ...named,
    outputs: count,
    weights: weights.default('binary'),
    bias: z.boolean().exactOptional(),
    ...ownNoise,
  }),
  z.strictObject({
    kind: z.literal('blockDense'),
    ...named,
    window: side,
    stride: side,
    neurons: count,
    weights: z.strictObject({ kind: z.literal('probability') }).exactOptional(),
    ...ownNoise,
  }),
  z.strictObject({
    kind: z.literal('conv2d'),
    ...named,
    outputs: count,
    window: side,
    stride: side.default(1),
    padding: z.int().min(0).max(32).default(0),
    padValue: z.union([z.literal(-1), z.literal(0)]).default(-1),
    groups: count.default(1),
    weights: weights.default('binary'),
    bias: z.boolean().exactOptional(),
    ...ownNoise,
  }),
  z.strictObject({
    kind: z.literal('residual'),
    ...named,
    outputs: count,
    window: side.default(3),
    stride: side.default(1),
    weights,
    activations,
    // Bits of what is added; 8 are enough for a sum whose terms are multiples of one step.
    sumBits: bits.default(8),
    noise: layerNoiseSpec.exactOptional(),
  }),
  z.strictObject({ kind: z.literal('add'), name: name.exactOptional(), inputs: z.tuple([z.string(), z.string()]) }),
  z.strictObject({ kind: z.literal('maxPool'), ...named, window: side }),
  z.strictObject({ kind: z.literal('avgPool'), ...named, window: side, stride: side.exactOptional() }),
  z.strictObject({ kind: z.literal('globalAvgPool'), ...named }),
  z.strictObject({ kind: z.literal('batchNorm'), ...named }),
  z.strictObject({ kind: z.literal('sign'), ...named, ...ownSpikeNoise }),
  z.strictObject({ kind: z.literal('step'), ...named, ...ownSpikeNoise }),
  z.strictObject({ kind: z.literal('relu'), ...named }),
  z.strictObject({
    kind: z.literal('quantise'),
    ...named,
    bits,
    signed: z.boolean().default(false),
    stepOf: z.string().exactOptional(),
    ...ownSpikeNoise,
  }),
  z.strictObject({ kind: z.literal('flatten'), ...named }),
]);

/** `training` of a recipe. */
export const training = z.strictObject({
  epochs: z.int().min(1).max(10000),
  batchSize: z.int().min(1).max(10000).default(100),
  learningRate: z.number().positive().max(1),
  schedule: z
    .union(
      [
        z.enum(['constant', 'cosine']),
        z.strictObject({ kind: z.literal('exponential'), finalRate: z.number().positive().max(1) }),
      ],
      { error: 'must be constant, cosine or { kind: exponential, finalRate: 0..1 }' },
    )
    .default('cosine'),
  loss: z.enum(['crossEntropy', 'squaredHinge']).default('crossEntropy'),
  earlyStop: z.strictObject({ patience: z.int().min(1) }).exactOptional(),
  logitScale: z.number().positive(),
  shift: z.int().min(0).max(8).default(0),
  validationImages: z.int().min(1).default(5000),
  noise: trainingNoiseSpec.exactOptional(),
});

const recipeObject = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'lower case letters, digits and - only, at most 64'),
  dataset: z.string(),
  imageShape: z.tuple([z.int().min(1), z.int().min(1), z.int().min(1)]).exactOptional(),
  seed: z.int().min(0).max(Number.MAX_SAFE_INTEGER),
  preprocess: preprocessSpec.exactOptional(),
  input: inputCode,
  start: z.string().min(1).exactOptional(),
  import: importTextSchema.exactOptional(),
  layers: z.array(layer).min(1).max(256),
  output: z.enum(['votes', 'scores']),
  training,
});

const recipeSchema = recipeObject
  .refine((recipe) => recipe.import === undefined || recipe.start !== undefined, {
    path: ['import'],
    message: 'says how the file of start is read, and there is no start',
  })
  .refine(({ preprocess, training: { shift } }) => preprocess === undefined || shift === 0, {
    path: ['training', 'shift'],
    message: 'must be 0 with preprocess: it moves transformed images, whose empty edge is not 0',
  })
  .refine(
    ({ training: { schedule, learningRate } }) => typeof schedule === 'string' || schedule.finalRate <= learningRate,
    {
      path: ['training', 'schedule', 'finalRate'],
      message: 'must not be above learningRate, from which the rate falls',
    },
  )
  .check(({ value, issues }) => {
    for (const { path, message } of noiseIssues(value)) issues.push({ code: 'custom', input: value, path, message });
  });

const KNOWN_KEYS = [
  ...Object.keys(recipeObject.shape),
  ...Object.keys(training.shape),
  ...['finalRate', 'patience', 'sigma', 'rate', 'probability'],
  ...Object.keys(trainingNoiseSpec.shape),
  ...projections.options.flatMap((option) => Object.keys(option.shape)),
  ...layer.options.flatMap((option) => Object.keys(option.shape)),
  ...inputCode.options.flatMap((option) => Object.keys(option.shape)),
  ...IMPORT_KEYS,
  ...preprocessSpec.element.options.flatMap((option) => Object.keys(option.shape)),
];

interface NoiseIssue {
  readonly path: (string | number)[];
  readonly message: string;
}

/** Noise that cannot act: bit errors of weights without bits, lost spikes where none are sent, a warm-up without an end. */
function noiseIssues({ layers, training: { noise, epochs } }: z.infer<typeof recipeObject>): readonly NoiseIssue[] {
  const issues: NoiseIssue[] = [];
  layers.forEach((each, index) => {
    if (each.kind !== 'dense' && each.kind !== 'conv2d' && each.kind !== 'residual') return;
    const rate = (each.noise ?? noise)?.bitErrors?.rate ?? 0;
    if (rate === 0 || !areReal(each.weights)) return;
    issues.push({
      path: ['layers', index, 'weights'],
      message:
        `bitErrors at rate ${rate} flip bits of stored integers, and these weights are real numbers: ` +
        'use binary, ternary, sign, round, lsq or a stochastic kind, or give the layer a noise without bitErrors',
    });
  });
  layers.forEach((each, index) => {
    if (each.kind !== 'residual' || each.activations !== 'real') return;
    const probability = each.noise?.droppedSpikes?.probability ?? 0;
    if (probability === 0) return;
    const message = `spikes are to be dropped with probability ${probability}, and its activations are real numbers`;
    issues.push({ path: ['layers', index, 'noise', 'droppedSpikes'], message });
  });
  const dropped = noise?.droppedSpikes?.probability ?? 0;
  if (dropped > 0 && !layers.some(sendsSpikes)) {
    const message = `spikes are to be dropped with probability ${dropped}, and no layer is a sign, step or quantise`;
    issues.push({ path: ['training', 'noise', 'droppedSpikes'], message });
  }
  const warmup = noise?.warmup ?? 0;
  if (warmup >= epochs) {
    const message = `must be below the ${epochs} epochs of the training, else none of them has noise, and is ${warmup}`;
    issues.push({ path: ['training', 'noise', 'warmup'], message });
  }
  return issues;
}

/** What the weights of a layer become. */
export type Weights = z.infer<typeof weights>;
type WeightName = Extract<Weights, string> | Exclude<Weights, string>['kind'];

/** Whether weights are deployed as real numbers. */
export const areReal = (kind: Weights): boolean => IS_REAL[typeof kind === 'string' ? kind : kind.kind];

const IS_REAL: Readonly<Record<WeightName, boolean>> = {
  real: true,
  none: true,
  clip: true,
  power: true,
  binary: false,
  ternary: false,
  sign: false,
  round: false,
  lsq: false,
  stochastic: false,
  stochasticMultiplicative: false,
};

const sendsSpikes = (each: z.infer<typeof layer>): boolean =>
  each.kind === 'sign' ||
  each.kind === 'step' ||
  each.kind === 'quantise' ||
  (each.kind === 'residual' && each.activations !== 'real');

/**
 * What a network is and how it is trained; a YAML file, see examples/models/*.yaml.
 *
 * - `preprocess`: what is fitted on the training images and done to every image first; its last step gives bytes again. The
 *   fitted transforms are part of the model, see docs/data.md.
 * - `input`: how 8-bit pixels become spikes.
 *   `integer` is for chips with multi-bit activations: the first layer sees `step` times the pixel, in `bits` bits.
 * - `start`: model file, relative to the recipe's, whose weights and statistics the training starts from: those of the layers
 *   of the same names. All weighted layers of the recipe must be in it. `import` says how that file is read where another tool wrote it: the
 *   options of `lodestone import` in camelCase, see docs/import.md.
 * - `layers`: in order; a layer reads the one before it, or the one named by `from`; without a `name` it is called after its
 *   kind and number. `blockDense` puts a grid of square windows (`window` wide, `stride` apart) over the image, or over
 *   the grid of blocks of the blockDense layer before it (a dense layer counts as one block); every window is a block of its
 *   own, and has `neurons` outputs for each block of the next blockDense layer that sees it (once `neurons` if none follows).
 *   Weights of a block are 0 or a sign that neuron and input position fix before training; with `weights: { kind: probability }`
 *   training draws them anew in every step, with trained probabilities. `conv2d` and `dense` have weights
 *   -1/+1 (`binary`), -1/0/+1 (`ternary`), real ones (`real`), integers of some bits with a learned step (`lsq`) or one of the
 *   projections of `Projection` in projection.ts with a largest magnitude `bound` (`none` is `real`): the smaller it is, the sooner a
 *   learning rate takes a latent across, which decides how fast `stochastic` ones learn; `bias` adds a trained number per output.
 *   `maxPool` has its window as its stride. A `padValue` of -1 is the padding of the domain {-1,+1}. `quantise` has activations of some bits with a learned step, unsigned unless `signed`; with `stepOf` it shares
 *   the step of the quantise layer of that name before it. `add` sums two layers.
 * - `residual` (He et al., CVPR 2016): two convolutions with batch norm, added to what the block reads, or, where the shape
 *   changes, to its 1 x 1 convolution with batch norm. Activations of some bits are quantised after the first convolution
 *   and after the sum; both terms of the sum are multiples of one step, so that it is an integer addition: the later one is
 *   rounded to 8 signed bits, and so is a 1 x 1 convolution.
 * - `output`: `votes` counts the ones among the features n = k mod 10, `scores` takes one feature per class.
 * - `training`: `learningRate` of Adam (constant, falling to 0 as a cosine, or by the same factor in every step to
 *   `finalRate`), `logitScale` times a class score is what the `loss` sees, `earlyStop` ends the training after `patience` epochs
 *   in a row without a better validation accuracy, `shift` moves training images by up to that many pixels, `validationImages`
 *   are the last ones of the training split: never trained on, they choose the epoch that is kept. `noise` is drawn anew in
 *   every step, see `LayerNoise` in noise-spec.ts, after `warmup` epochs without; a layer's own `noise` takes its place there,
 *   and `noise: {}` is none.
 */
export type Recipe = Omit<z.infer<typeof recipeSchema>, 'input'> & {
  readonly input: InputCode;
  /** How the layers of another network are trained on, in the place of `layers`: see from-recipe.ts. */
  readonly from?: FromLayers;
};

/** What the layers of a network to go on from become. */
export interface FromLayers {
  /** Of every dense and conv2d layer but those of `layers`. */
  readonly weights: Weights;
  readonly layers: Readonly<Record<string, Weights>>;
}

/** One layer of a {@link Recipe}. */
export type RecipeLayer = Recipe['layers'][number];

/**
 * Reads a recipe.
 * @throws UserError with every problem: YAML syntax by line, unknown keys with the nearest known one, values out of range.
 */
export function parseRecipe(text: string, place: string): Recipe {
  return checkSchema(
    recipeSchema,
    parseYaml(text, place),
    place,
    'see the recipes in examples/models for every field',
    KNOWN_KEYS,
  );
}
