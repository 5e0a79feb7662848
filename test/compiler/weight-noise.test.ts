import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/common/diagnostics.js';
import { addWeightNoise, type WeightNoise } from '../../src/compiler/passes/weight-noise.js';
import type { BitWidth, NetworkGraph, NetworkNode, Weights } from '../../src/ir/network/types.js';

const graphOf = (nIn: number, ...nodes: NetworkNode[]): NetworkGraph => ({
  name: 'noisy',
  dialect: 'integer',
  nodes: [
    { kind: 'input', id: 'in', shape: [nIn] },
    { kind: 'encode', id: 'code', input: 'in', code: { kind: 'threshold', level: 128 } },
    ...nodes,
  ],
});

const dense = (weights: Weights, nOut: number, weightBits?: BitWidth): NetworkNode => ({
  ...{ kind: 'dense', id: 'd', input: 'code', nOut, weights },
  ...(weightBits === undefined ? {} : { weightBits }),
});

/** Weights of layer 2 under noise. */
function noisy(weights: Int8Array, noise: Partial<WeightNoise>, seed = 1, weightBits?: BitWidth): readonly number[] {
  const graph = graphOf(weights.length, dense(weights, 1, weightBits));
  const node = addWeightNoise(graph, { additive: 0, multiplicative: 0, ...noise }, seed).nodes[2];
  return node?.kind === 'dense' ? Array.from(node.weights) : [];
}

const N = 20_000;
const deviation = (values: readonly number[]): number => {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  return Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length);
};
/** The first half at `w`, one at the largest. */
const half = (w: number): Int8Array => Int8Array.from({ length: N }, (_, k) => (k === N - 1 ? 100 : k < N / 2 ? w : 0));
const first = (values: readonly number[]): readonly number[] => values.slice(0, N / 2);

describe('noise on weights', () => {
  it('scales with the weight where it is multiplicative, with the largest weight where it is additive', () => {
    // Rounding to integers adds a variance of 1/12.
    const spread = (sigma: number): number => Math.sqrt(sigma ** 2 + 1 / 12);
    expect(deviation(first(noisy(half(50), { multiplicative: 0.1 })))).toBeCloseTo(spread(5), 0);
    expect(deviation(first(noisy(half(10), { multiplicative: 0.5 })))).toBeCloseTo(spread(5), 0);
    expect(deviation(first(noisy(half(10), { additive: 0.05 })))).toBeCloseTo(spread(5), 0);
    expect(deviation(first(noisy(half(50), { additive: 0.04, multiplicative: 0.06 })))).toBeCloseTo(spread(5), 0);
    expect(new Set(noisy(half(50), { multiplicative: 0.1 }).slice(N / 2, -1))).toEqual(new Set([0]));
  });

  it('is a function of the seed', () => {
    const once = noisy(half(50), { additive: 0.1 }, 1);
    expect(noisy(half(50), { additive: 0.1 }, 1)).toEqual(once);
    expect(noisy(half(50), { additive: 0.1 }, 2)).not.toEqual(once);
  });

  it('differs from layer to layer and from block to block', () => {
    const weights = Int8Array.from({ length: 100 }, (_, k) => (k % 2 === 0 ? 50 : 20));
    const block = { inputs: Int32Array.from({ length: 100 }, (_, i) => i), weights, nOut: 1 };
    const layer = { kind: 'blockDense', id: 'b', input: 'code', blocks: [block, block] } as const;
    const graph = graphOf(100, dense(weights, 1), { ...dense(weights, 1), id: 'e' }, layer);
    const [, , a, b, c] = addWeightNoise(graph, { additive: 0.3, multiplicative: 0 }, 1).nodes;
    if (a?.kind !== 'dense' || b?.kind !== 'dense' || c?.kind !== 'blockDense') throw new Error('other layers');
    expect(a.weights).not.toEqual(b.weights);
    expect(c.blocks[0]!.weights).not.toEqual(c.blocks[1]!.weights);
  });

  it('ends at what the chip can hold', () => {
    const ends = (weights: readonly number[], bits?: BitWidth): ReadonlySet<number> => {
      const many = Int8Array.from({ length: 400 }, (_, k) => weights[k % weights.length]!);
      return new Set(noisy(many, { additive: 1e6 }, 1, bits));
    };
    expect(ends([2, 1, -3])).toEqual(new Set([-3, 3]));
    expect(ends([3, -3])).toEqual(new Set([-3, 3]));
    expect(ends([-128, 5])).toEqual(new Set([-128, 127]));
    expect(ends([-8, 5], 4)).toEqual(new Set([-8, 7]));
    expect(ends([-1, 1], 1)).toEqual(new Set([-1, 1]));
  });

  it('leaves two-valued weights two-valued, and rounds the others', () => {
    expect(
      new Set(
        noisy(
          Int8Array.from({ length: 400 }, (_, k) => (k % 2 === 0 ? 3 : -3)),
          { additive: 0.2 },
        ),
      ),
    ).toEqual(new Set([-3, 3]));
    const values = new Set(
      noisy(
        Int8Array.from({ length: 400 }, (_, k) => [3, 1, -3][k % 3]!),
        { additive: 0.2 },
      ),
    );
    for (const value of [0, 1, 2, -2]) expect(values).toContain(value);
  });

  it('of nothing is the network itself', () => {
    const graph = graphOf(2, dense(Int8Array.of(1, 2), 1));
    expect(addWeightNoise(graph, { additive: 0, multiplicative: 0 }, 1)).toBe(graph);
    expect(addWeightNoise(graph, { additive: 0, multiplicative: 1e-9 }, 1)).toEqual(graph);
    expect(addWeightNoise(graph, { additive: 1e-9, multiplicative: 0 }, 1)).not.toBe(graph);
  });

  it('has no meaning for real weights', () => {
    const graph = graphOf(2, dense(Float32Array.of(0.5, 1), 1));
    expect(() => addWeightNoise(graph, { additive: 1, multiplicative: 0 }, 1)).toThrow(UserError);
  });
});

