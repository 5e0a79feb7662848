import { describe, expect, it, test } from 'vitest';
import { UserError } from '../../../../src/common/diagnostics.js';
import { PURPOSE, sequence } from '../../../../src/common/rng.js';
import type { ImportedNetwork, ImportOptions } from '../../../../src/compiler/frontends/frontend.js';
import { foreignFormat, openNetwork } from '../../../../src/compiler/frontends/open-network.js';
import { createSpikingEvaluator } from '../../../../src/evaluation/spiking/evaluator.js';
import { parseNetwork } from '../../../../src/ir/network/parse.js';
import { printNetwork } from '../../../../src/ir/network/print.js';
import type { NetworkNode, NodeId } from '../../../../src/ir/network/types.js';
import { type NirGraphSpec, nirFile, type NirSpec, type NirValue } from '../../../support/nir-files.js';
import { kerasH5, randomTensor, sequential, type TestLayer } from '../../../support/keras-files.js';

const open = async (graph: NirGraphSpec, options: ImportOptions = {}, wide = false): Promise<ImportedNetwork> =>
  openNetwork(await nirFile(graph, wide), options);

/** Codes, places within the file and messages of everything that is refused. */
async function refused(graph: NirGraphSpec, options: ImportOptions = {}): Promise<readonly string[]> {
  try {
    await open(graph, options);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.diagnostics.map(({ code, place, message }) => `${code} ${place.replace('net.nir: ', '')}: ${message}`);
  }
  return [];
}

const input = (...shape: number[]): NirSpec => ['Input', { shape }];
const output = (...shape: number[]): NirSpec => ['Output', { shape }];
const chain = (nIn: number, node: NirSpec, nOut = nIn): NirGraphSpec => ({
  nodes: { input: input(nIn), node, output: output(nOut) },
  edges: ['input node output'],
});

/** What a layer gives in each step, for frames of one or more elements. */
function run(
  { graph }: ImportedNetwork,
  frames: readonly (readonly number[])[],
  id: NodeId,
): readonly (readonly number[])[] {
  const evaluator = createSpikingEvaluator(graph);
  return frames.map((frame) => {
    evaluator.step(frame);
    return [...(evaluator.value(id) ?? [])];
  });
}

const layer = ({ graph }: ImportedNetwork, id: NodeId): NetworkNode | undefined =>
  graph.nodes.find((node) => node.id === id);

