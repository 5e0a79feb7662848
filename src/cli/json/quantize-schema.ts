/** The object of `lodestone quantize --json`: of networks of images, or of spiking ones. */
import { z } from 'zod';
import { amount, count, objectOf, output, share } from './parts.js';

const quality = z.strictObject({ accuracy: share, loss: amount });
/** What `quantize` says of a network of images. */
const quantisedImages = {
  layers: z.array(z.strictObject({ id: z.string(), weights: count, inputs: count.optional(), macs: count })).optional(),
  samples: count.optional(),
  before: quality.optional(),
  after: quality.optional(),
};
/** What it says of a spiking one. */
const roundedSpiking = z.strictObject({
  potentialBits: count,
  weights: z.array(
    z.strictObject({
      layer: z.string(),
      bits: count,
      scale: amount.describe('real value of one integer step'),
      largestWeight: amount,
      largestError: amount,
      meanError: amount,
    }),
  ),
  neurons: z.array(
    z.strictObject({
      layer: z.string(),
      unit: amount.describe('real potential of one integer step, of the first neuron'),
      thresholds: z
        .strictObject({ largestError: amount, meanError: amount })
        .optional()
        .describe('shares of the thresholds; none where neurons give their potential'),
      decayError: amount.describe('largest difference per step'),
    }),
  ),
  spikes: z
    .strictObject({
      samples: count,
      sameClass: share,
      layers: z.array(
        z.strictObject({
          layer: z.string(),
          neurons: count,
          float: count,
          integer: count,
          meanError: amount.describe("of a neuron's count in a sample"),
          largestError: count,
          equal: share,
        }),
      ),
    })
    .optional()
    .describe('with --data: both networks on the same frames'),
});

/** One form or the other, whole. */
export const quantizeSchema = objectOf('quantize', {
  name: z.string(),
  ...quantisedImages,
  spiking: roundedSpiking.optional().describe('of spiking networks, instead of layers, samples, before and after'),
  search: z
    .strictObject({
      floor: amount,
      table: z.array(z.strictObject({ layer: z.string(), bits: count, quality })),
      steps: z.array(z.strictObject({ layer: z.string(), from: count, to: count, quality, kept: z.boolean() })),
      quality,
      relativeCycles: amount,
    })
    .optional(),
  output,
}).refine(
  ({ spiking, layers, samples, before, after, search }) =>
    spiking === undefined
      ? [layers, samples, before, after].every((field) => field !== undefined)
      : [layers, samples, before, after, search].every((field) => field === undefined),
  'either layers, samples, before and after, or spiking',
);
