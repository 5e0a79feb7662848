import { present } from '../../common/assert.js';
import type { DenseNode } from '../../ir/network/types.js';
import type { Parameter } from '../parameter.js';
import { type DeployedWeights, deployWeights } from '../projection.js';
import { addGradient, type Layer } from './layer.js';
import { leftGradient, product, type ProductSizes, rightGradient } from './tensor-data.js';

/** All inputs to all outputs. The parameter is [nIn, nOut], the node's weights are its transpose; `bias` is [nOut]. */
export function denseLayer(node: DenseNode, nIn: number, weights: Parameter, bias?: Parameter): Layer {
  const { nOut } = node;
  const sizes = (values: Float32Array): ProductSizes => ({ rows: values.length / nIn, inner: nIn, columns: nOut });
  let input: Float32Array | undefined;
  return {
    parameters: bias === undefined ? [weights] : [weights, bias],
    statistics: [],
    forward(x) {
      input = x;
      const y = product(x, weights.seen, sizes(x));
      if (bias !== undefined) addRows(y, bias.deployed);
      return y;
    },
    backward(dy, gradients, wantInput) {
      const x = present(input, 'forward pass');
      addGradient(gradients, weights, rightGradient(x, dy, sizes(x)));
      if (bias !== undefined) addGradient(gradients, bias, sumRows(dy, nOut));
      return wantInput ? leftGradient(dy, weights.seen, sizes(x)) : undefined;
    },
    deploy: () => ({ ...node, ...deployLinear([weights], nIn, nOut), ...deployBias(bias) }),
  };
}

/** The fields of a node that hold its weights, from one parameter [fanIn, nOut of the group] per group. */
export function deployLinear(
  groups: readonly Parameter[],
  fanIn: number,
  groupOut: number,
): Pick<DenseNode, 'weights' | 'scale' | 'weightBits'> {
  const parts = groups.map(({ projection, latent, deployed, own }) =>
    deployWeights(projection, { latent, own: own?.latent, deployed }),
  );
  const first = present(parts[0], 'group');
  const n = groups.length * groupOut * fanIn;
  const weights = first.values instanceof Int8Array ? new Int8Array(n) : new Float32Array(n);
  parts.forEach(({ values }, g) => transposeInto(values, fanIn, groupOut, weights, g * groupOut * fanIn));
  return { weights, ...scaleOf(parts, groupOut), ...(first.bits === undefined ? {} : { weightBits: first.bits }) };
}

/** One scale for all outputs, or each group's for its own. */
function scaleOf(parts: readonly DeployedWeights[], groupOut: number): { scale?: Float64Array } {
  const scales = parts.flatMap(({ scale }) => (scale === undefined ? [] : [scale]));
  if (scales.length === 0) return {};
  if (scales.length === 1) return { scale: Float64Array.from(scales) };
  return { scale: Float64Array.from(scales.flatMap((scale) => new Array<number>(groupOut).fill(scale))) };
}

/** The bias of a node. */
export const deployBias = (bias: Parameter | undefined): { bias?: Float64Array } =>
  bias === undefined ? {} : { bias: Float64Array.from(bias.deployed) };

/** [nIn, nOut] -> [nOut, nIn], written from `at` on. */
export function transposeInto(
  values: ArrayLike<number>,
  nIn: number,
  nOut: number,
  result: Int8Array | Float32Array,
  at: number,
): void {
  for (let i = 0; i < nIn; i++) for (let o = 0; o < nOut; o++) result[at + o * nIn + i] = values[i * nOut + o]!;
}

/** Adds `row` to every row of [n, row.length], in place. */
export function addRows(values: Float32Array, row: Float32Array): void {
  const n = row.length;
  for (let first = 0; first < values.length; first += n) for (let i = 0; i < n; i++) values[first + i]! += row[i]!;
}

/** Sum of the rows of [n, columns]. */
export function sumRows(values: Float32Array, columns: number): Float32Array {
  const sums = new Float64Array(columns);
  for (let first = 0; first < values.length; first += columns) {
    for (let i = 0; i < columns; i++) sums[i]! += values[first + i]!;
  }
  return Float32Array.from(sums);
}
