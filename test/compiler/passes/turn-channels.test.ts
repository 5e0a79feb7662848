import { expect, test } from 'vitest';
import { turnChannels } from '../../../src/compiler/passes/turn-channels.js';
import type { NetworkGraph } from '../../../src/ir/network/types.js';
import { fallingQuantiser } from './small-inputs.js';

/** The small input with other weights in its dense layer. */
const withWeights = (weights: Int8Array): NetworkGraph => ({
  ...fallingQuantiser,
  nodes: fallingQuantiser.nodes.map((node) =>
    node.id === 'dense' && node.kind === 'dense' ? { ...node, weights, weightBits: 8 } : node,
  ),
});

const weightsAfter = (graph: NetworkGraph): unknown => {
  const { result, statistics } = turnChannels.run(graph);
  const dense = result?.nodes.find(({ id }) => id === 'dense');
  return [statistics['turnedChannels'], dense?.kind === 'dense' ? dense.weights : undefined];
};

test('a channel that falls on the way to a quantiser has its weights negated', () => {
  expect(weightsAfter(withWeights(Int8Array.of(1, -2, 3, 127, 1, -127)))).toEqual([
    1,
    Int8Array.of(1, -2, 3, -127, -1, 127),
  ]);
});

test('a channel that holds -128 stays, since 128 is no 8-bit weight', () => {
  const weights = Int8Array.of(1, -2, 3, 2, -128, -2);
  expect(weightsAfter(withWeights(weights))).toEqual([0, weights]);
  // -128 of a channel that rises keeps nothing from turning.
  expect(weightsAfter(withWeights(Int8Array.of(-128, -2, 3, 2, 1, -2)))).toEqual([
    1,
    Int8Array.of(-128, -2, 3, -2, -1, 2),
  ]);
});
