import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { lowerWithWarnings } from '../../../src/compiler/pipelines.js';
import { type Dataset, loadDataset, sliceDataset } from '../../../src/data/index.js';
import { decodeNetwork } from '../../../src/ir/network/file.js';
import type { NetworkGraph, NetworkNode } from '../../../src/ir/network/types.js';
import { verifyNetwork } from '../../../src/ir/network/verify.js';
import { evaluateNetwork } from '../../../src/evaluation/interpreter/evaluate.js';
import {
  type Calibrated,
  calibrateNetwork,
  checkQuantisable,
  inputBitsOf,
  type LayerBits,
  linearLayers,
  macsByLayer,
  measureQuality,
  type Quality,
  quantiseNetwork,
  searchBits,
} from '../../../src/training/post/index.js';
import { createFloatRunner } from '../../../src/evaluation/float/runner.js';
import { planQuantisation } from '../../../src/training/post/points.js';
import { backendName } from '../../../src/training/index.js';

/** x -> conv a -> relu r -> conv b -> norm n; r + n -> relu s -> mean -> flatten -> dense fc. An identity block. */
const identityBlock: NetworkGraph = {
  name: 'identity',
  dialect: 'float',
  nodes: [
    { kind: 'input', id: 'input', shape: [28, 28, 1] },
    {
      kind: 'encode',
      id: 'encode',
      input: 'input',
      code: { kind: 'integer', bits: 8, zeroPoint: 0, step: Math.fround(1 / 255) },
    },
    conv('a', 'encode', 1, 4, 7),
    { kind: 'relu', id: 'r', input: 'a' },
    conv('b', 'r', 4, 1, 1),
    {
      kind: 'batchNorm',
      id: 'n',
      input: 'b',
      gamma: Float64Array.of(1, 0.5, 2, 1),
      beta: Float64Array.of(0, 0.1, -0.1, 0),
      mean: Float64Array.of(0.1, 0, 0, -0.1),
      variance: Float64Array.of(0.1, 0.2, 0.1, 0.3),
      epsilon: 1e-4,
    },
    { kind: 'add', id: 'sum', inputs: ['r', 'n'] },
    { kind: 'relu', id: 's', input: 'sum' },
    { kind: 'avgPool', id: 'mean', input: 's', window: [6, 6], stride: [1, 1], padding: [0, 0, 0, 0] },
    { kind: 'flatten', id: 'flat', input: 'mean' },
    { kind: 'dense', id: 'fc', input: 'flat', nOut: 10, weights: real(40, 9), bias: new Float64Array(10).fill(0.1) },
    { kind: 'scores', id: 'scores', input: 'fc' },
  ],
};

const qualityOf = (network: NetworkGraph): Promise<Quality> =>
  measureQuality(createFloatRunner(test, 1), test.labels, network);

function real(n: number, salt: number): Float32Array {
  return Float32Array.from({ length: n }, (_, i) => (((i * 37 + salt * 11) % 29) - 14) / 20);
}

function conv(id: string, input: string, nIn: number, stride: number, window: number): NetworkNode {
  return {
    kind: 'conv2d',
    id,
    input,
    window: [window, window],
    stride: [stride, stride],
    padding: [0, 0, 0, 0],
    padValue: 0,
    groups: 1,
    nOut: 4,
    weights: real(4 * nIn * window * window, nIn),
  };
}

const uniform = (graph: NetworkGraph, bits: LayerBits): ReadonlyMap<string, LayerBits> =>
  new Map(linearLayers(graph).map((layer) => [layer, bits]));

const nodeOf = <K extends NetworkNode['kind']>(
  graph: NetworkGraph,
  id: string,
  kind: K,
): Extract<NetworkNode, { kind: K }> => {
  const found = graph.nodes.find(
    (node): node is Extract<NetworkNode, { kind: K }> => node.id === id && node.kind === kind,
  );
  if (found === undefined) throw new Error(`no ${kind} layer ${id}`);
  return found;
};

let training: Dataset;
let test: Dataset;
beforeAll(async () => {
  await backendName();
  training = sliceDataset(await loadDataset('mnist', 'train'), 0, 100);
  test = sliceDataset(await loadDataset('mnist', 'test'), 0, 60);
});

const calibrated = (graph: NetworkGraph): Calibrated =>
  calibrateNetwork(graph, training, { method: { kind: 'mse' }, scales: 'channel' });

