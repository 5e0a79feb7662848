import { beforeAll, describe, expect, it } from 'vitest';
import { PURPOSE, sequence } from '../../src/common/rng.js';
import { codedBuffer, encodeCounts } from '../../src/ir/network/input-code.js';
import { createInterpreter } from '../../src/evaluation/interpreter/network.js';
import type { NetworkGraph } from '../../src/ir/network/types.js';
import { createEvaluator } from '../../src/training/evaluator.js';
import { backendName, parseRecipe } from '../../src/training/index.js';
import { buildModel } from '../../src/training/model.js';

/** A network with initial weights whose second convolution reads what the given activation gives. */
function networkOf(activation: string): NetworkGraph {
  const recipe = parseRecipe(
    `
name: two
dataset: none
seed: 5
input: { kind: rate, bits: 2 }
layers:
  - { kind: conv2d, outputs: 16, window: 3, padding: 1, padValue: 0, weights: { kind: sign, bound: 0.3 } }
  - { kind: batchNorm }
  - { kind: ${activation} }
  - { kind: conv2d, outputs: 4, window: 5, padding: 2, padValue: 0, weights: { kind: round, bits: 3, bound: 0.3 } }
  - { kind: ${activation} }
  - { kind: flatten }
  - { kind: dense, outputs: 10 }
output: scores
training: { epochs: 1, learningRate: 0.01, logitScale: 1 }
`,
    'two.yaml',
  );
  return buildModel(recipe, [16, 16, 1], 10).deploy();
}

const SIZE = 256;
const random = sequence(2, PURPOSE.test, 1);
const pixels = Uint8Array.from({ length: SIZE * 200 }, () => random.below(256));

/** Features of the first n images by the interpreter. */
function interpreted(network: NetworkGraph, n: number): number[] {
  const interpreter = createInterpreter(network);
  const code = { kind: 'rate', bits: 2 } as const;
  const counts = codedBuffer(code, SIZE);
  return Array.from({ length: n }, (_, i) => {
    encodeCounts(code, pixels.subarray(i * SIZE, (i + 1) * SIZE), i, 0, counts);
    return [...interpreter.run(counts)];
  }).flat();
}

/** The first n images, coded. */
const coded = (n: number): Float32Array => Float32Array.from(pixels.subarray(0, n * SIZE), (pixel) => pixel >> 6);

beforeAll(async () => {
  await backendName();
});

describe('the evaluator of batches', () => {
  it.each(['sign', 'relu'])('has the numbers of the interpreter, to the bit, after a %s', (activation) => {
    const network = networkOf(activation);
    expect([...createEvaluator(network).run(coded(3))]).toEqual(interpreted(network, 3));
  });

  it('in float32 comes close after a relu, and stays exact after a sign', () => {
    const options = { realProducts: 'float32' } as const;
    const relu = networkOf('relu');
    const expected = interpreted(relu, 3);
    const largest = Math.max(...expected.map(Math.abs));
    const found = [...createEvaluator(relu, options).run(coded(3))];
    expect(found).not.toEqual(expected);
    // Sums of 400 and then 1,024 products, each rounded to 24 bits.
    found.forEach((value, i) => expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-4 * largest));
    const sign = networkOf('sign');
    expect([...createEvaluator(sign, options).run(coded(3))]).toEqual(interpreted(sign, 3));
  });

  it('gives the same when a batch is too large for its windows to be copied at once', () => {
    // 256 positions of 400 inputs: 163 images are 2^24 elements.
    const evaluator = createEvaluator(networkOf('sign'));
    const features = evaluator.run(coded(200)).slice();
    expect(features.slice(0, 1000)).toEqual(evaluator.run(coded(100)));
  });
});

describe('averages of batches', () => {
  const pools = [
    ['pixels inside', { window: [3, 3], stride: [1, 1], padding: [1, 1, 1, 1], counted: [0, 0, 0, 0] }],
    ['windows that see nothing', { window: [2, 2], stride: [2, 2], padding: [2, 2, 2, 2], counted: [0, 0, 0, 0] }],
    ['no small common multiple', { window: [15, 15], stride: [1, 1], padding: [8, 8, 8, 8], counted: [0, 0, 0, 0] }],
  ] as const;
  it.each(pools)('have the numbers of the interpreter, on a grid and off it: %s', (_, pool) => {
    const network: NetworkGraph = {
      name: 'average',
      dialect: 'float',
      nodes: [
        { kind: 'input', id: 'x', shape: [16, 16, 1] },
        { kind: 'encode', id: 'c', input: 'x', code: { kind: 'rate', bits: 2 } },
        { kind: 'avgPool', id: 'units', input: 'c', ...pool },
        { kind: 'quantise', id: 'q', input: 'units', step: 0.3, bits: 8, signed: false },
        { kind: 'relu', id: 'r', input: 'units' },
        { kind: 'add', id: 'real', inputs: ['q', 'r'] },
        {
          kind: 'avgPool',
          id: 'reals',
          input: 'real',
          window: [3, 2],
          stride: [2, 2],
          padding: [1, 0, 1, 0],
          counted: [0, 0, 0, 0],
        },
        { kind: 'flatten', id: 'f', input: 'reals' },
        { kind: 'scores', id: 's', input: 'f' },
      ],
    };
    expect([...createEvaluator(network).run(coded(2))]).toEqual(interpreted(network, 2));
  });
});
