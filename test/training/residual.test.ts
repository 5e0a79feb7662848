import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '../../src/common/diagnostics.js';
import { type Dataset, loadDataset, sliceDataset } from '../../src/data/index.js';
import { encodeNetwork } from '../../src/ir/network/file.js';
import { makeBatch } from '../../src/training/batches.js';
import { backendName, parseRecipe, type Recipe, train } from '../../src/training/index.js';
import { buildModel } from '../../src/training/model.js';
import { accuracyOf } from './accuracy.js';

/** Both kinds of blocks, a named branch, every kind of pool; 100 images validate. */
const recipeOf = (weights: string, activation: string, activations: string, extra = ''): Recipe =>
  parseRecipe(
    `
name: small
dataset: mnist
seed: 3
input: { kind: integer, bits: 8 }
${extra}
layers:
  - { kind: maxPool, window: 2 }
  - { kind: conv2d, name: conv1, outputs: 4, window: 3, stride: 2, padding: 1, padValue: 0, weights: ${weights} }
  - { kind: batchNorm, name: norm1 }
  - { kind: ${activation}, name: act1 }
  - { kind: residual, name: block1, outputs: 4, weights: ${weights}, activations: ${activations} }
  - { kind: residual, name: block2, outputs: 6, stride: 2, weights: ${weights}, activations: ${activations} }
  - { kind: avgPool, window: 2 }
  - { kind: flatten, name: features }
  - { kind: dense, name: first, outputs: 10, weights: ${weights}, bias: true }
  - { kind: dense, name: second, from: features, outputs: 10, weights: ${weights} }
  - { kind: add, inputs: [first, second] }
output: scores
training: { epochs: 1, batchSize: 25, learningRate: 0.01, logitScale: 1, validationImages: 100 }
`,
    'small.yaml',
  );

const quantised = (bits: number): Recipe =>
  recipeOf(`{ kind: lsq, bits: ${bits} }`, `quantise, bits: ${bits}`, String(bits));
const float = recipeOf('real', 'relu', 'real');

let data: Dataset;
beforeAll(async () => {
  await backendName();
  data = sliceDataset(await loadDataset('mnist', 'train'), 0, 400);
});

