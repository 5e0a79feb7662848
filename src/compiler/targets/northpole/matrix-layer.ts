/** The matrix of a layer in the form of the VMM: weights by output channel, window and input channel. */
import { present } from '../../../common/assert.js';
import { integerWeights } from '../../../ir/network/linear.js';
import { fanInOf } from '../../../ir/network/macs.js';
import type { BlockDenseNode, Conv2dNode, DenseNode, FlattenNode } from '../../../ir/network/types.js';
import type { WindowGeometry } from '../../../ir/program/northpole.js';
import type { Image, StartNode } from './ops.js';

/** Nodes with a matrix. */
export type MatrixNode = DenseNode | BlockDenseNode | Conv2dNode | FlattenNode;

/** Whether a layer is a matrix. */
export const isMatrixNode = (node: StartNode): node is MatrixNode =>
  node.kind === 'dense' || node.kind === 'blockDense' || node.kind === 'conv2d' || node.kind === 'flatten';

/** What of a VMM layer follows from its node and the image it reads. */
export interface MatrixParts {
  readonly geometry: WindowGeometry;
  readonly groups: number;
  /** [nOut, windowHeight, windowWidth, nIn / groups] */
  readonly weights: Int8Array;
  /** The bits the network asks for; 1 if it does not say. */
  readonly declaredBits: number;
  readonly padValue: number;
  /** [nOut] */
  readonly bias: Float64Array;
  /** Where zeros fill the matrix up: operands each output is connected to, [1] or [nOut]. */
  readonly fanIn?: Int32Array;
}

/** The largest flattening that may be done by the matrix unit: its matrix has the square of it elements. */
export const MAX_MOVED_VALUES = 4096;

/** Brings a node into the form of the VMM. */
export function matrixParts(node: MatrixNode, input: Image): MatrixParts {
  const nIn = input[0] * input[1] * input[2];
  switch (node.kind) {
    case 'dense':
      return {
        ...wholeImage(input),
        weights: integerWeights(node.weights),
        declaredBits: node.weightBits ?? 1,
        bias: node.bias ?? new Float64Array(node.nOut),
      };
    case 'blockDense': {
      const nOut = node.blocks.reduce((n, block) => n + block.nOut, 0);
      const weights = new Int8Array(nOut * nIn);
      let row = 0;
      for (const block of node.blocks) {
        const n = block.inputs.length;
        for (let k = 0; k < block.weights.length; k++) {
          weights[(row + Math.floor(k / n)) * nIn + block.inputs[k % n]!] = block.weights[k]!;
        }
        row += block.nOut;
      }
      const fanIn = present(fanInOf(node, input), 'fan-in');
      return { ...wholeImage(input), weights, declaredBits: 1, bias: new Float64Array(nOut), fanIn };
    }
    case 'flatten': {
      const weights = new Int8Array(nIn * nIn);
      for (let i = 0; i < nIn; i++) weights[i * nIn + i] = 1;
      const fanIn = Int32Array.of(1);
      return { ...wholeImage(input), weights, declaredBits: 1, bias: new Float64Array(nIn), fanIn };
    }
    case 'conv2d':
      return {
        geometry: {
          window: node.window,
          stride: node.stride,
          dilation: node.dilation ?? [1, 1],
          padding: node.padding,
        },
        groups: node.groups,
        weights: integerWeights(node.weights),
        declaredBits: node.weightBits ?? 1,
        padValue: node.padValue,
        bias: node.bias ?? new Float64Array(node.nOut),
      };
  }
}

/** A dense layer: one window as large as the image, so its weights already stand in the order of the window. */
const wholeImage = (input: Image): Pick<MatrixParts, 'geometry' | 'groups' | 'padValue'> => ({
  geometry: { window: [input[0], input[1]], stride: [1, 1], dilation: [1, 1], padding: [0, 0, 0, 0] },
  groups: 1,
  padValue: 0,
});

/**
 * Bias and padding for an operand that is stored with a zero point: sum w (s - z) = sum w s - z sum w, exactly. A bias may leave 32 bits.
 */
export function forStoredOperand(
  { bias, weights, padValue, geometry }: Pick<MatrixParts, 'bias' | 'weights' | 'padValue' | 'geometry'>,
  zeroPoint: number,
): Pick<MatrixParts, 'bias' | 'padValue'> {
  const fanIn = weights.length / bias.length;
  const isPadded = geometry.padding.some((n) => n > 0);
  return {
    bias: bias.map(
      (b, o) => b - zeroPoint * weights.subarray(o * fanIn, (o + 1) * fanIn).reduce((sum, w) => sum + w, 0),
    ),
    padValue: isPadded ? padValue + zeroPoint : 0,
  };
}
