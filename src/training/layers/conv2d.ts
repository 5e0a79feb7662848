import * as tf from '@tensorflow/tfjs-core';
import { present } from '../../common/assert.js';
import type { Conv2dNode, Window2d } from '../../ir/network/types.js';
import type { Parameter } from '../parameter.js';
import { transposed } from './dense.js';
import type { Layer } from './layer.js';
import { asImages, readFloats } from './tensor-data.js';

/**
 * Convolution; the parameter is [windowHeight, windowWidth, nIn / groups, nOut]. Groups run as one convolution with zeros
 * between the groups: for the few groups of our networks that is faster than splitting and joining channels.
 */
export function conv2dLayer(node: Conv2dNode, nIn: number, weights: Parameter): Layer {
  const [kh, kw] = node.window;
  const [top, bottom, left, right] = node.padding;
  const filterShape: [number, number, number, number] = [kh, kw, nIn, node.nOut];
  let saved: { readonly padded: tf.Tensor4D; readonly size: readonly [number, number] } | undefined;
  const filter = (): tf.Tensor4D => tf.tensor4d(spreadGroups(weights.deployed, node, nIn), filterShape);
  return {
    parameters: [weights],
    statistics: [],
    forward(x, mode) {
      const border: [number, number][] = [
        [0, 0],
        [top, bottom],
        [left, right],
        [0, 0],
      ];
      const images = asImages(x);
      const padded = tf.pad(images, border, node.padValue);
      if (mode === 'train') saved = { padded, size: [images.shape[1], images.shape[2]] };
      return tf.conv2d(padded, filter(), [...node.stride], 'valid');
    },
    backward(dy, gradients, wantInput) {
      const { padded, size } = present(saved, 'forward pass');
      const outputs = asImages(dy);
      const all = readFloats(filterGradient(padded, outputs, node.window, node.stride));
      gradients.set(weights, collectGroups(all, node, nIn));
      return wantInput ? inputGradient(outputs, filter(), node, size) : undefined;
    },
    deploy: () => ({ ...node, weights: transposed(weights.deployed, (kh * kw * nIn) / node.groups, node.nOut) }),
  };
}

/** Calls `visit` with the index of every weight in [taps, nIn / groups, nOut] and in [taps, nIn, nOut]. */
function forEachWeight(node: Conv2dNode, nIn: number, visit: (own: number, full: number) => void): void {
  const { nOut, groups } = node;
  const groupIn = nIn / groups;
  const groupOut = nOut / groups;
  let own = 0;
  for (let tap = 0; tap < node.window[0] * node.window[1]; tap++) {
    for (let i = 0; i < groupIn; i++) {
      for (let o = 0; o < nOut; o++) visit(own++, (tap * nIn + Math.floor(o / groupOut) * groupIn + i) * nOut + o);
    }
  }
}

function spreadGroups(weights: Float32Array, node: Conv2dNode, nIn: number): Float32Array {
  const full = new Float32Array(weights.length * node.groups);
  forEachWeight(node, nIn, (own, at) => {
    full[at] = weights[own]!;
  });
  return full;
}

function collectGroups(full: Float32Array, node: Conv2dNode, nIn: number): Float32Array {
  const weights = new Float32Array(full.length / node.groups);
  forEachWeight(node, nIn, (own, at) => {
    weights[own] = full[at]!;
  });
  return weights;
}

/**
 * The filter's gradient as a convolution of its own, batch and channels exchanged: x [B, H, W, C] becomes C images of B
 * channels, dy [B, h, w, O] a filter [h, w, B, O], the stride becomes the dilation. Result [kh, kw, C, O].
 */
function filterGradient(
  x: tf.Tensor4D,
  dy: tf.Tensor4D,
  window: readonly [number, number],
  stride: readonly [number, number],
): tf.Tensor4D {
  const images = tf.transpose(x, [3, 1, 2, 0]);
  const filter = tf.transpose(dy, [1, 2, 0, 3]);
  const full = tf.conv2d(images, filter, 1, 'valid', 'NHWC', [...stride]);
  // Rows the last window does not reach would make the result larger than the filter.
  return tf.transpose(tf.slice(full, [0, 0, 0, 0], [-1, window[0], window[1], -1]), [1, 2, 0, 3]);
}

/**
 * The input's gradient: dy with zeros between (stride) and around (window - 1 - padding), convolved with the flipped filter.
 * Padding is smaller than the window (the recipe sees to it), so no border is negative.
 */
function inputGradient(
  dy: tf.Tensor4D,
  filter: tf.Tensor4D,
  { window, stride, padding }: Window2d,
  [height, width]: readonly [number, number],
): tf.Tensor4D {
  const [top, , left] = padding;
  const spread = dilate(dy, stride);
  const [, h, w] = spread.shape;
  const border: [number, number][] = [
    [0, 0],
    [window[0] - 1 - top, height + top - h],
    [window[1] - 1 - left, width + left - w],
    [0, 0],
  ];
  const flipped = tf.transpose(tf.reverse(filter, [0, 1]), [0, 1, 3, 2]);
  return tf.conv2d(tf.pad(spread, border), flipped, 1, 'valid');
}

/** Puts stride - 1 zeros between rows and columns. */
function dilate(dy: tf.Tensor4D, stride: readonly [number, number]): tf.Tensor4D {
  const [sh, sw] = stride;
  if (sh === 1 && sw === 1) return dy;
  const [b, h, w, c] = dy.shape;
  const gap = (n: number): [number, number][] => [
    [0, 0],
    [0, n],
    [0, 0],
  ];
  const columns = tf.pad(tf.reshape(dy, [b * h * w, 1, c]), gap(sw - 1));
  const rows = tf.pad(tf.reshape(columns, [b * h, 1, w * sw * c]), gap(sh - 1));
  const spread = tf.reshape<tf.Rank.R4>(rows, [b, h * sh, w * sw, c]);
  return tf.slice(spread, [0, 0, 0, 0], [-1, (h - 1) * sh + 1, (w - 1) * sw + 1, -1]);
}
