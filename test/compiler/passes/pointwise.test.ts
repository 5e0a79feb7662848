import { describe, expect, it } from 'vitest';
import { present } from '../../../src/common/assert.js';
import { UserError } from '../../../src/common/diagnostics.js';
import { PURPOSE, sequence } from '../../../src/common/rng.js';
import { lowerWithWarnings } from '../../../src/compiler/pipelines.js';
import { createInterpreter } from '../../../src/evaluation/interpreter/network.js';
import { readoutValue } from '../../../src/ir/network/readout.js';
import type { NetworkGraph, NetworkNode } from '../../../src/ir/network/types.js';
import { verifyNetwork } from '../../../src/ir/network/verify.js';

const random = sequence(3, PURPOSE.test);
const integers = (n: number, low: number, high: number): Int8Array =>
  Int8Array.from({ length: n }, () => low + random.below(high - low + 1));

/** Layers between the code of a 4 x 4 x 2 image, "code" (multiples of 1/4, -8..7), and a dense layer that reads "end", of n values. */
function network(layers: readonly NetworkNode[], n: number): NetworkGraph {
  const weights = integers(3 * n, -3, 3);
  return {
    name: 'net',
    dialect: 'float',
    nodes: [
      { kind: 'input', id: 'image', shape: [4, 4, 2] },
      { kind: 'encode', id: 'code', input: 'image', code: { kind: 'integer', bits: 4, zeroPoint: 8, step: 0.25 } },
      ...layers,
      { kind: 'flatten', id: 'flat', input: 'end' },
      { kind: 'dense', id: 'fc', input: 'flat', nOut: 3, weights },
      { kind: 'scores', id: 'out', input: 'fc' },
    ],
  };
}

/** Lowers, and compares every class value of 50 random samples. Returns the kinds of layers and the codes of the warnings. */
function lowered(layers: readonly NetworkNode[], n: number): { readonly kinds: string[]; readonly warnings: string[] } {
  const graph = network(layers, n);
  expect(verifyNetwork(graph)).toEqual([]);
  const { graph: integer, diagnostics } = lowerWithWarnings(graph);
  const [float, whole] = [createInterpreter(graph), createInterpreter(integer)];
  const output = present(integer.nodes.at(-1), 'output');
  const plain = present(graph.nodes.at(-2), 'fc');
  for (let s = 0; s < 50; s++) {
    const codes = Array.from(integers(32, -8, 7));
    const wanted = Array.from(float.run(codes));
    const scores = Array.from(whole.run(codes));
    expect(whole.decide(scores)).toBe(float.decide(wanted));
    // A shared positive scale is left out of the readout: ratios remain.
    if (output.kind !== 'scores' || plain.kind !== 'dense') throw new Error('unexpected output');
    const values = scores.map((score, k) => readoutValue(output, score, k));
    const largest = Math.max(...wanted.map(Math.abs));
    const reached = Math.max(...values.map(Math.abs));
    if (largest > 0) values.forEach((v, k) => expect(v / reached).toBeCloseTo(wanted[k]! / largest, 9));
    else expect(reached).toBe(0);
  }
  return { kinds: integer.nodes.map(({ kind }) => kind), warnings: diagnostics.map(({ code }) => code) };
}

/** The codes of what keeps layers from having an integer form. */
function refused(layers: readonly NetworkNode[], n: number): readonly string[] {
  try {
    lowerWithWarnings(network(layers, n));
  } catch (error) {
    if (error instanceof UserError) return error.diagnostics.map(({ code }) => code);
    throw error;
  }
  return [];
}

const quantise = (
  id: string,
  input: string,
  more: Partial<Extract<NetworkNode, { kind: 'quantise' }>> = {},
): NetworkNode => ({ kind: 'quantise', id, input, step: 0.5, bits: 4, signed: true, ...more });
const conv = (id: string, input: string, padding = 0, scale: readonly number[] = [0.125, 0.25]): NetworkNode => ({
  kind: 'conv2d',
  id,
  input,
  window: [3, 3],
  stride: [1, 1],
  padding: [padding, padding, padding, padding],
  nOut: 2,
  groups: 1,
  padValue: 0,
  weights: integers(36, -3, 3),
  scale: Float64Array.from(scale),
});