describe('neurons', () => {
  it('of LIF integrate by forward Euler, spike above the threshold, and are set to their reset', async () => {
    const imported = await open(
      chain(1, ['LIF', { tau: [0.5], r: [2], v_leak: [0.25], v_threshold: [1], v_reset: [-0.5] }]),
      {
        timeStep: 0.25,
      },
    );
    // v += 0.5 (0.25 - v + 2 i)
    expect(run(imported, [[1], [0], [0], [1], [1]], 'node').flat()).toEqual([1, 0, 0, 1, 0]);
    expect(imported.graph.time).toEqual({ step: 0.25 });
    expect(imported.warnings).toEqual([]);
  });

  it('spike above the threshold, not at it', async () => {
    const imported = await open(chain(1, ['IF', { r: [1], v_threshold: [2], v_reset: [0] }]));
    expect(run(imported, [[1], [1], [1], [2], [1]], 'node').flat()).toEqual([0, 0, 1, 0, 1]);
    const threshold = await open(chain(1, ['Threshold', { threshold: [2] }]));
    expect(run(threshold, [[1], [2], [3]], 'node').flat()).toEqual([0, 0, 1]);
  });

  it('lose their threshold on request, and say so where the file leaves the reset open', async () => {
    const graph = chain(1, ['IF', { r: [1], v_threshold: [2] }]);
    const zero = await open(graph);
    expect(zero.warnings.map(({ code }) => code)).toEqual(['unit-time-step', 'open-reset']);
    expect(run(zero, [[5], [0], [0]], 'node').flat()).toEqual([1, 0, 0]);
    const subtracted = await open(graph, { neuronReset: 'subtract', timeStep: 1 });
    expect(subtracted.warnings).toEqual([]);
    expect(run(subtracted, [[5], [0], [0]], 'node').flat()).toEqual([1, 1, 0]);
    expect((await open(graph, { neuronReset: 'value', timeStep: 1 })).warnings).toEqual([]);
  });

  it('of CubaLIF feel a current that decays, in the same step', async () => {
    const fields = { tau_syn: [2], tau_mem: [4], r: [1], v_leak: [0], v_threshold: [1], v_reset: [0], w_in: [8] };
    const imported = await open(chain(1, ['CubaLIF', fields]), { timeStep: 1 });
    // i: 4, 2, 1, .5, .25; v: 1, 1.25 > 1 -> 0, .25, .3125, ...
    expect(run(imported, [[1], [0], [0], [0], [0]], 'node').flat()).toEqual([0, 1, 0, 0, 0]);
    const silent = { tau_syn: [2], tau_mem: [4], r: [1], v_leak: [0] };
    const integrator = await open(chain(1, ['CubaLI', silent]), { timeStep: 1 });
    expect(run(integrator, [[1], [0], [0]], 'node').flat()).toEqual([0.125, 0.15625, 0.1484375]);
  });

  it('of I and LI give their potential, and scores are its sum', async () => {
    const imported = await open(chain(2, ['I', { r: [1, 2] }]), { timeStep: 0.5 });
    const evaluator = createSpikingEvaluator(imported.graph);
    for (const frame of [
      [1, 1],
      [1, 0],
    ])
      evaluator.step(frame);
    expect([...(evaluator.value('node') ?? [])]).toEqual([1, 1]);
    expect([...evaluator.scores()]).toEqual([1.5, 2]);
    expect(evaluator.decide()).toBe(1);
    evaluator.reset();
    evaluator.step([4, 0]);
    expect([...evaluator.scores()]).toEqual([2, 0]);
    const leaky = await open(chain(1, ['LI', { tau: [2], r: [1], v_leak: [4] }]), { timeStep: 1 });
    expect(run(leaky, [[0], [0]], 'node').flat()).toEqual([2, 3]);
  });

  it('take one parameter for all of them, or an array that spreads over an image, in the order of channels last', async () => {
    const image = (
      fields: Readonly<Record<string, { shape: readonly number[]; values: readonly number[] } | number>>,
    ): NirGraphSpec => ({
      nodes: {
        input: input(2, 1, 2),
        node: ['IF', fields],
        flat: ['Flatten', { start_dim: 0, end_dim: -1 }],
        output: output(4),
      },
      edges: ['input node flat output'],
    });
    const each = await open(
      image({
        r: { shape: [2, 1, 1], values: [1, 2] },
        v_threshold: { shape: [2, 1, 2], values: [1, 2, 3, 4] },
        v_reset: 0,
      }),
      {
        timeStep: 1,
      },
    );
    expect(layer(each, 'node')).toMatchObject({
      membrane: { kind: 'integrate', r: Float64Array.of(1, 2, 1, 2) },
      spike: { threshold: Float64Array.of(1, 3, 2, 4), reset: { value: Float64Array.of(0) } },
    });
    expect(await refused(image({ r: { shape: [3], values: [1, 2, 3] }, v_threshold: 1 }), { timeStep: 1 })).toEqual([
      'wrong-shape node "node" (IF): r has the shape [3], the neurons [2, 1, 2]',
    ]);
  });
});

describe('a time step', () => {
  const lif: NirSpec = ['LIF', { tau: [0.01], r: [1], v_leak: [0], v_threshold: [1], v_reset: [0] }];

  it('is asked for where something depends on it, once, with what does', async () => {
    const graph: NirGraphSpec = {
      nodes: {
        input: input(1),
        a: lif,
        b: ['IF', { r: [2], v_threshold: [1] }],
        d: ['Delay', { delay: [0.5] }],
        output: output(1),
      },
      edges: ['input a b d output'],
    };
    expect(await refused(graph)).toEqual([
      'missing-time-step net.nir: the network lives in continuous time: "a" (LIF) has time constants, "b" (IF) integrates r times its input over time, "d" (Delay) delays by seconds',
    ]);
  });

  it('that is longer than a time constant is warned of', async () => {
    const imported = await open(chain(1, lif), { timeStep: 0.02 });
    expect(imported.warnings.map(({ code }) => code)).toEqual(['coarse-time-step']);
  });
});