describe('a residual network', () => {
  it('has the gradients that finite differences show, branches and sums included', () => {
    const model = buildModel(float, [28, 28, 1], 10);
    const { coded } = makeBatch(data, Int32Array.of(0, 1, 2, 3), float.input);
    const r = Float32Array.from({ length: 40 }, (_, i) => ((i * 7) % 11) / 11 - 0.4);
    const loss = (): number => model.forward(coded).reduce((sum, value, i) => sum + value * r[i]!, 0);
    loss();
    const gradients = model.backward(r);
    for (const parameter of model.parameters) {
      const gradient = gradients.get(parameter)!.slice();
      // One direction in which all elements move: single weights may cross the kink of a rectifier.
      const scale = 1e-3 / Math.sqrt(gradient.reduce((sum, g) => sum + g * g, 1e-12));
      const before = parameter.deployed.slice();
      const at = (sign: number): number => {
        parameter.deployed.forEach((_, i) => (parameter.deployed[i] = before[i]! + sign * scale * gradient[i]!));
        const value = loss();
        parameter.deployed.set(before);
        return value;
      };
      const expected = (at(1) - at(-1)) / (2 * scale);
      const found = gradient.reduce((sum, g) => sum + g * g, 0);
      expect(Math.abs(found - expected), `${parameter.name}: ${found} for ${expected}`).toBeLessThan(
        0.02 * Math.abs(expected) + 1e-3,
      );
    }
  });

  it.each([8, 4, 2, 1])('of %i bits is evaluated as the interpreter runs it, bit for bit', async (bits) => {
    const { network, validationAccuracy } = await train(quantised(bits), data);
    const part = sliceDataset(data, 300, 400);
    expect(accuracyOf(network, part)).toBe(validationAccuracy);
  });

  it('resumes with its learned steps to the result of an unbroken run', async () => {
    const recipe = quantised(4);
    const twice = { ...recipe, training: { ...recipe.training, epochs: 2 } };
    const part = sliceDataset(data, 0, 200);
    const unbroken = await train(twice, part);
    const folder = await mkdtemp(join(tmpdir(), 'lodestone-'));
    try {
      const controller = new AbortController();
      const broken = train(twice, part, {
        checkpointDir: folder,
        signal: controller.signal,
        onProgress: ({ epoch }) => {
          if (epoch === 2) controller.abort(new Error('stopped by hand'));
        },
      });
      await expect(broken).rejects.toThrow('stopped by hand');
      const resumed = await train(twice, part, { checkpointDir: folder, resume: true });
      expect(encodeNetwork(resumed.network)).toEqual(encodeNetwork(unbroken.network));
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('adds multiples of one step where its activations have steps', () => {
    const nodes = new Map(
      buildModel(quantised(4), [28, 28, 1], 10)
        .deploy()
        .nodes.map((node) => [node.id, node]),
    );
    const stepOf = (id: string): number | undefined => {
      const node = nodes.get(id);
      return node?.kind === 'quantise' ? node.step : undefined;
    };
    for (const block of ['block1', 'block2']) {
      const add = nodes.get(`${block}/add`);
      if (add?.kind !== 'add') throw new Error('no sum');
      const [main, skip] = add.inputs;
      expect(stepOf(main)).toBeDefined();
      expect(stepOf(main)).toBe(stepOf(skip));
    }
  });

  it('starts from the weights and statistics of another one, layer by layer', async () => {
    const { network } = await train(float, data);
    const withStart = recipeOf('{ kind: lsq, bits: 8 }', 'quantise, bits: 8', '8', 'start: small.lsn');
    const started = buildModel(withStart, [28, 28, 1], 10, network).deploy();
    for (const node of started.nodes) {
      const from = network.nodes.find(({ id, kind }) => id === node.id && kind === node.kind);
      if (node.kind === 'batchNorm') expect(node).toEqual(from);
      if (node.kind !== 'conv2d') continue;
      if (from?.kind !== 'conv2d') throw new Error(`no convolution ${node.id}`);
      const step = node.scale![0]!;
      node.weights.forEach((w, i) => {
        // Within half a step, or clipped.
        if (Math.abs(w) < 127) expect(Math.abs(w * step - from.weights[i]!)).toBeLessThanOrEqual(step * 0.5001);
      });
    }
    const once = encodeNetwork((await train(withStart, data, { start: network })).network);
    expect(encodeNetwork((await train(withStart, data, { start: network })).network)).toEqual(once);
  });
});

describe('a recipe of a graph', () => {
  const findings = (recipe: Recipe, start?: ReturnType<ReturnType<typeof buildModel>['deploy']>): readonly string[] => {
    try {
      buildModel(recipe, [28, 28, 1], 10, start);
    } catch (error) {
      if (error instanceof UserError) return error.diagnostics.map((d) => `${d.code} ${d.place}`);
      throw error;
    }
    return [];
  };

  it('names every unknown and every doubled name at once', () => {
    const { layers } = float;
    const wrong: Recipe = {
      ...float,
      layers: [...layers.slice(0, -1), { kind: 'relu', name: 'first' }, { kind: 'add', inputs: ['frist', 'block3'] }],
    };
    expect(findings(wrong)).toEqual([
      'duplicate-layer recipe "small": layers.10',
      'unknown-layer recipe "small": layers.11',
      'unknown-layer recipe "small": layers.11',
    ]);
  });

  it('refuses one signed bit and steps nobody owns', () => {
    const wrong: Recipe = {
      ...float,
      layers: [
        { kind: 'quantise', bits: 1, signed: true },
        { kind: 'quantise', bits: 8, signed: true, stepOf: 'encode' },
        { kind: 'flatten' },
        { kind: 'dense', outputs: 10, weights: 'real' },
      ],
    };
    expect(findings(wrong)).toEqual([
      'one-signed-bit recipe "small": layer "quantise1" (quantise)',
      'no-step recipe "small": layer "quantise2" (quantise)',
    ]);
  });

  it('names every layer that the network to start from lacks', () => {
    const start = buildModel(float, [28, 28, 1], 10).deploy();
    const lacking = { ...start, nodes: start.nodes.filter(({ id }) => id !== 'norm1' && id !== 'first') };
    expect(findings(float, lacking)).toEqual([
      'start-layer-missing recipe "small": layer "norm1" (batchNorm)',
      'start-layer-missing recipe "small": layer "first" (dense)',
    ]);
  });
});
