/** Decisions: the integer network and the program decide as the float network does on every input, ties included. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { trueNorth } from '../../src/chips/truenorth/chip.js';
import { PURPOSE, sequence } from '../../src/common/rng.js';
import { lowerWithWarnings } from '../../src/compiler/pipelines.js';
import { compileNetwork, readProgram, writeProgram } from '../../src/flow.js';
import { decisions } from '../../src/flow/compare.js';
import { completeReadout, decide } from '../../src/ir/network/readout.js';
import type { Conv2dNode, NetworkGraph, NetworkNode, ScoresNode } from '../../src/ir/network/types.js';
import { rancDecoding, rancReadout, readRancDecoding } from '../../src/ir/program/formats/ranc/samples.js';
import { createInterpreter } from '../../src/evaluation/interpreter/network.js';

/** Every pixel becomes one activation of the tensor "bits" (pixel on or off), and `tail` follows. */
function onActivations(
  [height, width]: readonly [number, number],
  activation: 'sign' | 'step' | 'quantise',
  tail: readonly NetworkNode[],
): NetworkGraph {
  const node = { id: 'bits', input: 'copy' };
  return {
    name: 'decisions',
    dialect: 'float',
    nodes: [
      { kind: 'input', id: 'image', shape: [height, width, 1] },
      { kind: 'encode', id: 'code', input: 'image', code: { kind: 'threshold', level: 128 } },
      { ...conv('copy', 'code', [1, 1]), bias: Float64Array.of(-0.5) },
      activation === 'quantise'
        ? { kind: 'quantise', ...node, step: 0.3, bits: 3, signed: true }
        : { kind: activation, ...node },
      ...tail,
    ],
  };
}

/** The sum of every window. */
const conv = (id: string, input: string, window: readonly [number, number]): Conv2dNode => ({
  kind: 'conv2d',
  id,
  input,
  window,
  stride: [1, 1],
  padding: [0, 0, 0, 0],
  nOut: 1,
  groups: 1,
  weights: new Int8Array(window[0] * window[1]).fill(1),
  padValue: 0,
});

/** All 2^n inputs. */
const allInputs = (n: number): readonly Uint8Array[] =>
  Array.from({ length: 2 ** n }, (_, bits) => Uint8Array.from({ length: n }, (__, i) => (bits >> i) & 1));

interface Compared {
  /** Inputs on which the two largest float scores are equal. */
  readonly ties: number;
  readonly different: number;
}

function compare(float: NetworkGraph, integer: NetworkGraph, inputs: readonly Uint8Array[]): Compared {
  const definition = createInterpreter(float);
  const oracle = createInterpreter(integer);
  const output = float.nodes.at(-1);
  let ties = 0;
  let different = 0;
  for (const input of inputs) {
    const scores = definition.run(input);
    const [first, second] = Array.from(scores).sort((a, b) => b - a);
    if (first === second && output?.kind === 'scores' && output.scale === undefined) ties++;
    const wanted = definition.decide(scores);
    if (oracle.decide(oracle.run(input)) !== wanted) different++;
  }
  return { ties, different };
}

function readoutOf(graph: NetworkGraph): ScoresNode {
  const output = lowerWithWarnings(graph).graph.nodes.at(-1);
  if (output?.kind !== 'scores') throw new Error('no scores');
  return output;
}

/** Two classes of six signs. 2 * 1 + 2 and 2 * 3 - 2 are both 4; times 0.1 behind the sum they are equal, term by term not. */
const twoClasses = (scale: readonly number[]): NetworkGraph =>
  onActivations([1, 6], 'sign', [
    { kind: 'flatten', id: 'flat', input: 'bits' },
    {
      kind: 'dense',
      id: 'classes',
      input: 'flat',
      nOut: 2,
      weights: Int8Array.of(1, 1, -1, -1, -1, -1, 1, 1, 1, 1, -1, -1),
      scale: Float64Array.from(scale),
    },
    { kind: 'scores', id: 'scores', input: 'classes' },
  ]);

test('a tie of two classes with a scale of 0.1 stays a tie', () => {
  const graph = twoClasses([0.1]);
  const { graph: integer, diagnostics } = lowerWithWarnings(graph);
  expect(diagnostics).toEqual([]);
  expect(compare(graph, integer, allInputs(6))).toEqual({ ties: 32, different: 0 });
});

test('a positive scale that all classes share is left out: integers decide', () => {
  const { steps, scale, offset } = readoutOf(twoClasses([0.1]));
  expect([steps, scale, offset]).toEqual([undefined, Float64Array.of(2, 2), Float64Array.of(2, -2)]);
});