describe('a network quantised after training', () => {
  it('has a quantiser for every rectifier, sum operand and mean, and one step per sum', () => {
    const plan = planQuantisation(identityBlock);
    expect(plan.points.map(({ value, replaces, readers }) => [value, replaces, readers])).toEqual([
      ['r', true, ['b']],
      ['n', false, []],
      ['s', true, ['fc']],
      ['flat', false, ['fc']],
    ]);
    expect(plan.groups[0]).toBe(plan.groups[1]);
    expect(new Set(plan.groups).size).toBe(3);
    const network = quantiseNetwork(calibrated(identityBlock), uniform(identityBlock, { weights: 4, inputs: 4 }), 4);
    expect(verifyNetwork(network)).toEqual([]);
    const [rectifier, branch] = [nodeOf(network, 'r', 'quantise'), nodeOf(network, 'n.q', 'quantise')];
    expect([rectifier.bits, rectifier.signed]).toEqual([4, false]);
    expect([branch.bits, branch.signed]).toEqual([8, true]);
    expect(branch.step).toBe(rectifier.step);
    expect(nodeOf(network, 'sum', 'add').inputs).toEqual(['r', 'n.q']);
    expect([...inputBitsOf(network)]).toEqual([
      ['a', 8],
      ['b', 4],
      ['fc', 4],
    ]);
  });

  it.each([
    ['channel', 4],
    ['tensor', 1],
  ] as const)('has weights within half a step of the real ones, one scale per %s', (scales, nScales) => {
    const bits = { weights: 8, inputs: 8 } as const;
    const network = quantiseNetwork(
      calibrateNetwork(identityBlock, training, { method: { kind: 'minmax' }, scales }),
      uniform(identityBlock, bits),
      8,
    );
    const [before, after] = [nodeOf(identityBlock, 'b', 'conv2d'), nodeOf(network, 'b', 'conv2d')];
    expect(after.weights).toBeInstanceOf(Int8Array);
    expect(after.scale).toHaveLength(nScales);
    before.weights.forEach((w, i) => {
      const step = after.scale![nScales === 1 ? 0 : Math.floor(i / 4)]!;
      expect(Math.abs(after.weights[i]! * step - w)).toBeLessThanOrEqual(0.5001 * step);
    });
  });

  it.each([8, 4, 2] as const)('of %i bits is lowered without a difference, and measured as it runs', async (bits) => {
    const network = quantiseNetwork(
      calibrated(identityBlock),
      uniform(identityBlock, { weights: bits, inputs: bits }),
      bits,
    );
    const { graph: integer, diagnostics } = lowerWithWarnings(network);
    expect(diagnostics).toEqual([]);
    const [float, lowered] = [
      await evaluateNetwork(network, test, { seed: 1 }),
      await evaluateNetwork(integer, test, { seed: 1 }),
    ];
    expect([...lowered.predictions]).toEqual([...float.predictions]);
    expect((await qualityOf(network)).accuracy).toBe(float.correct / float.nSamples);
  });

  it('is found by a search, twice the same', async () => {
    const once = calibrated(identityBlock);
    const search = () =>
      searchBits(macsByLayer(identityBlock), (bits) => qualityOf(quantiseNetwork(once, bits, 8)), {
        floor: 0,
        widths: [8, 4, 2],
      });
    const first = await search();
    expect(first.steps).toHaveLength(6);
    expect(await search()).toEqual(first);
  });

  it('keeps what the trained residual network can do at 8 bits', async () => {
    const name = 'mnist-resnet-float';
    const float = decodeNetwork(await readFile(`examples/models/${name}.lsn`), name);
    const before = await qualityOf(float);
    const network = quantiseNetwork(calibrated(float), uniform(float, { weights: 8, inputs: 8 }), 8);
    const after = await qualityOf(network);
    expect(before.accuracy).toBeGreaterThan(0.95);
    expect(Math.abs(after.loss - before.loss)).toBeLessThan(0.02);
  });
});

/**
 * What files of other tools bring: conv -> relu6, hard swish behind a padded convolution, squeeze and excitation (mean, dense, sigmoid,
 * product), the larger of two branches.
 */
const imported: NetworkGraph = {
  ...identityBlock,
  name: 'imported',
  nodes: [
    ...identityBlock.nodes.slice(0, 2),
    conv('a', 'encode', 1, 4, 7),
    { kind: 'clip', id: 'six', input: 'a', min: 0, max: 6 },
    conv('b', 'six', 4, 1, 1),
    { kind: 'function', id: 'swish', input: 'b', function: 'hardSwish' },
    { kind: 'avgPool', id: 'squeeze', input: 'swish', window: [6, 6], stride: [1, 1], padding: [0, 0, 0, 0] },
    conv('excite', 'squeeze', 4, 1, 1),
    { kind: 'function', id: 'gate', input: 'excite', function: 'sigmoid' },
    { kind: 'multiply', id: 'gated', inputs: ['swish', 'gate'] },
    { kind: 'extremum', id: 'larger', of: 'max', inputs: ['gated', 'six'] },
    { kind: 'rearrange', id: 'flat', input: 'larger', shape: [144] },
    { kind: 'dense', id: 'fc', input: 'flat', nOut: 10, weights: real(1440, 9), bias: new Float64Array(10).fill(0.1) },
    { kind: 'scores', id: 'scores', input: 'fc' },
  ],
};

