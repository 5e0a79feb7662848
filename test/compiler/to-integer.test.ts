import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lowerToInteger } from '../../src/compiler/pipelines.js';
import { sizeOf } from '../../src/ir/network/shapes.js';
import { type NetworkGraph, type NetworkNode, SENSE } from '../../src/ir/network/types.js';
import { createInterpreter } from '../../src/evaluation/interpreter/network.js';
import { encodeCounts } from '../../src/ir/network/input-code.js';
import { randomNetwork, randomPixels } from '../support/random-network.js';

function inputOf(graph: NetworkGraph): Extract<NetworkNode, { kind: 'input' }> {
  const node = graph.nodes[0];
  if (node?.kind !== 'input') throw new Error('no input');
  return node;
}

/** Coded sample of a network. */
export function codedSample(graph: NetworkGraph, pixels: Uint8Array): Uint8Array {
  const code = graph.nodes[1];
  if (code?.kind !== 'encode') throw new Error('no code');
  const levels = code.code.kind === 'thermometer' ? code.code.levels.length : 1;
  const out = new Uint8Array(pixels.length * levels);
  encodeCounts(code.code, pixels, 0, 1, out);
  return out;
}

test('the integer network makes the decisions of the float network on random networks', () => {
  fc.assert(
    fc.property(fc.nat(100_000), fc.nat(1000), (seed, inputSeed) => {
      const graph = randomNetwork(seed, { averagePool: true, overlappingPool: true });
      const integer = lowerToInteger(graph);
      const float = createInterpreter(graph);
      const oracle = createInterpreter(integer);
      const counts = codedSample(graph, randomPixels(inputSeed, sizeOf(inputOf(graph).shape)));
      const before = float.trace(counts);
      const after = oracle.trace(counts);
      // Every activation agrees: +1 and 1 with 1, -1 and 0 with 0. A pool that stood before it stands behind it now.
      graph.nodes.forEach((node, i) => {
        if (node.kind !== 'sign' && node.kind !== 'step') return;
        const behind = graph.nodes[i - 1]?.kind === 'batchNorm' ? graph.nodes[i - 2] : graph.nodes[i - 1];
        const pool = behind?.kind === 'maxPool' ? behind : undefined;
        const expected = Array.from(before.get(node.id)!, (x) => (x > 0 ? 1 : 0));
        expect(Array.from(after.get(pool?.id ?? node.id)!)).toEqual(expected);
      });
      const scores = float.run(counts);
      expect(oracle.decide(oracle.run(counts))).toBe(float.decide(scores));
    }),
    { numRuns: 300 },
  );
});

function single(gamma: number, beta: number, mean: number, activation: 'sign' | 'step'): NetworkGraph {
  return {
    name: 'single',
    dialect: 'float',
    nodes: [
      { kind: 'input', id: 'x', shape: [4] },
      { kind: 'encode', id: 'c', input: 'x', code: { kind: 'threshold', level: 128 } },
      { kind: 'dense', id: 'd', input: 'c', nOut: 1, weights: Int8Array.of(1, 1, -1, 1) },
      {
        kind: 'batchNorm',
        id: 'n',
        input: 'd',
        gamma: Float64Array.of(gamma),
        beta: Float64Array.of(beta),
        mean: Float64Array.of(mean),
        variance: Float64Array.of(1),
        epsilon: 0,
      },
      { kind: activation, id: 'a', input: 'n' },
      { kind: 'votes', id: 'v', input: 'a', nClasses: 1 },
    ],
  };
}

function thresholdOf(graph: NetworkGraph): readonly [number | undefined, number | undefined] {
  const node = lowerToInteger(graph).nodes.find((n) => n.kind === 'threshold');
  if (node?.kind !== 'threshold') throw new Error('no threshold');
  return [node.sense[0], node.theta[0]];
}

test('a tie switches on: the activation is 1 at exactly zero', () => {
  expect(thresholdOf(single(2, 0, 2, 'sign'))).toEqual([SENSE.atLeast, 2]);
});

test('a negative scale turns the comparison round, ties included', () => {
  expect(thresholdOf(single(-2, 0, 2, 'sign'))).toEqual([SENSE.atMost, 2]);
});

test('a zero scale makes a constant of the sign of the shift', () => {
  expect(thresholdOf(single(0, 1, 2, 'step'))).toEqual([SENSE.always, 0]);
  expect(thresholdOf(single(0, 0, 2, 'step'))).toEqual([SENSE.always, 0]);
  expect(thresholdOf(single(0, -1, 2, 'step'))).toEqual([SENSE.never, 0]);
});

test('a threshold outside the reachable sums is a constant', () => {
  expect(thresholdOf(single(1, 0, 4, 'step'))).toEqual([SENSE.never, 0]);
  expect(thresholdOf(single(1, 0, -1, 'step'))).toEqual([SENSE.always, 0]);
});
