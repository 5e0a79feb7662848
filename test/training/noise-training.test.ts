import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '../../src/common/diagnostics.js';
import { type Dataset, loadDataset, sliceDataset } from '../../src/data/index.js';
import { encodeNetwork } from '../../src/ir/network/file.js';
import { describeRecipeNoise, parseRecipe, type Recipe, train } from '../../src/training/index.js';
import { describeNoise } from '../../src/training/describe-noise.js';
import { planNetwork } from '../../src/training/plan.js';

interface Parts {
  readonly noise?: string;
  readonly weights?: string;
  /** More fields of the dense layers and of the activations. */
  readonly dense?: string;
  readonly sign?: string;
  /** More fields of the blockDense layer. */
  readonly blocks?: string;
  readonly epochs?: number;
}

/** Convolution in two groups, blocks with crossbar bits and a dense layer. */
function textOf({ noise, weights = 'binary', dense = '', sign = '', blocks = '', epochs = 3 }: Parts): string {
  return `
name: noisy
dataset: mnist
seed: 3
input: { kind: threshold, level: 128 }
layers:
  - { kind: conv2d, outputs: 8, window: 5, stride: 4, weights: ${weights}${dense} }
  - { kind: batchNorm }
  - { kind: sign${sign} }
  - { kind: conv2d, outputs: 8, window: 3, groups: 2, weights: ${weights}${dense} }
  - { kind: batchNorm }
  - { kind: step${sign} }
  - { kind: blockDense, window: 2, stride: 2, neurons: 20${blocks}${dense} }
  - { kind: batchNorm }
  - { kind: quantise, bits: 2${sign} }
  - { kind: dense, outputs: 10, weights: ${weights}${dense} }
output: scores
training: { epochs: ${epochs}, batchSize: 25, learningRate: 0.01, loss: squaredHinge, logitScale: 0.5,
  validationImages: 50${noise === undefined ? '' : `, noise: ${noise}`} }
`;
}

const recipeOf = (parts: Parts): Recipe => parseRecipe(textOf(parts), 'noisy.yaml');

const ALL = `{ additive: { sigma: 0.2 }, multiplicative: { sigma: 0.1 }, bitErrors: { rate: 0.02 },
  droppedSpikes: { probability: 0.1 }, warmup: 1 }`;

let data: Dataset;
beforeAll(async () => {
  data = sliceDataset(await loadDataset('mnist', 'train'), 0, 250);
});

describe('training under noise', () => {
  it.each(['binary', '{ kind: round, bits: 3 }', '{ kind: lsq, bits: 4 }'])(
    'with weights %s goes on from a checkpoint to the same bytes',
    async (weights) => {
      const recipe = recipeOf({ weights, noise: ALL, blocks: ', weights: { kind: probability }' });
      const folder = await mkdtemp(join(tmpdir(), 'lodestone-'));
      try {
        const unbroken = await train(recipe, data);
        const controller = new AbortController();
        const broken = train(recipe, data, {
          checkpointDir: folder,
          signal: controller.signal,
          onProgress: ({ epoch, step }) => {
            if (epoch === 3 && step === 5) controller.abort(new Error('stopped by hand'));
          },
        });
        await expect(broken).rejects.toThrow('stopped by hand');
        const resumed = await train(recipe, data, { checkpointDir: folder, resume: true });
        expect(resumed.history).toEqual(unbroken.history);
        expect(encodeNetwork(resumed.network)).toEqual(encodeNetwork(unbroken.network));
      } finally {
        await rm(folder, { recursive: true });
      }
    },
  );

  it('has none during the warm-up, and then every kind changes the training', async () => {
    const exact = await train(recipeOf({ epochs: 2 }), data);
    for (const noise of [
      'additive: { sigma: 0.2 }',
      'multiplicative: { sigma: 0.2 }',
      'bitErrors: { rate: 0.02 }',
      'droppedSpikes: { probability: 0.1 }',
    ]) {
      const { history } = await train(recipeOf({ epochs: 2, noise: `{ ${noise}, warmup: 1 }` }), data);
      expect(history[0], noise).toEqual(exact.history[0]);
      expect(history[1], noise).not.toEqual(exact.history[1]);
    }
  });

  it('of drawn synapses learns probabilities, and deploys the bits at one half', async () => {
    const blocks = ', weights: { kind: probability }';
    const { history, network } = await train(recipeOf({ epochs: 2, blocks }), data);
    const masked = await train(recipeOf({ epochs: 2 }), data);
    expect(history).not.toEqual(masked.history);
    const { blocks: deployed = [] } = network.nodes.find((node) => node.kind === 'blockDense') ?? {};
    const values = new Set(deployed.flatMap(({ weights }) => [...weights]));
    expect(values).toEqual(new Set([-1, 0, 1]));
  });

  it('leaves a layer out that has an empty noise of its own', async () => {
    const exact = await train(recipeOf({ epochs: 1 }), data);
    const noise = '{ additive: { sigma: 0.2 }, droppedSpikes: { probability: 0.1 } }';
    const none = ', noise: {}';
    const without = await train(recipeOf({ epochs: 1, noise, dense: none, sign: none }), data);
    expect(without.history).toEqual(exact.history);
    const onlySpikes = await train(recipeOf({ epochs: 1, noise, dense: none }), data);
    expect(onlySpikes.history).not.toEqual(exact.history);
    const ownSpikes = ', noise: { droppedSpikes: { probability: 0.1 } }';
    expect((await train(recipeOf({ epochs: 1, sign: ownSpikes }), data)).history).toEqual(onlySpikes.history);
  });

  it('of a residual block is on its convolutions and what they read, never on what a sum adds', () => {
    const text = (own: string): string => `
name: residual
dataset: mnist
seed: 1
input: { kind: integer }
layers:
  - { kind: quantise, bits: 4 }
  - { kind: residual, outputs: 4, weights: { kind: lsq, bits: 4 }, activations: 4${own} }
  - { kind: flatten }
  - { kind: dense, outputs: 10 }
output: scores
training: { epochs: 1, learningRate: 0.01, logitScale: 1,
  noise: { additive: { sigma: 0.2 }, droppedSpikes: { probability: 0.1 } } }
`;
    const noiseOf = (own: string): Record<string, string> =>
      Object.fromEntries(
        planNetwork(parseRecipe(text(own), 'r.yaml'), [28, 28, 1], 10)
          .filter(({ node: { id, kind } }) => id.startsWith('residual1') && kind !== 'batchNorm')
          .map(({ node, noise }) => [node.id, describeNoise(noise)]),
      );
    const both = 'additive sigma 0.2, dropped spikes probability 0.1';
    const sums = { 'residual1/roundp': 'none', 'residual1/round2': 'none', 'residual1/add': 'none' };
    const convolutions = ['residual1/projection', 'residual1/conv1', 'residual1/conv2'];
    const all = (ids: readonly string[], noise: string) => Object.fromEntries(ids.map((id) => [id, noise]));
    const sending = ['residual1/act1', 'residual1'];
    expect(noiseOf('')).toEqual({ ...sums, ...all([...convolutions, ...sending], both) });
    expect(noiseOf(', noise: { bitErrors: { rate: 0.5 }, droppedSpikes: { probability: 0.3 } }')).toEqual({
      ...sums,
      ...all(convolutions, 'bit errors rate 0.5'),
      ...all(sending, 'dropped spikes probability 0.3'),
    });
  });
});

