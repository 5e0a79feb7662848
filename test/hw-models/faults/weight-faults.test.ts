import { describe, expect, it } from 'vitest';
import { draw4, PURPOSE, sequence } from '../../../src/common/rng.js';
import { readBit, type StoredBitFaults } from '../../../src/hw-models/faults/stored-bits.js';
import { faultWeights } from '../../../src/hw-models/faults/weight-faults.js';
import type { Precision } from '../../../src/ir/program/northpole.js';

const NONE: StoredBitFaults = {
  ...{ flip0to1: 0, flip1to0: 0, stuckAt0: 0, stuckAt1: 0, protectedBits: [], chipSeed: 7 },
};
const flipping = (ber: number): StoredBitFaults => ({ ...NONE, flip0to1: ber, flip1to0: ber });
const WIDTHS = [1, 2, 4, 8] as const;
const N = 8000;

/** [N] weights over the whole range of the container. */
function weightsOf(weightBits: Precision): Int8Array {
  const r = sequence(weightBits, PURPOSE.test, 90);
  const size = 2 ** weightBits;
  return Int8Array.from({ length: N }, () => (weightBits === 1 ? r.below(2) * 2 - 1 : r.below(size) - size / 2));
}

/** The bits in which two weights of a container differ. */
function differing(before: Int8Array, after: Int8Array, weightBits: Precision): number[] {
  const mask = 2 ** weightBits - 1;
  return Array.from(before, (w, i) => (weightBits === 1 ? Number(w !== after[i]) : (w ^ after[i]!) & mask));
}

const ones = (word: number): number => (word === 0 ? 0 : (word & 1) + ones(word >>> 1));
const count = (words: readonly number[]): number => words.reduce((sum, word) => sum + ones(word), 0);

function expectBinomial(found: number, trials: number, p: number): void {
  expect(Math.abs(found - trials * p)).toBeLessThan(5 * Math.sqrt(trials * p * (1 - p)));
}

