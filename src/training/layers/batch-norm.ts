import { present } from '../../common/assert.js';
import type { BatchNormNode } from '../../ir/network/types.js';
import type { Parameter } from '../parameter.js';
import { sumRows } from './dense.js';
import { addGradient, createBuffer, type Layer } from './layer.js';

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
  const [values, inputGradient] = [createBuffer(), createBuffer()];
  let saved: { readonly x: Float32Array; readonly batchMean: Float64Array; readonly inverse: Float64Array } | undefined;

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
      saved = { x, batchMean, inverse };
      // One line per channel: y = factor x + offset.
      const factor = inverse.map((value, c) => value * gamma.deployed[c]!);
      const offset = factor.map((value, c) => beta.deployed[c]! - value * batchMean[c]!);
      return affine(x, factor, x, new Float64Array(nChannels), offset, values(x.length));
    },
    backward(dy, gradients, wantInput) {
      const { x, batchMean, inverse } = present(saved, 'forward pass');
      const sumBeta = sumRows(dy, nChannels);
      const sumGamma = normalSums(dy, x, batchMean, inverse);
      addGradient(gradients, beta, sumBeta);
      addGradient(gradients, gamma, sumGamma);
      if (!wantInput) return undefined;
      const nRows = dy.length / nChannels;
      // dx = gamma inverse (dy - mean dy - normal mean(dy normal)), normal = (x - mean) inverse: linear in dy and x.
      const factor = inverse.map((value, c) => value * gamma.deployed[c]!);
      const ofX = inverse.map((value, c) => (-factor[c]! * value * sumGamma[c]!) / nRows);
      const offset = ofX.map((value, c) => -value * batchMean[c]! - (factor[c]! * sumBeta[c]!) / nRows);
      return affine(dy, factor, x, ofX, offset, inputGradient(dy.length));
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

/** Sum over the rows of dy times the normalised x. */
function normalSums(dy: Float32Array, x: Float32Array, mean: Float64Array, inverse: Float64Array): Float32Array {
  const n = mean.length;
  const sums = new Float64Array(n);
  for (let first = 0; first < dy.length; first += n) {
    for (let c = 0; c < n; c++) sums[c]! += dy[first + c]! * (x[first + c]! - mean[c]!);
  }
  return Float32Array.from(sums, (sum, c) => sum * inverse[c]!);
}

/** Writes a factorA + b factorB + offset, the factors and the offset per channel. */
function affine(
  a: Float32Array,
  factorA: Float64Array,
  b: Float32Array,
  factorB: Float64Array,
  offset: Float64Array,
  result: Float32Array,
): Float32Array {
  const n = offset.length;
  for (let first = 0; first < a.length; first += n) {
    for (let c = 0; c < n; c++) {
      result[first + c] = a[first + c]! * factorA[c]! + b[first + c]! * factorB[c]! + offset[c]!;
    }
  }
  return result;
}