describe('layers of other tools, quantised after training', () => {
  it('have a quantiser in front of and behind each function, at operands of products, and one step per extremum', () => {
    const { points, groups } = planQuantisation(imported);
    expect(points.map(({ value, replaces }) => (replaces ? `${value} itself` : value))).toEqual([
      'six itself',
      'b',
      'swish',
      'squeeze',
      'excite',
      'gate',
      'gated',
    ]);
    const groupOf = (value: string): number | undefined => groups[points.findIndex((point) => point.value === value)];
    expect(groupOf('gated')).toBe(groupOf('six'));
    expect(new Set(['six', 'b', 'swish', 'squeeze', 'excite', 'gate'].map(groupOf)).size).toBe(6);
  });

  it('lower to integers that decide as the quantised network does, nearly as the float network', async () => {
    const network = quantiseNetwork(calibrated(imported), uniform(imported, { weights: 8, inputs: 8 }), 8);
    expect(verifyNetwork(network)).toEqual([]);
    const { graph: integer } = lowerWithWarnings(network);
    const [float, quantised, lowered] = await Promise.all(
      [imported, network, integer].map((graph) => evaluateNetwork(graph, test, { seed: 0 })),
    );
    expect([...lowered!.predictions]).toEqual([...quantised!.predictions]);
    const same = float!.predictions.filter((decision, i) => decision === quantised!.predictions[i]).length;
    expect(same / test.labels.length).toBeGreaterThanOrEqual(0.95);
  });

  it('keep the bound of a clip where the step of a sum is wider than it', () => {
    const nodes = identityBlock.nodes.map((node): NetworkNode => {
      return node.id === 'r' ? { kind: 'clip', id: 'r', input: 'a', min: 0, max: 0.05 } : node;
    });
    const network = quantiseNetwork(
      calibrated({ ...identityBlock, nodes }),
      uniform(identityBlock, { weights: 8, inputs: 8 }),
      8,
    );
    const { step, levels } = nodeOf(network, 'r', 'quantise');
    expect(levels?.[0]).toBe(0);
    expect(levels?.[1]).toBeLessThan(255);
    expect(Math.abs((levels?.[1] ?? 0) * step - 0.05)).toBeLessThanOrEqual(step / 2);
  });

  it('give an extremum with an input code a quantiser of its own', () => {
    const nodes: readonly NetworkNode[] = [
      ...identityBlock.nodes.slice(0, 2),
      conv('a', 'encode', 1, 1, 1),
      { kind: 'relu', id: 'r', input: 'a' },
      { kind: 'concat', id: 'four', inputs: ['encode', 'encode', 'encode', 'encode'] },
      { kind: 'extremum', id: 'least', of: 'min', inputs: ['r', 'four'] },
      { kind: 'flatten', id: 'flat', input: 'least' },
      { kind: 'dense', id: 'fc', input: 'flat', nOut: 10, weights: real(31360, 9) },
      { kind: 'scores', id: 'scores', input: 'fc' },
    ];
    const { points, groups } = planQuantisation({ ...identityBlock, nodes });
    expect(points.map(({ value }) => value)).toEqual(['r', 'four']);
    expect(new Set(groups).size).toBe(1);
  });
});

describe('a network that cannot be quantised', () => {
  const codes = (graph: NetworkGraph): readonly string[] =>
    checkQuantisable(graph, 'm.lsn').map(({ code, place }) => `${code} ${place}`);

  it('is refused with every reason at once', () => {
    const done = quantiseNetwork(calibrated(identityBlock), uniform(identityBlock, { weights: 8, inputs: 8 }), 8);
    expect(codes(done)).toEqual([
      'already-quantised m.lsn: layer "a" (conv2d)',
      'already-quantised m.lsn: layer "r" (quantise)',
      'already-quantised m.lsn: layer "b" (conv2d)',
      'already-quantised m.lsn: layer "n.q" (quantise)',
      'already-quantised m.lsn: layer "s" (quantise)',
      'already-quantised m.lsn: layer "flat.q" (quantise)',
      'already-quantised m.lsn: layer "fc" (dense)',
    ]);
    expect(codes(identityBlock)).toEqual([]);
    const empty = identityBlock.nodes.filter(({ kind }) => kind === 'input' || kind === 'encode');
    expect(codes({ ...identityBlock, nodes: empty })).toEqual(['nothing-to-quantise m.lsn']);
  });
});
