/**
 * Sums that are exact in any order, and so may be taken in the fastest one: integer weights on integers of a grid, where neither a sum
 * nor a part of it can leave 32 bits. The interpreter adds the same integers in float64, in its own order, without rounding
 * once: the results are equal. Everything else keeps the interpreter's order (plan-linear.ts).
 */
import type { Conv2dNode, Weights } from '../../ir/network/types.js';
import type { Levels } from './levels.js';
import type { FloatMachine } from './machine.js';
import type { Layout, PlannedValue } from './plan.js';

/** Sums of a layer for `samples` samples of values at `x`, in the units of their grid. */
export type Sums = (machine: FloatMachine, scratch: number) => (x: number, samples: number) => void;

/** Rows of weights [nOut][fanIn] and what they are multiplied with. */
export interface ExactRows {
  readonly weights: Weights;
  /** Whether all weights are integers, of at most 9 bits. */
  readonly integers: boolean;
  readonly nOut: number;
  readonly fanIn: number;
  /** Of the inputs; undefined where they are real numbers. */
  readonly levels: Levels | undefined;
  /** Value of padded taps. */
  readonly pad?: number;
}

/** Weights as a kernel of kernel/lib/exact.ts reads them. */
type PackedRows =
  | {
      readonly kind: 'bits';
      readonly middle: number;
      readonly low: number;
      readonly span: number;
      readonly planes: number;
      readonly weights: number;
      readonly totals: number;
    }
  | { readonly kind: 'words'; readonly weights: number };

const INT32 = 2 ** 31;
const INT16 = 2 ** 15;

/** Packs weights where their sums are exact in any order; undefined elsewhere. */
function packExact(
  { weights, integers, nOut, fanIn, levels, pad = 0 }: ExactRows,
  layout: Layout,
): PackedRows | undefined {
  if (!integers || levels === undefined) return undefined;
  const { low, high, two } = levels;
  const most = Math.max(Math.abs(low), Math.abs(high), Math.abs(pad));
  if (!Number.isInteger(pad) || most >= INT16) return undefined;
  const { heaviest, ternary, zeros } = weigh(weights, nOut, fanIn);
  // Four: with bits, low * total and span * counts stand apart before they are added.
  if (4 * most * heaviest >= INT32) return undefined;
  if (two && ternary && (pad === low || pad === high)) {
    const nWords = Math.ceil(fanIn / 64);
    const planes = zeros ? 2 : 1;
    return {
      kind: 'bits',
      ...{ middle: (low + high) / 2, low, span: high - low, planes },
      weights: layout.integers(planesOf(weights, { nOut, fanIn, nWords, planes })),
      totals: layout.integers(Int32Array.from({ length: nOut }, (_, o) => sumOf(weights, o * fanIn, fanIn))),
    };
  }
  const row = (fanIn + 7) & ~7;
  const words = new Int16Array(((nOut + 3) & ~3) * row);
  for (let o = 0; o < nOut; o++) words.set(weights.subarray(o * fanIn, (o + 1) * fanIn), o * row);
  return { kind: 'words', weights: layout.integers(new Int32Array(words.buffer)) };
}

function weigh(weights: Weights, nOut: number, fanIn: number) {
  let heaviest = 0;
  let ternary = true;
  let zeros = false;
  for (let o = 0, k = 0; o < nOut; o++) {
    let weight = 0;
    for (let i = 0; i < fanIn; i++, k++) {
      const w = weights[k]!;
      weight += w < 0 ? -w : w;
      if (w === 0) zeros = true;
      else if (w !== 1 && w !== -1) ternary = false;
    }
    if (weight > heaviest) heaviest = weight;
  }
  return { heaviest, ternary, zeros };
}

function sumOf(weights: Weights, first: number, n: number): number {
  let sum = 0;
  for (let k = first; k < first + n; k++) sum += weights[k]!;
  return sum;
}

