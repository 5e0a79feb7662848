import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../src/common/diagnostics.js';
import { lowerWithWarnings } from '../../src/compiler/pipelines.js';
import { sizeOf } from '../../src/ir/network/shapes.js';
import type { NetworkGraph, NetworkNode } from '../../src/ir/network/types.js';
import { verifyNetwork } from '../../src/ir/network/verify.js';
import { codedBuffer, encodeCounts } from '../../src/ir/network/input-code.js';
import { createInterpreter } from '../../src/evaluation/interpreter/network.js';
import { randomImportedNetwork } from '../support/random-imported-network.js';
import { randomPixels } from '../support/random-network.js';
import { randomQuantisedNetwork, type RandomQuantisedOptions } from '../support/random-quantised-network.js';
import { unlessRefused } from '../support/refusal.js';

function sample(graph: NetworkGraph, seed: number): ArrayLike<number> {
  const [input, code] = graph.nodes;
  if (input?.kind !== 'input' || code?.kind !== 'encode') throw new Error('no input');
  const pixels = randomPixels(seed, sizeOf(input.shape));
  const coded = codedBuffer(code.code, pixels.length);
  encodeCounts(code.code, pixels, 0, 1, coded);
  return coded;
}

/** Quantisers whose integers differ, over some samples, as [layer, elements that differ, largest difference in steps]. */
function differences(graph: NetworkGraph, integer: NetworkGraph, nSamples: number): [string, number, number][] {
  const float = createInterpreter(graph);
  const oracle = createInterpreter(integer);
  const found = new Map<string, [string, number, number]>();
  for (let s = 0; s < nSamples; s++) {
    const coded = sample(graph, s);
    const before = float.trace(coded);
    const after = oracle.trace(coded);
    for (const node of graph.nodes) {
      if (node.kind !== 'quantise') continue;
      // A pool that stood before the quantiser stands behind it now: then the pooled values are the same layer's.
      const wanted = before.get(node.id)!;
      const pool = pooledBehind(graph, integer, node);
      const got = after.get(pool ?? node.id)!;
      expect(got.length).toBe(wanted.length);
      wanted.forEach((x, i) => {
        const difference = Math.abs(Math.round(x / node.step) - got[i]!);
        if (difference === 0) return;
        const entry = found.get(node.id) ?? [node.id, 0, 0];
        found.set(node.id, [node.id, entry[1] + 1, Math.max(entry[2], difference)]);
      });
    }
    if (found.size === 0) expect(oracle.decide(oracle.run(coded))).toBe(float.decide(float.run(coded)));
  }
  return [...found.values()];
}

/** The pool that reads this quantiser in the integer network but stood before it in the float network. */
function pooledBehind(graph: NetworkGraph, integer: NetworkGraph, node: NetworkNode): string | undefined {
  const pool = integer.nodes.find((n) => n.kind === 'maxPool' && n.input === node.id);
  const was = graph.nodes.find((n) => n.id === pool?.id);
  return pool?.kind === 'maxPool' && was?.kind === 'maxPool' && was.input !== node.id ? pool.id : undefined;
}

/** Lowers random networks; checks exactness where no warning is given. Returns how many had none. */
function check(options: RandomQuantisedOptions, numRuns: number): number {
  let exact = 0;
  fc.assert(
    fc.property(fc.nat(1_000_000), (seed) => {
      const graph = randomQuantisedNetwork(seed, options);
      expect(verifyNetwork(graph)).toEqual([]);
      const { graph: integer, diagnostics } = lowerWithWarnings(graph);
      const warnings = diagnostics.filter((d) => d.code !== 'wider-weights');
      if (warnings.length > 0) return;
      exact++;
      expect(differences(graph, integer, 3)).toEqual([]);
    }),
    { numRuns },
  );
  return exact;
}