test('scales of their own multiply the sum of the float network, not its parts', () => {
  const { steps, scale, offset } = readoutOf(twoClasses([0.1, 0.3]));
  expect(steps).toEqual([
    { kind: 'multiply', by: Float64Array.of(2, 2) },
    { kind: 'add', by: Float64Array.of(2, -2) },
  ]);
  expect([scale, offset]).toEqual([Float64Array.of(0.1, 0.3), Float64Array.of(0, 0)]);
});

test('a readout rounds after every step and takes the lowest of equal classes', () => {
  const steps = [
    { kind: 'multiply', by: Float64Array.of(2, 2) },
    { kind: 'add', by: Float64Array.of(2, -2) },
  ] as const;
  const scale = Float64Array.of(0.1, 0.1);
  expect(decide([1, 3], { steps, scale })).toBe(0);
  expect(decide([1, 3], { scale: Float64Array.of(0.2, 0.2), offset: Float64Array.of(0.2, -0.2) })).toBe(1);
  expect(decide([6, 9], { steps: [{ kind: 'divide', by: Float64Array.of(2, 3) }] })).toBe(0);
});

/** A random last layer: its scale shared or per class, with or without bias and batch norm, averages of all windows before it. */
function randomLast(seed: number, activations: readonly ('sign' | 'step' | 'quantise')[]): NetworkGraph {
  const r = sequence(seed, PURPOSE.test);
  const size = [1 + r.below(3), 2 + r.below(2)] as const;
  const nOut = 2 + r.below(4);
  const choose = (values: readonly number[]): number => values[r.below(values.length)]!;
  // Often the same for all classes: ties are then frequent.
  const either = (values: readonly number[]): Float64Array => {
    const shared = choose(values);
    return r.below(2) === 0
      ? new Float64Array(nOut).fill(shared)
      : Float64Array.from({ length: nOut }, () => choose(values));
  };
  const scales = [0.1, 0.3, 0.7, 1 / 3, 1, 2, 1e-5];
  const window = [1 + r.below(size[0]), 1 + r.below(size[1])] as const;
  const nFeatures = (size[0] - window[0] + 1) * (size[1] - window[1] + 1);
  const tail: NetworkNode[] = [
    { kind: 'avgPool', id: 'average', input: 'bits', window, stride: [1, 1], padding: [0, 0, 0, 0] },
    { kind: 'flatten', id: 'flat', input: 'average' },
    {
      kind: 'dense',
      id: 'classes',
      input: 'flat',
      nOut,
      weights: Int8Array.from({ length: nOut * nFeatures }, () => 2 * r.below(2) - 1),
      ...(r.below(4) === 0 ? {} : { scale: r.below(2) === 0 ? Float64Array.of(choose(scales)) : either(scales) }),
      ...(r.below(2) === 0 ? {} : { bias: either([0, 0.1, -0.2, 0.6, 1]) }),
    },
  ];
  if (r.below(2) === 0) {
    const [gamma, beta] = [either([1, 0.3, -0.7, 0]), either([0, 0.1, 0.5])];
    const [mean, variance] = [either([0, 0.1, -2]), either([1, 0.4, 3])];
    const epsilon = choose([0, 1e-3]);
    tail.push({ kind: 'batchNorm', id: 'norm', input: 'classes', gamma, beta, mean, variance, epsilon });
  }
  const own = r.below(3) === 0 ? { scale: either([...scales, -0.1]), offset: either([0, 0.1, -0.3]) } : {};
  tail.push({ kind: 'scores', id: 'scores', input: tail.at(-1)!.id, ...own });
  return onActivations(size, activations[r.below(activations.length)]!, tail);
}

const nPixels = (graph: NetworkGraph): number => {
  const [input] = graph.nodes;
  if (input?.kind !== 'input') throw new Error('no input');
  return input.shape.reduce((product, n) => product * n, 1);
};

test('random last layers decide every input as the float network does', () => {
  let ties = 0;
  fc.assert(
    fc.property(fc.nat(1_000_000), (seed) => {
      const graph = randomLast(seed, ['sign', 'step', 'quantise']);
      const { graph: integer, diagnostics } = lowerWithWarnings(graph);
      expect(diagnostics).toEqual([]);
      const found = compare(graph, integer, allInputs(nPixels(graph)));
      ties += found.ties;
      expect(found.different).toBe(0);
    }),
    { numRuns: 200 },
  );
  expect(ties).toBeGreaterThan(500);
});