describe('linear layers', () => {
  const draw = sequence(5, PURPOSE.test, 0);
  const numbers = (...shape: number[]): { shape: readonly number[]; values: readonly number[] } => ({
    shape,
    values: Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => draw.below(17) - 8),
  });

  it('behind a flattened image read its channels first, as the file orders them', async () => {
    const weight = numbers(3, 8);
    const bias = [1, 2, 3];
    const graph: NirGraphSpec = {
      nodes: {
        input: input(2, 2, 2),
        flat: ['Flatten', { start_dim: 0, end_dim: -1, input_type: [2, 2, 2] }],
        fc: ['Affine', { weight, bias }],
        output: output(3),
      },
      edges: ['input flat fc output'],
    };
    const imported = await open(graph);
    const file = Array.from({ length: 8 }, () => draw.below(5));
    const ours = file.map((_, e) => file[(e % 2) * 4 + Math.floor(e / 2)]!);
    const expected = bias.map((b, o) => file.reduce((sum, x, i) => sum + weight.values[o * 8 + i]! * x, b));
    expect(run(imported, [ours], 'fc')).toEqual([expected]);
    expect(imported.graph.nodes.map(({ id, kind }) => `${id} ${kind}`)).toEqual([
      'input input',
      'input.events encode',
      'flat flatten',
      'fc dense',
      'output scores',
    ]);
  });

  it('convolve images and sequences with any padding, stride, dilation and groups', async () => {
    const conv = (fields: Readonly<Record<string, NirValue>>): NirSpec => [
      'Conv2d',
      { weight: numbers(4, 1, 3, 2), bias: [0, 0, 0, 0], groups: 2, stride: [1, 1], dilation: [1, 1], ...fields },
    ];
    const graph = (node: NirSpec): NirGraphSpec => ({
      nodes: { input: input(2, 6, 5), node, flat: ['Flatten', { start_dim: 0, end_dim: -1 }], output: ['Output'] },
      edges: ['input node flat output'],
    });
    const same = await open(graph(conv({ padding: 'same', dilation: [1, 2] })));
    expect(layer(same, 'node')).toMatchObject({ padding: [1, 1, 1, 1], dilation: [1, 2], groups: 2, nOut: 4 });
    const uneven = await open(graph(conv({ padding: 'same' })));
    expect(layer(uneven, 'node')).toMatchObject({ padding: [1, 1, 0, 1] });
    const valid = await open(graph(conv({ padding: 'valid', stride: 2 })));
    expect(layer(valid, 'node')).toMatchObject({ padding: [0, 0, 0, 0], stride: [2, 2] });
    const sequenceGraph: NirGraphSpec = {
      nodes: {
        input: input(2, 5),
        node: [
          'Conv1d',
          { weight: numbers(3, 2, 2), stride: 2, padding: 1, dilation: 1, groups: 1, bias: [1, 2, 3], input_shape: 5 },
        ],
        flat: ['Flatten', { start_dim: 0, end_dim: -1 }],
        output: output(9),
      },
      edges: ['input node flat output'],
    };
    const imported = await open(sequenceGraph);
    expect(layer(imported, 'node')).toMatchObject({ window: [1, 2], stride: [1, 2], padding: [0, 0, 1, 1], nOut: 3 });
    expect(layer(imported, 'input')).toMatchObject({ shape: [1, 5, 2] });
  });

  it('give the scores of an image in the order of the file', async () => {
    const graph: NirGraphSpec = {
      nodes: {
        input: input(2, 1, 2),
        pool: ['SumPool2d', { kernel_size: [1, 1], stride: [1, 1], padding: [0, 0] }],
        output: output(2, 1, 2),
      },
      edges: ['input pool output'],
    };
    const evaluator = createSpikingEvaluator((await open(graph)).graph);
    evaluator.step([1, 10, 2, 20]);
    expect([...evaluator.scores()]).toEqual([1, 2, 10, 20]);
  });

  it('pool by sums and by averages that count the padding', async () => {
    const pool = (type: string): NirGraphSpec => ({
      nodes: {
        input: input(1, 2, 2),
        node: [type, { kernel_size: [2, 2], stride: [2, 2], padding: [1, 1] }],
        output: ['Output'],
      },
      edges: ['input node output'],
    });
    expect(run(await open(pool('SumPool2d')), [[1, 2, 3, 4]], 'node')).toEqual([[1, 2, 3, 4]]);
    expect(run(await open(pool('AvgPool2d')), [[1, 2, 3, 4]], 'node')).toEqual([[0.25, 0.5, 0.75, 1]]);
  });

  it('scale by one factor per channel or element', async () => {
    expect(run(await open(chain(2, ['Scale', { scale: [2, 3] }])), [[1, 2]], 'node')).toEqual([[2, 6]]);
    const image = (values: readonly number[]): NirGraphSpec => ({
      nodes: { input: input(2, 1, 2), node: ['Scale', { scale: { shape: [2, 1, 2], values } }], output: ['Output'] },
      edges: ['input node output'],
    });
    expect(run(await open(image([2, 2, 3, 3])), [[1, 1, 1, 1]], 'node')).toEqual([[2, 3, 2, 3]]);
    expect(await refused(image([1, 2, 3, 4]))).toEqual([
      'unsupported-node node "node" (Scale): its factors differ within a channel of an image',
    ]);
  });

  it('say how far weights of float64 are rounded', async () => {
    const { operators } = await open(chain(1, ['Linear', { weight: { shape: [1, 1], values: [0.1] } }]), {}, true);
    expect(operators[1]).toMatchObject({
      fidelity: 'approximate',
      note: expect.stringMatching(/^weights rounded to float32, by at most 1\.49e-9$/),
    });
    const exact = await open(chain(1, ['Linear', { weight: { shape: [1, 1], values: [0.5] } }]), {}, true);
    expect(exact.operators[1]?.fidelity).toBe('exact');
  });
});

