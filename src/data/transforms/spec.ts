import { z } from 'zod';
import { realNumbersSchema } from '../../ir/network/preprocess.js';

const level = z.number();

/** One step of preprocessing as a recipe asks for it; see {@link TransformSpec}. */
export const transformSpec = z.discriminatedUnion('kind', [
  realNumbersSchema,
  z.strictObject({ kind: z.literal('scale'), gain: z.number(), offset: z.number().default(0) }),
  z.strictObject({ kind: z.literal('standardise') }),
  z.strictObject({
    kind: z.literal('gcn'),
    scale: z.number().positive().default(55),
    minNorm: z.number().positive().default(1e-8),
  }),
  z.strictObject({
    kind: z.literal('zca'),
    window: z.union([z.literal('image'), z.int().min(1).max(31)]).default(5),
    epsilon: z.number().positive().default(0.1),
  }),
  z.strictObject({ kind: z.literal('requantise'), deviations: z.number().positive().max(100).default(3) }),
  z.strictObject({ kind: z.literal('threshold'), level }),
  z.strictObject({
    kind: z.literal('thermometer'),
    levels: z
      .array(level)
      .min(1)
      .max(16)
      .refine((levels) => levels.every((l, i) => i === 0 || l > levels[i - 1]!), 'levels must ascend'),
  }),
]);

/** The list of a recipe. */
export const preprocessSpec = z.array(transformSpec).min(1).max(16);

/**
 * What is to be fitted on the training images:
 *
 * - `reals` (first): what the numbers of the data files mean, low is byte 0 and high byte 255; nothing to fit.
 * - `scale`: x gain + offset, nothing to fit.
 * - `standardise`: mean 0 and standard deviation 1 over all values of the training images; becomes a `scale`.
 * - `gcn`: global contrast normalisation of each image to Euclidean norm `scale` (55, as Goodfellow et al., "Maxout networks",
 *   ICML 2013, and after it BinaryConnect prepare CIFAR-10), nothing to fit.
 * - `zca`: whitening with (covariance + epsilon)^(-1/2), of patches of `window` x `window` pixels (odd) or of the whole `image`.
 * - `requantise`: bytes; 128 is 0, `deviations` root mean squares of the training values are 127 steps.
 * - `threshold`, `thermometer`: 255 where a value reaches a level, else 0.
 *
 * The last step must give bytes: requantise, threshold, thermometer, or `reals` alone.
 */
export type TransformSpec = z.infer<typeof transformSpec>;