test.each([
  ['truenorth', ['sign', 'step']],
  ['northpole', ['sign', 'step', 'quantise']],
] as const)('a %s program read from its file decides ties as the float network does', (chip, activations) => {
  let withSteps = 0;
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    const graph = randomLast(seed, activations);
    const { program, integer } = readProgram(writeProgram(compileNetwork(graph, { chip })), 'memory');
    if (program.outputs.steps !== undefined) withSteps++;
    if (trueNorth.isProgram(program)) {
      const exported = rancDecoding(program, { name: 'none', labels: new Uint8Array(0) }, []);
      const readout = rancReadout(readRancDecoding(JSON.stringify(exported), 'memory'));
      expect(readout).toEqual(completeReadout(program.outputs, program.outputs.nClasses));
    }
    const definition = createInterpreter(graph);
    const oracle = createInterpreter(integer);
    const inputs = allInputs(nPixels(graph));
    const scores = Int32Array.from(inputs.flatMap((input) => Array.from(oracle.run(input))));
    expect(Array.from(decisions(program, scores, inputs.length))).toEqual(
      inputs.map((input) => definition.decide(definition.run(input))),
    );
  }
  expect(withSteps).toBeGreaterThan(0);
});

/** Averages of 2 x 2 sums on a scale, then an activation and votes. */
const averagedSums = (scale: number, bias = 0, size = 2): NetworkGraph =>
  onActivations([1 + size, 1 + size], 'sign', [
    { ...conv('sums', 'bits', [2, 2]), scale: Float64Array.of(scale), bias: Float64Array.of(bias) },
    { kind: 'avgPool', id: 'average', input: 'sums', window: [size, size], stride: [1, 1], padding: [0, 0, 0, 0] },
    { kind: 'sign', id: 'on', input: 'average' },
    { kind: 'flatten', id: 'flat', input: 'on' },
    { kind: 'votes', id: 'votes', input: 'flat', nClasses: 1 },
  ]);

test('an average of rounded sums is warned of with a bound that holds, one of exact values is not', () => {
  const codes = (graph: NetworkGraph): readonly string[] => lowerWithWarnings(graph).diagnostics.map((d) => d.code);
  expect(codes(averagedSums(0.5, 0.25))).toEqual([]);
  expect(codes(averagedSums(0.5, 0.1))).toEqual(['rounded-sum']);
  // Nine sums with a bias of a quarter are exact, a ninth of them is not; without the bias it is a quotient of integers.
  expect(codes(averagedSums(0.5, 0.25, 3))).toEqual(['rounded-sum']);
  const graph = averagedSums(0.1);
  const { graph: integer, diagnostics } = lowerWithWarnings(graph);
  expect(diagnostics.map((d) => `${d.code}: ${d.place}`)).toEqual([
    'rounded-sum: decisions: layer "average" (avgPool)',
  ]);
  const bound = Number(/at most (\S+),/.exec(diagnostics[0]?.message ?? '')?.[1]);
  const definition = createInterpreter(graph);
  const oracle = createInterpreter(integer);
  let largest = 0;
  for (const input of allInputs(9)) {
    const sums = oracle.trace(input).get('average')!;
    // Four sums of four signs, 2 q - 1 each.
    const once = (0.1 * (2 * sums[0]! - 16)) / 4;
    largest = Math.max(largest, Math.abs(definition.trace(input).get('average')![0]! - once));
  }
  expect(largest).toBeGreaterThan(0);
  expect(largest).toBeLessThanOrEqual(bound);
});

test('a sum of branches is warned of where its operands are rounded, not on bits', () => {
  const summed = (activation: 'sign' | 'quantise'): readonly string[] => {
    const graph = onActivations([3, 3], activation, [
      conv('left', 'bits', [2, 2]),
      conv('right', 'bits', [2, 2]),
      { kind: 'add', id: 'sum', inputs: ['left', 'right'] },
      { kind: 'sign', id: 'on', input: 'sum' },
      { kind: 'flatten', id: 'flat', input: 'on' },
      { kind: 'votes', id: 'votes', input: 'flat', nClasses: 1 },
    ]);
    return lowerWithWarnings(graph).diagnostics.map((d) => `${d.code}: ${d.place}`);
  };
  expect(summed('sign')).toEqual([]);
  expect(summed('quantise')).toEqual(['rounded-sum: decisions: layer "sum" (add)']);
});
