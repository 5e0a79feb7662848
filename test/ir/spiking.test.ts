import { describe, expect, it, test } from 'vitest';
import { UserError } from '../../src/common/diagnostics.js';
import { decodeNetwork, encodeNetwork } from '../../src/ir/network/file.js';
import { parseNetwork } from '../../src/ir/network/parse.js';
import { printNetwork } from '../../src/ir/network/print.js';
import { inferRanges } from '../../src/ir/network/ranges.js';
import { inferShapes } from '../../src/ir/network/shapes.js';
import { statesFirst } from '../../src/ir/network/spiking.js';
import type {
  DelayNode,
  IntegerNeuronNode,
  NetworkGraph,
  NetworkNode,
  NeuronNode,
} from '../../src/ir/network/types.js';
import { verifyNetwork } from '../../src/ir/network/verify.js';

const of = (...values: number[]): Float64Array => Float64Array.from(values);
const ints = (...values: number[]): Int32Array => Int32Array.from(values);

const head: readonly NetworkNode[] = [
  { kind: 'input', id: '0', shape: [3] },
  { kind: 'encode', id: 'events', input: '0', code: { kind: 'integer', bits: 8, zeroPoint: 0, step: 1 } },
];
const weights = (id: string, input: string, nIn: number, nOut: number): NetworkNode => ({
  ...{ kind: 'dense', id, input, nOut },
  weights: Int8Array.from({ length: nIn * nOut }, (_, k) => (k % 5) - 2),
});
const back: DelayNode = { kind: 'delay', id: 'back', input: 'lif', shape: [2], steps: ints(1) };

/** Three inputs to two neurons, which hear of each other's spikes a step later. */
function recurrent(neuron: NeuronNode | IntegerNeuronNode, delay: DelayNode = back): NetworkGraph {
  return {
    name: 'recurrent',
    dialect: neuron.kind === 'neuron' ? 'float' : 'integer',
    nodes: [
      ...head,
      weights('in', 'events', 3, 2),
      delay,
      weights('lif.w_rec', 'back', 2, 2),
      { kind: 'add', id: 'sum', inputs: ['in', 'lif.w_rec'] },
      neuron,
      { kind: 'scores', id: 'out', input: 'lif' },
    ],
    time: { step: 0.001 },
  };
}

const cuba: NeuronNode = {
  kind: 'neuron',
  id: 'lif',
  input: 'sum',
  membrane: { kind: 'leaky', tau: of(0.01, 0.02), r: of(1), leak: of(0) },
  synapse: { tau: of(0.005), weight: of(2, 3) },
  spike: { threshold: of(1), compare: 'above', reset: { kind: 'value', value: of(0, -0.1) } },
};
const integer: IntegerNeuronNode = {
  kind: 'integerNeuron',
  id: 'lif',
  input: 'sum',
  bits: 20,
  synapse: { multiplier: ints(13107), shift: 16 },
  decay: { multiplier: ints(100, 200), shift: 10 },
  leak: ints(1),
  spike: { threshold: ints(100), reset: { kind: 'subtract', amount: ints(100, 99) } },
};

const findings = (graph: NetworkGraph): readonly string[] =>
  verifyNetwork(graph).map(({ code, place, message }) => `${code} ${place.replace(/^.*"(.*)".*$/, '$1')}: ${message}`);

test.each([recurrent(cuba), recurrent(integer)])(
  'a recurrent network of the %$ dialect is sound, and keeps every field in text and file',
  (graph) => {
    expect(findings(graph)).toEqual([]);
    expect(parseNetwork(printNetwork(graph), 'text')).toEqual(graph);
    expect(decodeNetwork(encodeNetwork(graph), 'file')).toEqual(graph);
    expect(printNetwork(graph)).toMatch(/^time \{"step":0.001\}$/m);
    expect(inferShapes(graph).get('back')).toEqual([2]);
  },
);

