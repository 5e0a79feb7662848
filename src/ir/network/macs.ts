/**
 * Multiply-accumulates: the one place where they are counted. Inspecting, quantising, compiling, the counters of a chip and its energy all
 * read them from here (programs carry the operands per output, see VmmLayer.fanIn).
 */
import { assertNever, present } from '../../common/assert.js';
import { channelsOf, inferShapes, shapeAfter, sizeOf } from './shapes.js';
import {
  type BlockDenseNode,
  inputsOf,
  type NetworkGraph,
  type NetworkNode,
  type NodeId,
  type Shape,
} from './types.js';

/**
 * Operands that a sum of each output channel takes in, [1] for all channels or [channels]: those of its convolution group or block, weights of
 * zero and taps on padding among them. Undefined for layers without such sums.
 */
export function fanInOf(node: NetworkNode, input: Shape): Int32Array | undefined {
  switch (node.kind) {
    case 'dense':
      return Int32Array.of(sizeOf(input));
    case 'blockDense':
      return blockFanIn(node);
    case 'conv2d':
      return Int32Array.of((node.window[0] * node.window[1] * channelsOf(input)) / node.groups);
    default:
      return undefined;
  }
}

function blockFanIn({ blocks }: BlockDenseNode): Int32Array {
  return Int32Array.from(blocks.flatMap(({ inputs, nOut }) => new Array<number>(nOut).fill(inputs.length)));
}

/**
 * Multiply-accumulates of a layer for one sample (one token at a full context for attention, one step of a spiking network): its outputs times their operands. Pools, norms
 * and element-wise layers do none.
 */
export function macsOf(node: NetworkNode, inputs: readonly Shape[]): number {
  switch (node.kind) {
    case 'dense':
    case 'blockDense':
    case 'conv2d': {
      const fanIn = present(fanInOf(node, inputs[0] ?? []), 'fan-in');
      const output = shapeAfter(node, inputs);
      return (sizeOf(output) / fanIn.length) * fanIn.reduce((sum, n) => sum + n, 0);
    }
    case 'attention':
      // Scores of all positions, and their values weighted.
      return 2 * node.context * sizeOf(inputs[0] ?? []);
    case 'input':
    case 'encode':
    case 'batchNorm':
    case 'sign':
    case 'step':
    case 'relu':
    case 'clip':
    case 'function':
    case 'multiply':
    case 'extremum':
    case 'rearrange':
    case 'quantise':
    case 'maxPool':
    case 'avgPool':
    case 'sumPool':
    case 'flatten':
    case 'threshold':
    case 'requantise':
    case 'lookup':
    case 'add':
    case 'concat':
    case 'embedding':
    case 'rmsNorm':
    case 'neuron':
    case 'integerNeuron':
    case 'delay':
    case 'votes':
    case 'scores':
      return 0;
    default:
      return assertNever(node);
  }
}

/** Multiply-accumulates of every layer of a verified network, by layer. */
export function networkMacs(graph: NetworkGraph): ReadonlyMap<NodeId, number> {
  const shapes = inferShapes(graph);
  return new Map(
    graph.nodes.map((node) => [
      node.id,
      macsOf(
        node,
        inputsOf(node).map((id) => present(shapes.get(id), 'shape')),
      ),
    ]),
  );
}
