/** What is done to an 8-bit image before a network reads it, with the parameters that were fitted on its training images. */
import { z } from 'zod';

/**
 * One step. Values are float64 between steps; a list starts from the bytes of an image [height, width, channels] and its last
 * step gives bytes again, so that a chip and every engine see the same integers. Only + - * / and square roots in a fixed
 * order are used: the result is the same on every machine.
 */
export type Transform =
  | RealNumbers
  /** x gain + offset. */
  | { readonly kind: 'scale'; readonly gain: number; readonly offset: number }
  /** x minus a value of its own place in the image (a mean image, [height * width * channels]), or of its channel ([channels]). */
  | { readonly kind: 'subtract'; readonly values: Float64Array }
  /**
   * Global contrast normalisation: the image minus its mean, times scale / its Euclidean norm; images whose norm is below
   * `minNorm` are only centred (divided by 1).
   */
  | { readonly kind: 'gcn'; readonly scale: number; readonly minNorm: number }
  /**
   * ZCA whitening of whole images (`window` 0): matrix (x - mean), matrix [d, d] symmetric, mean [d], d the size of an image.
   * With an odd `window` w, of patches: every pixel becomes the centre of its whitened w x w patch; mean [w w channels],
   * matrix [channels, w w channels], patches are row-major and channels last; outside of the image stands the mean.
   */
  | { readonly kind: 'zca'; readonly window: number; readonly mean: Float64Array; readonly matrix: Float32Array }
  /** floor(x gain + offset + 1/2), limited to 0..255: 8-bit integers for the chip. */
  | { readonly kind: 'requantise'; readonly gain: number; readonly offset: number }
  /** 255 where x >= level, else 0. */
  | { readonly kind: 'threshold'; readonly level: number }
  /** One channel per level in place of each channel, side by side: 255 where x >= level, else 0. Ascending levels. */
  | { readonly kind: 'thermometer'; readonly levels: readonly number[] };

/**
 * What the numbers of data files (features, images in other units) mean: floor((x - low) 255 / (high - low) + 1/2), a byte for every number from `low`
 * to `high`. Others are refused, or limited to 0..255. The first step of a list only, and done while files are read: what comes behind
 * it sees bytes. `layout` is the order of the dimensions of images in the files, channels last without it.
 */
export interface RealNumbers {
  readonly kind: 'reals';
  readonly low: number;
  readonly high: number;
  readonly outside: 'refuse' | 'clip';
  readonly layout?: 'channels-first' | 'channels-last' | undefined;
}

/** What a list of steps says about the numbers of data files. */
export function realsOf(steps: readonly Transform[] | undefined): RealNumbers | undefined {
  const [first] = steps ?? [];
  return first?.kind === 'reals' ? first : undefined;
}

/** Whether a step gives bytes, so that a list may end with it. */
export const givesBytes = ({ kind }: Transform): boolean =>
  kind === 'reals' || kind === 'requantise' || kind === 'threshold' || kind === 'thermometer';

const finite = z.number();
const positive = z.number().positive();
const window_ = z
  .int()
  .min(0)
  .max(63)
  .refine((w) => w === 0 || w % 2 === 1, 'must be 0 (whole images) or odd');
const MAX_SIZE = 8192;
/** Values of the largest image that a mean is taken off. */
const MAX_IMAGE = 1 << 24;

const zca = z
  .strictObject({
    kind: z.literal('zca'),
    window: window_,
    mean: z.instanceof(Float64Array).refine((a) => a.length <= MAX_SIZE && a.every(Number.isFinite), 'must be finite'),
    matrix: z.instanceof(Float32Array).refine((a) => a.every(Number.isFinite), 'must be finite'),
  })
  .refine(({ window, mean, matrix }) => {
    const rows = window === 0 ? mean.length : mean.length / (window * window);
    return mean.length > 0 && Number.isInteger(rows) && matrix.length === rows * mean.length;
  }, 'mean and matrix do not fit each other');

/** Checks {@link RealNumbers} in files. */
export const realNumbersSchema = z
  .strictObject({
    kind: z.literal('reals'),
    low: finite,
    high: finite,
    outside: z.enum(['refuse', 'clip']).default('refuse'),
    layout: z.enum(['channels-first', 'channels-last']).optional(),
  })
  .refine(({ low, high }) => low < high && Number.isFinite(high - low), 'low must be below high');

const transform = z.discriminatedUnion('kind', [
  realNumbersSchema,
  z.strictObject({ kind: z.literal('scale'), gain: finite, offset: finite }),
  z.strictObject({
    kind: z.literal('subtract'),
    values: z
      .instanceof(Float64Array)
      .refine(
        (a) => a.length >= 1 && a.length <= MAX_IMAGE && a.every(Number.isFinite),
        'must be 1 to 2^24 finite numbers',
      ),
  }),
  z.strictObject({ kind: z.literal('gcn'), scale: positive, minNorm: positive }),
  zca,
  z.strictObject({ kind: z.literal('requantise'), gain: positive, offset: finite }),
  z.strictObject({ kind: z.literal('threshold'), level: finite }),
  z.strictObject({
    kind: z.literal('thermometer'),
    levels: z
      .array(finite)
      .min(1)
      .max(255)
      .refine((levels) => levels.every((level, i) => i === 0 || level > levels[i - 1]!), 'must ascend'),
  }),
]);

/** Checks a list of steps from a file. */
export const transformsSchema: z.ZodType<readonly Transform[]> = z
  .array(transform)
  .min(1)
  .max(16)
  .refine((list) => list.every(({ kind }, i) => kind !== 'reals' || i === 0), 'reals must be the first step')
  .refine(
    (list) => list.length > 0 && givesBytes(list[list.length - 1]!),
    'the last step must give bytes: requantise, threshold or thermometer',
  );
