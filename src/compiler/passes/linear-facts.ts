/**
 * What a linear layer makes of values with a constant part (signs are 2 q - 1): the constant of every sum, and the bounds of the
 * integer sums per channel.
 *
 * A convolution reads the same weights at every pixel; only where its window meets the border, other taps fall on padding. So pixels
 * whose windows lose the same rows and columns share everything, as long as the constants of the input depend on the channel only:
 *
 *   row classes    top | inside | bottom        A 3 x 3 window with padding 1 has 3 x 3 classes of pixels, whatever the size of the
 *   column classes left | inside | right        image; memory and time do not grow with pixels x taps x channels^2.
 */
import { integerWeights, type LinearNode } from '../../ir/network/linear.js';
import { channelsOf, sizeOf } from '../../ir/network/shapes.js';
import type { AvgPoolNode, BlockDenseNode, Conv2dNode, DenseNode, Shape } from '../../ir/network/types.js';
import { channelConstants, type Value } from './integer-value.js';

/** [elements] constant of every output; [channels] bounds of the integer sums. */
export type LinearFacts = Pick<Value, 'constant' | 'low' | 'high'>;

/** The facts of a layer with integer weights on `before`; its output has the shape `shape`. */
export function linearFacts(node: Exclude<LinearNode, { kind: 'sumPool' }>, before: Value, shape: Shape): LinearFacts {
  const channels = channelsOf(shape);
  const facts = {
    constant: new Float64Array(sizeOf(shape)),
    low: new Float64Array(channels).fill(Infinity),
    high: new Float64Array(channels).fill(-Infinity),
  };
  const sum = new Sum(before);
  if (node.kind === 'dense') addDense(node, sum, facts, sizeOf(before.shape));
  else if (node.kind === 'blockDense') addBlocks(node, sum, facts);
  else addConv(node, before, shape, sum, facts);
  return facts;
}

/** One sum while its taps are added: its constant and its bounds, in the order of the taps. */
class Sum {
  constant = 0;
  min = 0;
  max = 0;
  private readonly before: Value;

  constructor(before: Value) {
    this.before = before;
  }

  start(constant: number): void {
    this.constant = constant;
    this.min = 0;
    this.max = 0;
  }

  /** Adds weight w on input element i. */
  tap(i: number, w: number): void {
    if (w === 0) return;
    const { constant, low, high } = this.before;
    const c = i % low.length;
    this.constant += w * constant[i]!;
    this.min += w * (w > 0 ? low : high)[c]!;
    this.max += w * (w > 0 ? high : low)[c]!;
  }

  /** Widens the bounds of a channel by this sum. */
  bound({ low, high }: LinearFacts, c: number): void {
    low[c] = Math.min(low[c]!, this.min);
    high[c] = Math.max(high[c]!, this.max);
  }
}

function addDense(node: DenseNode, sum: Sum, facts: LinearFacts, nIn: number): void {
  const weights = integerWeights(node.weights);
  for (let o = 0; o < node.nOut; o++) {
    sum.start(0);
    for (let i = 0; i < nIn; i++) sum.tap(i, weights[o * nIn + i]!);
    sum.bound(facts, o);
    facts.constant[o] = sum.constant;
  }
}

function addBlocks(node: BlockDenseNode, sum: Sum, facts: LinearFacts): void {
  let out = 0;
  for (const { inputs, nOut, weights } of node.blocks) {
    for (let o = 0; o < nOut; o++) {
      sum.start(0);
      for (let i = 0; i < inputs.length; i++) sum.tap(inputs[i]!, weights[o * inputs.length + i]!);
      sum.bound(facts, out);
      facts.constant[out++] = sum.constant;
    }
  }
}

/** Outputs along one axis whose windows keep the taps from..to - 1. */
interface AxisClass {
  readonly from: number;
  readonly to: number;
  readonly members: number[];
}

