/** Layers of sequence models, step by step: numbers from their definitions. */
import { describe, expect, it } from 'vitest';
import { counts, multiples, type Value } from '../../../src/compiler/passes/integer-value.js';
import {
  lowerAttention,
  lowerEmbedding,
  quantisedNorm,
  waitingNorm,
} from '../../../src/compiler/passes/sequence-lowering.js';
import { integerForm } from '../../../src/compiler/passes/to-integer.js';
import type { AttentionNode, EmbeddingNode, QuantiseNode, RmsNormNode } from '../../../src/ir/network/types.js';

const tokens = counts('t', [1], 3);
const steps = (id: string, step: number, range: readonly [number, number] = [-8, 7]): Value =>
  multiples(id, [4], step, range);
/** Values that are no multiples of a step, each for another reason. */
const notPlain: readonly (readonly [string, Value])[] = [
  ['sums', { ...steps('v', 1), kind: 'sum' }],
  ['a constant', { ...steps('v', 1), constant: Float64Array.of(0, 0, 0, 1) }],
  ['a zero point', { ...steps('v', 1), zeroPoint: 1 }],
  ['quotients', { ...steps('v', 1), divisor: 2 }],
];

describe('an embedding', () => {
  const node: EmbeddingNode = {
    kind: 'embedding',
    id: 'e',
    input: 't',
    by: 'value',
    nOut: 2,
    table: Int8Array.of(3, -5, 0, 2, 100, 7),
    scale: 0.25,
  };

  it('keeps its rows; its scale becomes the step, its bounds are those of the rows', () => {
    const { nodes, value, problem } = lowerEmbedding(node, tokens, [2]);
    expect(problem).toBeUndefined();
    expect(nodes).toEqual([{ kind: 'embedding', id: 'e', input: 't', by: 'value', nOut: 2, table: node.table }]);
    expect(value).toMatchObject({ scale: 0.25, low: Float64Array.of(-5, -5), high: Float64Array.of(100, 100) });
    const { kind, id, input, by, nOut, table } = node;
    expect(lowerEmbedding({ kind, id, input, by, nOut, table }, tokens, [2]).value.scale).toBe(1);
    const ends = { ...node, table: Int8Array.of(-128, -128, -128, -128) };
    expect(lowerEmbedding(ends, tokens, [2]).value).toMatchObject({
      low: Float64Array.of(-128, -128),
      high: Float64Array.of(-128, -128),
    });
    const most = { ...node, table: Int8Array.of(127, 127, 127, 127) };
    expect(lowerEmbedding(most, tokens, [2]).value).toMatchObject({
      low: Float64Array.of(127, 127),
      high: Float64Array.of(127, 127),
    });
  });

  it('counts tokens in ones, and does not care where it looks positions up', () => {
    const halves = multiples('t', [1], 0.5, [0, 3]);
    expect(lowerEmbedding(node, halves, [2]).problem?.[0]).toBe('token-step');
    expect(lowerEmbedding({ ...node, by: 'position' }, halves, [2]).problem).toBeUndefined();
    expect(lowerEmbedding(node, { ...halves, zeroPoint: 1 }, [2]).problem?.[0]).toBe('missing-activation');
  });

  it('refuses real rows, which stand for all of 8 bits meanwhile', () => {
    const { nodes, value, problem } = lowerEmbedding({ ...node, table: Float32Array.of(1, 2, 3, 4) }, tokens, [2]);
    expect([nodes, problem?.[0]]).toEqual([[], 'real-weights']);
    expect(value).toMatchObject({ low: Float64Array.of(-128, -128), high: Float64Array.of(127, 127), scale: 0.25 });
  });
});

