/**
 * Faulty bits of the weights that a NorthPole-style chip stores: every weight of a vector-matrix layer once, in the container of its layer.
 *
 *   weightBits 2, 4, 8   two's complement: bit 0 has the value 1, the highest bit -2^(weightBits - 1)
 *   weightBits 1         bit 0 is 0 for -1 and 1 for +1
 *
 * The draws of bit b of weight w of a layer are the words number w * weightBits + b of two streams of the chip seed (PURPOSE.weightBitFlip,
 * PURPOSE.weightStuckBit), a word per bit whatever the rates.
 */
import { draw4, PURPOSE } from '../../common/rng.js';
import type { NorthPoleProgram, Precision } from '../../ir/program/northpole.js';
import { isFaultless, readBit, type StoredBitFaults } from './stored-bits.js';

/** Where weights are stored. */
export interface WeightStore {
  /** Index into the layers of the program. */
  readonly layer: number;
  readonly weightBits: Precision;
}

/** Weights as a faulty chip reads them, a copy in the order of `weights`; all of them fit the container. */
export function faultWeights(
  weights: Int8Array,
  { layer, weightBits }: WeightStore,
  faults: StoredBitFaults,
): Int8Array {
  const faulty = weights.slice();
  if (isFaultless(faults)) return faulty;
  const anyFlips = faults.flip0to1 > 0 || faults.flip1to0 > 0;
  const anyStuck = faults.stuckAt0 > 0 || faults.stuckAt1 > 0;
  const flips = new Uint32Array(4);
  const stuck = new Uint32Array(4);
  const atRisk = Array.from({ length: weightBits }, (_, bit) => !faults.protectedBits.includes(bit));
  const unused = 32 - weightBits;
  let drawn = -1;
  for (let w = 0; w < weights.length; w++) {
    const stored = weightBits === 1 ? (weights[w]! > 0 ? 1 : 0) : weights[w]!;
    let read = 0;
    for (let bit = 0; bit < weightBits; bit++) {
      const word = w * weightBits + bit;
      const block = Math.floor(word / 4);
      if (block !== drawn) {
        if (anyFlips) draw4(faults.chipSeed, PURPOSE.weightBitFlip, layer, block, 0, flips);
        if (anyStuck) draw4(faults.chipSeed, PURPOSE.weightStuckBit, layer, block, 0, stuck);
        drawn = block;
      }
      const written = (stored >>> bit) & 1;
      read |= (atRisk[bit] === true ? readBit(written, flips[word % 4]!, stuck[word % 4]!, faults) : written) << bit;
    }
    faulty[w] = weightBits === 1 ? read * 2 - 1 : (read << unused) >> unused;
  }
  return faulty;
}

/** Weights of a faulty chip by layer; empty without faults. The program stays as it is. */
export function faultyLayers({ layers }: NorthPoleProgram, faults: StoredBitFaults): ReadonlyMap<number, Int8Array> {
  const deployed = new Map<number, Int8Array>();
  if (isFaultless(faults)) return deployed;
  layers.forEach((layer, index) => {
    if (layer.kind !== 'vmm') return;
    deployed.set(index, faultWeights(layer.weights, { layer: index, weightBits: layer.weightBits }, faults));
  });
  return deployed;
}