describe('faulty bits of stored weights', () => {
  it('read as two’s complement of the container, whose highest bit is the sign', () => {
    const all = flipping(1);
    const read = (weightBits: Precision, weights: number[], faults: StoredBitFaults): number[] =>
      Array.from(faultWeights(Int8Array.from(weights), { layer: 0, weightBits }, faults));
    // Every bit flipped is -1 - w; of one bit, -w.
    expect(read(8, [0, 1, 127, -128, -1], all)).toEqual([-1, -2, -128, 127, 0]);
    expect(read(4, [0, 5, 7, -8], all)).toEqual([-1, -6, -8, 7]);
    expect(read(2, [0, 1, -1, -2], all)).toEqual([-1, -2, 0, 1]);
    expect(read(1, [1, -1], all)).toEqual([-1, 1]);
    // Only bit 7 of 8 flips: +-128. Only bit 0: the neighbour.
    const only = (bit: number): StoredBitFaults => ({
      ...all,
      protectedBits: [...Array(8).keys()].filter((b) => b !== bit),
    });
    expect(read(8, [0, 5, -3], only(7))).toEqual([-128, -123, 125]);
    expect(read(8, [0, 5, -3], only(0))).toEqual([1, 4, -4]);
    expect(read(4, [3, -3], only(3))).toEqual([-5, 5]);
    // All stuck.
    expect(read(4, [3, -3], { ...NONE, stuckAt0: 1 })).toEqual([0, 0]);
    expect(read(4, [3, -3], { ...NONE, stuckAt1: 1 })).toEqual([-1, -1]);
    expect(read(1, [1, -1], { ...NONE, stuckAt0: 1 })).toEqual([-1, -1]);
    expect(read(8, [3, -3], { ...NONE, stuckAt1: 1, protectedBits: [7] })).toEqual([127, -1]);
    // One direction: all zeros become ones, and the reverse.
    expect(read(8, [3, -3], { ...NONE, flip0to1: 1 })).toEqual([-1, -1]);
    expect(read(8, [3, -3], { ...NONE, flip1to0: 1 })).toEqual([0, 0]);
  });

  it.each(WIDTHS)('flip with the given probability each, nested in it (%i bits)', (weightBits) => {
    const weights = weightsOf(weightBits);
    const flips = (ber: number): number[] =>
      differing(weights, faultWeights(weights, { layer: 3, weightBits }, flipping(ber)), weightBits);
    const [low, middle, high] = [flips(0.001), flips(0.01), flips(0.3)];
    expectBinomial(count(low), N * weightBits, 0.001);
    expectBinomial(count(middle), N * weightBits, 0.01);
    expectBinomial(count(high), N * weightBits, 0.3);
    expect(count(low)).toBeGreaterThan(0);
    expect(low.every((word, i) => (word & ~middle[i]!) === 0)).toBe(true);
    expect(middle.every((word, i) => (word & ~high[i]!) === 0)).toBe(true);
    expect(flips(0)).toEqual(Array(N).fill(0));
  });

  it('flip as the draws of the bit say, one word each', () => {
    const weights = weightsOf(4);
    const faulty = faultWeights(weights, { layer: 2, weightBits: 4 }, flipping(0.2));
    const words = new Uint32Array(4);
    for (let w = 0; w < 500; w++) {
      draw4(7, PURPOSE.weightBitFlip, 2, w, 0, words);
      const flips = words.reduce((mask, word, bit) => mask | (word < 0.2 * 2 ** 32 ? 1 << bit : 0), 0);
      expect((weights[w]! ^ faulty[w]!) & 15).toBe(flips);
    }
  });

  it('of one direction are those of both, where the bit holds the value', () => {
    const weights = weightsOf(8);
    const store = { layer: 0, weightBits: 8 } as const;
    const both = faultWeights(weights, store, flipping(0.1));
    const up = faultWeights(weights, store, { ...NONE, flip0to1: 0.1 });
    const down = faultWeights(weights, store, { ...NONE, flip1to0: 0.1 });
    expect(up).toEqual(weights.map((w, i) => w ^ ((w ^ both[i]!) & ~w)));
    expect(down).toEqual(weights.map((w, i) => w ^ ((w ^ both[i]!) & w)));
  });

  it('are never at protected positions', () => {
    const weights = weightsOf(8);
    const faults = { ...flipping(0.5), stuckAt0: 0.2, stuckAt1: 0.2, protectedBits: [7, 2] };
    const bits = differing(weights, faultWeights(weights, { layer: 0, weightBits: 8 }, faults), 8);
    expect(bits.every((word) => (word & 0b1000_0100) === 0)).toBe(true);
    for (const bit of [0, 1, 3, 4, 5, 6]) expect(bits.some((word) => (word >> bit) & 1)).toBe(true);
  });

  it('are stuck in the given fractions, nested, and do not flip then', () => {
    const stuck = (stuckAt0: number, stuckAt1: number, ber = 0): Int8Array =>
      faultWeights(new Int8Array(N), { layer: 0, weightBits: 8 }, { ...flipping(ber), stuckAt0, stuckAt1 });
    const bitsOf = (weights: Int8Array): number[] => Array.from(weights, (w) => w & 255);
    const [few, many] = [bitsOf(stuck(0, 0.01)), bitsOf(stuck(0, 0.05))];
    expectBinomial(count(few), N * 8, 0.01);
    expectBinomial(count(many), N * 8, 0.05);
    expect(few.every((word, i) => (word & ~many[i]!) === 0)).toBe(true);
    // All that is not stuck at 0 flips to 1, all that is not stuck at 1 stays 0.
    expectBinomial(count(bitsOf(stuck(0.3, 0, 1))), N * 8, 0.7);
    expectBinomial(count(bitsOf(stuck(0.3, 0.6, 1))), N * 8, 0.7);
    expect(count(bitsOf(stuck(0.4, 0.6, 0.5)))).toBe(count(bitsOf(stuck(0.4, 0.6))));
  });

  it('differ from chip to chip and from layer to layer, and leave the weights alone', () => {
    const weights = weightsOf(4);
    const before = weights.slice();
    const chip = (chipSeed: number, layer: number): Int8Array =>
      faultWeights(weights, { layer, weightBits: 4 }, { ...flipping(0.1), chipSeed });
    expect(chip(1, 0)).toEqual(chip(1, 0));
    expect(chip(1, 0)).not.toEqual(chip(2, 0));
    expect(chip(1, 0)).not.toEqual(chip(1, 1));
    expect(weights).toEqual(before);
  });
});

describe('the bit that is read', () => {
  it('is decided at the edges of the draws', () => {
    const top = 2 ** 32 - 1;
    expect([0, 1].map((bit) => readBit(bit, 0, top, flipping(2 ** -32)))).toEqual([1, 0]);
    expect(readBit(0, 1, top, flipping(2 ** -32))).toBe(0);
    expect(readBit(1, top, 0, flipping(1))).toBe(0);
    expect(readBit(1, top, 0, { ...NONE, stuckAt0: 2 ** -32 })).toBe(0);
    expect(readBit(1, top, 1, { ...NONE, stuckAt0: 2 ** -32 })).toBe(1);
    expect(readBit(0, top, top, { ...NONE, stuckAt1: 2 ** -32 })).toBe(1);
    expect(readBit(0, top, top - 1, { ...NONE, stuckAt1: 2 ** -32 })).toBe(0);
  });
});
