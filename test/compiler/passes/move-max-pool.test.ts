import { expect, test } from 'vitest';
import { moveMaxPool } from '../../../src/compiler/passes/move-max-pool.js';
import { createInterpreter } from '../../../src/evaluation/interpreter/network.js';
import type { NetworkGraph, NetworkNode } from '../../../src/ir/network/types.js';
import { verifyNetwork } from '../../../src/ir/network/verify.js';
import { fallingPool } from './small-inputs.js';

/** All sixteen images of four bits. */
const IMAGES = Array.from({ length: 16 }, (_, image) => [0, 1, 2, 3].map((pixel) => (image >> pixel) & 1));

function moved(graph: NetworkGraph): {
  readonly after: NetworkGraph;
  readonly moved: number;
  readonly flipped: number;
} {
  expect(verifyNetwork(graph)).toEqual([]);
  const { result, statistics } = moveMaxPool.run(graph);
  if (result === undefined) throw new Error('the pass gave nothing');
  const [before, after] = [createInterpreter(graph), createInterpreter(result)];
  for (const image of IMAGES) expect([...after.run(image)], image.join('')).toEqual([...before.run(image)]);
  return { after: result, moved: statistics['moved'] ?? -1, flipped: statistics['flippedChannels'] ?? -1 };
}

const poolOf = ({ nodes }: NetworkGraph): Extract<NetworkNode, { kind: 'maxPool' }> => {
  const pool = nodes.find((node) => node.kind === 'maxPool');
  if (pool?.kind !== 'maxPool') throw new Error('no pool');
  return pool;
};

const withMinima = (minChannels: Uint8Array): NetworkGraph => ({
  ...fallingPool,
  nodes: fallingPool.nodes.map((node) => (node.kind === 'maxPool' ? { ...node, minChannels } : node)),
});

test('a maximum becomes a minimum in the channels that fall', () => {
  const { after, ...counts } = moved(fallingPool);
  expect(counts).toEqual({ moved: 1, flipped: 1 });
  expect(poolOf(after)).toMatchObject({ input: 'act', minChannels: Uint8Array.of(0, 1) });
});

test('a minimum under a falling norm becomes a maximum, one under a rising norm stays', () => {
  const { after } = moved(withMinima(Uint8Array.of(1, 1)));
  expect(poolOf(after).minChannels).toEqual(Uint8Array.of(1, 0));
  expect(poolOf(moved(withMinima(Uint8Array.of(0, 1))).after).minChannels).toBeUndefined();
});

test('a pool that two layers read stays where it is', () => {
  const graph: NetworkGraph = {
    ...fallingPool,
    nodes: fallingPool.nodes.flatMap((node): readonly NetworkNode[] => {
      if (node.kind === 'batchNorm') return [node, { ...node, id: 'other' }];
      if (node.kind === 'sign') return [node, { ...node, id: 'act2', input: 'other' }];
      if (node.kind === 'flatten') {
        return [
          { kind: 'concat', id: 'both', inputs: ['act', 'act2'] },
          { ...node, input: 'both' },
        ];
      }
      return node.kind === 'dense' ? [{ ...node, weights: Int8Array.of(1, -1, 1, 1, 1, 1, -1, 1) }] : [node];
    }),
  };
  const { after, ...counts } = moved(graph);
  expect(counts).toEqual({ moved: 0, flipped: 0 });
  expect(after.nodes).toEqual(graph.nodes);
});
