/** Training that goes on from a network of another tool: its layers, with fewer bits and noise in the loop. */
import { describe, expect, it, test } from 'vitest';
import { present } from '../../src/common/assert.js';
import { UserError } from '../../src/common/diagnostics.js';
import { PURPOSE, sequence } from '../../src/common/rng.js';
import { northPole } from '../../src/chips/northpole/chip.js';
import type { Dataset } from '../../src/data/index.js';
import { createFloatRunner } from '../../src/evaluation/float/runner.js';
import { compileNetwork, runCompiled } from '../../src/flow.js';
import { NO_NOISE } from '../../src/ir/faults/levels.js';
import type { NetworkGraph } from '../../src/ir/network/types.js';
import { goOnFrom, isFromRecipe, parseFromRecipe, train } from '../../src/training/index.js';
import { foreign, functional, importKeras, kerasH5, randomTensor, type TestLayer } from '../support/keras-files.js';

const SIDE = 8;
const CLASSES = 4;

/** Images with one bright quadrant each, which is their class. */
function quadrants(n: number, seed: number): Dataset {
  const random = sequence(seed, PURPOSE.test);
  const images = new Uint8Array(n * SIDE * SIDE);
  const labels = new Uint8Array(n);
  for (let i = 0; i < n; i++) {
    const label = random.below(CLASSES);
    labels[i] = label;
    for (let p = 0; p < SIDE * SIDE; p++) {
      const quadrant = (p % SIDE < SIDE / 2 ? 0 : 1) + (p < (SIDE * SIDE) / 2 ? 0 : 2);
      images[i * SIDE * SIDE + p] = random.below(128) + (quadrant === label ? 120 : 20);
    }
  }
  return { name: 'quadrants', split: 'train', shape: [SIDE, SIDE, 1], images, labels, nClasses: CLASSES };
}

const node = (name: string): readonly unknown[] => [[[name, 0, 0, {}]]];
const ones = (n: number, value = 1) => ({ shape: [n], data: new Float32Array(n).fill(value) });
const conv = (name: string, input: string, nIn: number, seed: number, strides = 1): TestLayer => ({
  class_name: 'Conv2D',
  config: { name, filters: 4, kernel_size: [3, 3], strides: [strides, strides], padding: 'same', activation: 'linear' },
  inbound_nodes: node(input),
  weights: { kernel: randomTensor([3, 3, nIn, 4], seed), bias: randomTensor([4], seed + 1) },
});
const layer = (class_name: string, name: string, inputs: readonly string[], config: object = {}): TestLayer => ({
  ...{ class_name, config: { name, ...config } },
  inbound_nodes: [inputs.map((input) => [input, 0, 0, {}])],
});
/** A residual block, with a stride whose "same" padding is uneven, batch norm, sum, mean and a dense layer: what ResNet-20 has. */
const LAYERS: readonly TestLayer[] = [
  { class_name: 'InputLayer', config: { name: 'image', batch_input_shape: [null, SIDE, SIDE, 1] }, inbound_nodes: [] },
  conv('first', 'image', 1, 1),
  {
    ...layer('BatchNormalization', 'norm', ['first'], { axis: [3], epsilon: 0.001 }),
    weights: { gamma: ones(4), beta: ones(4, 0.25), moving_mean: ones(4, 0.5), moving_variance: ones(4, 2) },
  },
  layer('Activation', 'relu1', ['norm'], { activation: 'relu' }),
  conv('second', 'relu1', 4, 3, 2),
  conv('short', 'relu1', 4, 5, 2),
  layer('Add', 'sum', ['second', 'short']),
  layer('Activation', 'relu2', ['sum'], { activation: 'relu' }),
  layer('AveragePooling2D', 'mean', ['relu2'], { pool_size: [2, 2], strides: [2, 2], padding: 'valid' }),
  layer('Flatten', 'flat', ['mean']),
  {
    ...layer('Dense', 'fc', ['flat'], { units: CLASSES, activation: 'softmax' }),
    weights: { kernel: randomTensor([16, CLASSES], 7), bias: ones(CLASSES, 0) },
  },
];
const [, ...weighted] = LAYERS;
const model = functional(LAYERS, ['image'], ['fc']);
const { graph } = await importKeras(foreign(await kerasH5(model, weighted)), { inputRange: [0, 1] });
const data = quadrants(400, 1);
const test80 = quadrants(80, 2);

const recipeText = (more: string, training = ''): string => `name: on
dataset: mnist
seed: 1
from: net.h5
${more}
training: { epochs: 12, batchSize: 20, learningRate: 0.01, logitScale: 1, validationImages: 80${training} }
`;
const planned = (more: string, training = '', network: NetworkGraph = graph) =>
  goOnFrom(parseFromRecipe(recipeText(more, training), 'on.yaml'), network, data);

async function correctOf(network: NetworkGraph): Promise<number> {
  const runner = createFloatRunner(test80, 1);
  try {
    return (await runner.correctOf(network, { seed: 0 })).correct;
  } finally {
    await runner.close();
  }
}

function problemsOf(action: () => unknown): readonly string[] {
  try {
    action();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.diagnostics.map(({ code, place, message }) => `${code} ${place}: ${message}`);
  }
  return [];
}

const quantisersOf = ({ nodes }: NetworkGraph) => nodes.flatMap((one) => (one.kind === 'quantise' ? [one] : []));