/** The classes of an axis; `single`: every output is a class of its own. */
function axisClasses(
  outputs: number,
  offset: (output: number) => number,
  { taps, step, size, single }: { taps: number; step: number; size: number; single: boolean },
): readonly AxisClass[] {
  const classes = new Map<string, AxisClass>();
  for (let o = 0; o < outputs; o++) {
    const start = offset(o);
    // Tap k lies at start + k step, inside 0..size - 1.
    const from = Math.min(taps, Math.max(0, Math.ceil(-start / step)));
    const to = Math.max(from, Math.min(taps, Math.floor((size - 1 - start) / step) + 1));
    const key = single ? String(o) : `${from}/${to}`;
    const known = classes.get(key);
    if (known === undefined) classes.set(key, { from, to, members: [o] });
    else known.members.push(o);
  }
  return [...classes.values()];
}

function addConv(node: Conv2dNode, before: Value, shape: Shape, sum: Sum, facts: LinearFacts): void {
  const [h = 0, w = 0, nIn = 0] = before.shape;
  const [outH = 0, outW = 0] = shape;
  const { nOut, groups, stride, padding, padValue } = node;
  const [kernelH, kernelW] = node.window;
  const [dilationH, dilationW] = node.dilation ?? [1, 1];
  const inPerGroup = nIn / groups;
  const outPerGroup = nOut / groups;
  const weights = integerWeights(node.weights);
  const top = (y: number): number => y * stride[0] - padding[0];
  const left = (x: number): number => x * stride[1] - padding[2];
  const single = channelConstants(before) === undefined;
  const rows = axisClasses(outH, top, { taps: kernelH, step: dilationH, size: h, single });
  const columns = axisClasses(outW, left, { taps: kernelW, step: dilationW, size: w, single });
  for (const row of rows) {
    for (const column of columns) {
      // Any member stands for its class: its inputs have the constants of the others.
      const y0 = top(row.members[0] ?? 0);
      const x0 = left(column.members[0] ?? 0);
      for (let o = 0; o < nOut; o++) {
        const first = Math.floor(o / outPerGroup) * inPerGroup;
        const weightAt = o * kernelH * kernelW * inPerGroup;
        let padded = 0;
        for (let ky = 0; ky < kernelH; ky++) {
          for (let kx = 0; kx < kernelW; kx++) {
            if (ky >= row.from && ky < row.to && kx >= column.from && kx < column.to) continue;
            const k = weightAt + (ky * kernelW + kx) * inPerGroup;
            for (let i = 0; i < inPerGroup; i++) padded += weights[k + i]!;
          }
        }
        sum.start(padded * padValue * before.divisor);
        for (let ky = row.from; ky < row.to; ky++) {
          for (let kx = column.from; kx < column.to; kx++) {
            const k = weightAt + (ky * kernelW + kx) * inPerGroup;
            const at = ((y0 + ky * dilationH) * w + x0 + kx * dilationW) * nIn + first;
            for (let i = 0; i < inPerGroup; i++) sum.tap(at + i, weights[k + i]!);
          }
        }
        sum.bound(facts, o);
        for (const y of row.members) {
          for (const x of column.members) facts.constant[(y * outW + x) * nOut + o] = sum.constant;
        }
      }
    }
  }
}

/** The constant of every sum of an average pool: those of the pixels in its window, row by row. */
export function pooledConstants({ window, stride, padding }: AvgPoolNode, before: Value, shape: Shape): Float64Array {
  const [h = 0, w = 0, channels = 0] = before.shape;
  const [outH = 0, outW = 0] = shape;
  const constant = new Float64Array(sizeOf(shape));
  if (before.constant.every((c) => c === 0)) return constant;
  for (let p = 0; p < outH * outW; p++) {
    const y0 = Math.floor(p / outW) * stride[0] - padding[0];
    const x0 = (p % outW) * stride[1] - padding[2];
    for (let y = Math.max(0, y0); y < Math.min(h, y0 + window[0]); y++) {
      for (let x = Math.max(0, x0); x < Math.min(w, x0 + window[1]); x++) {
        const at = (y * w + x) * channels;
        for (let c = 0; c < channels; c++) constant[p * channels + c]! += before.constant[at + c]!;
      }
    }
  }
  return constant;
}
