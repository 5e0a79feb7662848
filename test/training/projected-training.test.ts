import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { toInteger } from '../../src/flow.js';
import { type Dataset, loadDataset, sliceDataset } from '../../src/data/index.js';
import { encodeNetwork } from '../../src/ir/network/file.js';
import type { NetworkGraph } from '../../src/ir/network/types.js';
import { parseRecipe, type Recipe, train } from '../../src/training/index.js';
import { learningRateAt } from '../../src/training/train.js';
import { accuracyOf } from './accuracy.js';

/** Two convolutions, the second in two groups, and a dense layer with the given weights; squared hinge. */
const recipeOf = (weights: string, training = 'epochs: 2'): Recipe =>
  parseRecipe(
    `
name: projected
dataset: mnist
seed: 3
input: { kind: threshold, level: 128 }
layers:
  - { kind: conv2d, outputs: 8, window: 5, stride: 4, padValue: 0, weights: ${weights} }
  - { kind: batchNorm }
  - { kind: sign }
  - { kind: conv2d, outputs: 8, window: 3, stride: 1, groups: 2, weights: ${weights} }
  - { kind: batchNorm }
  - { kind: sign }
  - { kind: flatten }
  - { kind: dense, outputs: 10, weights: ${weights} }
  - { kind: batchNorm }
output: scores
training: { ${training}, batchSize: 25, learningRate: 0.01, loss: squaredHinge, logitScale: 0.5, validationImages: 200 }
`,
    'projected.yaml',
  );

const WEIGHTS = [
  '{ kind: none }',
  '{ kind: clip, bound: 0.2 }',
  '{ kind: sign, bound: 0.5 }',
  '{ kind: round, bits: 2 }',
  '{ kind: power, beta: 0.3 }',
  '{ kind: stochastic, bound: 0.1 }',
  '{ kind: stochasticMultiplicative, gamma: 0.5, bound: 0.1 }',
];

/** Weights without what goes with them. */
const weightsOf = ({ nodes }: NetworkGraph): readonly ArrayLike<number>[] =>
  nodes.flatMap((node) => (node.kind === 'dense' || node.kind === 'conv2d' ? [node.weights] : []));

let data: Dataset;

beforeAll(async () => {
  data = sliceDataset(await loadDataset('mnist', 'train'), 0, 1200);
});

describe('training with projected weights', () => {
  it.each(WEIGHTS)('%s is far above chance, as the interpreter has it', async (weights) => {
    const { network, validationAccuracy } = await train(recipeOf(weights), data);
    expect(validationAccuracy).toBeGreaterThan(0.35);
    expect(accuracyOf(network, sliceDataset(data, 1000, 1200))).toBe(validationAccuracy);
  });

  it('with the sign at bound 1 is training with binary weights, to the bit', async () => {
    const sign = await train(recipeOf('{ kind: sign }'), data);
    const binary = await train(recipeOf('binary'), data);
    expect(sign.history).toEqual(binary.history);
    expect(weightsOf(sign.network)).toEqual(weightsOf(binary.network));
  });

  it('gives integers that lower to thresholds from the discrete ones', async () => {
    for (const weights of [
      '{ kind: sign, bound: 0.5 }',
      '{ kind: round, bits: 3, bound: 0.5 }',
      '{ kind: stochastic }',
    ]) {
      const { network } = await train(recipeOf(weights, 'epochs: 1'), data);
      expect(toInteger(network).dialect).toBe('integer');
    }
  });

  it.each(WEIGHTS.slice(-2))('%s resumes to the result of an unbroken run', async (weights) => {
    const recipe = recipeOf(weights, 'epochs: 3');
    const part = sliceDataset(data, 0, 500);
    const folder = await mkdtemp(join(tmpdir(), 'lodestone-'));
    try {
      const unbroken = await train(recipe, part);
      const controller = new AbortController();
      const broken = train(recipe, part, {
        checkpointDir: folder,
        signal: controller.signal,
        onProgress: ({ epoch, step }) => {
          if (epoch === 2 && step === 5) controller.abort(new Error('stopped by hand'));
        },
      });
      await expect(broken).rejects.toThrow('stopped by hand');
      const resumed = await train(recipe, part, { checkpointDir: folder, resume: true });
      expect(resumed.history).toEqual(unbroken.history);
      expect(encodeNetwork(resumed.network)).toEqual(encodeNetwork(unbroken.network));
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('a training', () => {
  it('stops after its patience without a better epoch, also when it goes on from a checkpoint', async () => {
    const part = sliceDataset(data, 0, 300);
    const long = await train(recipeOf('{ kind: sign }', 'epochs: 12'), part);
    const accuracies = long.history.map((record) => record.validationAccuracy);
    const patience = 2;
    // The first epoch that ends `patience` epochs in a row without a new best one.
    const end = accuracies.findIndex((_, e) => {
      const best = accuracies.slice(0, e + 1).indexOf(Math.max(...accuracies.slice(0, e + 1)));
      return e - best >= patience;
    });
    expect(end, 'an epoch to stop after').toBeGreaterThan(0);
    const folder = await mkdtemp(join(tmpdir(), 'lodestone-'));
    try {
      const recipe = recipeOf('{ kind: sign }', `epochs: 12, earlyStop: { patience: ${patience} }`);
      const stopped = await train(recipe, part, { checkpointDir: folder });
      expect(stopped.history).toEqual(long.history.slice(0, end + 1));
      const again = await train(recipe, part, { checkpointDir: folder, resume: true });
      expect(again.history).toEqual(stopped.history);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('lowers an exponential rate by one factor per step, from the first rate to the last', () => {
    const recipe = recipeOf('binary', 'epochs: 1, schedule: { kind: exponential, finalRate: 0.0001 }');
    expect(learningRateAt(recipe, 0)).toBe(0.01);
    expect(learningRateAt(recipe, 0.5)).toBeCloseTo(0.001, 12);
    expect(learningRateAt(recipe, 1)).toBeCloseTo(0.0001, 12);
  });
});
