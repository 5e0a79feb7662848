/**
 * The vector-matrix unit: one adder tree per output channel; all trees see the same activation vector and each its own row of the weight
 * block. One block by one activation vector per cycle, results `latency` cycles later.
 *
 * ```
 *   activation vector  a[0..lanes)  ---------+----------+-- ...
 *   weight block       w[o][0..lanes)    sum w[0] a  sum w[1] a ...   32-bit
 * ```
 * Sources: VMM with one tree per output, activations broadcast (patent 10621489, P); precision by splitting the same multipliers
 * (patent 11537859, P); number of outputs, width of the vector and latency are assumed (A). Lanes beyond the length of a block see 0.
 * Leaves out: the inner pipeline of the trees, their switching activity.
 */
import type { KBlock } from './blocks.js';

/** Lanes [from, to) of an output's row that are connected; elsewhere its weight is 0, whatever the container holds. */
export type LaneRange = readonly [from: number, to: number];

/**
 * The weights of a block, [outputs, lanes] as encodeWeight and writeCode of containers.ts have put them there. A container of one bit has no code for 0: rows are gated to the lanes of their
 * convolution group (an output without lanes: [0, 0]).
 */
export function decodeBlock(
  bytes: Uint8Array,
  shape: { readonly outputs: number; readonly lanes: number; readonly bits: number },
  gates: readonly LaneRange[],
): Int8Array {
  const { outputs, lanes, bits } = shape;
  // Eight bits are what they are.
  if (bits === 8) return new Int8Array(bytes.buffer, bytes.byteOffset, outputs * lanes).slice();
  const weights = new Int8Array(outputs * lanes);
  const mask = (1 << bits) - 1;
  for (let o = 0; o < outputs; o++) {
    const [from, to] = bits === 1 ? (gates[o] ?? [0, 0]) : [0, lanes];
    for (let n = o * lanes + from; n < o * lanes + to; n++) {
      const code = (bytes[(n * bits) >> 3]! >> ((n * bits) & 7)) & mask;
      weights[n] = bits === 1 ? code * 2 - 1 : (code << (32 - bits)) >> (32 - bits);
    }
  }
  return weights;
}

/** Lanes of a block that output channel `channel` is connected to: those of its convolution group. */
export function laneRange(
  { groups, nIn, nOut }: { readonly groups: number; readonly nIn: number; readonly nOut: number },
  block: KBlock,
  channel: number | undefined,
): LaneRange {
  if (channel === undefined) return [0, 0];
  if (groups === 1) return [0, block.length];
  const group = Math.floor(channel / (nOut / groups));
  const perGroup = nIn / groups;
  const from = Math.max(0, group * perGroup - block.c0);
  const to = Math.min(block.length, (group + 1) * perGroup - block.c0);
  return from < to ? [from, to] : [0, 0];
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
