/**
 * Which integers a value of an integer network can hold, over all 8-bit inputs: interval arithmetic along the graph. The bounds are
 * safe (no input leaves them) and exact for one linear layer on independent inputs; they do not know that two values can be
 * correlated. Whoever allocates accumulators, tables or bit widths relies on them.
 */
import { assertNever, present } from '../../common/assert.js';
import { requantiseValue } from '../../common/fixed-point.js';
import { averageWindows } from './average.js';
import { effectiveWeights, integerWeights } from './linear.js';
import { statesFirst } from './spiking.js';
import { channelsOf, codeMax, codeMin, inferShapes, sizeOf, windowOutput } from './shapes.js';
import { integerNode } from './dialects.js';
import {
  type AvgPoolNode,
  type BlockDenseNode,
  type Conv2dNode,
  type DenseNode,
  type EmbeddingNode,
  inputsOf,
  type LookupNode,
  type NetworkGraph,
  type NetworkNode,
  type NodeId,
  type RearrangeNode,
  type RequantiseNode,
  type Shape,
  type SumPoolNode,
  type Window2d,
} from './types.js';

/**
 * Bounds of a value, both inclusive. `low` and `high` have one length p that divides the number of channels: channel c, and any
 * element of it, lies in low[c % p]..high[c % p].
 */
export interface ValueRange {
  readonly low: Float64Array;
  readonly high: Float64Array;
}

/** Bounds of every value of a verified integer network. */
export function inferRanges(graph: NetworkGraph): ReadonlyMap<NodeId, ValueRange> {
  const shapes = inferShapes(graph);
  const ranges = new Map<NodeId, ValueRange>();
  for (const node of statesFirst(graph.nodes)) {
    const ids = inputsOf(node);
    // What neurons hold does not depend on what they read.
    const inputs = node.kind === 'integerNeuron' ? [] : ids.map((id) => present(ranges.get(id), 'range'));
    const inputShapes = ids.map((id) => present(shapes.get(id), 'shape'));
    ranges.set(node.id, rangeAfter(node, inputs, inputShapes));
  }
  return ranges;
}

/** The smallest and the largest number a value can hold in any channel. */
export function wholeRange(range: ValueRange): readonly [low: number, high: number] {
  return [range.low.reduce((a, b) => Math.min(a, b), Infinity), range.high.reduce((a, b) => Math.max(a, b), -Infinity)];
}

const uniform = (low: number, high: number): ValueRange => ({ low: Float64Array.of(low), high: Float64Array.of(high) });

/** Bounds of what a layer of the integer dialect computes from values within the bounds `inputs`, of shapes `shapes`. */
export function rangeAfter(any: NetworkNode, inputs: readonly ValueRange[], shapes: readonly Shape[]): ValueRange {
  const node = integerNode(any);
  const input = inputs[0] ?? uniform(0, 0);
  const shape = shapes[0] ?? [];
  switch (node.kind) {
    case 'input':
      return uniform(0, 255);
    case 'encode':
      return uniform(codeMin(node.code), codeMax(node.code));
    case 'dense':
      return denseRange(node, input, sizeOf(shape));
    case 'blockDense':
      return blockRange(node, input);
    case 'conv2d':
      return convRange(node, input, shape);
    case 'sumPool':
      return sumPoolRange(node, input, shape);
    case 'avgPool':
      return averageRange(node, input, shape);
    case 'maxPool':
    case 'flatten':
    case 'scores':
      return input;
    case 'threshold':
      return uniform(0, 1);
    case 'requantise':
      return requantiseRange(node, input);
    case 'lookup':
      return lookupRange(node, input);
    case 'add': {
      const other = present(inputs[1], 'second operand');
      const n = commonPeriod(input.low.length, other.low.length, channelsOf(shape));
      const at = (a: Float64Array, b: Float64Array): Float64Array =>
        Float64Array.from({ length: n }, (_, c) => a[c % a.length]! + b[c % b.length]!);
      return { low: at(input.low, other.low), high: at(input.high, other.high) };
    }
    case 'multiply':
      return productRange(input, present(inputs[1], 'second operand'), channelsOf(shape));
    case 'extremum': {
      const other = present(inputs[1], 'second operand');
      const n = commonPeriod(input.low.length, other.low.length, channelsOf(shape));
      const of = node.of === 'max' ? Math.max : Math.min;
      const at = (a: Float64Array, b: Float64Array): Float64Array =>
        Float64Array.from({ length: n }, (_, c) => of(a[c % a.length]!, b[c % b.length]!));
      return { low: at(input.low, other.low), high: at(input.high, other.high) };
    }
    case 'rearrange':
      return rearrangedRange(node, input);
    case 'concat': {
      const side = (of: (range: ValueRange) => Float64Array): Float64Array =>
        Float64Array.from(
          inputs.flatMap((range, i) => {
            const bounds = of(range);
            const n = channelsOf(present(shapes[i], 'shape'));
            return Array.from({ length: n }, (_, c) => bounds[c % bounds.length]!);
          }),
        );
      return { low: side((range) => range.low), high: side((range) => range.high) };
    }
    case 'embedding':
      return embeddingRange(node);
    case 'rmsNorm':
      return uniform(node.min, node.max);
    case 'attention':
      // A weighted mean of values, rounded to an integer, stays between the least and the greatest of them.
      return present(inputs[2], 'attention values');
    case 'votes': {
      const n = sizeOf(shape);
      const high = Float64Array.from({ length: node.nClasses }, (_, k) => Math.ceil((n - k) / node.nClasses));
      return { low: new Float64Array(node.nClasses), high };
    }
    case 'integerNeuron':
      return node.spike === undefined ? uniform(-(2 ** (node.bits - 1)), 2 ** (node.bits - 1) - 1) : uniform(0, 1);
    case 'delay':
      // Nothing before the first step is 0.
      return { low: input.low.map((v) => Math.min(v, 0)), high: input.high.map((v) => Math.max(v, 0)) };
    default:
      return assertNever(node);
  }
}

