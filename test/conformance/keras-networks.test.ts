/** Trained Keras and QKeras networks of other projects, with the accuracies they have in their own tools, where a checkout of them is at hand. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { northPole } from '../../src/chips/northpole/chip.js';
import { foreignFile } from '../../src/cli/import-options.js';
import type { ImportedNetwork, ImportOptions } from '../../src/compiler/frontends/frontend.js';
import { openNetwork } from '../../src/compiler/frontends/open-network.js';
import { loadSamples, openSamples } from '../../src/data/samples.js';
import { createFloatRunner } from '../../src/evaluation/float/runner.js';
import { compileNetwork, runCompiled } from '../../src/flow.js';
import { NO_NOISE } from '../../src/ir/faults/levels.js';
import type { NetworkGraph, NetworkNode } from '../../src/ir/network/types.js';
import { isLinear } from '../../src/training/post/points.js';
import { calibrateNetwork, linearLayers, quantiseNetwork } from '../../src/training/post/index.js';

const SHARED = fileURLToPath(new URL('../../../shared', import.meta.url));
const MODELS = join(SHARED, 'models');
const CIFAR10 = join(SHARED, 'data/cifar10');
const shared = test.skipIf(!existsSync(SHARED));

const open = async (file: string, options: ImportOptions): Promise<ImportedNetwork> =>
  openNetwork(await foreignFile(join(MODELS, file)), options);

async function correctOf(graph: NetworkGraph, data: string): Promise<readonly [correct: number, nSamples: number]> {
  const runner = createFloatRunner(await loadSamples(data, graph), 2);
  try {
    const { correct, nSamples } = await runner.correctOf(graph, { seed: 0 });
    return [correct, nSamples];
  } finally {
    await runner.close();
  }
}

/** The mean image of ResNet-20, from its .npy file: 3,072 little-endian float32 numbers behind the header. */
function meanImage(): readonly number[] {
  const bytes = readFileSync(join(MODELS, 'cross-sim/x_train_mean.npy'));
  const numbers = bytes.subarray(bytes.length - 4 * 3072);
  return Array.from({ length: 3072 }, (_, i) => numbers.readFloatLE(4 * i) / 255);
}

/** The same network with the mean taken off in real numbers, without the rounding to bytes that a chip's input needs. */
function withExactMean(graph: NetworkGraph, mean: readonly number[]): NetworkGraph {
  const flat = { mean: Float64Array.from(mean), gamma: new Float64Array(3072).fill(1), beta: new Float64Array(3072) };
  const nodes: NetworkNode[] = [
    { kind: 'input', id: 'bytes', shape: [32, 32, 3] },
    { kind: 'encode', id: 'byte', input: 'bytes', code: { kind: 'integer', bits: 8, zeroPoint: 0, step: 1 / 255 } },
    { kind: 'flatten', id: 'flat image', input: 'byte' },
    {
      kind: 'batchNorm',
      id: 'minus mean',
      input: 'flat image',
      ...flat,
      variance: new Float64Array(3072).fill(1),
      epsilon: 0,
    },
    { kind: 'rearrange', id: 'image', input: 'minus mean', shape: [32, 32, 3] },
  ];
  const rest = graph.nodes
    .slice(2)
    .map((node) => ('input' in node && node.input === graph.nodes[1]?.id ? { ...node, input: 'image' } : node));
  return { name: graph.name, dialect: 'float', nodes: [...nodes, ...rest] };
}

describe('Keras networks of other projects', () => {
  shared('QKeras CNN: 98.86 % of MNIST, float and on the NorthPole-style chip, where no score differs', async () => {
    const weights = await foreignFile(join(MODELS, 'qkeras/qkeras_mnist_cnn_weights.h5'));
    const { graph } = await open('qkeras/qkeras_mnist_cnn.json', { inputRange: [0, 1], weights });
    const samples = await loadSamples('mnist', graph);
    const compiled = compileNetwork(graph, { chip: northPole });
    const options = { seed: 1, workers: 2, float: true, noise: NO_NOISE } as const;
    const result = await runCompiled({ ...compiled, float: graph }, samples, options);
    expect(result.accuracyFloat).toBe(0.9886);
    expect(result.accuracy).toBe(0.9886);
    expect(result.mismatches).toBe(0);
  });

  shared('ResNet-8 of MLPerf Tiny: 88.1 % of 1,000 CIFAR-10 images', async () => {
    const { graph } = await open('mlperf-tiny/pretrainedResnet.h5', { inputRange: [0, 255] });
    expect(await correctOf(graph, CIFAR10)).toEqual([881, 1000]);
  });

  shared(
    'ResNet-20 of CrossSim: 92.1 % of 1,000 CIFAR-10 images, 91.9 % with the input rounded to 8 bits',
    async () => {
      const inputMean = meanImage();
      const { graph, warnings } = await open('cross-sim/resnet20_cifar10.h5', { inputRange: [0, 1], inputMean });
      expect(warnings.map(({ code }) => code)).toEqual(['rounded-input']);
      expect(await correctOf(graph, CIFAR10)).toEqual([919, 1000]);
      expect(await correctOf(withExactMean(graph, inputMean), CIFAR10)).toEqual([921, 1000]);
    },
  );

  /** The last stage, three quarters of all weights. */
  const LAST_STAGE = [15, 16, 17, 18, 19, 20, 21].map((n) => `conv2d_${n}`);

  test.skipIf(!existsSync(SHARED)).each([
    { title: '8 bits', few: [''], least: 0.91, measured: 0.917 },
    { title: '8 bits, 75.6 % of its weights at 4 bits', few: LAST_STAGE, least: 0.89, measured: 0.915 },
  ])(
    'ResNet-20 quantised after training to $title: no score differs on the chip',
    async ({ few, least, measured }) => {
      const { graph } = await open('cross-sim/resnet20_cifar10.h5', { inputRange: [0, 1], inputMean: meanImage() });
      const training = (await openSamples(CIFAR10, graph, 'train')).take(0, 500);
      const calibrated = calibrateNetwork(graph, training, { method: { kind: 'mse' }, scales: 'channel' });
      const bits = new Map(
        linearLayers(graph).map((layer) => [layer, { weights: few.includes(layer) ? 4 : 8, inputs: 8 }] as const),
      );
      const weights = graph.nodes.flatMap((node) => (isLinear(node) ? [node] : []));
      const count = (nodes: typeof weights): number => nodes.reduce((sum, node) => sum + node.weights.length, 0);
      if (few.length > 1) {
        expect(count(weights.filter(({ id }) => few.includes(id))) / count(weights)).toBeGreaterThan(0.75);
      }
      const network = quantiseNetwork(calibrated, bits, 8);
      const compiled = compileNetwork(network, { chip: northPole });
      const options = { seed: 1, workers: 2, noise: NO_NOISE, float: true } as const;
      const result = await runCompiled({ ...compiled, float: network }, await loadSamples(CIFAR10, network), options);
      expect(result.accuracy).toBeGreaterThanOrEqual(least);
      expect(result.accuracy).toBe(measured);
      expect(result.accuracyInteger).toBe(measured);
      expect(result.mismatches).toBe(0);
    },
    600_000,
  );
});
