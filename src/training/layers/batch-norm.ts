import * as tf from '@tensorflow/tfjs-core';
import { present } from '../../common/assert.js';
import { batchNormFunction } from '../../ir/network/batch-norm.js';
import type { BatchNormNode } from '../../ir/network/types.js';
import type { Parameter } from '../parameter.js';
import type { Layer } from './layer.js';
import { readFloats } from './tensor-data.js';

/** Weight of the old running statistics in each step. */
const MOMENTUM = 0.98;

/**
 * Batch normalisation per channel (Ioffe and Szegedy, ICML 2015), running mean and variance for evaluation. Evaluation is in
 * float64 as the node defines it; rounding the result to float32 keeps its sign, so the activation that follows is exact.
 */
export function batchNormLayer(node: BatchNormNode, gamma: Parameter, beta: Parameter): Layer {
  const nChannels = node.gamma.length;
  const mean = new Float64Array(nChannels);
  const variance = new Float64Array(nChannels).fill(1);
  /** Number of updates so far, 0 or 1: the first batch replaces the initial statistics. */
  const started = new Float64Array(1);
  let saved: { readonly normal: tf.Tensor; readonly inverse: tf.Tensor } | undefined;

  const updateStatistics = (batchMean: Float32Array, batchVariance: Float32Array): void => {
    const keep = started[0] === 0 ? 0 : MOMENTUM;
    started[0] = 1;
    for (let c = 0; c < nChannels; c++) {
      mean[c] = keep * mean[c]! + (1 - keep) * batchMean[c]!;
      variance[c] = keep * variance[c]! + (1 - keep) * batchVariance[c]!;
    }
  };

  const deploy = (): BatchNormNode => ({
    ...node,
    gamma: Float64Array.from(gamma.deployed),
    beta: Float64Array.from(beta.deployed),
    mean: mean.slice(),
    variance: variance.slice(),
  });

  return {
    parameters: [gamma, beta],
    statistics: [mean, variance, started],
    forward(x, mode) {
      if (mode === 'evaluate') {
        const values = readFloats(x);
        const result = new Float32Array(values.length);
        const normalise = batchNormFunction(deploy());
        for (let i = 0, c = 0; i < values.length; i++, c = c + 1 === nChannels ? 0 : c + 1) {
          result[i] = normalise(values[i]!, c);
        }
        return tf.tensor(result, x.shape);
      }
      const flat = tf.reshape<tf.Rank.R2>(x, [-1, nChannels]);
      const batchMean = columnMean(flat);
      const centred = tf.sub(flat, batchMean);
      const batchVariance = columnMean(tf.square(centred));
      updateStatistics(readFloats(batchMean), readFloats(batchVariance));
      const inverse = tf.rsqrt(tf.add(batchVariance, node.epsilon));
      const normal = tf.mul(centred, inverse);
      saved = { normal, inverse };
      const scaled = tf.mul(normal, tf.tensor2d(gamma.deployed, [1, nChannels]));
      return tf.reshape(tf.add(scaled, tf.tensor2d(beta.deployed, [1, nChannels])), x.shape);
    },
    backward(dy, gradients, wantInput) {
      const { normal, inverse } = present(saved, 'forward pass');
      const flat = tf.reshape<tf.Rank.R2>(dy, [-1, nChannels]);
      const nRows = flat.shape[0];
      const meanBeta = columnMean(flat);
      const meanGamma = columnMean(tf.mul(flat, normal));
      gradients.set(beta, readFloats(tf.mul(meanBeta, nRows)));
      gradients.set(gamma, readFloats(tf.mul(meanGamma, nRows)));
      if (!wantInput) return undefined;
      const scale = tf.mul(inverse, tf.tensor2d(gamma.deployed, [1, nChannels]));
      const through = tf.sub(tf.sub(flat, meanBeta), tf.mul(normal, meanGamma));
      return tf.reshape(tf.mul(through, scale), dy.shape);
    },
    deploy,
  };
}

/** Mean over rows, [1, n]. */
function columnMean(x: tf.Tensor): tf.Tensor {
  return tf.mean(x, 0, true);
}
