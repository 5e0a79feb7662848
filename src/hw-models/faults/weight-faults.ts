/**
 * Faulty weights: deviations at programming, and faulty bits of the weights that a NorthPole-style chip stores: every weight of a
 * vector-matrix layer once, in the container of its layer, and tables of embeddings with 8 bits.
 *
 *   weightBits 2, 4, 8   two's complement: bit 0 has the value 1, the highest bit -2^(weightBits - 1)
 *   weightBits 1         bit 0 is 0 for -1 and 1 for +1
 *
 * The draws of bit b of weight w of a layer are the words number w * weightBits + b of two streams of the chip seed (PURPOSE.weightBitFlip,
 * PURPOSE.weightStuckBit), a word per bit whatever the rates.
 */
import { checkRates, checkStoredBits } from './check-rates.js';
import { roundHalfEven } from '../../common/fixed-point.js';
import { draw4, PURPOSE } from '../../common/rng.js';
import type { Precision } from '../../ir/program/northpole.js';
import { nearlyNormalAt } from './nearly-normal.js';
import { hasBitFaults, type NorthPoleFaults } from './northpole-faults.js';
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
  checkStoredBits(faults);
  const faulty = weights.slice();
  if (isFaultless(faults)) return faulty;
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
        draw4(faults.chipSeed, PURPOSE.weightBitFlip, layer, block, 0, flips);
        draw4(faults.chipSeed, PURPOSE.weightStuckBit, layer, block, 0, stuck);
        drawn = block;
      }
      const written = (stored >>> bit) & 1;
      read |= (atRisk[bit] === true ? readBit(written, flips[word % 4]!, stuck[word % 4]!, faults) : written) << bit;
    }
    faulty[w] = weightBits === 1 ? read * 2 - 1 : (read << unused) >> unused;
  }
  return faulty;
}

/**
 * Weights as they are programmed, a copy: the nearest value that the container holds to w + s m n, with s the relative standard deviation, m the
 * largest magnitude of the layer and n {@link nearlyNormalAt} of the weight (ties to even; of one bit, +1 from 0 on). Bit errors come after.
 */
export function programWeights(
  weights: Int8Array,
  { layer, weightBits }: WeightStore,
  { programmingError, chipSeed }: { readonly programmingError: number; readonly chipSeed: number },
): Int8Array {
  checkRates([['programmingError', 'programming_error', programmingError]]);
  const programmed = weights.slice();
  const deviation = programmingError * largestMagnitude(weights);
  if (deviation === 0) return programmed;
  const most = 2 ** (weightBits - 1) - 1;
  const place = { seed: chipSeed, purpose: PURPOSE.programmingError, a: layer, c: 0 };
  for (let w = 0; w < weights.length; w++) {
    const value = weights[w]! + deviation * nearlyNormalAt({ ...place, index: w });
    programmed[w] = weightBits === 1 ? (value >= 0 ? 1 : -1) : clipped(roundHalfEven(value), -most - 1, most);
  }
  return programmed;
}

const clipped = (value: number, least: number, most: number): number => Math.min(Math.max(value, least), most);

/** Largest magnitude of the weights of a layer. */
export const largestMagnitude = (weights: Int8Array): number =>
  weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0);

/** Weights that a faulty chip reads: programmed, then with bit errors. The definition; simulators draw the same with a kernel. */
export function weightsOnChip(weights: Int8Array, store: WeightStore, faults: NorthPoleFaults): Int8Array {
  const { programmingError, bits } = faults;
  const programmed = programWeights(weights, store, { programmingError, chipSeed: bits.chipSeed });
  return hasBitFaults(faults, 'weights') ? faultWeights(programmed, store, bits) : programmed;
}