describe('quantised networks in the integer dialect', () => {
  test('are exact without a warning, at steps and scales of any size', () => {
    expect(check({ oneStep: true }, 60)).toBeGreaterThan(30);
  });

  test('are exact without a warning where sums hit ties', () => {
    expect(check({ oneStep: true, powersOfTwo: true }, 60)).toBeGreaterThan(30);
  });

  test('are exact without a warning with branches of any step', () => {
    expect(check({}, 120)).toBeGreaterThan(0);
  });
});

/** The network in integers, if it has an exact form. */
const exactForm = (graph: NetworkGraph): NetworkGraph | undefined =>
  unlessRefused(() => {
    const { graph: integer, diagnostics } = lowerWithWarnings(graph);
    return diagnostics.every(({ code }) => code === 'wider-weights') ? integer : undefined;
  });

test('networks of imported layers decide as in real numbers where nothing is refused or warned of', () => {
  let exact = 0;
  fc.assert(
    fc.property(fc.nat(1_000_000), (seed) => {
      const graph = randomImportedNetwork(seed);
      expect(verifyNetwork(graph)).toEqual([]);
      const integer = exactForm(graph);
      if (integer === undefined) return;
      exact++;
      const [float, oracle] = [createInterpreter(graph), createInterpreter(integer)];
      for (let s = 0; s < 4; s++) {
        const coded = sample(graph, s);
        expect(oracle.decide(oracle.run(coded)), `sample ${s}`).toBe(float.decide(float.run(coded)));
      }
    }),
    { numRuns: 150 },
  );
  expect(exact).toBeGreaterThan(50);
});

const image: readonly NetworkNode[] = [
  { kind: 'input', id: 'image', shape: [2, 2, 1] },
  { kind: 'encode', id: 'code', input: 'image', code: { kind: 'integer', bits: 8, zeroPoint: 128, step: 0.03 } },
];

function residual(): NetworkGraph {
  return {
    name: 'residual',
    dialect: 'float',
    nodes: [
      ...image,
      {
        kind: 'conv2d',
        id: 'conv',
        input: 'code',
        window: [1, 1],
        stride: [1, 1],
        padding: [0, 0, 0, 0],
        nOut: 1,
        groups: 1,
        padValue: 0,
        weights: Int8Array.of(7),
        scale: Float64Array.of(0.123),
        bias: Float64Array.of(0.3),
      },
      { kind: 'add', id: 'sum', inputs: ['conv', 'code'] },
      { kind: 'quantise', id: 'act', input: 'sum', step: 0.1, bits: 8, signed: true },
      { kind: 'flatten', id: 'flat', input: 'act' },
      { kind: 'scores', id: 'scores', input: 'flat' },
    ],
  };
}

test('a residual sum of two scales stays within the bound its warning states', () => {
  const { graph, diagnostics } = lowerWithWarnings(residual());
  const [unit, bound] = /multiples of (\S+): .* at most (\S+)$/.exec(diagnostics[0]!.message)!.slice(1).map(Number);
  expect(diagnostics.map((d) => d.code)).toContain('rounded-operands');
  const float = createInterpreter(residual());
  const integer = createInterpreter(graph);
  let largest = 0;
  for (let level = 0; level < 256; level++) {
    const coded = Int16Array.of(level - 128, 128 - Math.max(level, 1), 0, 5);
    const real = float.trace(coded).get('sum')!;
    const units = integer.trace(coded).get('sum')!;
    real.forEach((x, i) => (largest = Math.max(largest, Math.abs(x - unit! * units[i]!))));
  }
  expect(largest).toBeGreaterThan(0);
  expect(largest).toBeLessThanOrEqual(bound!);
  // Finer than 2^-12 of the step that follows.
  expect(bound!).toBeLessThan(0.1 / 4096);
});

