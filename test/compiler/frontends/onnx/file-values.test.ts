/** Files evaluated by themselves, beside the networks that are made of them. */
import { describe, expect, it } from 'vitest';
import { present } from '../../../../src/common/assert.js';
import { PURPOSE, sequence } from '../../../../src/common/rng.js';
import type { ImportedNetwork, ImportOptions } from '../../../../src/compiler/frontends/frontend.js';
import { compareLayers, type LayersCompared } from '../../../../src/flow/compare-layers.js';
import { sizeOf } from '../../../../src/ir/network/shapes.js';
import type { NetworkGraph, NetworkNode } from '../../../../src/ir/network/types.js';
import { isSeen } from '../../../../src/ir/trace/layer-comparison.js';
import { randomPixels } from '../../../support/random-network.js';
import { importMade } from '../../../support/onnx-case.js';
import type { MadeModel, MadeTensor } from '../../../support/onnx-writer.js';

const random = sequence(4, PURPOSE.test, 9);
/** Random multiples of 1/8. */
const floats = (...dims: readonly number[]): MadeTensor => ({
  ...{ dims, type: 1 },
  values: Array.from({ length: sizeOf(dims) }, () => (random.below(17) - 8) / 8),
});
const positive = (n: number): MadeTensor => ({
  ...{ dims: [n], type: 1 },
  values: Array.from({ length: n }, () => 0.5 + random.below(8) / 8),
});
const scalar = (v: number, type = 1): MadeTensor => ({ dims: [], type, values: [v] });

/** Weights of 8 bits, as a layer in front of those that read them. */
const weights = (
  name: string,
  ...dims: readonly number[]
): Pick<MadeModel, 'nodes'> & { readonly initialisers: Readonly<Record<string, MadeTensor>> } => ({
  nodes: [{ op: 'DequantizeLinear', inputs: [`${name}q`, 'half'], outputs: [name], name }],
  initialisers: {
    [`${name}q`]: { dims, type: 3, values: Array.from({ length: sizeOf(dims) }, () => random.below(9) - 4) },
  },
});

/** Rounds to levels of 1/4 from 0 on. */
const levels = (from: string, to: string): MadeModel['nodes'] => [
  { op: 'QuantizeLinear', inputs: [from, 's', 'z'], outputs: [`${to}q`], name: `${to}q` },
  { op: 'DequantizeLinear', inputs: [`${to}q`, 's', 'z'], outputs: [to], name: to },
];

const W = [weights('w1', 3, 2, 3, 3), weights('w2', 3, 3, 3, 3), weights('w3', 3, 12)];

/** Channels first: a padded convolution, a norm, quantisers, a branch that is added, a pool, a dense layer on the flattened image. */
const MODEL: MadeModel = {
  inputs: [{ name: 'x', dims: [1, 2, 5, 4] }],
  outputs: [{ name: 'scores', dims: [1, 3] }],
  nodes: [
    ...W.flatMap(({ nodes }) => nodes),
    { op: 'Conv', inputs: ['x', 'w1'], outputs: ['conv'], name: 'conv', attributes: { pads: [1, 1, 1, 1] } },
    { op: 'BatchNormalization', inputs: ['conv', 'g', 'b', 'm', 'v'], outputs: ['norm'], name: 'norm' },
    { op: 'Relu', inputs: ['norm'], outputs: ['relu'], name: 'relu' },
    ...levels('relu', 'first'),
    { op: 'Conv', inputs: ['first', 'w2'], outputs: ['second'], name: 'second', attributes: { pads: [1, 1, 1, 1] } },
    { op: 'Add', inputs: ['second', 'first'], outputs: ['sum'], name: 'sum' },
    ...levels('sum', 'active'),
    {
      ...{ op: 'MaxPool', inputs: ['active'], outputs: ['pool'], name: 'pool' },
      attributes: { kernel_shape: [2, 2], strides: [2, 2] },
    },
    { op: 'Flatten', inputs: ['pool'], outputs: ['flat'], name: 'flat' },
    {
      op: 'Gemm',
      inputs: ['flat', 'w3', 'b3'],
      outputs: ['scores'],
      name: 'dense',
      attributes: { transB: { int: 1 } },
    },
  ],
  initialisers: {
    ...Object.assign({}, ...W.map(({ initialisers }) => initialisers)),
    ...{ b3: floats(3), g: positive(3), b: floats(3), m: floats(3), v: positive(3) },
    ...{ s: scalar(16), z: scalar(0, 2), half: scalar(0.5) },
  },
};

