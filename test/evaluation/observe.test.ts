import { describe, expect, it } from 'vitest';
import { PURPOSE, sequence } from '../../src/common/rng.js';
import { createInterpreter } from '../../src/evaluation/interpreter/network.js';
import { observeValues } from '../../src/evaluation/float/observe.js';
import { codedBuffer, encodeCounts } from '../../src/ir/network/input-code.js';
import type { NetworkGraph, NodeId } from '../../src/ir/network/types.js';
import { parseRecipe } from '../../src/training/index.js';
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
const N = 70;
const random = sequence(2, PURPOSE.test, 1);
const images = Uint8Array.from({ length: SIZE * N }, () => random.below(256));
const data = { name: 'noise', shape: [16, 16, 1], images, labels: new Uint8Array(N), nClasses: 10 };

/** Averages of what is on a grid and of what is not. */
function averagesOf(window: number, stride: number, padding: number): NetworkGraph {
  const pad = [padding, padding, padding, padding] as const;
  const none = [0, 0, 0, 0] as const;
  return {
    name: 'average',
    dialect: 'float',
    nodes: [
      { kind: 'input', id: 'x', shape: [16, 16, 1] },
      { kind: 'encode', id: 'c', input: 'x', code: { kind: 'rate', bits: 2 } },
      {
        ...{ kind: 'avgPool', id: 'units', input: 'c', padding: pad, counted: none },
        ...{ window: [window, window], stride: [stride, stride] },
      },
      { kind: 'quantise', id: 'q', input: 'units', step: 0.3, bits: 8, signed: false },
      { kind: 'relu', id: 'r', input: 'units' },
      { kind: 'add', id: 'real', inputs: ['q', 'r'] },
      {
        ...{ kind: 'avgPool', id: 'reals', input: 'real', padding: [1, 0, 1, 0], counted: none },
        ...{ window: [3, 2], stride: [2, 2] },
      },
      { kind: 'flatten', id: 'f', input: 'reals' },
      { kind: 'scores', id: 's', input: 'f' },
    ],
  };
}

const NETWORKS: readonly (readonly [string, NetworkGraph])[] = [
  ['a sign', networkOf('sign')],
  ['a relu', networkOf('relu')],
  ['averages of the pixels inside', averagesOf(3, 1, 1)],
  ['windows that see nothing', averagesOf(2, 2, 2)],
  ['averages whose counts have no small common multiple', averagesOf(15, 1, 8)],
];

describe('values of layers over a data set', () => {
  it.each(NETWORKS)('are those of the interpreter, to the bit, with %s', (_, network) => {
    const ids = new Set<NodeId>(network.nodes.slice(1).map(({ id }) => id));
    const found = new Map<NodeId, Float64Array[]>([...ids].map((id) => [id, []]));
    observeValues(network, data, ids, (id, value) => found.get(id)?.push(value.slice()));
    const interpreter = createInterpreter(network);
    const code = { kind: 'rate', bits: 2 } as const;
    const counts = codedBuffer(code, SIZE);
    for (let i = 0; i < N; i += 7) {
      encodeCounts(code, images.subarray(i * SIZE, (i + 1) * SIZE), i, 0, counts);
      const values = interpreter.trace(counts);
      for (const id of ids) expect(found.get(id)?.[i], `${id} of sample ${i}`).toEqual(values.get(id));
    }
  });

  it('are shown for every sample, of the layers asked for only', () => {
    const network = networkOf('sign');
    const wanted = network.nodes[3]?.id ?? '';
    const seen: NodeId[] = [];
    observeValues(network, data, new Set([wanted]), (id) => seen.push(id));
    expect(seen).toEqual(new Array(N).fill(wanted));
  });
});
