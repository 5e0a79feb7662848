import { describe, expect, it } from 'vitest';
import { PURPOSE, sequence } from '../../../src/common/rng.js';
import { addToHistogram, emptyHistogram, type RangeMethod, stepFor } from '../../../src/training/post/ranges.js';
import { levelsOf } from '../../../src/training/projection.js';

function stepOf(values: Float32Array, bits: number, signed: boolean, method: RangeMethod): number {
  const histogram = emptyHistogram(Math.min(...values), Math.max(...values));
  addToHistogram(histogram, values);
  return stepFor(histogram, bits, signed, method);
}

function squaredError(values: Float32Array, step: number, bits: number, signed: boolean): number {
  const [low, high] = levelsOf(bits, signed);
  return values.reduce((sum, v) => {
    const difference = v - step * Math.min(high, Math.max(low, Math.floor(v / step + 0.5)));
    return sum + difference * difference;
  }, 0);
}

const random = sequence(5, PURPOSE.test);
/** Normal values and one far outlier. */
const outlier = Float32Array.from({ length: 4000 }, (_, i) => (i === 17 ? 40 : random.normal()));

describe('the range of a quantiser', () => {
  it.each([
    [false, 8, 51, 51 / 255],
    [false, 1, 3, 3],
    [true, 8, 127, 1],
    [true, 2, 1, 1],
  ])('is that of all values for minmax (signed %s, %i bits, up to %d)', (signed, bits, largest, expected) => {
    const values = Float32Array.of(0, largest / 2, largest);
    expect(stepOf(values, bits, signed, { kind: 'minmax' })).toBe(Math.fround(expected));
  });

  it('covers the lowest value of a signed quantiser too', () => {
    expect(stepOf(Float32Array.of(-256, 10), 8, true, { kind: 'minmax' })).toBe(2);
  });

  it('leaves out the largest values for a percentile', () => {
    const all = stepOf(outlier, 8, true, { kind: 'minmax' });
    const most = stepOf(outlier, 8, true, { kind: 'percentile', percent: 99.9 });
    expect(all).toBeCloseTo(40 / 127, 6);
    // 99.9 % of normal values are within 3.3 deviations.
    expect(127 * most).toBeGreaterThan(2.8);
    expect(127 * most).toBeLessThan(4.2);
  });

  it('covers the share of a percentile and no value more', () => {
    const values = Float32Array.of(1, 1, 1, 2);
    const rangeOf = (percent: number): number => 255 * stepOf(values, 8, false, { kind: 'percentile', percent });
    // The centres of the bins, of which 2048 lie between 1 and 2.
    expect(rangeOf(75)).toBeCloseTo(1 + 0.5 / 2048, 5);
    expect(rangeOf(75.1)).toBeCloseTo(2 - 0.5 / 2048, 5);
  });

  it.each([8, 4, 3, 2])('has no larger squared error for mse than for the other methods, %i bits', (bits) => {
    const errorOf = (method: RangeMethod): number =>
      squaredError(outlier, stepOf(outlier, bits, true, method), bits, true);
    const least = errorOf({ kind: 'mse' });
    // The histogram's bins are the only difference between what is minimised and what is measured.
    expect(least).toBeLessThanOrEqual(1.01 * errorOf({ kind: 'minmax' }));
    expect(least).toBeLessThanOrEqual(1.01 * errorOf({ kind: 'percentile', percent: 99.9 }));
    if (bits === 4) expect(least).toBeLessThan(0.5 * errorOf({ kind: 'minmax' }));
  });

  it('is a float32 number, and positive for values that are all 0', () => {
    for (const kind of ['minmax', 'mse'] as const) {
      const step = stepOf(new Float32Array(10), 8, false, { kind });
      expect(step).toBeGreaterThan(0);
      expect(step).toBe(Math.fround(step));
    }
  });
});
