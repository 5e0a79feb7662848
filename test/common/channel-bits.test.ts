import { describe, expect, it } from 'vitest';
import { binaryWeightBits, gaussianChannelBits } from '../../src/common/channel-bits.js';

describe('bits through a Gaussian channel', () => {
  it('are half the logarithm of one and the ratio of signal to noise', () => {
    expect(gaussianChannelBits(3, 1)).toBeCloseTo(1, 12);
    expect(gaussianChannelBits(0.3, 0.1)).toBeCloseTo(0.5 * Math.log2(31), 12);
    expect(gaussianChannelBits(0, 1)).toBe(0);
  });

  it('are not asked of a negative power or deviation', () => {
    expect(() => gaussianChannelBits(-1, 1)).toThrow('internal error');
    expect(() => gaussianChannelBits(1, -1)).toThrow('internal error');
  });
});

describe('bits of a weight of -1 or 1 under noise', () => {
  it('are one without noise, fall with it and stay below those of any signal of that power', () => {
    const bits = [0.1, 0.5, 1, 2, 4].map((sigma) => binaryWeightBits(sigma));
    expect(bits[0]).toBeCloseTo(1, 9);
    bits.forEach((value, i) => {
      expect(value).toBeLessThan(gaussianChannelBits(1, [0.1, 0.5, 1, 2, 4][i]!));
      if (i > 0) expect(value).toBeLessThan(bits[i - 1]!);
    });
    // The mutual information at a deviation of 1, as tables have it: 0.486 bits.
    expect(bits[2]).toBeCloseTo(0.486, 3);
  });

  it('are the entropy of what arrives less that of the noise', () => {
    for (const sigma of [0.3, 0.7, 1, 2, 5]) {
      const density = (y: number): number =>
        Math.exp((-y * y) / (2 * sigma * sigma)) / (sigma * Math.sqrt(2 * Math.PI));
      // Simpson's rule over -1 - 10 sigma to 1 + 10 sigma.
      const [end, steps] = [1 + 10 * sigma, 4000];
      let entropy = 0;
      for (let i = 0; i <= steps; i++) {
        const y = -end + (2 * end * i) / steps;
        const p = (density(y - 1) + density(y + 1)) / 2;
        const weight = i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2;
        if (p > 0) entropy -= ((weight * 2 * end) / (3 * steps)) * p * Math.log2(p);
      }
      expect(binaryWeightBits(sigma), `${sigma}`).toBeCloseTo(
        entropy - 0.5 * Math.log2(2 * Math.PI * Math.E * sigma * sigma),
        9,
      );
    }
    expect(binaryWeightBits(0)).toBe(1);
    expect(() => binaryWeightBits(-1)).toThrow('internal error');
    expect(gaussianChannelBits(1, 0)).toBe(Number.POSITIVE_INFINITY);
    expect(gaussianChannelBits(0, 0)).toBe(0);
  });
});
