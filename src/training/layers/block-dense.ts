import { assert, present } from '../../common/assert.js';
import type { BlockDenseNode } from '../../ir/network/types.js';
import type { Parameter } from '../parameter.js';
import { deployWeights } from '../projection.js';
import { transposeInto } from './dense.js';
import { addGradient, type Layer } from './layer.js';
import { leftGradient, product, type ProductSizes, rightGradient } from './tensor-data.js';

/** Blocks of dense connections; parameter b is [inputs of block b, its outputs]. */
export function blockDenseLayer(node: BlockDenseNode, nIn: number, weights: readonly Parameter[]): Layer {
  const { blocks } = node;
  assert(blocks.length === weights.length, 'one parameter per block');
  const nOut = blocks.reduce((sum, block) => sum + block.nOut, 0);
  let inputs: readonly Float32Array[] = [];
  const sizesOf = (b: number, rows: number): ProductSizes => {
    const block = present(blocks[b], 'block');
    return { rows, inner: block.inputs.length, columns: block.nOut };
  };
  return {
    parameters: weights,
    statistics: [],
    forward(x, batch) {
      inputs = blocks.map((block) => gather(x, nIn, block.inputs));
      const y = new Float32Array(batch * nOut);
      let first = 0;
      blocks.forEach((block, b) => {
        const part = product(inputs[b]!, weights[b]!.seen, sizesOf(b, batch));
        scatterAdd(part, columns(first, block.nOut), y, nOut);
        first += block.nOut;
      });
      return y;
    },
    backward(dy, gradients, wantInput) {
      const batch = dy.length / nOut;
      const dx = wantInput ? new Float32Array(batch * nIn) : undefined;
      let first = 0;
      blocks.forEach((block, b) => {
        const part = gather(dy, nOut, columns(first, block.nOut));
        first += block.nOut;
        addGradient(gradients, weights[b]!, rightGradient(present(inputs[b], 'forward pass'), part, sizesOf(b, batch)));
        if (dx !== undefined) {
          scatterAdd(leftGradient(part, weights[b]!.seen, sizesOf(b, batch)), block.inputs, dx, nIn);
        }
      });
      return dx;
    },
    deploy: () => ({
      ...node,
      blocks: blocks.map((block, b) => {
        const all = new Int8Array(block.weights.length);
        const { projection, latent, deployed } = weights[b]!;
        const { values } = deployWeights(projection, { latent, own: undefined, deployed });
        transposeInto(values, block.inputs.length, block.nOut, all, 0);
        return { ...block, weights: all };
      }),
    }),
  };
}

// Plain loops: the library's gather takes 80 ns per element on the wasm backend, and a scatter is missing.

/** The indices first, first + 1, ... */
const columns = (first: number, n: number): Int32Array => Int32Array.from({ length: n }, (_, i) => first + i);

/** Columns `inputs` of [batch, nIn]. */
export function gather(values: ArrayLike<number>, nIn: number, inputs: Int32Array): Float32Array {
  const batch = values.length / nIn;
  const n = inputs.length;
  const result = new Float32Array(batch * n);
  for (let b = 0; b < batch; b++) for (let i = 0; i < n; i++) result[b * n + i] = values[b * nIn + inputs[i]!]!;
  return result;
}

/** Adds column i of [batch, inputs.length] to column inputs[i] of `sums`, [batch, nIn]. */
function scatterAdd(values: Float32Array, inputs: Int32Array, sums: Float32Array, nIn: number): void {
  const n = inputs.length;
  const batch = values.length / n;
  for (let b = 0; b < batch; b++) for (let i = 0; i < n; i++) sums[b * nIn + inputs[i]!]! += values[b * n + i]!;
}