/** [nOut][planes][nWords] 64-bit words: where weights are +1, and with two planes where they are -1. */
function planesOf(
  weights: Weights,
  { nOut, fanIn, nWords, planes }: { nOut: number; fanIn: number; nWords: number; planes: number },
): Int32Array {
  const bits = new Int32Array(nOut * planes * nWords * 2);
  for (let o = 0, k = 0; o < nOut; o++) {
    const plus = o * planes * nWords * 2;
    const minus = plus + nWords * 2;
    for (let i = 0; i < fanIn; i++, k++) {
      const w = weights[k]!;
      if (w > 0) bits[plus + (i >> 5)]! |= 1 << (i & 31);
      else if (w < 0 && planes === 2) bits[minus + (i >> 5)]! |= 1 << (i & 31);
    }
  }
  return bits;
}

/** A dense layer of `rows.fanIn` inputs, listed at `inputs` unless that is 0, into `target` of the value; undefined where sums are not exact. */
export function exactDense(
  rows: ExactRows,
  { inputs, target }: { readonly inputs: number; readonly target: number },
  { input, value }: { readonly input: PlannedValue; readonly value: PlannedValue },
  layout: Layout,
): Sums | undefined {
  const packed = packExact(rows, layout);
  if (packed === undefined) return undefined;
  const { nOut, fanIn } = rows;
  if (packed.kind === 'bits') {
    layout.needScratch(8 * (Math.ceil(fanIn / 64) + 1));
    const { middle, low, span, planes, weights, totals } = packed;
    const tail = [inputs, fanIn, middle, low, span, planes, weights, totals, nOut, target, value.stride];
    return ({ kernel }, scratch) =>
      (x, samples) =>
        kernel.denseBits(x, input.stride, samples, ...tail, scratch);
  }
  layout.needScratch(4 * ((fanIn + 7) & ~7));
  const tail = [inputs, fanIn, packed.weights, nOut, target, value.stride];
  return ({ kernel }, scratch) =>
    (x, samples) =>
      kernel.denseWords(x, input.stride, samples, ...tail, scratch);
}

/** What a convolution's rows are multiplied with. */
interface WindowRows extends Pick<ExactRows, 'integers' | 'levels'> {
  readonly pad: number;
  /** Address of the geometry (kernel/lib/windows.ts). */
  readonly geometry: number;
}

/** A convolution of one group whose taps are neighbours in a row; undefined for others, and where sums are not exact. */
export function exactConvolution(
  node: Conv2dNode,
  { integers, levels, pad, geometry }: WindowRows,
  { input, value }: { readonly input: PlannedValue; readonly value: PlannedValue },
  layout: Layout,
): Sums | undefined {
  const [dilationY, dilationX] = node.dilation ?? [1, 1];
  if (node.groups !== 1 || dilationX !== 1) return undefined;
  const [, , channels = 0] = input.shape;
  const [outHeight = 0, outWidth = 0] = value.shape;
  const { nOut, weights, window, stride } = node;
  const fanIn = window[0] * window[1] * channels;
  const padded = node.padding.some((n) => n > 0) ? pad : (levels?.low ?? pad);
  const packed = packExact({ weights, integers, nOut, fanIn, levels, pad: padded }, layout);
  if (packed === undefined) return undefined;
  const paddedHeight = (outHeight - 1) * stride[0] + (window[0] - 1) * dilationY + 1;
  const rowValues = ((outWidth - 1) * stride[1] + window[1]) * channels;
  const place = [nOut, value.address, value.stride];
  if (packed.kind === 'bits') {
    const { middle, low, span, planes, weights: at, totals } = packed;
    layout.needScratch(8 * (paddedHeight * Math.ceil(rowValues / 64) + 1 + Math.ceil(fanIn / 64) + 1));
    const tail = [geometry, middle, padded === low ? 0 : 1, low, span, planes, at, totals, ...place];
    return ({ kernel }, scratch) =>
      (x, samples) =>
        kernel.convolveBits(x, input.stride, samples, ...tail, scratch);
  }
  layout.needScratch(2 * paddedHeight * rowValues + 32 + 2 * (2 * ((fanIn + 7) & ~7) + 16) + 16);
  const tail = [geometry, padded, packed.weights, ...place];
  return ({ kernel }, scratch) =>
    (x, samples) =>
      kernel.convolveWords(x, input.stride, samples, ...tail, scratch);
}
