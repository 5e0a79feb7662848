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
});