describe('noise on blocks of typed weights', () => {
  /** Weights of a block of rows under noise. */
  function blockNoise(rows: readonly (readonly number[])[], additive: number): readonly (readonly number[])[] {
    const nIn = rows[0]!.length;
    const block = {
      inputs: Int32Array.from({ length: nIn }, (_, i) => i),
      nOut: rows.length,
      weights: Int8Array.from(rows.flat()),
    };
    const graph = graphOf(nIn, { kind: 'blockDense', id: 'b', input: 'code', blocks: [block] });
    const node = addWeightNoise(graph, { additive, multiplicative: 0 }, 3).nodes[2];
    if (node?.kind !== 'blockDense') throw new Error('no blocks');
    const { weights } = node.blocks[0]!;
    return rows.map((_, o) => [...weights.subarray(o * nIn, (o + 1) * nIn)]);
  }

  it('connects and cuts, with the weight of the row and the type of the input', () => {
    // One type does for all: no row has two weights.
    const rows = Array.from({ length: 8 }, (_, o) =>
      Array.from({ length: 40 }, (_, i) => (i % 8 === o ? o - 4 || 9 : 0)),
    );
    const after = blockNoise(rows, 0.5);
    after.forEach((row, o) => {
      expect(new Set(row)).toEqual(new Set([0, o - 4 || 9]));
    });
    expect(after).not.toEqual(rows);
    expect(blockNoise(rows, 1e-9)).toEqual(rows);
  });

  it('gives each input the weight of its own type', () => {
    const rows = [[5, -7, 5, -7, 5, -7, 5, -7], [2, 3, 2, 3, 2, 3, 2, 3]]; // prettier-ignore
    for (const row of [0, 1]) {
      blockNoise(rows, 0.6)[row]!.forEach((w, i) => {
        expect([0, rows[row]![i]]).toContain(w);
      });
    }
  });

  it('rounds where four types do not do', () => {
    const row = [1, 2, 3, 4, 5];
    const after = blockNoise(
      Array.from({ length: 30 }, () => row),
      0.5,
    ).flat();
    expect(new Set(after).size).toBeGreaterThan(6);
  });
});
