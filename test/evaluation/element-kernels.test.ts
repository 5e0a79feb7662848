import { describe, expect, it } from 'vitest';
import { PURPOSE, sequence } from '../../src/common/rng.js';
import { codedSamples } from '../../src/evaluation/coded-samples.js';
import { createFloatEngine } from '../../src/evaluation/float/engine.js';
import { evaluateNetwork } from '../../src/evaluation/interpreter/evaluate.js';
import { sizeOf } from '../../src/ir/network/shapes.js';
import { type NetworkGraph, type NetworkNode, type RequantiseNode, ROUNDINGS } from '../../src/ir/network/types.js';
import { randomPixels } from '../support/random-network.js';
import { randomSeeds } from '../support/random-runs.js';

/** Every score of the engine has the bits of the interpreter's. */
async function check(graph: NetworkGraph, seed: number, n = 5): Promise<void> {
  const [input, code] = graph.nodes;
  if (input?.kind !== 'input' || code?.kind !== 'encode') throw new Error('no input');
  const nPixels = sizeOf(input.shape);
  const images = randomPixels(seed, n * nPixels);
  const expected = await evaluateNetwork(graph, { images, labels: new Uint8Array(n) }, { seed: 0 });
  const engine = createFloatEngine(graph);
  if (engine === undefined) throw new Error('no engine');
  const scores = new Float64Array(n * engine.nClasses);
  engine.run({ coded: codedSamples(code.code, images, nPixels, 0), first: 0, n }, scores);
  expect(new BigUint64Array(scores.buffer), `seed ${seed}: ${scores.join()}`).toEqual(
    new BigUint64Array(expected.scores.slice().buffer),
  );
}

const SEEDS = randomSeeds(40);

describe('requantisation of batches has the bits of the interpreter', () => {
  it('ties and what lies beside them, either side of 0, ties upwards', async () => {
    for (const shift of [1, 4, 9, 40, 62]) {
      // Counts from -128 to 127 times the multiplier, over 2^shift, with an addend on ties and beside them.
      for (const addend of [0, 1, -1, 2 ** (shift - 1), 2 ** (shift - 1) - 1, 1 - 2 ** (shift - 1)]) {
        if (Math.abs(addend) > 2 ** 52) continue;
        const node: RequantiseNode = {
          ...{ kind: 'requantise', id: 'q', input: 'code', rounding: 'halfUp', inputZeroPoint: 0, leftShift: 0 },
          ...{ multiplier: Int32Array.of(1, 3), shift: Uint8Array.of(shift), addend: Float64Array.of(addend) },
          ...{ zeroPoint: 0, min: -(2 ** 20), max: 2 ** 20 },
        };
        await check(
          {
            name: 'ties',
            dialect: 'integer',
            nodes: [
              { kind: 'input', id: 'x', shape: [4, 4, 2] },
              {
                ...{ kind: 'encode', id: 'code', input: 'x' },
                code: { kind: 'integer', bits: 8, zeroPoint: 128, step: 1 },
              },
              node,
              { kind: 'flatten', id: 'f', input: 'q' },
              { kind: 'scores', id: 's', input: 'f' },
            ],
          },
          shift,
          32,
        );
      }
    }
  });

  it.each(ROUNDINGS)('rounding %s', async (rounding) => {
    for (const seed of SEEDS) {
      const r = sequence(seed, PURPOSE.test, 12);
      const channels = 1 + r.below(5);
      const each = r.below(2) === 0 ? 1 : channels;
      const gemmlowp = rounding === 'gemmlowp';
      // Small multipliers and shifts hit ties.
      const largest = seed % 2 === 0 ? 7 : 2 ** 31 - 1;
      const shift = (): number => (gemmlowp ? 31 + r.below(8) : r.below(seed % 2 === 0 ? 5 : 40));
      const node: RequantiseNode = {
        ...{ kind: 'requantise', id: 'q', input: 'code', rounding },
        // Half of them are plain: the kernel has a way of its own for these where channels are even.
        ...(r.below(2) === 0
          ? { inputZeroPoint: 0, leftShift: 0 }
          : { inputZeroPoint: r.below(20) - 10, leftShift: r.below(4) }),
        multiplier: Int32Array.from({ length: each }, () => 1 + r.below(largest)),
        shift: Uint8Array.from({ length: each }, shift),
        ...(gemmlowp || r.below(2) === 0
          ? {}
          : { addend: Float64Array.from({ length: each }, () => r.below(4001) - 2000) }),
        ...{ zeroPoint: r.below(9) - 4, min: -(2 ** 20), max: seed % 3 === 0 ? 100 : 2 ** 40 },
      };
      const graph: NetworkGraph = {
        name: rounding,
        dialect: 'integer',
        nodes: [
          { kind: 'input', id: 'x', shape: [2, 3, channels] },
          {
            ...{ kind: 'encode', id: 'code', input: 'x' },
            code: { kind: 'integer', bits: 8, zeroPoint: 128, step: 1 },
          },
          node,
          { kind: 'flatten', id: 'f', input: 'q' },
          { kind: 'scores', id: 's', input: 'f' },
        ],
      };
      await check(graph, seed);
    }
  });
});

describe('sums of batches have the bits of the interpreter', () => {
  const quantise = (id: string, input: string, step: number): NetworkNode => ({
    ...{ kind: 'quantise', id, input, step, bits: 4, signed: true },
  });
  const sumOf = (first: number, second: number): NetworkGraph => ({
    name: 'sum',
    dialect: 'float',
    nodes: [
      { kind: 'input', id: 'x', shape: [3, 3, 3] },
      {
        ...{ kind: 'encode', id: 'code', input: 'x' },
        code: { kind: 'integer', bits: 8, zeroPoint: 128, step: 0.003 },
      },
      quantise('a', 'code', first),
      {
        ...{ kind: 'conv2d', id: 'c', input: 'code', window: [1, 1], stride: [1, 1], padding: [0, 0, 0, 0] },
        ...{ nOut: 3, groups: 1, padValue: 0, weights: Float32Array.of(-1, 0.3, 0, 0.1, -1, 0, 0, 0.7, -1) },
      },
      quantise('b', 'c', second),
      { kind: 'add', id: 'sum', inputs: ['a', 'b'] },
      { kind: 'flatten', id: 'f', input: 'sum' },
      { kind: 'scores', id: 's', input: 'f' },
    ],
  });

  it.each([
    ['multiples of one step, zeros of both signs among them', 0.1, 0.1],
    ['multiples of two steps', 0.1, 0.07],
  ])('%s', async (_, first, second) => {
    for (const seed of SEEDS) await check(sumOf(first, second), seed, 3);
  });
});
