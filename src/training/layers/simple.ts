import * as tf from '@tensorflow/tfjs-core';
import { present } from '../../common/assert.js';
import type { FlattenNode, MaxPoolNode, SignNode, StepNode } from '../../ir/network/types.js';
import type { Layer } from './layer.js';
import { asImages } from './tensor-data.js';

/**
 * `sign` or `step`. Backward: the slope of the straight line from -1 to 1 inside |x| <= 1, 0 outside (straight-through with
 * the hard tanh window; Courbariaux et al., NIPS 2016).
 */
export function activationLayer(node: SignNode | StepNode): Layer {
  const low = node.kind === 'sign' ? -1 : 0;
  const slope = (1 - low) / 2;
  let input: tf.Tensor | undefined;
  return {
    parameters: [],
    statistics: [],
    forward(x, mode) {
      if (mode === 'train') input = x;
      const bit = atLeastZero(x);
      return low === 0 ? bit : tf.sub(tf.mul(bit, 2), 1);
    },
    backward(dy, _gradients, wantInput) {
      if (!wantInput) return undefined;
      const inside = atLeastZero(tf.sub(1, tf.abs(present(input, 'forward pass'))));
      return tf.mul(tf.mul(dy, inside), slope);
    },
    deploy: () => node,
  };
}

/**
 * 1 where x >= 0, else 0. A scaled clip instead of a comparison, whose boolean result is about 20 times slower on the wasm
 * backend. Exact for 0 and for every |x| >= 1e-19.
 */
function atLeastZero(x: tf.Tensor): tf.Tensor {
  return tf.clipByValue(tf.mul(tf.add(x, 1e-20), 1e30), 0, 1);
}

/** Maximum over windows that do not overlap. Where several values of a window are the maximum, each takes the gradient. */
export function maxPoolLayer(node: MaxPoolNode): Layer {
  const [kh, kw] = node.window;
  let saved: { readonly x: tf.Tensor4D; readonly y: tf.Tensor4D } | undefined;
  return {
    parameters: [],
    statistics: [],
    forward(x, mode) {
      const x4 = asImages(x);
      const y = tf.maxPool(x4, [kh, kw], [kh, kw], 'valid');
      if (mode === 'train') saved = { x: x4, y };
      return y;
    },
    backward(dy, _gradients, wantInput) {
      if (!wantInput) return undefined;
      // The wasm backend's own gradient is wrong where a window's maximum is <= 0.
      const { x, y } = present(saved, 'forward pass');
      const [, h, w] = x.shape;
      const isMaximum = atLeastZero(tf.sub(x, repeat(y, kh, kw, h, w)));
      return tf.mul(isMaximum, repeat(asImages(dy), kh, kw, h, w));
    },
    deploy: () => node,
  };
}

/** Every pixel kh x kw times; rows and columns no window reaches get zeros. */
function repeat(y: tf.Tensor4D, kh: number, kw: number, height: number, width: number): tf.Tensor4D {
  const [b, h, w, c] = y.shape;
  const columns = tf.tile(tf.reshape(y, [b * h * w, 1, c]), [1, kw, 1]);
  const rows = tf.tile(tf.reshape(columns, [b * h, 1, w * kw * c]), [1, kh, 1]);
  const large = tf.reshape<tf.Rank.R4>(rows, [b, h * kh, w * kw, c]);
  if (h * kh === height && w * kw === width) return large;
  const border: [number, number][] = [
    [0, 0],
    [0, height - h * kh],
    [0, width - w * kw],
    [0, 0],
  ];
  return tf.pad(large, border);
}

/** [h, w, c] -> [h * w * c]. */
export function flattenLayer(node: FlattenNode): Layer {
  let shape: number[] = [];
  return {
    parameters: [],
    statistics: [],
    forward(x, mode) {
      if (mode === 'train') shape = x.shape;
      return tf.reshape(x, [x.shape[0]!, -1]);
    },
    backward: (dy, _gradients, wantInput) => (wantInput ? tf.reshape(dy, shape) : undefined),
    deploy: () => node,
  };
}