/** Bounds of products: at the corners. */
function productRange(a: ValueRange, b: ValueRange, channels: number): ValueRange {
  const n = commonPeriod(a.low.length, b.low.length, channels);
  const low = new Float64Array(n);
  const high = new Float64Array(n);
  for (let c = 0; c < n; c++) {
    const [aLow, aHigh] = [a.low[c % a.low.length]!, a.high[c % a.high.length]!];
    const [bLow, bHigh] = [b.low[c % b.low.length]!, b.high[c % b.high.length]!];
    const corners = [aLow * bLow, aLow * bHigh, aHigh * bLow, aHigh * bHigh];
    low[c] = Math.min(...corners) + 0;
    high[c] = Math.max(...corners) + 0;
  }
  return { low, high };
}

/** Bounds by channel of what comes from several channels: the widest of them. */
function rearrangedRange({ shape, index, fill = 0 }: RearrangeNode, { low, high }: ValueRange): ValueRange {
  if (low.length === 1 && index?.includes(-1) !== true) return { low, high };
  const channels = channelsOf(shape);
  const range = {
    low: new Float64Array(channels).fill(Infinity),
    high: new Float64Array(channels).fill(-Infinity),
  };
  // In their order, channels of one shape meet those of the other again and again: one round of it says all.
  const round = (low.length / greatestCommonDivisor(low.length, channels)) * channels;
  const nElements = index?.length ?? Math.min(sizeOf(shape), round);
  for (let e = 0; e < nElements; e++) {
    const source = index === undefined ? e : index[e]!;
    const c = e % channels;
    range.low[c] = Math.min(range.low[c]!, source < 0 ? fill : low[source % low.length]!);
    range.high[c] = Math.max(range.high[c]!, source < 0 ? fill : high[source % high.length]!);
  }
  return range;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** The smallest period of both that divides the number of channels. */
function commonPeriod(a: number, b: number, channels: number): number {
  if (a % b === 0) return a;
  return b % a === 0 ? b : channels;
}

/** Accumulates bounds of sums of w * x. */
function addTap(sums: ValueRange, o: number, w: number, low: number, high: number): void {
  sums.low[o]! += w > 0 ? w * low : w * high;
  sums.high[o]! += w > 0 ? w * high : w * low;
}

function startSums(n: number, bias: Float64Array | undefined): ValueRange {
  return { low: Float64Array.from(bias ?? new Float64Array(n)), high: Float64Array.from(bias ?? new Float64Array(n)) };
}

function denseRange(node: DenseNode, input: ValueRange, nIn: number): ValueRange {
  const weights = effectiveWeights(node);
  const sums = startSums(node.nOut, node.bias);
  const period = input.low.length;
  for (let o = 0; o < node.nOut; o++) {
    for (let i = 0; i < nIn; i++) {
      const w = weights[o * nIn + i]!;
      if (w !== 0) addTap(sums, o, w, input.low[i % period]!, input.high[i % period]!);
    }
  }
  return sums;
}

function blockRange(node: BlockDenseNode, input: ValueRange): ValueRange {
  const period = input.low.length;
  const sums = startSums(
    node.blocks.reduce((n, block) => n + block.nOut, 0),
    undefined,
  );
  let start = 0;
  for (const { inputs, nOut, weights } of node.blocks) {
    for (let k = 0; k < weights.length; k++) {
      const i = inputs[k % inputs.length]! % period;
      addTap(sums, start + Math.floor(k / inputs.length), weights[k]!, input.low[i]!, input.high[i]!);
    }
    start += nOut;
  }
  return sums;
}

function convRange(node: Conv2dNode, input: ValueRange, shape: Shape): ValueRange {
  const [h = 0, w = 0, nIn = 0] = shape;
  const [outH, outW] = windowOutput(h, w, node);
  const [dilationH, dilationW] = node.dilation ?? [1, 1];
  const weights = effectiveWeights(node);
  const sums = startSums(node.nOut, node.bias);
  const inPerGroup = nIn / node.groups;
  const outPerGroup = node.nOut / node.groups;
  const period = input.low.length;
  const rows = reach(node.window[0], dilationH, node.stride[0], node.padding[0], h, outH);
  const columns = reach(node.window[1], dilationW, node.stride[1], node.padding[2], w, outW);
  let k = 0;
  for (let o = 0; o < node.nOut; o++) {
    const first = Math.floor(o / outPerGroup) * inPerGroup;
    for (const row of rows) {
      for (const column of columns) {
        const inside = row.inside && column.inside;
        const outside = row.outside || column.outside;
        for (let i = 0; i < inPerGroup; i++) {
          const weight = weights[k++]!;
          if (weight === 0) continue;
          const c = (first + i) % period;
          const low = inside ? input.low[c]! : node.padValue;
          const high = inside ? input.high[c]! : node.padValue;
          if (outside) addTap(sums, o, weight, Math.min(low, node.padValue), Math.max(high, node.padValue));
          else addTap(sums, o, weight, low, high);
        }
      }
    }
  }
  return sums;
}

/** Whether a tap of a window falls on the image, and on padding, for some output: one entry per tap of one axis. */
function reach(
  taps: number,
  dilation: number,
  stride: number,
  padding: number,
  size: number,
  outputs: number,
): readonly { readonly inside: boolean; readonly outside: boolean }[] {
  return Array.from({ length: taps }, (_, tap) => {
    let inside = false;
    let outside = false;
    for (let o = 0; o < outputs; o++) {
      const at = o * stride + tap * dilation - padding;
      if (at >= 0 && at < size) inside = true;
      else outside = true;
    }
    return { inside, outside };
  });
}

function sumPoolRange(node: SumPoolNode, input: ValueRange, shape: Shape): ValueRange {
  const [fewest, most] = tapsInside(node, shape);
  return {
    low: input.low.map((v) => v * (v < 0 ? most : fewest)),
    high: input.high.map((v) => v * (v < 0 ? fewest : most)),
  };
}

/** Between the least and the greatest pixel, and 0 where padding counts or nothing does. */
function averageRange(node: AvgPoolNode, input: ValueRange, shape: Shape): ValueRange {
  const { counts, inside } = averageWindows(node, shape);
  const reachesZero = counts.some((count, p) => count > inside[p]! || count === 0);
  const factor = node.factor ?? 1;
  return {
    low: input.low.map((v) => factor * (reachesZero ? Math.min(v, 0) : v)),
    high: input.high.map((v) => factor * (reachesZero ? Math.max(v, 0) : v)),
  };
}

/** Fewest and most taps of a window that lie on the image. */
function tapsInside(node: Window2d, shape: Shape): readonly [number, number] {
  const [h = 0, w = 0] = shape;
  const [outH, outW] = windowOutput(h, w, node);
  const axis = (taps: number, stride: number, padding: number, size: number, outputs: number): [number, number] => {
    let fewest = taps;
    let most = 0;
    for (let o = 0; o < outputs; o++) {
      const start = o * stride - padding;
      const n = Math.max(0, Math.min(start + taps, size) - Math.max(start, 0));
      fewest = Math.min(fewest, n);
      most = Math.max(most, n);
    }
    return [fewest, most];
  };
  const rows = axis(node.window[0], node.stride[0], node.padding[0], h, outH);
  const columns = axis(node.window[1], node.stride[1], node.padding[2], w, outW);
  return [rows[0] * columns[0], rows[1] * columns[1]];
}

function requantiseRange(node: RequantiseNode, input: ValueRange): ValueRange {
  const n = Math.max(input.low.length, node.multiplier.length, node.shift.length, node.addend?.length ?? 1);
  // Multipliers are positive: every channel is a rising function.
  const map = (bounds: Float64Array): Float64Array =>
    Float64Array.from({ length: n }, (_, c) => requantiseValue(node, bounds[c % bounds.length]!, c));
  return { low: map(input.low), high: map(input.high) };
}

function lookupRange(node: LookupNode, input: ValueRange): ValueRange {
  const low = new Float64Array(input.low.length).fill(Infinity);
  const high = new Float64Array(input.low.length).fill(-Infinity);
  for (let c = 0; c < low.length; c++) {
    const from = Math.max(0, input.low[c]! - node.inputMin);
    const to = Math.min(node.table.length - 1, input.high[c]! - node.inputMin);
    for (let x = from; x <= to; x++) {
      low[c] = Math.min(low[c]!, node.table[x]!);
      high[c] = Math.max(high[c]!, node.table[x]!);
    }
  }
  return { low, high };
}

function embeddingRange(node: EmbeddingNode): ValueRange {
  const table = integerWeights(node.table);
  const low = new Float64Array(node.nOut).fill(Infinity);
  const high = new Float64Array(node.nOut).fill(-Infinity);
  table.forEach((v, k) => {
    low[k % node.nOut] = Math.min(low[k % node.nOut]!, v);
    high[k % node.nOut] = Math.max(high[k % node.nOut]!, v);
  });
  return { low, high };
}
