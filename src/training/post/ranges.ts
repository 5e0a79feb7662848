import { levelsOf } from '../projection.js';

/** How the range of a quantiser is chosen. */
export type RangeMethod =
  /** All values. */
  | { readonly kind: 'minmax' }
  /** All but the largest: `percent`, 50..100, of the values (by magnitude if signed) lie inside. */
  | { readonly kind: 'percentile'; readonly percent: number }
  /** The range, of 100 tried, with the smallest mean squared error. */
  | { readonly kind: 'mse' };

/** Distribution of values: counts in bins of equal width from `low` to `high`. */
export interface Histogram {
  readonly low: number;
  readonly high: number;
  readonly counts: Float64Array;
}

const N_BINS = 2048;
/** Ranges that the `mse` method tries: i / N_TRIED of the largest magnitude. */
const N_TRIED = 100;
/** What float32 holds with full precision; nothing smaller is a step. */
const SMALLEST_STEP = 2 ** -126;

/** An empty histogram over low..high. */
export const emptyHistogram = (low: number, high: number): Histogram => ({
  low,
  high,
  counts: new Float64Array(N_BINS),
});

/** Counts values, which lie within the histogram's bounds. */
export function addToHistogram({ low, high, counts }: Histogram, values: ArrayLike<number>): void {
  const width = (high - low) / counts.length;
  for (let i = 0; i < values.length; i++) {
    const bin = width === 0 ? 0 : Math.floor((values[i]! - low) / width);
    counts[Math.min(counts.length - 1, Math.max(0, bin))]!++;
  }
}

/** The step of a quantiser of `bits` bits for values of a distribution, as a float32 number. */
export function stepFor(values: Histogram, bits: number, signed: boolean, method: RangeMethod): number {
  const [low, high] = levelsOf(bits, signed);
  const step = ((): number => {
    switch (method.kind) {
      case 'minmax':
        return Math.max(values.high / high, signed ? values.low / low : 0);
      case 'percentile':
        return magnitudeAt(values, method.percent / 100, signed) / high;
      case 'mse':
        return leastSquaredError(values, [low, high], signed);
    }
  })();
  return asStep(step);
}

/**
 * A scale as a float32 number: products of steps and integers stay exact in float64. Scales are relative, so none is too small;
 * only a value that is always 0 has none, and any will do for it.
 */
export const asStep = (step: number): number => (step === 0 ? 1 : Math.fround(Math.max(step, SMALLEST_STEP)));

const centreOf = ({ low, high, counts }: Histogram, bin: number): number =>
  low + ((bin + 0.5) * (high - low)) / counts.length;

/** The magnitude that a fraction of the values do not exceed; an unsigned quantiser takes values below 0 for 0. */
function magnitudeAt(values: Histogram, fraction: number, signed: boolean): number {
  const magnitudes = Array.from(values.counts, (count, bin) => {
    const centre = centreOf(values, bin);
    return [signed ? Math.abs(centre) : Math.max(centre, 0), count] as const;
  }).sort((a, b) => a[0] - b[0]);
  const wanted = fraction * values.counts.reduce((sum, count) => sum + count, 0);
  let seen = 0;
  for (const [magnitude, count] of magnitudes) {
    seen += count;
    if (seen >= wanted && count > 0) return magnitude;
  }
  return largestMagnitude(values, signed);
}

const largestMagnitude = ({ low, high }: Histogram, signed: boolean): number =>
  signed ? Math.max(Math.abs(low), Math.abs(high)) : Math.max(high, 0);

function leastSquaredError(values: Histogram, [low, high]: readonly [number, number], signed: boolean): number {
  const largest = largestMagnitude(values, signed);
  // Weights of a channel fill few of the bins: only those are visited.
  const bins = Int32Array.from(values.counts.keys()).filter((bin) => values.counts[bin]! > 0);
  const centres = Float64Array.from(bins, (bin) => centreOf(values, bin));
  const counts = Float64Array.from(bins, (bin) => values.counts[bin]!);
  let best = largest / high;
  let bestError = Infinity;
  // From the whole range down: of equal errors the widest range wins.
  for (let i = N_TRIED; i >= 1; i--) {
    const step = (largest * i) / N_TRIED / high;
    if (step === 0) break;
    let error = 0;
    for (let k = 0; k < centres.length; k++) {
      const centre = centres[k]!;
      const difference = centre - step * Math.min(high, Math.max(low, Math.floor(centre / step + 0.5)));
      error += counts[k]! * difference * difference;
    }
    if (error < bestError) {
      bestError = error;
      best = step;
    }
  }
  return best;
}
