import { present } from '../../common/assert.js';
import type { BatchNormNode } from '../../ir/network/types.js';
import type { Parameter } from '../parameter.js';
import { sumRows } from './dense.js';
import { addGradient, type Layer } from './layer.js';

/** Weight of the old running statistics in each step. */
const MOMENTUM = 0.98;

/** Statistics of a normalisation, [nChannels] each but `started`, [1]: 1 once they are a batch's, 0 before. */
export interface BatchNormStatistics {
  readonly mean: Float64Array;
  readonly variance: Float64Array;
  readonly started: Float64Array;
}

/**
 * Batch normalisation per channel (Ioffe and Szegedy, ICML 2015) with the statistics of the batch; the deployed node has the
 * running mean and variance. The first batch replaces the initial statistics.
 */
export function batchNormLayer(
  node: BatchNormNode,
  gamma: Parameter,
  beta: Parameter,
  statistics: BatchNormStatistics = freshStatistics(node.gamma.length),
): Layer {
  const nChannels = node.gamma.length;
  const { mean, variance, started } = statistics;
  let saved: { readonly normal: Float32Array; readonly inverse: Float64Array } | undefined;

  const updateStatistics = (batchMean: Float64Array, batchVariance: Float64Array): void => {
    const keep = started[0] === 0 ? 0 : MOMENTUM;
    started[0] = 1;
    for (let c = 0; c < nChannels; c++) {
      mean[c] = keep * mean[c]! + (1 - keep) * batchMean[c]!;
      variance[c] = keep * variance[c]! + (1 - keep) * batchVariance[c]!;
    }
  };

  return {
    parameters: [gamma, beta],
    statistics: [mean, variance, started],
    forward(x) {
      const { batchMean, batchVariance } = moments(x, nChannels);
      updateStatistics(batchMean, batchVariance);
      const inverse = batchVariance.map((value) => 1 / Math.sqrt(value + node.epsilon));
      const normal = new Float32Array(x.length);
      const y = new Float32Array(x.length);
      for (let first = 0; first < x.length; first += nChannels) {
        for (let c = 0; c < nChannels; c++) {
          const value = (x[first + c]! - batchMean[c]!) * inverse[c]!;
          normal[first + c] = value;
          y[first + c] = gamma.deployed[c]! * value + beta.deployed[c]!;
        }
      }
      saved = { normal, inverse };
      return y;
    },
    backward(dy, gradients, wantInput) {
      const { normal, inverse } = present(saved, 'forward pass');
      const sumBeta = sumRows(dy, nChannels);
      const sumGamma = productSums(dy, normal, nChannels);
      addGradient(gradients, beta, sumBeta);
      addGradient(gradients, gamma, sumGamma);
      if (!wantInput) return undefined;
      const nRows = dy.length / nChannels;
      const slope = inverse.map((value, c) => value * gamma.deployed[c]!);
      // Copies: whoever collects the gradients may change them.
      const meanBeta = Float64Array.from(sumBeta, (sum) => sum / nRows);
      const meanGamma = Float64Array.from(sumGamma, (sum) => sum / nRows);
      const dx = new Float32Array(dy.length);
      for (let first = 0; first < dy.length; first += nChannels) {
        for (let c = 0; c < nChannels; c++) {
          const i = first + c;
          dx[i] = slope[c]! * (dy[i]! - meanBeta[c]! - normal[i]! * meanGamma[c]!);
        }
      }
      return dx;
    },
    deploy: () => ({
      ...node,
      gamma: Float64Array.from(gamma.deployed),
      beta: Float64Array.from(beta.deployed),
      mean: mean.slice(),
      variance: variance.slice(),
    }),
  };
}

/** Statistics before the first batch. */
export const freshStatistics = (nChannels: number): BatchNormStatistics => ({
  mean: new Float64Array(nChannels),
  variance: new Float64Array(nChannels).fill(1),
  started: new Float64Array(1),
});

/** Mean and (biased) variance of each column of [rows, n]. */
function moments(x: Float32Array, n: number): { batchMean: Float64Array; batchVariance: Float64Array } {
  const nRows = x.length / n;
  const batchMean = new Float64Array(n);
  const batchVariance = new Float64Array(n);
  for (let first = 0; first < x.length; first += n) {
    for (let c = 0; c < n; c++) batchMean[c]! += x[first + c]!;
  }
  for (let c = 0; c < n; c++) batchMean[c]! /= nRows;
  for (let first = 0; first < x.length; first += n) {
    for (let c = 0; c < n; c++) {
      const centred = x[first + c]! - batchMean[c]!;
      batchVariance[c]! += centred * centred;
    }
  }
  for (let c = 0; c < n; c++) batchVariance[c]! /= nRows;
  return { batchMean, batchVariance };
}

/** Sum of a * b over the rows of [rows, columns]. */
function productSums(a: Float32Array, b: Float32Array, columns: number): Float32Array {
  const sums = new Float64Array(columns);
  for (let first = 0; first < a.length; first += columns) {
    for (let c = 0; c < columns; c++) sums[c]! += a[first + c]! * b[first + c]!;
  }
  return Float32Array.from(sums);
}