describe('loops and delays', () => {
  const cuba: NirSpec = ['IF', { r: [1, 1], v_threshold: [0.5, 0.5], v_reset: [0, 0] }];
  const recurrent: NirGraphSpec = {
    nodes: {
      input: input(2),
      'lif.lif': cuba,
      'lif.w_rec': ['Linear', { weight: { shape: [2, 2], values: [0, 1, 1, 0] } }],
      output: output(2),
    },
    edges: ['input lif.lif output', 'lif.lif lif.w_rec lif.lif'],
  };
  const swaps = [
    [1, 0],
    [0, 1],
    [1, 0],
    [0, 1],
  ];

  it('a recurrent edge arrives one step later, and layers keep their names', async () => {
    const imported = await open(recurrent);
    expect(
      run(
        imported,
        [
          [1, 0],
          [0, 0],
          [0, 0],
          [0, 0],
        ],
        'lif.lif',
      ),
    ).toEqual(swaps);
    expect(imported.operators.map(({ name, operator }) => `${name}: ${operator}`)).toContain(
      'lif.lif.delay: recurrent edge',
    );
    expect(imported.graph.nodes.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['lif.lif', 'lif.w_rec', 'lif.lif.delay', 'lif.lif.sum']),
    );
    expect(parseNetwork(printNetwork(imported.graph), 'text')).toEqual(imported.graph);
  });

  it('a Delay in the loop is the only one, of its length', async () => {
    const graph = (seconds: number): NirGraphSpec => ({
      nodes: { ...recurrent.nodes, hold: ['Delay', { delay: [seconds, seconds] }] },
      edges: ['input lif.lif output', 'lif.lif lif.w_rec hold lif.lif'],
    });
    const two = await open(graph(2), { timeStep: 1 });
    expect(
      run(
        two,
        [
          [1, 0],
          [0, 0],
          [0, 0],
          [0, 0],
          [0, 0],
        ],
        'lif.lif',
      ),
    ).toEqual([
      [1, 0],
      [0, 0],
      [0, 1],
      [0, 0],
      [1, 0],
    ]);
    expect(two.graph.nodes.filter(({ kind }) => kind === 'delay')).toHaveLength(1);
    // Shorter than half a step it holds nothing: the recurrent edge is delayed instead.
    const none = await open(graph(0.25), { timeStep: 1 });
    expect(
      run(
        none,
        [
          [1, 0],
          [0, 0],
          [0, 0],
          [0, 0],
        ],
        'lif.lif',
      ),
    ).toEqual(swaps);
    expect(none.operators.find(({ name }) => name === 'hold')).toMatchObject({ fidelity: 'approximate' });
  });

  it('a Delay holds every element for its own number of steps, and says what rounding changed', async () => {
    const imported = await open(chain(2, ['Delay', { delay: [0.001, 0.0031] }]), { timeStep: 0.001 });
    expect(
      run(
        imported,
        [
          [1, 2],
          [3, 4],
          [5, 6],
          [7, 8],
        ],
        'node',
      ),
    ).toEqual([
      [0, 0],
      [1, 0],
      [3, 0],
      [5, 2],
    ]);
    expect(imported.operators[1]?.note).toMatch(/rounded to steps, by at most 0\.000100 s/);
  });

  it('several edges into a node are summed, also in front of a delay', async () => {
    const graph: NirGraphSpec = {
      nodes: {
        input: input(1),
        a: ['Scale', { scale: [2] }],
        b: ['Scale', { scale: [3] }],
        hold: ['Delay', { delay: [1] }],
        n: ['IF', { r: [1], v_threshold: [100], v_reset: [0] }],
        output: output(1),
      },
      edges: ['input a hold n output', 'input b hold', 'n hold'],
    };
    expect(run(await open(graph, { timeStep: 1 }), [[1], [1], [1]], 'hold').flat()).toEqual([0, 5, 5]);
  });

  it('two layers that feed each other wait where the loop closes', async () => {
    const one: NirSpec = ['IF', { r: [1], v_threshold: [0.5], v_reset: [0] }];
    const graph: NirGraphSpec = {
      nodes: { input: input(1), a: one, b: one, output: output(1) },
      edges: ['input a b output', 'b a'],
    };
    const imported = await open(graph);
    // Within a step from a to b, back with the next.
    expect(run(imported, [[1], [0], [0]], 'a').flat()).toEqual([1, 1, 1]);
    expect(imported.graph.nodes.filter(({ kind }) => kind === 'delay').map(({ id }) => id)).toEqual(['b.delay']);
  });

  it('a nested graph is the same network with names behind its own', async () => {
    const nested: NirGraphSpec = {
      nodes: {
        input: input(2),
        lif: {
          nodes: {
            input: input(2),
            lif: cuba,
            w_rec: ['Linear', { weight: { shape: [2, 2], values: [0, 1, 1, 0] } }],
            output: output(2),
          },
          edges: ['input lif output', 'lif w_rec lif'],
        },
        output: output(2),
      },
      edges: ['input lif output'],
    };
    const imported = await open(nested);
    expect(printNetwork(imported.graph)).toBe(printNetwork((await open(recurrent)).graph));
  });

  it('values in the order of an image and in that of a vector meet element by element', async () => {
    const graph: NirGraphSpec = {
      nodes: {
        input: input(2, 1, 2),
        flat: ['Flatten', { start_dim: 0, end_dim: -1 }],
        n: ['IF', { r: 1, v_threshold: { shape: [4], values: [0.5, 1.5, 2.5, 3.5] }, v_reset: 0 }],
        // The spike of neuron k goes to neuron k + 1.
        rec: ['Linear', { weight: { shape: [4, 4], values: [0, 0, 0, 9, 9, 0, 0, 0, 0, 9, 0, 0, 0, 0, 9, 0] } }],
        output: ['Output'],
      },
      edges: ['input flat n rec n output'],
    };
    // Channels last: neurons 0, 2, 1, 3 of the file.
    expect(
      run(
        await open(graph),
        [
          [1, 0, 0, 0],
          [0, 0, 0, 0],
          [0, 0, 0, 0],
          [0, 0, 0, 0],
        ],
        'n',
      ),
    ).toEqual([
      [1, 0, 0, 0],
      [0, 0, 1, 0],
      [0, 1, 0, 0],
      [0, 0, 0, 1],
    ]);
  });

  it('a loop that the input does not reach is refused', async () => {
    const one: NirSpec = ['IF', { r: 1, v_threshold: 1, v_reset: 0 }];
    const graph: NirGraphSpec = {
      nodes: { input: input(1), a: one, b: one, output: output(1) },
      edges: ['input a output', 'b b', 'b a'],
    };
    expect(await refused(graph)).toEqual(
      expect.arrayContaining(['unconnected-node node "b" (IF): no edges lead to it from the input']),
    );
  });

  it('a loop without a neuron is refused', async () => {
    const graph: NirGraphSpec = {
      nodes: { input: input(1), a: ['Scale', { scale: [2] }], b: ['Scale', { scale: [3] }], output: output(1) },
      edges: ['input a b output', 'b a'],
    };
    expect(await refused(graph)).toEqual(['loop-without-neuron net.nir: a loop without a neuron: "a", "b"']);
  });
});

