import { describe, expect, it } from 'vitest';
import { draw4, PURPOSE } from '../../../src/common/rng.js';
import { type ActivationWrite, storedActivations } from '../../../src/hw-models/faults/activation-faults.js';
import { NO_BIT_FAULTS } from '../../support/northpole-faults.js';

const WRITE: ActivationWrite = { bits: 4, signed: false, tensor: 2, sample: 9, noiseSeed: 5 };
const flipping = (ber: number) => ({ ...NO_BIT_FAULTS, flip0to1: ber, flip1to0: ber });
const N = 4000;

describe('bit errors of stored activations', () => {
  it('read as what the container holds', () => {
    const all = (values: number[], bits: 1 | 2 | 4 | 8 | 32, signed: boolean): number[] =>
      Array.from(storedActivations(values, { ...WRITE, bits, signed }, flipping(1)));
    expect(all([0, 5, 255], 8, false)).toEqual([255, 250, 0]);
    expect(all([0, 5, -128], 8, true)).toEqual([-1, -6, 127]);
    expect(all([0, 15], 4, false)).toEqual([15, 0]);
    expect(all([-8, 7], 4, true)).toEqual([7, -8]);
    expect(all([0, 1], 1, true)).toEqual([1, 0]);
    expect(all([0, 1000], 32, false)).toEqual([-1, -1001]);
    const sign = { ...flipping(1), protectedBits: [0, 1, 2] };
    expect(Array.from(storedActivations([3, 12], WRITE, sign))).toEqual([11, 4]);
    // Cells do not stick: values move through them.
    expect(Array.from(storedActivations([3], WRITE, { ...NO_BIT_FAULTS, stuckAt1: 1 }))).toEqual([3]);
  });

  it('flip as the draws of the bit say, anew for every sample and tensor', () => {
    const zeros = new Int32Array(N);
    const read = storedActivations(zeros, WRITE, flipping(0.25));
    const words = new Uint32Array(4);
    for (let i = 0; i < 300; i++) {
      draw4(5, PURPOSE.activationBitFlip, 2, i, 9, words);
      expect(read[i]).toBe(words.reduce((mask, word, bit) => mask | (word < 2 ** 30 ? 1 << bit : 0), 0));
    }
    for (const other of [{ sample: 10 }, { tensor: 3 }, { noiseSeed: 6 }]) {
      expect(storedActivations(zeros, { ...WRITE, ...other }, flipping(0.25))).not.toEqual(read);
    }
  });

  it('flip with the given probability, nested in it', () => {
    const flips = (ber: number) => storedActivations(new Int32Array(N), WRITE, flipping(ber));
    const [low, high] = [flips(0.01), flips(0.1)];
    expect(low.every((word, i) => (word & ~high[i]!) === 0)).toBe(true);
    const count = high.reduce((n, word) => n + ((word & 1) + ((word >> 1) & 1) + ((word >> 2) & 1) + (word >> 3)), 0);
    expect(Math.abs(count - 0.1 * 4 * N)).toBeLessThan(5 * Math.sqrt(0.09 * 4 * N));
    expect(flips(0)).toEqual(new Int32Array(N));
  });
});
