/** Class scores of networks by their definition, and what random tests of exports need. */
import { PURPOSE, sequence } from '../../src/common/rng.js';
import { createInterpreter } from '../../src/evaluation/interpreter/network.js';
import { codedBuffer, encodeCounts } from '../../src/ir/network/input-code.js';
import { sizeOf } from '../../src/ir/network/shapes.js';
import type { NetworkGraph, NetworkNode } from '../../src/ir/network/types.js';

/** An image of random bytes for a network. */
export const randomImage = (network: NetworkGraph, seed: number): Uint8Array => {
  const [input] = network.nodes;
  const r = sequence(seed, PURPOSE.test, 5);
  return Uint8Array.from({ length: input?.kind === 'input' ? sizeOf(input.shape) : 0 }, () => r.below(256));
};

/** The class scores of an image, by the definition of the network. */
export function scoresOf(network: NetworkGraph): (image: Uint8Array) => number[] {
  const interpreter = createInterpreter(network);
  const code = network.nodes.find((node) => node.kind === 'encode')?.code;
  if (code === undefined) throw new Error('no input code');
  return (image) => {
    const counts = codedBuffer(code, image.length);
    encodeCounts(code, image, 0, 0, counts);
    return Array.from(interpreter.run(counts));
  };
}

/** A network whose parameters float32 holds. */
export function single(network: NetworkGraph): NetworkGraph {
  const rounded = (node: NetworkNode): NetworkNode => {
    switch (node.kind) {
      case 'batchNorm': {
        const { gamma, beta, mean, variance, epsilon } = node;
        return {
          ...node,
          gamma: gamma.map(Math.fround),
          beta: beta.map(Math.fround),
          mean: mean.map(Math.fround),
          variance: variance.map(Math.fround),
          epsilon: Math.fround(epsilon),
        };
      }
      case 'quantise':
        return { ...node, step: Math.fround(node.step) };
      case 'dense':
      case 'conv2d':
        return {
          ...node,
          ...(node.scale === undefined ? {} : { scale: node.scale.map(Math.fround) }),
          ...(node.bias === undefined ? {} : { bias: node.bias.map(Math.fround) }),
        };
      case 'encode':
        return node.code.kind === 'integer'
          ? { ...node, code: { ...node.code, step: Math.fround(node.code.step) } }
          : node;
      default:
        return node;
    }
  };
  return { ...network, nodes: network.nodes.map(rounded) };
}
