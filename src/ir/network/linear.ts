import { assert, present } from '../../common/assert.js';
import { sizeOf, windowOutput } from './shapes.js';
import type { BlockDenseNode, Conv2dNode, DenseNode, Shape, SumPoolNode, Weights } from './types.js';

/** A layer that is a matrix. */
export type LinearNode = DenseNode | BlockDenseNode | Conv2dNode | SumPoolNode;

/** The matrix of a linear layer, output by output: S[o] = sum over k in [rowStart[o], rowStart[o+1]) of weight[k] * q[column[k]]. */
export interface SparseRows {
  readonly nIn: number;
  readonly nOut: number;
  readonly rowStart: Int32Array;
  readonly column: Int32Array;
  /** -255..255. */
  readonly weight: Int16Array;
  /** [nOut] outputs with the same group read the same inputs: the whole layer, a block, a position of a convolution. */
  readonly group: Int32Array;
  /** [nGroups, 2] row and column of a group in the image, for groups with a place; else empty. */
  readonly groupPlace: Int32Array;
  /** [nOut] sum of the weights whose taps fall on padding. */
  readonly padded: Int32Array;
}

/** The weights of a layer that must be integers by now; real ones only exist in the float dialect, before quantisation. */
export function integerWeights(weights: Weights): Int8Array {
  assert(weights instanceof Int8Array, 'real weights where integer weights are needed');
  return weights;
}

/**
 * The integers w of a layer of the integer dialect: its weights less their zero point, -255..255. [nOut, operands of an output], as the layer
 * has them.
 */
export function effectiveWeights({ weights, weightZeroPoint, nOut }: DenseNode | Conv2dNode): Int8Array | Int16Array {
  const integers = integerWeights(weights);
  if (weightZeroPoint === undefined) return integers;
  const fanIn = integers.length / nOut;
  return Int16Array.from(integers, (w, k) => w - weightZeroPoint[Math.floor(k / fanIn) % weightZeroPoint.length]!);
}

/** Expands a linear layer with integer weights of a verified graph, less their zero points. Zero weights are kept out; taps on padding only count in `padded`. */
export function linearRows(node: LinearNode, input: Shape): SparseRows {
  switch (node.kind) {
    case 'dense': {
      const weights = effectiveWeights(node);
      return build(sizeOf(input), node.nOut, [], (o, tap) => {
        const nIn = sizeOf(input);
        for (let i = 0; i < nIn; i++) tap(i, weights[o * nIn + i]!);
        return 0;
      });
    }
    case 'blockDense': {
      const owner = node.blocks.flatMap((block, b) => Array.from({ length: block.nOut }, (_, o) => ({ block, b, o })));
      return build(sizeOf(input), owner.length, [], (out, tap) => {
        const { block, b, o } = present(owner[out], 'block');
        const n = block.inputs.length;
        for (let i = 0; i < n; i++) tap(block.inputs[i]!, block.weights[o * n + i]!);
        return b;
      });
    }
    case 'conv2d':
      return convRows(node, input);
    case 'sumPool': {
      const channels = input[2] ?? 0;
      // Each channel sums itself: a depthwise convolution of ones.
      const weights = new Int8Array(node.window[0] * node.window[1] * channels).fill(1);
      const { id, window, stride, padding } = node;
      return convRows(
        {
          kind: 'conv2d',
          id,
          input: node.input,
          window,
          stride,
          padding,
          nOut: channels,
          groups: channels,
          weights,
          padValue: 0,
        },
        input,
      );
    }
  }
}

function convRows(node: Conv2dNode, input: Shape): SparseRows {
  const [h = 0, w = 0, nIn = 0] = input;
  const [outH, outW] = windowOutput(h, w, node);
  const [kernelH, kernelW] = node.window;
  const inPerGroup = nIn / node.groups;
  const outPerGroup = node.nOut / node.groups;
  const weights = effectiveWeights(node);
  const [dilationH, dilationW] = node.dilation ?? [1, 1];
  const places = Array.from({ length: outH * outW * node.groups }, (_, g) => {
    const position = Math.floor(g / node.groups);
    return [Math.floor(position / outW), position % outW];
  });
  return build(sizeOf(input), outH * outW * node.nOut, places.flat(), (out, tap, pad) => {
    const position = Math.floor(out / node.nOut);
    const o = out % node.nOut;
    const g = Math.floor(o / outPerGroup);
    const y0 = Math.floor(position / outW) * node.stride[0] - node.padding[0];
    const x0 = (position % outW) * node.stride[1] - node.padding[2];
    let k = o * kernelH * kernelW * inPerGroup;
    for (let ky = 0; ky < kernelH; ky++) {
      for (let kx = 0; kx < kernelW; kx++) {
        const y = y0 + ky * dilationH;
        const x = x0 + kx * dilationW;
        const inside = y >= 0 && y < h && x >= 0 && x < w;
        for (let i = 0; i < inPerGroup; i++) {
          const weight = weights[k++]!;
          if (inside) tap((y * w + x) * nIn + g * inPerGroup + i, weight);
          else pad(weight);
        }
      }
    }
    return position * node.groups + g;
  });
}

type Emit = (input: number, weight: number) => void;

/** Collects rows; `row(o, tap, pad)` calls back for every tap and returns the group of output o. */
function build(
  nIn: number,
  nOut: number,
  places: readonly number[],
  row: (output: number, tap: Emit, pad: (weight: number) => void) => number,
): SparseRows {
  const rowStart = new Int32Array(nOut + 1);
  const group = new Int32Array(nOut);
  const padded = new Int32Array(nOut);
  let column = new Int32Array(Math.max(16, nIn));
  let weight = new Int16Array(column.length);
  let n = 0;
  const tap: Emit = (input, value) => {
    if (value === 0) return;
    if (n === column.length) {
      column = grown(column, new Int32Array(2 * n));
      weight = grown(weight, new Int16Array(2 * n));
    }
    column[n] = input;
    weight[n++] = value;
  };
  for (let o = 0; o < nOut; o++) {
    group[o] = row(o, tap, (value) => (padded[o]! += value));
    rowStart[o + 1] = n;
  }
  return {
    nIn,
    nOut,
    rowStart,
    column: column.slice(0, n),
    weight: weight.slice(0, n),
    group,
    groupPlace: Int32Array.from(places),
    padded,
  };
}

function grown<A extends Int32Array | Int16Array>(from: A, to: A): A {
  to.set(from);
  return to;
}
