/** A trained Keras network of another project, where a checkout of it is at hand; more results of such files stand in test/validation. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { foreignFile } from '../../src/cli/import-options.js';
import type { ImportedNetwork, ImportOptions } from '../../src/compiler/frontends/frontend.js';
import { openNetwork } from '../../src/compiler/frontends/open-network.js';
import { loadSamples } from '../../src/data/samples.js';
import { createFloatRunner } from '../../src/evaluation/float/runner.js';
import type { NetworkGraph, NetworkNode } from '../../src/ir/network/types.js';

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
  shared('ResNet-20 of CrossSim: 92.1 % of 1,000 CIFAR-10 images with the input in real numbers', async () => {
    const inputMean = meanImage();
    const { graph, warnings } = await open('cross-sim/resnet20_cifar10.h5', { inputRange: [0, 1], inputMean });
    expect(warnings.map(({ code }) => code)).toEqual(['rounded-input']);
    // Rounded it has 919, a row of test/validation.
    expect(await correctOf(withExactMean(graph, inputMean), CIFAR10)).toEqual([921, 1000]);
  });
});