describe('lowering of element-wise layers', () => {
  it('turns a function between two quantisers into a table, for every function of the catalogue that is asked for', () => {
    const functions = [
      { function: 'sigmoid' },
      { function: 'tanh' },
      { function: 'hardSwish' },
      { function: 'leakyRelu', parameters: Float64Array.of(0.125) },
      { function: 'abs' },
      { function: 'negate' },
    ] as const;
    for (const f of functions) {
      const { kinds } = lowered(
        [{ kind: 'function', id: 'f', input: 'code', ...f }, quantise('end', 'f', { step: 0.125, bits: 5 })],
        32,
      );
      expect(kinds).toEqual(['input', 'encode', 'lookup', 'flatten', 'dense', 'scores']);
    }
  });

  it('refuses a function of sums, and one whose channels need different tables', () => {
    const prelu = (slopes: Float64Array): readonly NetworkNode[] => [
      { kind: 'function', id: 'f', input: 'code', function: 'leakyRelu', parameters: slopes },
      quantise('end', 'f'),
    ];
    expect(refused(prelu(Float64Array.of(0.5, 0.25)), 32)).toEqual(['table-per-channel']);
    expect(lowered(prelu(Float64Array.of(0.5, 0.5)), 32).kinds).toContain('lookup');
    const ofSums: readonly NetworkNode[] = [
      conv('c', 'code'),
      { kind: 'function', id: 'f', input: 'c', function: 'tanh' },
      quantise('end', 'f'),
    ];
    expect(refused(ofSums, 8)).toContain('missing-activation');
  });

  it('clips sums within the requantisation that follows, and activations by themselves', () => {
    const clip: NetworkNode = { kind: 'clip', id: 'k', input: 'c', min: -1, max: 1.5 };
    expect(lowered([conv('c', 'code', 1), clip, quantise('end', 'k')], 32).kinds).not.toContain('lookup');
    const { kinds } = lowered([{ ...clip, id: 'end', input: 'code' }], 32);
    expect(kinds).toEqual(['input', 'encode', 'requantise', 'flatten', 'dense', 'scores']);
  });

  it('multiplies activations as integers, with one factor per element or per channel', () => {
    const both: readonly NetworkNode[] = [
      quantise('a', 'code', { step: 0.25 }),
      { kind: 'multiply', id: 'm', inputs: ['a', 'code'] },
      quantise('end', 'm'),
    ];
    expect(lowered(both, 32)).toEqual({
      kinds: ['input', 'encode', 'requantise', 'multiply', 'requantise', 'flatten', 'dense', 'scores'],
      warnings: [],
    });
    const pool: NetworkNode = {
      kind: 'maxPool',
      id: 'p',
      input: 'code',
      window: [4, 4],
      stride: [1, 1],
      padding: [0, 0, 0, 0],
    };
    const gated: readonly NetworkNode[] = [
      pool,
      { kind: 'multiply', id: 'm', inputs: ['code', 'p'] },
      quantise('end', 'm', { rounding: 'halfEven' }),
    ];
    expect(lowered(gated, 32).warnings).toEqual([]);
  });

  it('says that a product of steps that are no powers of two is rounded', () => {
    const layers: readonly NetworkNode[] = [
      quantise('a', 'code', { step: 0.3 }),
      { kind: 'multiply', id: 'm', inputs: ['a', 'code'] },
      quantise('end', 'm'),
    ];
    expect(lowerWithWarnings(network(layers, 32)).diagnostics.map(({ code }) => code)).toContain('rounded-product');
  });

  it('takes the larger or smaller of two activations on one step, and asks for one step', () => {
    for (const of of ['max', 'min'] as const) {
      const layers = (step: number): readonly NetworkNode[] => [
        { kind: 'function', id: 'f', input: 'code', function: 'negate' },
        quantise('n', 'f', { step, bits: 5 }),
        { kind: 'extremum', id: 'end', of, inputs: ['code', 'n'] },
      ];
      expect(lowered(layers(0.25), 32).kinds).toContain('extremum');
      expect(refused(layers(0.5), 32)).toEqual(['different-steps']);
    }
  });
});