describe('inputs and outputs', () => {
  it('have the shape that the first node shows, or an option says, where the file does not', async () => {
    const weight = { shape: [1, 2], values: [1, 1] };
    const graph: NirGraphSpec = {
      nodes: { input: ['Input'], fc: ['Linear', { weight }], output: ['Output'] },
      edges: ['input fc output'],
    };
    expect(layer(await open(graph), 'input')).toMatchObject({ shape: [2] });
    const flat: NirGraphSpec = {
      nodes: { input: ['Input'], flat: ['Flatten', { start_dim: 0, end_dim: -1 }], output: ['Output'] },
      edges: ['input flat output'],
    };
    expect(await refused(flat)).toEqual(['missing-input-shape node "input" (Input): the file does not say its shape']);
    expect(layer(await open(flat, { inputShape: [1, 4, 5] }), 'input')).toMatchObject({ shape: [4, 5, 1] });
    expect(await refused(chain(2, ['Scale', { scale: [1, 1] }]), { inputShape: [3] })).toEqual([
      'wrong-shape node "input" (Input): --input-shape 3 for an input that the file gives the shape [2]',
    ]);
  });

  it('are counts of events, or images where an option says what bytes mean', async () => {
    const graph = chain(2, ['Scale', { scale: [1, 1] }]);
    expect((await open(graph)).graph.nodes[1]).toMatchObject({
      code: { kind: 'integer', bits: 8, zeroPoint: 0, step: 1 },
    });
    expect((await open(graph, { inputRange: [0, 1] })).graph.nodes[1]).toMatchObject({ code: { step: 1 / 255 } });
  });

  it('are chosen by name where there are several', async () => {
    const graph: NirGraphSpec = {
      nodes: { input: input(1), n: ['Scale', { scale: [2] }], one: output(1), two: output(1) },
      edges: ['input n one', 'input two'],
    };
    expect(await refused(graph)).toEqual(['which-end net.nir: it has 2 Output nodes: "one", "two"']);
    const imported = await open(graph, { outputName: 'two' });
    expect(imported.graph.nodes.map(({ id }) => id)).toEqual(['input', 'input.events', 'two']);
    expect(imported.operators.filter(({ fidelity }) => fidelity === 'dropped').map(({ name }) => name)).toEqual([
      'n',
      'one',
    ]);
    expect(await refused(graph, { outputName: 'three' })).toHaveLength(1);
  });
});

