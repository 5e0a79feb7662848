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
  const indices = blocks.map((block) => Array.from(block.inputs));
  const uses = inputUses(indices, nIn);
  let inputs: tf.Tensor2D[] = [];
  const weightTensor = (b: number): tf.Tensor2D =>
    tf.tensor2d(weights[b]!.deployed, [indices[b]!.length, blocks[b]!.nOut]);
  return {
    parameters: weights,
    statistics: [],
    forward(x, mode) {
      const flat = tf.reshape<tf.Rank.R2>(x, [-1, nIn]);
      const seen = indices.map((own) => tf.gather(flat, tf.tensor1d(own, 'int32'), 1));
      if (mode === 'train') inputs = seen;
      return tf.concat(
        seen.map((values, b) => tf.matMul(values, weightTensor(b))),
        1,
      );
    },
    backward(dy, gradients, wantInput) {
      const parts = tf.split(
        tf.reshape<tf.Rank.R2>(dy, [-1, blocks.reduce((sum, block) => sum + block.nOut, 0)]),
        blocks.map((block) => block.nOut),
        1,
      );
      parts.forEach((part, b) => {
        const seen = present(inputs[b], 'forward pass');
        gradients.set(weights[b]!, readFloats(tf.matMul(tf.transpose(seen), part)));
      });
      if (!wantInput) return undefined;
      const columns = parts.map((part, b) => tf.matMul(part, tf.transpose(weightTensor(b))));
      // A last column of zeros is what inputs without a further use gather.
      const all = tf.concat([...columns, tf.zeros<tf.Rank.R2>([parts[0]!.shape[0], 1])], 1);
      return tf.addN(uses.map((use) => tf.gather(all, tf.tensor1d(use, 'int32'), 1)));
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

/**
 * The transposed connection list: row r names, for every input, the column (in the concatenation of all blocks' inputs)
 * of its r-th use, or the column after the last one. Gathers instead of a scatter, which the wasm backend has not.
 */
function inputUses(indices: readonly (readonly number[])[], nIn: number): Int32Array[] {
  const nColumns = indices.reduce((sum, own) => sum + own.length, 0);
  const rows: Int32Array[] = [];
  const nUses = new Int32Array(nIn);
  let column = 0;
  for (const own of indices) {
    for (const input of own) {
      const use = nUses[input]!++;
      rows[use] ??= new Int32Array(nIn).fill(nColumns);
      rows[use]![input] = column++;
    }
  }
  return rows;
}