describe('a norm with its quantiser', () => {
  const node: RmsNormNode = {
    kind: 'rmsNorm',
    id: 'n',
    input: 'v',
    gain: Float64Array.of(0.5, -1, 0.25, 2),
    fraction: 8,
    min: -128,
    max: 127,
  };
  const quantise: QuantiseNode = { kind: 'quantise', id: 'q', input: 'n', step: 0.5, bits: 4, signed: true };

  it('waits for it', () => {
    const { nodes, value, problem } = waitingNorm(node, steps('v', 1), [4]);
    expect([nodes, problem]).toEqual([[], undefined]);
    expect(value).toMatchObject({ kind: 'sum', norm: { node, input: 'v' } });
  });

  it.each(notPlain)('refuses %s', (_, value) => {
    expect(waitingNorm(node, value, [4]).problem?.[0]).toBe('missing-activation');
  });

  it('has gains times the root of their number over the step', () => {
    // Root of 4 over 1/2.
    const { nodes, value, warning } = quantisedNorm(quantise, { node, input: 'v' });
    expect(warning).toBeUndefined();
    expect(nodes).toEqual([
      { id: 'q', kind: 'rmsNorm', input: 'v', gain: Float64Array.of(2, -4, 1, 8), fraction: 8, min: -8, max: 7 },
    ]);
    expect(value).toMatchObject({
      shape: [4],
      scale: 0.5,
      low: new Float64Array(4).fill(-8),
      high: new Float64Array(4).fill(7),
    });
  });

  it('is read by nothing else: a layer of another kind is refused by the name of the norm', () => {
    const { diagnostics } = integerForm({
      name: 'net',
      dialect: 'float',
      nodes: [
        { kind: 'input', id: 'image', shape: [4] },
        { kind: 'encode', id: 'v', input: 'image', code: { kind: 'integer', bits: 8, zeroPoint: 128, step: 1 } },
        node,
        { kind: 'relu', id: 'r', input: 'n' },
        { kind: 'quantise', id: 'q', input: 'r', step: 0.5, bits: 4, signed: true },
        { kind: 'scores', id: 'out', input: 'q' },
      ],
    });
    expect(diagnostics.map(({ code, place, message }) => [code, place, message])).toEqual([
      ['missing-activation', 'net: layer "r" (relu)', 'it reads the norm "n", whose result needs a step'],
    ]);
  });

  it('says by how much gains are rounded', () => {
    const gain = Float64Array.of(0.55, -3.1, 0.25, 2);
    const { nodes, warning } = quantisedNorm(quantise, { node: { ...node, gain }, input: 'v' });
    expect(nodes[0]).toMatchObject({ gain: Float64Array.of(2, -12, 1, 8) });
    // 12.4 becomes 12, 2.2 becomes 2.
    expect(warning?.[1]).toBe('gains are rounded to integers up to 12, off by at most 0.400');
    const tiny = Float64Array.of(0.5 + 1e-7, -1, 0.25, 2);
    expect(quantisedNorm(quantise, { node: { ...node, gain: tiny }, input: 'v' }).warning).toBeUndefined();
    // 1.04e-6 times the unit.
    const seen = Float64Array.of(0.5 + 2.6e-7, -1, 0.25, 2);
    expect(quantisedNorm(quantise, { node: { ...node, gain: seen }, input: 'v' }).warning).toBeDefined();
  });

  it('refuses gains that are no integers of 53 bits', () => {
    const { nodes, problem } = quantisedNorm(quantise, {
      node: { ...node, gain: Float64Array.of(1, 1, 1, -(2 ** 51)) },
      input: 'v',
    });
    expect([nodes, problem?.[0]]).toEqual([[], 'gain-overflow']);
    expect(problem?.[1]).toContain('gains of up to 2.25e+15 times 4.00 (the root of 4');
    expect(
      quantisedNorm(quantise, { node: { ...node, gain: Float64Array.of(1, 1, 1, 2 ** 51 - 1) }, input: 'v' }).problem,
    ).toBeUndefined();
  });
});

describe('attention', () => {
  const node: AttentionNode = { kind: 'attention', id: 'a', inputs: ['q', 'k', 'v'], heads: 2, context: 5 };
  const lowered = (q: number, k: number, scale?: number) => {
    const step = lowerAttention(
      { ...node, ...(scale === undefined ? {} : { scale }) },
      [steps('q', q), steps('k', k), multiples('v', [4], 0.125, [-3, 9])],
      [4],
    );
    const [own] = step.nodes;
    if (own?.kind !== 'attention') throw new Error('no attention');
    return { ...step, own };
  };

  it('takes differences of scores to entries of its table: 255 of them from 255 to a half', () => {
    const { own, value, problem, warning } = lowered(0.5, 0.25, 0.5);
    expect(problem).toBeUndefined();
    expect(warning?.[1]).toContain('256 entries: each is off by at most 1.2 % of itself');
    expect(own).toMatchObject({ inputs: ['q', 'k', 'v'], heads: 2, context: 5 });
    expect(value).toMatchObject({ scale: 0.125, low: new Float64Array(4).fill(-3), high: new Float64Array(4).fill(9) });
    const distance = Math.log(510) / 255;
    const wanted = Uint8Array.from({ length: 256 }, (_, i) => Math.round(255 * Math.exp(-distance * (i + 0.5))));
    wanted[0] = 255;
    wanted[255] = 0;
    expect(own.expTable).toEqual(wanted);
  });

  it.each([
    [0.5, 0.25, 0.5],
    [1, 1, undefined],
    [0.001, 0.01, 0.3],
    [30, 2, 1],
  ])('has a multiplier of 24 bits for steps of %d and %d, scaled by %s', (q, k, scale) => {
    const { multiplier = 0, shift = 0 } = lowered(q, k, scale).own;
    const perDistance = (q * k * (scale ?? 1) * 255) / Math.log(510);
    expect(multiplier).toBeGreaterThanOrEqual(2 ** 23);
    expect(multiplier).toBeLessThanOrEqual(2 ** 24);
    expect(Math.abs(multiplier / 2 ** shift / perDistance - 1)).toBeLessThanOrEqual(2 ** -24);
  });

  it('stays within 24 bits and a shift of 52 for the largest and smallest steps', () => {
    expect(lowered(1e6, 1e6).own).toMatchObject({ multiplier: 2 ** 24, shift: 0 });
    expect(lowered(1e-12, 1e-12).own).toMatchObject({ multiplier: 1, shift: 52 });
  });

  it.each(notPlain)('refuses %s as query, key or value', (_, bad) => {
    const good = steps('v', 1);
    for (const inputs of [
      [bad, good, good],
      [good, bad, good],
      [good, good, bad],
    ] as const) {
      expect(lowerAttention(node, inputs, [4]).problem?.[0]).toBe('missing-activation');
    }
  });
});
