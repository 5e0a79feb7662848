import { expect, test } from 'vitest';
import { UserError } from '../../src/common/diagnostics.js';
import { addWeightNoise } from '../../src/compiler/passes/weight-noise.js';
import { compileTrueNorth } from '../../src/compiler/targets/truenorth/compile.js';
import { TRUENORTH } from '../../src/hw-models/truenorth/spec.js';
import type { NetworkGraph, NetworkNode } from '../../src/ir/network/types.js';
import { expectExact } from '../support/exact-program.js';
import { randomTransformer } from '../support/random-transformer.js';
import { verifyNetwork } from '../../src/ir/network/verify.js';

const dense = { kind: 'dense', nOut: 4, weights: new Int8Array(16).fill(1) } as const;
const wide: NetworkGraph = {
  name: 'wide',
  dialect: 'integer',
  nodes: [
    { kind: 'input', id: 'x', shape: [4] },
    { kind: 'encode', id: 'c', input: 'x', code: { kind: 'integer', bits: 4, zeroPoint: 0, step: 1 } },
    { ...dense, id: 'd', input: 'c', bias: Float64Array.of(1, 0, 0, 0) },
    {
      kind: 'requantise',
      id: 'q',
      input: 'd',
      inputZeroPoint: 0,
      leftShift: 0,
      multiplier: Int32Array.of(1),
      shift: Uint8Array.of(2),
      zeroPoint: 0,
      min: 0,
      max: 15,
      rounding: 'halfUp',
    },
    { kind: 'add', id: 'a', inputs: ['q', 'c'] },
    { kind: 'lookup', id: 'l', input: 'a', inputMin: 0, table: new Int16Array(31) },
    { kind: 'scores', id: 's', input: 'l' },
  ],
};

function diagnosticsOf(f: () => unknown): readonly string[] {
  try {
    f();
  } catch (error) {
    if (error instanceof UserError) return error.diagnostics.map((d) => `${d.code} ${d.place}: ${d.remedy}`);
    throw error;
  }
  return [];
}

test('branches, biases, padding and values of several bits are taken', async () => {
  expect(verifyNetwork(wide)).toEqual([]);
  const nodes = wide.nodes.map((node) =>
    node.kind === 'lookup' ? { ...node, table: Int16Array.from({ length: 31 }, (_, i) => (i * 7) % 11) } : node,
  );
  await expectExact({ ...wide, nodes }, {}, 'reference');
});

test('layers of sequence models are refused all at once, naming the chip that can', () => {
  const graph = randomTransformer(3);
  const remedy = 'compile it with --chip northpole';
  const found = diagnosticsOf(() => compileTrueNorth(graph, { spec: TRUENORTH }));
  expect(found.length).toBeGreaterThan(3);
  expect(new Set(found.map((text) => text.replace(/ .*: /, ' ')))).toEqual(new Set([`sequence-layer ${remedy}`]));
});

test('noise keeps weights within their bits, and real weights are refused', () => {
  const weights = Int8Array.of(-8, 7, -8, 7, -8, 3, -8, 7, 1, 2, 3, 4, 5, 6, 7, -8);
  const graph: NetworkGraph = {
    ...wide,
    nodes: wide.nodes.map((n) => (n.kind === 'dense' ? { ...n, weights, weightBits: 4 } : n)),
  };
  const noisy = addWeightNoise(graph, { additive: 0.5, multiplicative: 0.5 }, 7);
  expect(noisy).not.toEqual(graph);
  expect(verifyNetwork(noisy)).toEqual([]);
  const real: NetworkGraph = {
    ...wide,
    nodes: wide.nodes.map((n) => (n.kind === 'dense' ? { ...n, weights: new Float32Array(16) } : n)),
  };
  expect(diagnosticsOf(() => addWeightNoise(real, { additive: 0.5, multiplicative: 0 }, 7))).toEqual([
    'real-weights layer "d" (dense): quantise the network first',
  ]);
});

/** One output whose weights are counted one by one. */
function counted(weights: Int8Array): NetworkGraph {
  return {
    name: 'counted',
    dialect: 'integer',
    nodes: [
      { kind: 'input', id: 'x', shape: [weights.length] },
      { kind: 'encode', id: 'c', input: 'x', code: { kind: 'threshold', level: 128 } },
      { kind: 'dense', id: 'fc', input: 'c', nOut: 1, weights },
      { kind: 'threshold', id: 't', input: 'fc', theta: Int32Array.of(1), sense: Uint8Array.of(0) },
      { kind: 'votes', id: 'v', input: 't', nClasses: 1 },
    ],
  };
}

test.each([
  ['ten inputs with weights of 8 bits', 10, 127],
  ['more inputs than a core has axons for', 300, 127],
  ['more still', 520, 50],
])('%s are exact, in digits', async (_, nIn, most) => {
  const weights = Int8Array.from({ length: nIn }, (__, i) => ((i * 7919) % (2 * most + 1)) - most);
  await expectExact(counted(weights), {}, 'fast');
});

test('weights that grow when layers become one matrix are exact up to 32,767, and refused beyond where nothing takes them apart', async () => {
  const merged = (weight: number, last: NetworkNode): NetworkGraph => ({
    name: 'merged',
    dialect: 'integer',
    nodes: [
      { kind: 'input', id: 'x', shape: [2] },
      { kind: 'encode', id: 'c', input: 'x', code: { kind: 'threshold', level: 128 } },
      { kind: 'dense', id: 'first', input: 'c', nOut: 8, weights: new Int8Array(16).fill(weight) },
      // 100 * 82 * 8 is 65,600, which 16 bits would take for 64.
      { kind: 'dense', id: 'second', input: 'first', nOut: 1, weights: new Int8Array(8).fill(82) },
      { kind: 'threshold', id: 't', input: 'second', theta: Int32Array.of(65_600), sense: Uint8Array.of(0) },
      last,
    ],
  });
  await expectExact(merged(100, { kind: 'votes', id: 'v', input: 't', nClasses: 1 }), {}, 'reference');
  const scores = merged(100, { kind: 'scores', id: 'v', input: 'second' });
  expect(() =>
    compileTrueNorth({ ...scores, nodes: scores.nodes.filter(({ id }) => id !== 't') }, { spec: TRUENORTH }),
  ).toThrow(
    'error[merged-weights-too-large] merged: layer "first+second": merged with the layers before it, its weights reach 65600, beyond 32767',
  );
});
