import { expect, it, test } from 'vitest';
import { UserError } from '../../../src/common/diagnostics.js';
import { Hdf5Dataset, openHdf5 } from '../../../src/common/hdf5/open.js';
import { PURPOSE, sequence } from '../../../src/common/rng.js';
import { exportNir } from '../../../src/compiler/exporters/nir.js';
import type { ImportOptions } from '../../../src/compiler/frontends/frontend.js';
import { openNetwork } from '../../../src/compiler/frontends/open-network.js';
import { printNetwork } from '../../../src/ir/network/print.js';
import type { NetworkGraph, NetworkNode } from '../../../src/ir/network/types.js';
import { type NirGraphSpec, nirFile, type NirSpec } from '../../support/nir-files.js';

const draw = sequence(8, PURPOSE.test, 1);
const real = (...shape: number[]) => ({
  shape,
  values: Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => (draw.below(2001) - 1000) / 700),
});
const input = (...shape: number[]): NirSpec => ['Input', { shape }];
const opened = async (graph: NirGraphSpec, options: ImportOptions = {}): Promise<NetworkGraph> =>
  (await openNetwork(await nirFile(graph), options)).graph;

/** Exported, and imported again without a word. */
async function returned(graph: NetworkGraph): Promise<NetworkGraph> {
  const { bytes } = exportNir(graph, 'net.lsn');
  const file = { bytes, place: 'another.nir', beside: () => Promise.resolve(undefined) };
  return (await openNetwork(file)).graph;
}

const each = (n: number) => Array.from({ length: n }, (_, k) => 1 + k / 8);
const cuba = (n: number): NirSpec => [
  'CubaLIF',
  { tau_syn: each(n), tau_mem: each(n), r: 1.5, v_leak: 0.25, v_threshold: each(n), v_reset: -0.1, w_in: each(n) },
];

const NETWORKS: Readonly<Record<string, readonly [NirGraphSpec, ImportOptions]>> = {
  'a convolutional one': [
    {
      nodes: {
        input: input(2, 8, 8),
        '0': [
          'Conv2d',
          { weight: real(4, 2, 3, 3), bias: real(4).values, stride: 1, padding: 'same', dilation: 1, groups: 1 },
        ],
        '1': ['IF', { r: 1, v_threshold: real(4, 8, 8), v_reset: 0 }],
        '2': ['SumPool2d', { kernel_size: 2, stride: 2, padding: 0 }],
        '3': [
          'Conv2d',
          {
            weight: real(4, 2, 2, 3),
            bias: real(4).values,
            stride: [1, 1],
            padding: 'same',
            dilation: [1, 2],
            groups: 2,
          },
        ],
        '4': ['Scale', { scale: real(4, 1, 1) }],
        '5': ['AvgPool2d', { kernel_size: 2, stride: 2, padding: 1 }],
        '6': ['Threshold', { threshold: 0.5 }],
        '7': ['Flatten', { start_dim: 0, end_dim: -1 }],
        '8': ['Affine', { weight: real(5, 36), bias: real(5).values }],
        '9': ['LIF', { tau: 0.01, r: each(5), v_leak: 0, v_threshold: 1, v_reset: 0 }],
        output: ['Output'],
      },
      edges: ['input 0 1 2 3 4 5 6 7 8 9 output'],
    },
    { timeStep: 0.001 },
  ],
  'a recurrent one with nested graphs, delays and sums': [
    {
      nodes: {
        input: input(3),
        fc: ['Linear', { weight: real(4, 3) }],
        rnn: {
          nodes: {
            input: input(4),
            lif: cuba(4),
            w_rec: ['Affine', { weight: real(4, 4), bias: real(4).values }],
            output: ['Output'],
          },
          edges: ['input lif output', 'lif w_rec lif'],
        },
        hold: ['Delay', { delay: [1, 2, 3, 4] }],
        side: ['Linear', { weight: real(4, 3) }],
        out: ['LI', { tau: 3, r: 1, v_leak: 0 }],
        output: ['Output'],
      },
      edges: ['input fc rnn hold out output', 'input side out', 'hold rnn'],
    },
    { timeStep: 1 },
  ],
  'one of images, with resets by subtraction': [
    {
      nodes: {
        input: input(1, 2, 2),
        flat: ['Flatten', { start_dim: 0, end_dim: -1 }],
        fc: ['Linear', { weight: real(3, 4) }],
        n: ['IF', { r: 1, v_threshold: 1 }],
        ci: ['CubaLI', { tau_syn: 2, tau_mem: 3, r: 1, v_leak: 0, w_in: 2 }],
        i: ['I', { r: 2 }],
        output: ['Output'],
      },
      edges: ['input flat fc n ci i output'],
    },
    { timeStep: 0.5, neuronReset: 'subtract', inputRange: [0, 1] },
  ],
  'one whose names hold slashes': [
    {
      nodes: {
        input: input(2),
        'block/fc': ['Linear', { weight: real(2, 2) }],
        'block/deep/if': ['IF', { r: 1, v_threshold: 1, v_reset: 0 }],
        output: ['Output'],
      },
      edges: ['input block/fc block/deep/if output'],
    },
    {},
  ],
};