describe('a spiking network', () => {
  it('has neurons and delays only where there is time', () => {
    const { name, dialect, nodes } = recurrent(cuba);
    expect(findings({ name, dialect, nodes })).toEqual([
      'no-time back: it lives from step to step, and the network has no time',
      'no-time lif: it lives from step to step, and the network has no time',
    ]);
  });

  it('has its kind of neuron in each dialect', () => {
    expect(findings({ ...recurrent(cuba), dialect: 'integer' })).toEqual([
      'wrong-dialect lif: this kind of layer does not exist in the integer dialect',
    ]);
    expect(findings({ ...recurrent(integer), dialect: 'float' })).toEqual([
      'wrong-dialect lif: this kind of layer does not exist in the float dialect',
    ]);
  });

  it('may sum windows of real numbers, which other networks may not', () => {
    const graph = recurrent(cuba);
    const pooled: NetworkGraph = {
      ...graph,
      nodes: [
        { kind: 'input', id: '0', shape: [2, 2, 3] },
        { kind: 'encode', id: 'events', input: '0', code: { kind: 'threshold', level: 1 } },
        { kind: 'sumPool', id: 'pool', input: 'events', window: [2, 2], stride: [2, 2], padding: [0, 0, 0, 0] },
        { kind: 'flatten', id: 'flat', input: 'pool' },
        weights('in', 'flat', 3, 2),
        ...graph.nodes.slice(3),
      ],
    };
    expect(findings(pooled)).toEqual([]);
    const still = pooled.nodes.slice(0, 4);
    expect(
      findings({ name: 'still', dialect: 'float', nodes: [...still, { kind: 'scores', id: 's', input: 'flat' }] }),
    ).toEqual(['wrong-dialect pool: in the float dialect sums of windows belong to spiking networks']);
  });

  it('has a neuron in every loop, and delays of the shape that they read', () => {
    const graph = recurrent(cuba, { ...back, input: 'sum' });
    expect(findings(graph)).toEqual(['loop-without-neuron back: it stands in a loop without a neuron']);
    expect(findings(recurrent(cuba, { ...back, shape: [1, 2] }))).toEqual(
      expect.arrayContaining(['wrong-shape back: its shape is [1, 2], what it reads has [2]']),
    );
    expect(findings(recurrent(cuba, { ...back, input: 'nobody' }))).toContain(
      'unknown-input back: its input "nobody" is no layer',
    );
  });

  it('has as many parameters as neurons, or one for all', () => {
    const wrong: NeuronNode = { ...cuba, membrane: { kind: 'integrate', r: of(1, 2, 3) } };
    expect(findings(recurrent(wrong))).toEqual([
      'wrong-shape lif: membrane.r has 3 elements, the shapes ask for 1 or 2',
    ]);
    expect(findings(recurrent(cuba, { ...back, steps: ints(1, 2, 3) }))).toEqual([
      'wrong-shape back: steps has 3 elements, the shapes ask for 1 or 2',
    ]);
  });

  it('says what resets a potential, and resets none that is not there', () => {
    const plain: NeuronNode = { kind: 'neuron', id: 'lif', input: 'sum', membrane: { kind: 'none' } };
    const spike = { threshold: of(1), compare: 'above' } as const;
    expect(findings(recurrent({ ...cuba, spike }))).toEqual([
      'bad-neuron lif: its potential outlives a spike, and nothing says what resets it',
    ]);
    expect(findings(recurrent({ ...cuba, membrane: { kind: 'none' } }))).toEqual([
      'bad-neuron lif: it has a synapse, but no membrane',
      'bad-neuron lif: it has a reset, but no potential to be reset',
    ]);
    expect(findings(recurrent({ ...plain, spike }))).toEqual([]);
    expect(findings(recurrent(plain))).toEqual(['bad-neuron lif: it has neither a membrane nor a threshold']);
  });

  it('codes frames without ticks of their own, and holds no more values than memory has', () => {
    const graph = recurrent(cuba);
    const rate: NetworkNode = { kind: 'encode', id: 'events', input: '0', code: { kind: 'rate', bits: 4 } };
    expect(findings({ ...graph, nodes: graph.nodes.map((node) => (node.id === 'events' ? rate : node)) })).toEqual([
      'code-with-ticks events: the code rate spreads a value over ticks of its own, the network has steps',
    ]);
    const wide = { ...back, shape: [2], steps: ints(65535) };
    expect(findings(recurrent(cuba, wide))).toEqual([]);
    const nodes: readonly NetworkNode[] = [
      { kind: 'input', id: '0', shape: [1024, 1, 1] },
      { kind: 'encode', id: 'events', input: '0', code: { kind: 'threshold', level: 1 } },
      { kind: 'delay', id: 'd', input: 'events', shape: [1024, 1, 1], steps: ints(65535) },
      { kind: 'delay', id: 'dd', input: 'd', shape: [1024, 1, 1], steps: ints(65535) },
      { kind: 'flatten', id: 'f', input: 'dd' },
      { kind: 'scores', id: 's', input: 'f' },
    ];
    expect(findings({ ...graph, nodes })).toEqual([]);
    const larger = nodes.map((node) =>
      node.kind === 'input' || node.kind === 'delay' ? { ...node, shape: [1025, 1, 1] } : node,
    );
    expect(findings({ ...graph, nodes: larger })).toHaveLength(2);
  });

  it('holds thresholds, resets and leaks in the bits of the potential', () => {
    expect(findings(recurrent({ ...integer, bits: 8, leak: ints(-129) }))).toEqual([
      'bad-value lif: leak -129 is beyond the 8 bits of its potential, -128..127',
    ]);
    expect(findings(recurrent({ ...integer, bits: 7 }))).toHaveLength(2);
  });

  it('knows the ranges of integers behind a loop', () => {
    const integrator: IntegerNeuronNode = { kind: 'integerNeuron', id: 'lif', input: 'sum', bits: 20 };
    const ranges = inferRanges(recurrent(integer));
    expect(ranges.get('back')).toEqual({ low: of(0), high: of(1) });
    expect(ranges.get('lif.w_rec')).toEqual({ low: of(-3, 0), high: of(0, 1) });
    expect(inferRanges(recurrent(integrator)).get('back')).toEqual({ low: of(-(2 ** 19)), high: of(2 ** 19 - 1) });
  });

  it('has an order in which states come first', () => {
    const order = statesFirst(recurrent(cuba).nodes).map(({ id }) => id);
    expect(order.indexOf('lif')).toBeLessThan(order.indexOf('back'));
    expect(order).toHaveLength(8);
  });

  it('has states with time constants above 0, and delays of at least a step, in files', () => {
    const text = (graph: NetworkGraph): string => printNetwork(graph);
    expect(() => parseNetwork(text(recurrent({ ...cuba, synapse: { tau: of(0), weight: of(1) } })), 'text')).toThrow(
      UserError,
    );
    expect(() => parseNetwork(text(recurrent(cuba, { ...back, steps: ints(0) })), 'text')).toThrow(/1\.\.65535/);
    expect(() =>
      parseNetwork(text(recurrent({ ...integer, decay: { multiplier: ints(5), shift: 2 } })), 'text'),
    ).toThrow(/0\.\.2\^shift/);
  });
});