/** Largest difference of the scores of two networks on the test images. */
async function farthest(a: NetworkGraph, b: NetworkGraph): Promise<number> {
  const runner = createFloatRunner(test80, 1);
  try {
    const [one, other] = [await runner.evaluate(a, { seed: 0 }), await runner.evaluate(b, { seed: 0 })];
    return one.scores.reduce((most, score, i) => Math.max(most, Math.abs(score - other.scores[i]!)), 0);
  } finally {
    await runner.close();
  }
}

describe('training from a network', () => {
  it('begins with that network: a step that is next to nothing changes its scores by next to nothing', async () => {
    const { recipe, start } = planned('');
    const still = { ...recipe, training: { ...recipe.training, epochs: 1, learningRate: 1e-9 } };
    // Batch norm goes on counting its batches: all but that is as it was.
    const { network } = await train(still, data, { start });
    const kept = network.nodes.map((one) => {
      const before = start.nodes.find(({ id }) => id === one.id);
      return one.kind === 'batchNorm' && before?.kind === 'batchNorm'
        ? { ...one, mean: before.mean, variance: before.variance }
        : one;
    });
    expect(await farthest({ ...network, nodes: kept }, graph)).toBeLessThan(1e-4);
  });

  it('learns: the network of random weights is far above chance after a dozen epochs', async () => {
    const { recipe, start } = planned('');
    const { network } = await train(recipe, data, { start });
    expect(await correctOf(graph)).toBeLessThan(45);
    expect(await correctOf(network)).toBeGreaterThan(60);
    expect(network.nodes.map(({ id }) => id)).toEqual(graph.nodes.map(({ id }) => id));
  });

  it('gives weights of few bits, more in the layers that are named, and activations of few bits, with noise in the loop, for a chip', async () => {
    const { recipe, start } = planned(
      'weights: { kind: lsq, bits: 3 }\nlayers: { fc: { kind: lsq, bits: 8 } }\nactivations: 6',
      ', noise: { bitErrors: { rate: 0.001 }, additive: { sigma: 0.01 } }',
    );
    const { network } = await train(recipe, data, { start });
    const bitsOf = (id: string): number | undefined => {
      const found = present(
        network.nodes.find((one) => one.id === id),
        id,
      );
      return found.kind === 'dense' || found.kind === 'conv2d' ? found.weightBits : undefined;
    };
    expect(['first', 'second', 'short', 'fc'].map(bitsOf)).toEqual([3, 3, 3, 8]);
    const quantisers = quantisersOf(network);
    expect(quantisers.find(({ id }) => id === 'relu1.activation')).toMatchObject({ bits: 6, signed: false });
    const operands = quantisers.filter(({ id }) => ['second.q', 'short.q'].includes(id));
    expect(operands).toHaveLength(2);
    expect(operands[0]!.step).toBe(operands[1]!.step);
    expect(operands[0]!.step).not.toBe(quantisersOf(start).find(({ id }) => id === 'second.q')?.step);
    expect(await correctOf(network)).toBeGreaterThan(60);
    const compiled = compileNetwork(network, { chip: northPole });
    const result = await runCompiled({ ...compiled, float: network }, test80, { seed: 1, workers: 1, noise: NO_NOISE });
    expect(result.mismatches).toBe(0);
    expect(result.correct).toBe(await correctOf(network));
  });

  it('gives the same network again, from the same seed', async () => {
    const { recipe, start } = planned('weights: { kind: lsq, bits: 4 }\nactivations: 8');
    const short = { ...recipe, training: { ...recipe.training, epochs: 1 } };
    const [one, other] = [await train(short, data, { start }), await train(short, data, { start })];
    expect(other.network).toEqual(one.network);
  });
});

describe('a recipe that goes on from a network', () => {
  test('is known by its field', () => {
    expect(isFromRecipe(recipeText(''))).toBe(true);
    expect(isFromRecipe('layers: []')).toBe(false);
    expect(isFromRecipe('- 1')).toBe(false);
  });

  test.each([
    ['weigths: binary', '', 'unknown-key on.yaml: unknown key "weigths" (did you mean "weights"?)'],
    ['activations: 9', '', 'bad-value on.yaml: activations'],
    ['import: { inputMean: x.png }', '', 'bad-value on.yaml: import.inputMean: must be a list of numbers'],
    [
      'weights: real',
      ', noise: { bitErrors: { rate: 0.1 } }',
      'bad-value on.yaml: weights: bitErrors at rate 0.1 flip bits',
    ],
    ['', ', noise: { warmup: 12 }', 'bad-value on.yaml: training.noise.warmup: must be below the 12 epochs'],
  ])('%s%s is refused', (more, training, problem) => {
    const found = problemsOf(() => parseFromRecipe(recipeText(more, training), 'on.yaml'));
    expect(
      found.some((one) => one.startsWith(problem)),
      found.join(),
    ).toBe(true);
  });

  test('names no layer that the network lacks, and no network with layers that are not trained: all is told', () => {
    expect(problemsOf(() => planned('layers: { frist: binary, fc: binary }'))).toEqual([
      'unknown-layer recipe "on": layers: the network has no dense or convolution layer "frist"; did you mean "first"?',
    ]);
    const odd: NetworkGraph = {
      ...graph,
      nodes: graph.nodes.map((one) =>
        one.kind === 'relu' ? { kind: 'clip', id: one.id, input: one.input, min: 0, max: 6 } : one,
      ),
    };
    expect(problemsOf(() => planned('', '', odd))).toEqual([
      'not-trained recipe "on": from: layer "relu1.activation" (clip): layers of this kind cannot be trained',
      'not-trained recipe "on": from: layer "relu2.activation" (clip): layers of this kind cannot be trained',
    ]);
  });
});
