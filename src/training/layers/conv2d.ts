import * as tf from '@tensorflow/tfjs-core';
import { present } from '../../common/assert.js';
import type { Conv2dNode, Shape } from '../../ir/network/types.js';
import type { Parameter } from '../parameter.js';
import { addRows, deployBias, deployLinear, sumRows } from './dense.js';
import { addGradient, createBuffer, type Gradients, type Layer } from './layer.js';
import { addTaps, copyTaps, type Taps, tapsOf } from './taps.js';
import { compute, leftGradient, product, type ProductSizes, rightGradient } from './tensor-data.js';

/** A convolution without its bias, in both directions. */
interface Convolution {
  forward(x: Float32Array, batch: number): Float32Array;
  backward(dy: Float32Array, gradients: Gradients, wantInput: boolean): Float32Array | undefined;
}

/**
 * Convolution. The parameter of a group is [windowHeight * windowWidth * nIn / groups, nOut / groups]; `bias` is [nOut].
 */
export function conv2dLayer(node: Conv2dNode, input: Shape, weights: readonly Parameter[], bias?: Parameter): Layer {
  const { nOut } = node;
  const taps = tapsOf(node, input);
  const [filter] = weights;
  const convolution =
    filter !== undefined && isPlain(node) ? direct(node, input, filter, taps) : byWindows(node, weights, taps);
  return {
    parameters: bias === undefined ? weights : [...weights, bias],
    statistics: [],
    forward(x, batch) {
      const y = convolution.forward(x, batch);
      if (bias !== undefined) addRows(y, bias.deployed);
      return y;
    },
    backward(dy, gradients, wantInput) {
      if (bias !== undefined) addGradient(gradients, bias, sumRows(dy, nOut));
      return convolution.backward(dy, gradients, wantInput);
    },
    deploy: () => ({ ...node, ...deployLinear(weights, taps.fanIn, nOut / node.groups), ...deployBias(bias) }),
  };
}

/** Whether the library's convolution computes it. */
function isPlain(node: Conv2dNode): boolean {
  return node.groups === 1 && node.padValue === 0 && node.dilation === undefined;
}

/**
 * The library's convolution; its gradients are convolutions too, where the wasm backend has no kernel for them: that of the
 * filter is the images, channels as the batch, convolved with dy, the batch as channels; that of the input (stride 1) is dy
 * convolved with the mirrored filter. About twice as fast as {@link byWindows}.
 */
function direct(node: Conv2dNode, input: Shape, weights: Parameter, taps: Taps): Convolution {
  const { nOut, padding, stride } = node;
  const [h = 0, w = 0, nIn = 0] = input;
  const [kh, kw] = node.window;
  const [top, bottom, left, right] = padding;
  const { outH, outW, fanIn, size } = taps;
  const strides: [number, number] = [stride[0], stride[1]];
  const images = (x: Float32Array, batch: number): tf.Tensor4D =>
    padded(tf.tensor4d(x, [batch, h, w, nIn]), [top, bottom, left, right]);
  const mirrored = (): tf.Tensor4D => {
    const all = new Float32Array(fanIn * nOut);
    for (let tap = 0; tap < kh * kw; tap++) {
      for (let i = 0; i < nIn; i++) {
        for (let o = 0; o < nOut; o++) {
          all[((kh * kw - 1 - tap) * nOut + o) * nIn + i] = weights.seen[(tap * nIn + i) * nOut + o]!;
        }
      }
    }
    return tf.tensor4d(all, [kh, kw, nOut, nIn]);
  };
  const margins: Margins = [kh - 1 - top, kh - 1 - bottom, kw - 1 - left, kw - 1 - right];
  const canMirror = stride[0] === 1 && stride[1] === 1 && margins.every((margin) => margin >= 0);
  const inputGradient = createBuffer();
  let seen: Float32Array | undefined;

  const filterGradient = (dy: Float32Array, batch: number): Float32Array => {
    const byInput = compute(() => {
      const x = tf.transpose(images(present(seen, 'forward pass'), batch), [3, 1, 2, 0]);
      const filter = tf.transpose(tf.tensor4d(dy, [batch, outH, outW, nOut]), [1, 2, 0, 3]);
      const sums = tf.conv2d(x, filter, 1, 'valid', 'NHWC', strides);
      // Rows and columns that a stride leaves over at the end would be taps outside of the window.
      return tf.slice(sums, [0, 0, 0, 0], [nIn, kh, kw, nOut]);
    });
    const gradient = new Float32Array(fanIn * nOut);
    for (let i = 0; i < nIn; i++) {
      for (let tap = 0; tap < kh * kw; tap++) {
        const from = (i * kh * kw + tap) * nOut;
        gradient.set(byInput.subarray(from, from + nOut), (tap * nIn + i) * nOut);
      }
    }
    return gradient;
  };
  return {
    forward(x, batch) {
      seen = x;
      return compute(() =>
        tf.conv2d(images(x, batch), tf.tensor4d(weights.seen, [kh, kw, nIn, nOut]), strides, 'valid'),
      );
    },
    backward(dy, gradients, wantInput) {
      const batch = dy.length / (outH * outW * nOut);
      addGradient(gradients, weights, filterGradient(dy, batch));
      if (!wantInput) return undefined;
      if (canMirror) {
        return compute(() =>
          tf.conv2d(padded(tf.tensor4d(dy, [batch, outH, outW, nOut]), margins), mirrored(), 1, 'valid'),
        );
      }
      const dx = inputGradient(batch * size).fill(0);
      const sizes = { rows: batch * outH * outW, inner: fanIn, columns: nOut };
      addTaps(leftGradient(dy, weights.seen, sizes), present(taps.tables[0], 'windows'), dx, size);
      return dx;
    },
  };
}

