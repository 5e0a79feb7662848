import * as tf from '@tensorflow/tfjs-core';
import { present } from '../../common/assert.js';
import { sizeOf, windowOutput } from '../../ir/network/shapes.js';
import type { Conv2dNode, Shape } from '../../ir/network/types.js';
import type { Parameter } from '../parameter.js';
import { transposed } from './dense.js';
import type { Layer } from './layer.js';
import { readFloats } from './tensor-data.js';

/**
 * Convolution as a matrix product per group: the windows are copied out as rows (im2col). On the wasm backend the gradient
 * of a filter is missing as a kernel, and that of a strided input is several times faster this way. The parameter of a
 * group is [windowHeight * windowWidth * nIn / groups, nOut / groups].
 */
export function conv2dLayer(node: Conv2dNode, input: Shape, weights: readonly Parameter[]): Layer {
  const { groups, nOut, padValue } = node;
  const [h = 0, w = 0, nIn = 0] = input;
  const [outH, outW] = windowOutput(h, w, node);
  const size = sizeOf(input);
  const groupOut = nOut / groups;
  const fanIn = (node.window[0] * node.window[1] * nIn) / groups;
  const taps = weights.map((_, g) => tapTable(node, input, g));
  let windows: tf.Tensor2D[] = [];
  const filter = (g: number): tf.Tensor2D => tf.tensor2d(weights[g]!.deployed, [fanIn, groupOut]);
  return {
    parameters: weights,
    statistics: [],
    forward(x, mode) {
      const values = readFloats(x);
      const nRows = (values.length / size) * outH * outW;
      const rows = taps.map((table) => tf.tensor2d(copyTaps(values, size, table, padValue), [nRows, fanIn]));
      if (mode === 'train') windows = rows;
      const parts = rows.map((row, g) => tf.matMul(row, filter(g)));
      return tf.reshape(parts.length === 1 ? parts[0]! : tf.concat(parts, 1), [-1, outH, outW, nOut]);
    },
    backward(dy, gradients, wantInput) {
      const rows = tf.reshape<tf.Rank.R2>(dy, [-1, nOut]);
      const parts = groups === 1 ? [rows] : tf.split(rows, groups, 1);
      const batch = rows.shape[0] / (outH * outW);
      const dx = wantInput ? new Float32Array(batch * size) : undefined;
      parts.forEach((part, g) => {
        const seen = present(windows[g], 'forward pass');
        gradients.set(weights[g]!, readFloats(tf.matMul(tf.transpose(seen), part)));
        if (dx !== undefined) addTaps(readFloats(tf.matMul(part, tf.transpose(filter(g)))), taps[g]!, dx, size);
      });
      return dx === undefined ? undefined : tf.tensor(dx, [batch, ...input]);
    },
    deploy() {
      const all = new Int8Array(nOut * fanIn);
      weights.forEach(({ deployed }, g) => all.set(transposed(deployed, fanIn, groupOut), g * groupOut * fanIn));
      return { ...node, weights: all };
    },
  };
}

/** For every output position and tap of a group, row by row: the flat index of the input, or the one after the last for padding. */
function tapTable(node: Conv2dNode, [h = 0, w = 0, nIn = 0]: Shape, group: number): Int32Array {
  const [outH, outW] = windowOutput(h, w, node);
  const [kh, kw] = node.window;
  const [top, , left] = node.padding;
  const groupIn = nIn / node.groups;
  const padded = h * w * nIn;
  const table = new Int32Array(outH * outW * kh * kw * groupIn);
  let at = 0;
  for (let position = 0; position < outH * outW; position++) {
    for (let tap = 0; tap < kh * kw; tap++) {
      const y = Math.floor(position / outW) * node.stride[0] + Math.floor(tap / kw) - top;
      const x = (position % outW) * node.stride[1] + (tap % kw) - left;
      const isInside = y >= 0 && y < h && x >= 0 && x < w;
      for (let c = 0; c < groupIn; c++) table[at++] = isInside ? (y * w + x) * nIn + group * groupIn + c : padded;
    }
  }
  return table;
}

// The image in work lies in a small array with one more element for the padding: no branch per tap.

function copyTaps(values: Float32Array, size: number, table: Int32Array, padValue: number): Float32Array {
  const n = table.length;
  const batch = values.length / size;
  const result = new Float32Array(batch * n);
  const image = new Float32Array(size + 1).fill(padValue);
  for (let b = 0; b < batch; b++) {
    image.set(values.subarray(b * size, (b + 1) * size));
    const first = b * n;
    for (let t = 0; t < n; t++) result[first + t] = image[table[t]!]!;
  }
  return result;
}

function addTaps(values: Float32Array, table: Int32Array, sums: Float32Array, size: number): void {
  const n = table.length;
  const batch = values.length / n;
  const image = new Float32Array(size + 1);
  for (let b = 0; b < batch; b++) {
    image.set(sums.subarray(b * size, (b + 1) * size));
    const first = b * n;
    for (let t = 0; t < n; t++) image[table[t]!]! += values[first + t]!;
    sums.set(image.subarray(0, size), b * size);
  }
}