it.each(Object.entries(NETWORKS))('%s comes back from NIR unchanged', async (_, [spec, options]) => {
  const graph = await opened(spec, options);
  const again = await returned(graph);
  expect(printNetwork(again)).toBe(printNetwork(graph));
  expect(again).toEqual(graph);
});

test('a file holds what the nir package reads: types, fields and edges', async () => {
  const [spec, options] = NETWORKS['a convolutional one']!;
  const root = openHdf5(exportNir(await opened(spec, options), 'net').bytes, 'file');
  const read = (path: string): unknown => {
    const found = root.get(path);
    return found instanceof Hdf5Dataset ? { shape: found.shape, first: found.read()[0] } : undefined;
  };
  expect(read('node/type')).toEqual({ shape: [], first: 'NIRGraph' });
  expect(read('node/nodes/1/v_threshold')).toMatchObject({ shape: [4, 8, 8] });
  expect(read('node/nodes/0/padding')).toMatchObject({ first: 1 });
  expect(read('node/nodes/3/padding')).toMatchObject({ first: 'same' });
  expect(read('node/nodes/9/tau')).toMatchObject({ shape: [5] });
  expect(read('node/edges')).toMatchObject({ shape: [11, 2] });
});

test('options of an import go before what the metadata say', async () => {
  const [spec, options] = NETWORKS['one of images, with resets by subtraction']!;
  const { bytes } = exportNir(await opened(spec, options), 'net');
  const file = { bytes, place: 'x.nir', beside: () => Promise.resolve(undefined) };
  const { graph } = await openNetwork(file, { timeStep: 2, neuronReset: 'value', inputRange: [0, 255] });
  expect(graph.time).toEqual({ step: 2 });
  expect(graph.nodes[1]).toMatchObject({ code: { step: 1 } });
  expect(graph.nodes.find(({ id }) => id === 'n')).toMatchObject({ spike: { reset: { kind: 'value' } } });
});

test('what NIR has no node for is told at once', () => {
  const nodes: readonly NetworkNode[] = [
    { kind: 'input', id: 'x', shape: [2, 2, 1] },
    { kind: 'encode', id: 'c', input: 'x', code: { kind: 'threshold', level: 1 } },
    { kind: 'relu', id: 'r', input: 'c' },
    { kind: 'sumPool', id: 'p', input: 'r', window: [2, 2], stride: [1, 1], padding: [0, 1, 0, 1] },
    { kind: 'flatten', id: 'f', input: 'p' },
    {
      kind: 'neuron',
      id: 'n',
      input: 'f',
      membrane: { kind: 'none' },
      spike: { threshold: Float64Array.of(1), compare: 'atLeast' },
    },
    { kind: 'scores', id: 's', input: 'n', scale: Float64Array.of(1, 2, 3, 4) },
  ];
  const graph: NetworkGraph = { name: 'g', dialect: 'float', nodes, time: { step: 1 } };
  let told: readonly string[] = [];
  try {
    exportNir(graph, 'g');
  } catch (error) {
    if (error instanceof UserError)
      told = error.diagnostics.map(({ place, message }) => `${/"(.)"/.exec(place)?.[1]}: ${message}`);
  }
  expect(told).toEqual([
    'r: NIR has no node for relu',
    'p: its padding [0, 1, 0, 1] is uneven',
    'n: it spikes at its threshold, NIR neurons spike above it',
    's: its scores have a scale or an offset',
  ]);
  expect(() => exportNir({ name: 'g', dialect: 'float', nodes }, 'g')).toThrow(/network-without-time/);
  expect(() => exportNir({ ...graph, dialect: 'integer' }, 'g')).toThrow(/integer-network/);
});
