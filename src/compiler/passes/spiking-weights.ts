/** Weights of spiking networks as integers with one scale per group of layers, and how far that is from what they were. */
import { roundHalfAwayFromZero } from '../../common/fixed-point.js';
import type { BitWidth, Conv2dNode, DenseNode, NodeId } from '../../ir/network/types.js';

/** How far the integer weights of a layer, times their scale, are from the real ones. */
export interface WeightRounding {
  readonly layer: NodeId;
  readonly bits: BitWidth;
  /** Real value of one integer step: the same for all layers whose sums meet. */
  readonly scale: number;
  /** Of the real weights. */
  readonly largestWeight: number;
  readonly largestError: number;
  readonly meanError: number;
}

/** Most negative powers of two that weights are multiples of, for an exact scale. */
const MAX_POWER = 20;

/**
 * The scale of integers -(2^(bits - 1) - 1)..2^(bits - 1) - 1 (of one bit: -1 and +1) for some real weights: one that holds all of them exactly where
 * there is one (multiples of a binary fraction), else that of the largest.
 */
export function weightScale(weights: readonly Float64Array[], bits: BitWidth): number {
  const limit = Math.max(1, 2 ** (bits - 1) - 1);
  const largest = weights.reduce((most, array) => array.reduce((a, w) => Math.max(a, Math.abs(w)), most), 0);
  if (largest === 0) return 1;
  const unit = commonUnit(weights, largest);
  return unit !== undefined && largest / unit <= limit ? unit : largest / limit;
}

/** The largest number that all weights are whole multiples of; undefined where it is no multiple of 2^-20. */
function commonUnit(weights: readonly Float64Array[], largest: number): number | undefined {
  const power = 2 ** MAX_POWER;
  if (largest * power > 2 ** 53) return undefined;
  let unit = 0;
  for (const array of weights) {
    for (const w of array) {
      if (!Number.isInteger(w * power)) return undefined;
      unit = greatestCommonDivisor(Math.abs(w * power), unit);
    }
  }
  return unit / power;
}

function greatestCommonDivisor(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}

/** Real weights as integers of a scale, with what that changes. Weights of one bit are never 0. */
export function roundWeights(
  { id }: DenseNode | Conv2dNode,
  real: Float64Array,
  bits: BitWidth,
  scale: number,
): { readonly weights: Int8Array; readonly rounding: WeightRounding } {
  const limit = Math.max(1, 2 ** (bits - 1) - 1);
  const weights = new Int8Array(real.length);
  let largestError = 0;
  let largestWeight = 0;
  let sum = 0;
  for (let k = 0; k < real.length; k++) {
    const w = real[k]!;
    const q = bits === 1 ? (w < 0 ? -1 : 1) : roundHalfAwayFromZero(w / scale);
    weights[k] = Math.min(Math.max(q, -limit), limit);
    const error = Math.abs(w - weights[k]! * scale);
    largestError = Math.max(largestError, error);
    largestWeight = Math.max(largestWeight, Math.abs(w));
    sum += error;
  }
  const meanError = real.length === 0 ? 0 : sum / real.length;
  return { weights, rounding: { layer: id, bits, scale, largestWeight, largestError, meanError } };
}