const NOT = { chip: { unseen: 'no chip' } };

/** The first step of a comparison: the network against its file, without lowering it. */
async function comparedWith(imported: ImportedNetwork, graph: NetworkGraph): Promise<LayersCompared> {
  const [input] = graph.nodes;
  if (input?.kind !== 'input') throw new Error('no input');
  const n = 6;
  const images = randomPixels(3, n * sizeOf(input.shape));
  const data = { name: 'made', shape: input.shape, images, labels: new Uint8Array(n), nClasses: 3 };
  return compareLayers({ graph, file: present(imported.file, 'values of the file'), ...NOT }, data, { limit: n });
}

const RANGE: ImportOptions = { inputRange: [0, 255] };

describe('an ONNX file beside the network that is made of it', () => {
  it('has the values of every layer, in its order, whatever the order in the file', async () => {
    const imported = await importMade(MODEL, RANGE);
    const found = await comparedWith(imported, imported.graph);
    const seen = new Map(
      found.layers.flatMap(({ layer, kind, float }) => (isSeen(float) ? [[layer, { kind, float }]] : [])),
    );
    for (const name of ['conv', 'norm', 'relu', 'second', 'sum', 'pool', 'dense', 'scores']) {
      expect(seen.get(name)?.float, name).toMatchObject({ equal: 1 });
    }
    expect(found.first.float).toBeNull();
    expect(found.accuracy.file).toBe(found.accuracy.float);
    expect(found.sameDecision.float).toBe(6);
  });

  const changed = (graph: NetworkGraph, id: string, change: (node: NetworkNode) => NetworkNode): NetworkGraph => ({
    ...graph,
    nodes: graph.nodes.map((node) => (node.id === id ? change(node) : node)),
  });

  it('finds the layer, the channel and the element of one changed weight, and nothing before it', async () => {
    const imported = await importMade(MODEL, RANGE);
    const graph = changed(imported.graph, 'second', (node) => {
      if (node.kind !== 'conv2d') throw new Error(node.kind);
      const moved = node.weights.slice();
      // The last output channel, the middle of the window.
      moved[moved.length - 1 - 4 * 3]! += 1;
      return { ...node, weights: moved };
    });
    const { first, layers } = await comparedWith(imported, graph);
    expect(first.float).toMatchObject({ layer: 'second', channel: 2, cause: 'another function' });
    const before = layers.slice(
      0,
      layers.findIndex(({ layer }) => layer === 'second'),
    );
    expect(before.every(({ float }) => !isSeen(float) || float.equal === 1)).toBe(true);
  });

  it('names the padding where only elements at the border differ', async () => {
    const imported = await importMade(MODEL, RANGE);
    const graph = changed(imported.graph, 'conv', (node) => (node.kind === 'conv2d' ? { ...node, padValue: 7 } : node));
    const { first } = await comparedWith(imported, graph);
    expect(first.float).toMatchObject({ layer: 'conv', cause: 'padding value' });
  });

  it('has no value behind an operator that its evaluation does not define, and says so', async () => {
    const own = [weights('w1', 4, 2, 3, 3), weights('w3', 3, 80)];
    const resized: MadeModel = {
      ...MODEL,
      nodes: [
        ...own.flatMap(({ nodes }) => nodes),
        { op: 'Conv', inputs: ['x', 'w1'], outputs: ['conv'], name: 'conv', attributes: { pads: [1, 1, 1, 1] } },
        { op: 'Relu', inputs: ['conv'], outputs: ['relu'], name: 'relu' },
        ...levels('relu', 'first'),
        { op: 'DepthToSpace', inputs: ['first'], outputs: ['moved'], attributes: { blocksize: 2 } },
        { op: 'Flatten', inputs: ['moved'], outputs: ['flat'], name: 'flat' },
        {
          ...{ op: 'Gemm', inputs: ['flat', 'w3'], outputs: ['scores'], name: 'dense' },
          attributes: { transB: { int: 1 } },
        },
      ],
      initialisers: {
        ...Object.assign({}, ...own.map(({ initialisers }) => initialisers)),
        ...{ s: scalar(16), z: scalar(0, 2), half: scalar(0.5) },
      },
    };
    const imported = await importMade(resized, RANGE);
    const found = await comparedWith(imported, imported.graph);
    const step = (id: string) => found.layers.find(({ layer }) => layer === id)?.float;
    expect(step('relu')).toMatchObject({ equal: 1 });
    expect(step('dense')).toEqual({ unseen: expect.stringContaining('does not reach it') });
    expect(found.accuracy.file).toBeNull();
  });
});
