import * as tf from '@tensorflow/tfjs-core';
import { present } from '../../common/assert.js';
import type { DenseNode } from '../../ir/network/types.js';
import type { Parameter } from '../parameter.js';
import { readFloats } from './tensor-data.js';
import type { Layer } from './layer.js';

/** All inputs to all outputs. The parameter is [nIn, nOut], the node's weights are its transpose. */
export function denseLayer(node: DenseNode, nIn: number, weights: Parameter): Layer {
  let input: tf.Tensor2D | undefined;
  const weightTensor = (): tf.Tensor2D => tf.tensor2d(weights.deployed, [nIn, node.nOut]);
  return {
    parameters: [weights],
    statistics: [],
    forward(x, mode) {
      const flat = tf.reshape<tf.Rank.R2>(x, [-1, nIn]);
      if (mode === 'train') input = flat;
      return tf.matMul(flat, weightTensor());
    },
    backward(dy, gradients, wantInput) {
      const dy2 = tf.reshape<tf.Rank.R2>(dy, [-1, node.nOut]);
      // Explicit transposes: the transpose flags of matMul are about 20 times slower on the wasm backend.
      gradients.set(weights, readFloats(tf.matMul(tf.transpose(present(input, 'forward pass')), dy2)));
      return wantInput ? tf.matMul(dy2, tf.transpose(weightTensor())) : undefined;
    },
    deploy: () => ({ ...node, weights: transposed(weights.deployed, nIn, node.nOut) }),
  };
}

/** [nIn, nOut] -> integers [nOut, nIn]. */
export function transposed(values: Float32Array, nIn: number, nOut: number): Int8Array {
  const result = new Int8Array(nIn * nOut);
  for (let i = 0; i < nIn; i++) for (let o = 0; o < nOut; o++) result[o * nIn + i] = values[i * nOut + o]!;
  return result;
}
