import * as tf from '@tensorflow/tfjs-core';
import { assert, present } from '../../common/assert.js';
import type { BlockDenseNode } from '../../ir/network/types.js';
import type { Parameter } from '../parameter.js';
import { transposed } from './dense.js';
import type { Layer } from './layer.js';
import { readFloats } from './tensor-data.js';

/** Blocks of dense connections; parameter b is [inputs of block b, its outputs]. */
export function blockDenseLayer(node: BlockDenseNode, nIn: number, weights: readonly Parameter[]): Layer {
  const { blocks } = node;
  assert(blocks.length === weights.length, 'one parameter per block');
  const nOut = blocks.reduce((sum, block) => sum + block.nOut, 0);
  let inputs: tf.Tensor2D[] = [];
  const weightTensor = (b: number): tf.Tensor2D =>
    tf.tensor2d(weights[b]!.deployed, [blocks[b]!.inputs.length, blocks[b]!.nOut]);
  return {
    parameters: weights,
    statistics: [],
    forward(x, mode) {
      const values = readFloats(x);
      const seen = blocks.map((block) => gather(values, nIn, block.inputs));
      if (mode === 'train') inputs = seen;
      return tf.concat(
        seen.map((values, b) => tf.matMul(values, weightTensor(b))),
        1,
      );
    },
    backward(dy, gradients, wantInput) {
      const values = readFloats(dy);
      const batch = values.length / nOut;
      const dx = wantInput ? new Float32Array(batch * nIn) : undefined;
      let first = 0;
      blocks.forEach((block, b) => {
        const part = gather(values, nOut, columns(first, block.nOut));
        first += block.nOut;
        gradients.set(weights[b]!, readFloats(tf.matMul(tf.transpose(present(inputs[b], 'forward pass')), part)));
        if (dx !== undefined) {
          scatterAdd(readFloats(tf.matMul(part, tf.transpose(weightTensor(b)))), block.inputs, dx, nIn);
        }
      });
      return dx === undefined ? undefined : tf.tensor2d(dx, [batch, nIn]);
    },
    deploy: () => ({
      ...node,
      blocks: blocks.map((block, b) => ({
        ...block,
        weights: transposed(weights[b]!.deployed, block.inputs.length, block.nOut),
      })),
    }),
  };
}

// Plain loops: the library's gather takes 80 ns per element on the wasm backend, and a scatter is missing.

/** The indices first, first + 1, ... */
const columns = (first: number, n: number): Int32Array => Int32Array.from({ length: n }, (_, i) => first + i);

/** Columns `inputs` of [batch, nIn]. */
function gather(values: Float32Array, nIn: number, inputs: Int32Array): tf.Tensor2D {
  const batch = values.length / nIn;
  const n = inputs.length;
  const result = new Float32Array(batch * n);
  for (let b = 0; b < batch; b++) for (let i = 0; i < n; i++) result[b * n + i] = values[b * nIn + inputs[i]!]!;
  return tf.tensor2d(result, [batch, n]);
}

/** Adds column i of [batch, inputs.length] to column inputs[i] of `sums`, [batch, nIn]. */
function scatterAdd(values: Float32Array, inputs: Int32Array, sums: Float32Array, nIn: number): void {
  const n = inputs.length;
  const batch = values.length / n;
  for (let b = 0; b < batch; b++) for (let i = 0; i < n; i++) sums[b * nIn + inputs[i]!]! += values[b * n + i]!;
}
