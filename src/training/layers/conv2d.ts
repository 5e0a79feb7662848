import * as tf from '@tensorflow/tfjs-core';
import { present } from '../../common/assert.js';
import type { Conv2dNode } from '../../ir/network/types.js';
import type { Parameter } from '../parameter.js';
import type { Layer } from './layer.js';
import { asImages, readFloats } from './tensor-data.js';

/** Convolution; the parameter is [groups, windowHeight, windowWidth, nIn / groups, nOut / groups]. */
export function conv2dLayer(node: Conv2dNode, nIn: number, weights: Parameter): Layer {
  const { groups, nOut } = node;
  const [kh, kw] = node.window;
  const [top, bottom, left, right] = node.padding;
  const groupIn = nIn / groups;
  const groupOut = nOut / groups;
  let padded: tf.Tensor4D[] = [];
  const filters = (): tf.Tensor4D[] =>
    tf
      .split(tf.tensor(weights.deployed, [groups * kh, kw, groupIn, groupOut]), groups, 0)
      .map((filter) => tf.reshape<tf.Rank.R4>(filter, [kh, kw, groupIn, groupOut]));
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
      const slices = splitChannels(tf.pad(x, border, node.padValue), groups);
      if (mode === 'train') padded = slices;
      const own = filters();
      return joinChannels(slices.map((slice, g) => tf.conv2d(slice, own[g]!, [...node.stride], 'valid')));
    },
    backward(dy, gradients, wantInput) {
      const parts = splitChannels(dy, groups);
      const filterGradients = parts.map((part, g) =>
        filterGradient(present(padded[g], 'forward pass'), part, node.window, node.stride),
      );
      gradients.set(weights, readFloats(tf.concat(filterGradients, 0)));
      if (!wantInput) return undefined;
      const own = filters();
      const [, h, w] = padded[0]!.shape;
      const inputs = parts.map((part, g) => inputGradient(part, own[g]!, [h, w], node.stride));
      return tf.slice(joinChannels(inputs), [0, top, left, 0], [-1, h - top - bottom, w - left - right, -1]);
    },
    deploy: () => ({ ...node, weights: outputFirst(weights.deployed, node, groupIn) }),
  };
}

function splitChannels(x: tf.Tensor, groups: number): tf.Tensor4D[] {
  return groups === 1 ? [asImages(x)] : tf.split<tf.Tensor4D>(x, groups, 3);
}

function joinChannels(parts: readonly tf.Tensor4D[]): tf.Tensor4D {
  return parts.length === 1 ? parts[0]! : tf.concat([...parts], 3);
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

/** The input's gradient: dy with zeros between (stride) and around (window - 1), convolved with the flipped filter. */
function inputGradient(
  dy: tf.Tensor4D,
  filter: tf.Tensor4D,
  size: readonly [number, number],
  stride: readonly [number, number],
): tf.Tensor4D {
  const [kh, kw] = filter.shape;
  const spread = dilate(dy, stride);
  const [, h, w] = spread.shape;
  const border: [number, number][] = [
    [0, 0],
    [kh - 1, size[0] - h],
    [kw - 1, size[1] - w],
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

/** [groups, kh, kw, in, out] -> integers [groups * out, kh, kw, in]. */
function outputFirst(values: Float32Array, node: Conv2dNode, groupIn: number): Int8Array {
  const taps = node.window[0] * node.window[1] * groupIn;
  const groupOut = node.nOut / node.groups;
  const result = new Int8Array(values.length);
  for (let g = 0; g < node.groups; g++) {
    for (let t = 0; t < taps; t++) {
      for (let o = 0; o < groupOut; o++) {
        result[(g * groupOut + o) * taps + t] = values[(g * taps + t) * groupOut + o]!;
      }
    }
  }
  return result;
}
