import { describe, expect, it } from 'vitest';
import { PURPOSE } from '../../../src/common/rng.js';
import { nearlyNormalAt } from '../../../src/hw-models/faults/nearly-normal.js';
import { type NoisySum, withReadNoise } from '../../../src/hw-models/faults/read-noise.js';
import { programWeights } from '../../../src/hw-models/faults/weight-faults.js';

const AT: NoisySum = { layer: 1, element: 4, sample: 3, noiseSeed: 2, squares: 100 };

/** Mean and standard deviation. */
function moments(values: readonly number[]): readonly [number, number] {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  return [mean, Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length)];
}

describe('read noise of a sum', () => {
  it('has the standard deviation of a weight times the root of the sum of squares', () => {
    const n = 4000;
    const sums = Array.from({ length: n }, (_, element) => withReadNoise(1000, 12, { ...AT, element }));
    const [mean, deviation] = moments(sums);
    expect(sums.every(Number.isInteger)).toBe(true);
    // 12 sqrt(100) = 120; five standard errors of a mean and of a standard deviation.
    expect(Math.abs(mean - 1000)).toBeLessThan((5 * 120) / Math.sqrt(n));
    expect(Math.abs(deviation - 120)).toBeLessThan((5 * 120) / Math.sqrt(2 * n));
  });

  it('is drawn anew for every element, sample, layer and seed', () => {
    const of = (other: Partial<NoisySum>) => withReadNoise(0, 1e6, { ...AT, ...other });
    expect(of({})).toBe(of({}));
    const others = [{ element: 5 }, { sample: 4 }, { layer: 2 }, { noiseSeed: 3 }].map(of);
    expect(new Set([of({}), ...others]).size).toBe(5);
  });

  it('is none without operands, grows with the level and stops at 32 bits', () => {
    expect(withReadNoise(17, 1e6, { ...AT, squares: 0 })).toBe(17);
    expect(withReadNoise(17, 0, AT)).toBe(17);
    expect(Math.abs(withReadNoise(0, 2e3, AT) - 2 * withReadNoise(0, 1e3, AT))).toBeLessThanOrEqual(2);
    const extremes = [0, 1, 2, 3, 4, 5].map((element) => withReadNoise(0, 1e12, { ...AT, element }));
    expect(extremes.every((sum) => sum === -(2 ** 31) || sum === 2 ** 31 - 1)).toBe(true);
    expect(new Set(extremes).size).toBe(2);
  });
});

describe('nearly normal numbers', () => {
  it('have mean 0, standard deviation 1 and the quantiles of the normal distribution within 0.0025', () => {
    const n = 20_000;
    const place = { seed: 1, purpose: PURPOSE.test, a: 3, c: 5 };
    const values = Array.from({ length: n }, (_, index) => nearlyNormalAt({ ...place, index }));
    const [mean, deviation] = moments(values);
    expect(Math.abs(mean)).toBeLessThan(5 / Math.sqrt(n));
    expect(Math.abs(deviation - 1)).toBeLessThan(5 / Math.sqrt(2 * n));
    for (const [z, p] of [
      [-1.2816, 0.1],
      [0, 0.5],
      [1.6449, 0.95],
    ] as const) {
      const share = values.filter((v) => v < z).length / n;
      expect(Math.abs(share - p)).toBeLessThan(0.0025 + 5 * Math.sqrt((p * (1 - p)) / n));
    }
  });
});

describe('weights as they are programmed', () => {
  const of = (weights: Int8Array, weightBits: 1 | 2 | 4 | 8, programmingError: number) =>
    programWeights(weights, { layer: 0, weightBits }, { programmingError, chipSeed: 3 });

  it('deviate by the level times the largest magnitude of the layer, rounded', () => {
    const n = 3000;
    const weights = Int8Array.from({ length: n }, (_, i) => (i === 0 ? 100 : 10));
    const [mean, deviation] = moments(Array.from(of(weights, 8, 0.05)).slice(1));
    // 5, and the variance of a rounding.
    expect(Math.abs(mean - 10)).toBeLessThan(25 / Math.sqrt(n));
    expect(Math.abs(deviation - Math.sqrt(25 + 1 / 12))).toBeLessThan(25 / Math.sqrt(2 * n));
    expect(of(weights, 8, 0)).toEqual(weights);
  });

  it('stay within what the container holds', () => {
    const large = of(new Int8Array(300).fill(7), 4, 2);
    expect([Math.min(...large), Math.max(...large)]).toEqual([-8, 7]);
    const signs = of(
      Int8Array.from({ length: 300 }, (_, i) => (i % 2 === 0 ? 1 : -1)),
      1,
      1,
    );
    expect(new Set(signs)).toEqual(new Set([-1, 1]));
    // A sign changes when the deviation of its size passes it: below 1 - 1, so in 16 % at a level of 1.
    const turned = Array.from(signs).filter((sign, i) => sign !== (i % 2 === 0 ? 1 : -1)).length;
    expect(turned).toBeGreaterThan(20);
    expect(turned).toBeLessThan(80);
    expect(of(new Int8Array(20), 8, 5)).toEqual(new Int8Array(20));
  });
});
