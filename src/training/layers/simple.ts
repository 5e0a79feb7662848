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
      const images = asImages(x);
      const y = tf.maxPool(images, [kh, kw], [kh, kw], 'valid');
      if (mode === 'train') saved = { x: images, y };
      return y;
    },
    backward(dy, _gradients, wantInput) {
      if (!wantInput) return undefined;
      // The wasm backend's own gradient is wrong where a window's maximum is <= 0. Windows as dimensions of their own let
      // the maximum and its gradient broadcast over them.
      const { x, y } = present(saved, 'forward pass');
      const [b, height, width, c] = x.shape;
      const [, h, w] = y.shape;
      const reached = tf.slice(x, [0, 0, 0, 0], [b, h * kh, w * kw, c]);
      const perWindow = [b * h, 1, w, 1, c];
      const values = tf.reshape(reached, [b * h, kh, w, kw, c]);
      const isMaximum = atLeastZero(tf.sub(values, tf.reshape(y, perWindow)));
      const dx = tf.reshape<tf.Rank.R4>(tf.mul(isMaximum, tf.reshape(dy, perWindow)), reached.shape);
      const border: [number, number][] = [
        [0, 0],
        [0, height - h * kh],
        [0, width - w * kw],
        [0, 0],
      ];
      return h * kh === height && w * kw === width ? dx : tf.pad(dx, border);
    },
    deploy: () => node,
  };
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
