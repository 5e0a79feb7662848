/**
 * The vector-matrix unit: one adder tree per output channel; all trees see the same activation vector and each its own row of the weight
 * block. One block by one activation vector per cycle, results `latency` cycles later.
 *
 * ```
 *   activation vector  a[0..lanes)  ---------+----------+-- ...
 *   weight block       w[o][0..lanes)    sum w[0] a  sum w[1] a ...   32-bit
 * ```
 * Sources: VMM with one tree per output, activations broadcast (patent 10621489, P); precision by splitting the same multipliers
 * (patent 11537859, P); 32 outputs by 256 bits of activations and the latency are assumed (A). Lanes beyond the length of a block see 0.
 * Leaves out: the inner pipeline of the trees, their switching activity.
 */
import { decodeWeight, readCode } from './containers.js';

/** Lanes [from, to) of an output's row that are connected; elsewhere its weight is 0, whatever the container holds. */
export type LaneRange = readonly [from: number, to: number];

/**
 * The weights of a block, [outputs, lanes]. A container of one bit has no code for 0: rows are gated to the lanes of their
 * convolution group (an output without lanes: [0, 0]).
 */
export function decodeBlock(
  bytes: Uint8Array,
  shape: { readonly outputs: number; readonly lanes: number; readonly bits: number },
  gates: readonly LaneRange[],
): Int8Array {
  const { outputs, lanes, bits } = shape;
  const weights = new Int8Array(outputs * lanes);
  for (let o = 0; o < outputs; o++) {
    const [from, to] = bits === 1 ? (gates[o] ?? [0, 0]) : [0, lanes];
    for (let e = from; e < to; e++) {
      const n = o * lanes + e;
      weights[n] = decodeWeight(readCode(bytes, bits, n), bits);
    }
  }
  return weights;
}

/** Products of a block [outputs, lanes] and an activation vector [lanes], summed by output. Exact: below 2^53 by far. */
export function multiply(weights: Int8Array, activations: Int32Array, outputs: number): Int32Array {
  const lanes = activations.length;
  const sums = new Int32Array(outputs);
  for (let o = 0; o < outputs; o++) {
    let sum = 0;
    const row = o * lanes;
    for (let e = 0; e < lanes; e++) sum += weights[row + e]! * activations[e]!;
    sums[o] = sum;
  }
  return sums;
}
