/**
 * Faulty bits of what a layer of a NorthPole-style chip keeps beside its weights: integers of the vector unit, drawn once per chip.
 *
 *   bias         32 bits, two's complement, like a partial sum
 *   theta        32 bits, two's complement
 *   multiplier   31 bits, unsigned (requantisation multipliers are 1..2^31 - 1)
 *   addend       two's complement; the fewest whole bytes, at least 4, that hold all addends of the step
 *
 * Senses of thresholds, shifts, zero points, limits of a clip, tables, gains and minChannels have no faults. The arrays of a layer are numbered in
 * the order of the bias and of the steps, inner steps where their add step stands, multiplier before addend. The draws of bit b of value v of array
 * k are word v * bits + b of the streams (layer, .., k) of the chip seed (PURPOSE.parameterBitFlip, PURPOSE.parameterStuckBit).
 */
import { draw4, PURPOSE } from '../../common/rng.js';
import type { EpilogueStep, NorthPoleLayer, RequantiseStep } from '../../ir/program/northpole.js';
import { isFaultless, readBit, type StoredBitFaults } from './stored-bits.js';

/** Width of a stored bias and of a threshold. */
export const SUM_BITS = 32;
/** Width of a stored multiplier. */
export const MULTIPLIER_BITS = 31;

/** Width of the addends of a step: 32, 40, 48 or 56 bits. */
export function addendBits(addend: Float64Array): number {
  let bits = 32;
  while (addend.some((value) => value < -(2 ** (bits - 1)) || value >= 2 ** (bits - 1))) bits += 8;
  return bits;
}

/** The layer with the parameters that a faulty chip reads; the same object without faults. Weights are not looked at. */
export function withParameterFaults<L extends NorthPoleLayer>(layer: L, index: number, faults: StoredBitFaults): L {
  if (isFaultless(faults)) return layer;
  let array = 0;
  const next = (bits: number, signed: boolean): Word => ({ layer: index, array: array++, bits, signed });
  const bias = layer.kind === 'vmm' ? readWords(layer.bias, next(SUM_BITS, true), faults) : undefined;
  const requantise = (step: RequantiseStep): RequantiseStep => {
    const { multiplier, addend } = step;
    const read = { ...step, multiplier: readWords(multiplier, next(MULTIPLIER_BITS, false), faults) };
    return addend === undefined ? read : { ...read, addend: readWords(addend, next(addendBits(addend), true), faults) };
  };
  const epilogue = layer.epilogue.map((step): EpilogueStep => {
    switch (step.kind) {
      case 'requantise':
        return requantise(step);
      case 'threshold':
        return { ...step, theta: readWords(step.theta, next(SUM_BITS, true), faults) };
      case 'add':
        return { ...step, steps: step.steps.map((inner) => (inner.kind === 'requantise' ? requantise(inner) : inner)) };
      case 'lookup':
        return step;
    }
  });
  return { ...layer, epilogue, ...(bias === undefined ? {} : { bias }) };
}

/** Where an array is stored, and how. */
interface Word {
  readonly layer: number;
  readonly array: number;
  readonly bits: number;
  /** Two's complement. */
  readonly signed: boolean;
}

const WORD = 4294967296;

/** Integers below 2^53 in magnitude as they are read, a copy; words of more than 32 bits go in two halves. */
function readWords<A extends Int32Array | Float64Array>(values: A, word: Word, faults: StoredBitFaults): A;
function readWords(
  values: Int32Array | Float64Array,
  { layer, array, bits, signed }: Word,
  faults: StoredBitFaults,
): Int32Array | Float64Array {
  const read = values.slice();
  const flips = new Uint32Array(4);
  const stuck = new Uint32Array(4);
  const atRisk = Array.from({ length: bits }, (_, bit) => !faults.protectedBits.includes(bit));
  const halves = new Int32Array(2);
  let drawn = -1;
  for (let v = 0; v < values.length; v++) {
    const stored = [values[v]! | 0, Math.floor(values[v]! / WORD) | 0];
    halves.fill(0);
    for (let bit = 0; bit < bits; bit++) {
      const at = v * bits + bit;
      const block = Math.floor(at / 4);
      if (block !== drawn) {
        draw4(faults.chipSeed, PURPOSE.parameterBitFlip, layer, block, array, flips);
        draw4(faults.chipSeed, PURPOSE.parameterStuckBit, layer, block, array, stuck);
        drawn = block;
      }
      const written = (stored[bit >> 5]! >>> (bit & 31)) & 1;
      const value = atRisk[bit] === true ? readBit(written, flips[at % 4]!, stuck[at % 4]!, faults) : written;
      halves[bit >> 5]! |= value << (bit & 31);
    }
    const low = halves[0]!;
    if (bits > 32) read[v] = ((halves[1]! << (64 - bits)) >> (64 - bits)) * WORD + (low >>> 0);
    else read[v] = signed ? (low << (32 - bits)) >> (32 - bits) : low >>> 0;
  }
  return read;
}