describe('lowering of rearranged values', () => {
  /** Two rows of padding above, filled with `fill`. */
  const padded = (input: string, fill: number): NetworkNode => ({
    kind: 'rearrange',
    id: 'end',
    input,
    shape: [6, 4, 2],
    index: Int32Array.from({ length: 48 }, (_, e) => (e < 16 ? -1 : e - 16)),
    fill,
  });

  it('moves activations and pads them with a multiple of their step', () => {
    const transposed: NetworkNode = {
      kind: 'rearrange',
      id: 'end',
      input: 'code',
      shape: [2, 4, 4],
      index: Int32Array.from({ length: 32 }, (_, e) => (e % 16) * 2 + Math.floor(e / 16)),
    };
    expect(lowered([transposed], 32).kinds).toContain('rearrange');
    expect(lowered([{ ...transposed, shape: [8, 4] }], 32).kinds).toContain('rearrange');
    expect(lowered([padded('code', -0.5)], 48).kinds).toContain('rearrange');
    expect(refused([padded('code', 0.1)], 48)).toEqual(['unsupported-padding']);
  });

  it('pads signs with any value: it goes into the constant of the element', () => {
    lowered([{ kind: 'sign', id: 's', input: 'code' }, padded('s', 0)], 48);
    lowered([{ kind: 'sign', id: 's', input: 'code' }, padded('s', -1)], 48);
  });

  it('takes scale and batch norm along when whole channels move, and refuses to mix channels that wait for them', () => {
    const swapped = (shape: readonly number[], index: (e: number) => number): readonly NetworkNode[] => [
      conv('c', 'code'),
      { kind: 'rearrange', id: 'r', input: 'c', shape, index: Int32Array.from({ length: 8 }, (_, e) => index(e)) },
      quantise('end', 'r'),
    ];
    lowered(
      swapped([2, 2, 2], (e) => e ^ 1),
      8,
    );
    expect(
      refused(
        swapped([8], (e) => 7 - e),
        8,
      ),
    ).toEqual([]);
    expect(
      refused(
        swapped([4, 2, 1], (e) => e),
        8,
      ),
    ).toEqual(['unsupported-order']);
  });
});

describe('lowering of quantisers', () => {
  it('keeps every rounding, ties included', () => {
    const roundings = [
      'halfUp',
      'halfEven',
      'halfOdd',
      'halfAwayFromZero',
      'halfTowardsZero',
      'floor',
      'ceil',
      'towardsZero',
      'awayFromZero',
    ] as const;
    for (const rounding of roundings) {
      // Codes are multiples of 1/4: every second one is a tie of the step 1/2.
      expect(lowered([quantise('end', 'code', { rounding })], 32).warnings).toEqual([]);
      if (rounding !== 'halfEven' && rounding !== 'halfAwayFromZero' && rounding !== 'halfUp') continue;
      // Sums of a scale of 1/8 have ties as well, and too many values for a table.
      const sums = conv('c', 'code', 1, [0.125, 0.125]);
      expect(lowered([sums, quantise('end', 'c', { rounding, step: 0.25 })], 32).warnings).toEqual([]);
    }
  });

  it('stores levels that are no integers of the bits with a zero point, which comes off the sums and stands in the padding', () => {
    const levels = [-5, 10] as const;
    const layers: readonly NetworkNode[] = [
      quantise('q', 'code', { step: 0.25, levels }),
      conv('c', 'q', 1),
      quantise('end', 'c', { levels: [-3, 12] }),
    ];
    const { kinds, warnings } = lowered(layers, 32);
    expect(kinds).toEqual(['input', 'encode', 'requantise', 'conv2d', 'requantise', 'flatten', 'dense', 'scores']);
    expect(warnings).toEqual([]);
    const integer = lowerWithWarnings(network(layers, 32)).graph;
    const [q, c, end] = ['q', 'c', 'end'].map((id) => integer.nodes.find((node) => node.id === id));
    expect(q).toMatchObject({ zeroPoint: 5, min: 0, max: 15 });
    expect(c).toMatchObject({ padValue: 5 });
    expect(end).toMatchObject({ zeroPoint: 3, min: 0, max: 15 });
  });

  it('averages, joins, tables and clips values with a zero point', () => {
    const q = quantise('q', 'code', { step: 0.25, levels: [-5, 10] });
    const pool = { window: [2, 2], stride: [2, 2], padding: [0, 0, 0, 0] } as const;
    lowered([q, { kind: 'avgPool', id: 'end', input: 'q', ...pool }], 8);
    lowered([q, { kind: 'maxPool', id: 'end', input: 'q', ...pool }], 8);
    lowered([q, { kind: 'concat', id: 'end', inputs: ['q', 'code'] }], 64);
    lowered([q, { kind: 'add', id: 's', inputs: ['q', 'code'] }, quantise('end', 's')], 32);
    lowered([q, { kind: 'relu', id: 'end', input: 'q' }], 32);
    lowered([q, { kind: 'function', id: 'f', input: 'q', function: 'tanh' }, quantise('end', 'f')], 32);
    lowered([q, { kind: 'sign', id: 'end', input: 'q' }], 32);
  });
});