test('everything that cannot be taken is told at once, with node, type and reason', async () => {
  const graph: NirGraphSpec = {
    nodes: {
      input: input(2),
      odd: ['Resonator', { f: [1] }],
      fc: ['Affine', { weight: { shape: [2, 3], values: [1, 2, 3, 4, 5, 6] } }],
      lif: ['LIF', { tau: [-1], r: [1], v_leak: [0], v_threshold: [1] }],
      output: output(2),
    },
    edges: ['input fc lif output', 'input lif', 'input odd output', 'fc nowhere'],
  };
  expect(await refused(graph)).toEqual([
    'unknown-node net.nir: edge "fc" -> "nowhere": there is no node "nowhere"',
    'unsupported-node node "odd" (Resonator): nodes of the type Resonator are not read',
    'missing-time-step net.nir: the network lives in continuous time: "lif" (LIF) has time constants',
    'wrong-shape node "fc" (Affine): its weights take 3 inputs, it reads [2]',
    'bad-nir-node node "lif" (LIF): tau is -1, time constants are above 0',
  ]);
});

test('a NIR file and a Keras file, both HDF5, are told apart, whatever their layers are called', async () => {
  const graph = chain(1, ['Scale', { scale: [1] }]);
  const named: NirGraphSpec = {
    nodes: { input: input(1), model_config: ['Scale', { scale: [1] }], output: output(1) },
    edges: ['input model_config output'],
  };
  for (const nir of [graph, named]) expect(foreignFormat(await nirFile(nir))?.name).toBe('nir');
  const layers: readonly TestLayer[] = [
    {
      class_name: 'Dense',
      config: { name: 'NIRGraph', units: 1, use_bias: false },
      weights: { kernel: randomTensor([2, 1], 1) },
    },
  ];
  const bytes = await kerasH5(sequential([2], layers), layers);
  expect(foreignFormat({ bytes })?.name).toBe('keras');
});
