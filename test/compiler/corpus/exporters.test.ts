/**
 * Files of random networks and of the examples: a digest of their bytes, or of the findings that refuse them. That they are right is tested elsewhere;
 * this notices that they are other ones. A changed line is a changed exporter: find out why before updating (vitest -u).
 */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { exportNir } from '../../../src/compiler/exporters/nir.js';
import { exportOnnx } from '../../../src/compiler/exporters/onnx.js';
import { exportTfjs } from '../../../src/compiler/exporters/tfjs.js';
import { UserError } from '../../../src/common/diagnostics.js';
import { nir } from '../../../src/compiler/frontends/nir/index.js';
import { decodeNetwork } from '../../../src/ir/network/file.js';
import type { NetworkGraph, NetworkNode } from '../../../src/ir/network/types.js';
import { modelPath } from '../../cli/harness.js';
import { digest, orFindings } from '../../support/digest.js';
import { nirFile } from '../../support/nir-files.js';
import { single } from '../../support/network-scores.js';
import { randomImportedNetwork } from '../../support/random-imported-network.js';
import { randomNetwork } from '../../support/random-network.js';
import { randomNirGraph, RANDOM_NIR_NODES, randomNirNode } from '../../support/random-nir.js';
import { randomQuantisedNetwork } from '../../support/random-quantised-network.js';
import { randomSpiking } from '../../support/random-spiking.js';
import { randomFloatTransformer } from '../../support/random-transformer.js';

const EXPORTS: Readonly<Record<string, (graph: NetworkGraph) => unknown>> = {
  onnx: (graph) => exportOnnx(graph, '1', 'net.lsn'),
  tfjs: (graph) => exportTfjs(graph, { name: 'model.json', version: '1', place: 'net.lsn' }),
  nir: (graph) => exportNir(graph, 'net.lsn'),
};

const line = (graph: NetworkGraph, formats: readonly string[]): string =>
  formats.map((name) => `${name} ${orFindings(() => digest(EXPORTS[name]!(graph)))}`).join('; ');

/** Codes as ONNX and layers-models say them, and those they do not. */
const CODES = ['threshold', 'rate', 'thermometer', 'bernoulli'] as const;

const seeds = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => 8000 + i);

test.each([
  ['binary', seeds(60), (seed: number) => randomNetwork(seed, { codes: ['threshold', 'rate'], averagePool: true, overlappingPool: true })],
  ['coded', seeds(12), (seed: number) => randomNetwork(seed, { codes: CODES })],
  ['quantised', seeds(40), (seed: number) => randomQuantisedNetwork(seed)],
  ['single', seeds(20), (seed: number) => single(randomQuantisedNetwork(seed))],
  ['imported', seeds(150), (seed: number) => randomImportedNetwork(seed)],
  ['spiking', seeds(5), (seed: number) => randomSpiking(seed)],
  ['transformers', seeds(2), (seed: number) => randomFloatTransformer(seed)],
] as const)('files of %s networks are those of their golden', async (name, all, draw) => {
  const lines = all.map((seed) => `${seed}: ${line(draw(seed), name === 'spiking' ? ['onnx', 'tfjs', 'nir'] : ['onnx', 'tfjs'])}\n`);
  await expect(lines.join('')).toMatchFileSnapshot(`golden/export-${name}.txt`);
}); // prettier-ignore

test('files of the examples are those of their golden', async () => {
  const names = ['mnist-mlp', 'mnist-conv', 'mnist-resnet-1bit', 'mnist-resnet-4bit', 'mnist-resnet-float'];
  const lines = names.map((name) => `${name}: ${line(decodeNetwork(readFileSync(modelPath(name)), name), ['onnx', 'tfjs', 'nir'])}\n`);
  await expect(lines.join('')).toMatchFileSnapshot('golden/export-examples.txt');
}); // prettier-ignore

/** What a spiking network becomes when something of it is said otherwise, some of which NIR cannot say. */
function varied(graph: NetworkGraph, seed: number): NetworkGraph {
  const nodes = graph.nodes.map((node): NetworkNode => {
    if (node.kind === 'neuron' && node.spike !== undefined) {
      if (seed % 11 === 5) return { ...node, spike: { ...node.spike, compare: 'atLeast' } };
      if (seed % 11 === 6 && node.membrane.kind !== 'none') return { ...node, spike: { ...node.spike, reset: { kind: 'subtract' } } };
    }
    if (node.kind === 'conv2d' && seed % 5 === 1) return { ...node, padValue: 1 };
    if (node.kind === 'conv2d' && seed % 5 === 2) return { ...node, padding: [1, 0, 0, 1] };
    if ((node.kind === 'sumPool' || node.kind === 'avgPool') && seed % 5 === 3) return { ...node, padding: [0, 1, 0, 0] };
    if (node.kind === 'avgPool' && seed % 5 === 4) return { ...node, factor: 0.5 };
    if (node.kind === 'batchNorm' && seed % 4 === 1) return { ...node, epsilon: 1e-3 };
    if (node.kind === 'batchNorm' && seed % 4 === 2) return { ...node, mean: node.mean.map(() => 1) };
    if (node.kind === 'dense' && seed % 6 === 1) return { ...node, weights: Int8Array.from(node.weights), scale: Float64Array.of(0.1) };
    if (node.kind === 'scores' && seed % 13 === 1) return { ...node, offset: Float64Array.of(1) };
    return node;
  });
  return { ...graph, nodes };
} // prettier-ignore

test('NIR files of networks that were read from NIR are those of their golden', async () => {
  const lines: string[] = [];
  const draws: (readonly [string, number])[] = [
    ...RANDOM_NIR_NODES.flatMap((type) => [1, 2, 3, 4, 5, 6, 7, 8].map((seed) => [type, 100 + seed] as const)),
    ...seeds(160).map((seed) => ['graph', seed] as const),
  ];
  for (const [type, seed] of draws) {
    const spec = type === 'graph' ? randomNirGraph(seed) : randomNirNode(type, seed);
    try {
      const { graph } = await nir.read(await nirFile(spec), { timeStep: 1, inputRange: seed % 2 === 0 ? [0, 1] : undefined });
      lines.push(`${type} ${seed}: ${line(graph, ['nir'])}; ${line(varied(graph, seed), ['nir'])}\n`);
    } catch (error) {
      // What is not read is not written.
      if (!(error instanceof UserError)) throw error;
    }
  }
  await expect(lines.join('')).toMatchFileSnapshot('golden/export-nir.txt');
}); // prettier-ignore
