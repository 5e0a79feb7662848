import { describe, expect, it } from 'vitest';
import { loadExample } from '../../examples/networks.js';
import { binaryWeightBits, effectiveBits, gaussianChannelBits } from '../../src/experiments/effective-bits.js';

describe('the bits of a weight under additive noise', () => {
  it('as a Gaussian channel are 0.679 for binary weights at sigma 0.8', () => {
    expect(gaussianChannelBits(1, 0.8)).toBeCloseTo(0.679, 3);
    // S / N = 3 and 15 are 1 and 2 bits.
    expect(gaussianChannelBits(3 / 4, 0.5)).toBe(1);
    expect(gaussianChannelBits(15 / 16, 0.25)).toBe(2);
    expect(gaussianChannelBits(1, 0)).toBe(Infinity);
    expect(gaussianChannelBits(0, 0)).toBe(0);
  });

  it('as the mutual information of a +-1 weight are 0.682 at sigma 0.75', () => {
    expect(binaryWeightBits(0.75)).toBeCloseTo(0.682, 3);
  });

  it('lose all with much noise and nothing with little', () => {
    expect(binaryWeightBits(0)).toBe(1);
    expect(binaryWeightBits(0.05)).toBeCloseTo(1, 12);
    // Far below 0 dB the input hardly matters: the capacity of the Gaussian channel of the same power, sigma^-2 / (2 ln 2).
    const sigma = 50;
    expect(binaryWeightBits(sigma) * 2 * Math.LN2 * sigma * sigma).toBeCloseTo(1, 2);
  });

  it('are no more than the Gaussian channel carries, nor than one bit, and fall with sigma', () => {
    let last = 1;
    for (let sigma = 0.1; sigma < 5; sigma += 0.1) {
      const bits = binaryWeightBits(sigma);
      expect(bits).toBeLessThanOrEqual(Math.min(last, gaussianChannelBits(1, sigma)) + 1e-12);
      last = bits;
    }
  });

  it('agree with a sum over the output instead of the noise', () => {
    // I = h(y) - h(noise), with h(y) of a mixture of two Gaussians by the rectangle rule.
    for (const sigma of [0.3, 0.75, 2]) {
      const density = (x: number): number =>
        Math.exp((-x * x) / (2 * sigma * sigma)) / (sigma * Math.sqrt(2 * Math.PI));
      const step = 0.001;
      let entropy = 0;
      for (let y = -1 - 10 * sigma; y < 1 + 10 * sigma; y += step) {
        const p = (density(y - 1) + density(y + 1)) / 2;
        entropy -= step * p * Math.log2(p);
      }
      expect(binaryWeightBits(sigma)).toBeCloseTo(entropy - 0.5 * Math.log2(2 * Math.PI * Math.E * sigma * sigma), 8);
    }
  });

  it('are given by layer, the mutual information only where all weights are -a or +a', async () => {
    const layers = effectiveBits(await loadExample('mnist-mlp'), 0.8);
    expect(layers.map(({ layer, nWeights, meanSquare }) => [layer, nWeights, meanSquare])).toEqual([
      ['dense1', 784 * 256, 1],
      ['dense2', 256 * 256, 1],
      ['dense3', 2560, 1],
    ]);
    for (const { gaussianChannel, mutualInformation } of layers) {
      expect(gaussianChannel).toMatchObject({ value: gaussianChannelBits(1, 0.8), unit: 'bit' });
      expect(mutualInformation).toMatchObject({ value: binaryWeightBits(0.8), unit: 'bit' });
    }
    const multiBit = effectiveBits(await loadExample('mnist-resnet-4bit'), 0.8);
    expect(multiBit[0]?.meanSquare).toBeGreaterThan(0);
    expect(multiBit[0]?.meanSquare).toBeLessThan(1);
    expect(multiBit[0]?.mutualInformation).toMatchObject({ unknown: true });
  });
});