describe('a recipe with noise', () => {
  const findingsOf = (parts: Parts): readonly string[] => {
    try {
      recipeOf(parts);
    } catch (error) {
      if (error instanceof UserError) return error.diagnostics.map((d) => `${d.place}: ${d.message}`);
      throw error;
    }
    return [];
  };

  it.each(['real', '{ kind: none }', '{ kind: clip }', '{ kind: power, beta: 0.5 }'])(
    'refuses bit errors of weights %s, layer by layer, unless the layer has other noise',
    (weights) => {
      const noise = '{ bitErrors: { rate: 0.01 } }';
      const found = findingsOf({ weights, noise });
      expect(found.map((line) => line.split(': ').slice(0, 2).join(': '))).toEqual([
        'noisy.yaml: layers.0.weights',
        'noisy.yaml: layers.3.weights',
        'noisy.yaml: layers.9.weights',
      ]);
      expect(found[0]).toContain('bitErrors at rate 0.01 flip bits of stored integers, and these weights are real');
      expect(findingsOf({ weights, noise, dense: ', noise: { additive: { sigma: 0.1 } }' })).toEqual([]);
      expect(findingsOf({ weights, dense: `, noise: ${noise}` })).toHaveLength(3);
    },
  );

  it('refuses dropped spikes where nothing sends any, and a warm-up as long as the training', () => {
    const text = textOf({ noise: '{ droppedSpikes: { probability: 0.1 }, warmup: 3 }' });
    const relus = text.replaceAll(/kind: (sign|step|quantise, bits: 2) }/g, 'kind: relu }');
    expect(() => parseRecipe(relus, 'noisy.yaml')).toThrow(UserError);
    try {
      parseRecipe(relus, 'noisy.yaml');
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      expect(error.diagnostics.map((d) => d.place)).toEqual([
        'noisy.yaml: training.noise.droppedSpikes',
        'noisy.yaml: training.noise.warmup',
      ]);
    }
  });

  it('refuses dropped spikes of a residual block whose activations are real', () => {
    const text = (activations: string): string =>
      textOf({}).replace(
        'layers:\n',
        `layers:\n  - { kind: residual, outputs: 4, weights: binary, activations: ${activations}, noise: { droppedSpikes: { probability: 0.1 } } }\n`,
      );
    expect(() => parseRecipe(text('2'), 'r.yaml')).not.toThrow();
    expect(() => parseRecipe(text('real'), 'r.yaml')).toThrow(/layers.0.noise.droppedSpikes.*real numbers/);
  });

  it('offers the nearest name of a kind of noise', () => {
    expect(findingsOf({ noise: '{ addditive: { sigma: 0.1 } }' })[0]).toContain('did you mean "additive"?');
  });

  it('says in words what it trains with', () => {
    expect(describeRecipeNoise(recipeOf({}))).toEqual([]);
    expect(describeRecipeNoise(recipeOf({ noise: ALL, sign: ', noise: {}' }))).toEqual([
      'bit errors rate 0.02, multiplicative sigma 0.1, additive sigma 0.2, dropped spikes probability 0.1, from epoch 2 on',
      'layers.2 (sign): none',
      'layers.5 (step): none',
      'layers.8 (quantise): none',
    ]);
  });
});