/** Pixels added at the top, bottom, left and right. */
type Margins = readonly [number, number, number, number];

function padded(x: tf.Tensor4D, [top, bottom, left, right]: Margins): tf.Tensor4D {
  if (top + bottom + left + right === 0) return x;
  return tf.pad(x, [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ]);
}

/** A matrix product per group: the windows are copied out as rows (im2col). */
function byWindows(node: Conv2dNode, weights: readonly Parameter[], taps: Taps): Convolution {
  const { groups, nOut, padValue } = node;
  const { size, outH, outW, fanIn, tables } = taps;
  const groupOut = nOut / groups;
  const sizes = (batch: number): ProductSizes => ({ rows: batch * outH * outW, inner: fanIn, columns: groupOut });
  let windows: readonly Float32Array[] = [];
  return {
    forward(x, batch) {
      windows = tables.map((table) => copyTaps(x, size, table, padValue));
      const parts = windows.map((rows, g) => product(rows, present(weights[g], 'group').seen, sizes(batch)));
      return joinColumns(parts, groupOut);
    },
    backward(dy, gradients, wantInput) {
      const batch = dy.length / (outH * outW * nOut);
      const dx = wantInput ? new Float32Array(batch * size) : undefined;
      splitColumns(dy, groups, groupOut).forEach((part, g) => {
        const parameter = present(weights[g], 'group');
        addGradient(gradients, parameter, rightGradient(present(windows[g], 'forward pass'), part, sizes(batch)));
        if (dx === undefined) return;
        addTaps(leftGradient(part, parameter.seen, sizes(batch)), present(tables[g], 'windows'), dx, size);
      });
      return dx;
    },
  };
}

/** Matrices of n columns each, side by side. */
function joinColumns(parts: readonly Float32Array[], n: number): Float32Array {
  const first = present(parts[0], 'part');
  if (parts.length === 1) return first;
  const result = new Float32Array(first.length * parts.length);
  parts.forEach((part, p) => {
    for (let row = 0; row * n < part.length; row++) {
      result.set(part.subarray(row * n, (row + 1) * n), (row * parts.length + p) * n);
    }
  });
  return result;
}

function splitColumns(values: Float32Array, nParts: number, n: number): readonly Float32Array[] {
  if (nParts === 1) return [values];
  return Array.from({ length: nParts }, (_, p) => {
    const part = new Float32Array(values.length / nParts);
    for (let row = 0; row * n < part.length; row++) {
      const from = (row * nParts + p) * n;
      part.set(values.subarray(from, from + n), row * n);
    }
    return part;
  });
}