test('step activations and quantisers mix, and a falling channel is turned round', () => {
  const graph: NetworkGraph = {
    name: 'mixed',
    dialect: 'float',
    nodes: [
      ...image,
      { kind: 'flatten', id: 'flat', input: 'code' },
      {
        kind: 'dense',
        id: 'd1',
        input: 'flat',
        nOut: 2,
        weights: Int8Array.of(1, -2, 3, 1, -1, 2, 1, 1),
        weightBits: 3,
      },
      { kind: 'step', id: 'on', input: 'd1' },
      { kind: 'dense', id: 'd2', input: 'on', nOut: 2, weights: Int8Array.of(3, -2, -4, 1), weightBits: 3 },
      {
        kind: 'batchNorm',
        id: 'norm',
        input: 'd2',
        gamma: Float64Array.of(0.7, -0.7),
        beta: Float64Array.of(0.1, 0.1),
        mean: new Float64Array(2),
        variance: Float64Array.of(1, 1),
        epsilon: 0,
      },
      { kind: 'quantise', id: 'act', input: 'norm', step: 0.3, bits: 4, signed: true },
      { kind: 'dense', id: 'd3', input: 'act', nOut: 2, weights: Int8Array.of(1, 2, -1, 1) },
      { kind: 'sign', id: 'sign', input: 'd3' },
      { kind: 'votes', id: 'votes', input: 'sign', nClasses: 2 },
    ],
  };
  const { graph: integer, diagnostics } = lowerWithWarnings(graph);
  expect(diagnostics.map((d) => d.code)).toEqual(['wider-weights']);
  expect(integer.nodes.find((n) => n.id === 'd2')).toMatchObject({
    weights: Int8Array.of(3, -2, 4, -1),
    weightBits: 4,
  });
  expect(differences(graph, integer, 200)).toEqual([]);
});

test('everything without an integer form is reported at once', () => {
  const graph: NetworkGraph = {
    name: 'bad',
    dialect: 'float',
    nodes: [
      ...image,
      { kind: 'flatten', id: 'flat', input: 'code' },
      { kind: 'dense', id: 'real', input: 'flat', nOut: 4, weights: new Float32Array(16) },
      { kind: 'relu', id: 'relu', input: 'real' },
      { kind: 'dense', id: 'next', input: 'relu', nOut: 2, weights: new Int8Array(8).fill(1) },
      { kind: 'relu', id: 'last', input: 'next' },
      { kind: 'scores', id: 'scores', input: 'last' },
    ],
  };
  const codes = (): readonly string[] => {
    try {
      lowerWithWarnings(graph);
    } catch (error) {
      if (error instanceof UserError) return error.diagnostics.map((d) => `${d.code} ${d.place}`);
    }
    return [];
  };
  expect(codes()).toEqual([
    'real-weights bad: layer "real" (dense)',
    'missing-activation bad: layer "next" (dense)',
    'unsupported-order bad: layer "scores" (scores)',
  ]);
});

test.each([
  [1, 255, true],
  [1, -128, true],
  [1 / 2, 128, false],
  [1 / 129, -1, false],
  [1 / 128, -1, true],
  [3, 1, false],
])('padding in steps of its input is an integer of -128..255: step %d, padding %d, %s', (step, padValue, fits) => {
  const graph: NetworkGraph = {
    name: 'padded',
    dialect: 'float',
    nodes: [
      { kind: 'input', id: 'image', shape: [2, 2, 1] },
      { kind: 'encode', id: 'code', input: 'image', code: { kind: 'integer', bits: 8, zeroPoint: 0, step } },
      {
        ...{ kind: 'conv2d', id: 'conv', input: 'code', window: [2, 2], stride: [1, 1], padding: [1, 0, 0, 1] },
        ...{ nOut: 1, groups: 1, padValue, weights: Int8Array.of(1, -2, 3, 1) },
      },
      { kind: 'quantise', id: 'act', input: 'conv', step: 4, bits: 8, signed: true },
      { kind: 'flatten', id: 'flat', input: 'act' },
      { kind: 'scores', id: 'scores', input: 'flat' },
    ],
  };
  if (!fits) expect(() => lowerWithWarnings(graph)).toThrow(/unsupported-padding/);
  else expect(differences(graph, lowerWithWarnings(graph).graph, 20)).toEqual([]);
});
