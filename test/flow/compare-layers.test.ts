import { describe, expect, it } from 'vitest';
import { PURPOSE, sequence } from '../../src/common/rng.js';
import { compareLayers } from '../../src/flow/compare-layers.js';
import type { NetworkGraph, NetworkNode } from '../../src/ir/network/types.js';

const random = sequence(9, PURPOSE.test);

/** A flat input of 6 values, multiples of a quarter, then `layers`, then a dense layer on "end". */
function network(layers: readonly NetworkNode[]): NetworkGraph {
  return {
    name: 'net',
    dialect: 'float',
    nodes: [
      { kind: 'input', id: 'image', shape: [6] },
      { kind: 'encode', id: 'code', input: 'image', code: { kind: 'integer', bits: 4, zeroPoint: 8, step: 0.25 } },
      { kind: 'dense', id: 'fc', input: 'code', nOut: 6, weights: weights(36), scale: Float64Array.of(0.5) },
      ...layers,
      { kind: 'dense', id: 'last', input: 'end', nOut: 3, weights: weights(18) },
      { kind: 'scores', id: 'out', input: 'last' },
    ],
  };
}

const weights = (n: number): Int8Array => Int8Array.from({ length: n }, () => random.below(7) - 3);
const images = Uint8Array.from({ length: 6 * 40 }, () => random.below(256));
const data = { name: 'made', shape: [1, 6, 1] as const, images, labels: new Uint8Array(40), nClasses: 3 };

describe('comparing a network with its integer form', () => {
  it('finds every element of every layer equal where the lowering is exact, folded layers too', async () => {
    const found = await compareLayers(
      network([
        { kind: 'relu', id: 'r', input: 'fc' },
        { kind: 'quantise', id: 'end', input: 'r', step: 0.5, bits: 4, signed: false },
      ]),
      data,
      { limit: 40 },
    );
    expect(found.layers.map(({ layer }) => layer)).toEqual(['code', 'fc', 'r', 'end', 'last']);
    expect(found.layers.map(({ integerLayer }) => integerLayer)).toEqual(['code', 'fc', 'fc', 'end', 'last']);
    expect(found.layers.every(({ agreement, largestError }) => agreement === 1 && largestError === 0)).toBe(true);
    expect(found).toMatchObject({ samples: 40, sameDecision: 40 });
    expect(found.first).toBeUndefined();
  });

  it('says where both part first, by how much and why: the operands of a sum on different steps', async () => {
    const found = await compareLayers(
      network([
        { kind: 'quantise', id: 'a', input: 'fc', step: 0.3, bits: 4, signed: true },
        { kind: 'quantise', id: 'b', input: 'fc', step: 0.7, bits: 4, signed: true },
        { kind: 'add', id: 's', inputs: ['a', 'b'] },
        { kind: 'quantise', id: 'end', input: 's', step: 0.5, bits: 4, signed: true },
      ]),
      data,
      { limit: 40 },
    );
    const byLayer = new Map(found.layers.map((layer) => [layer.layer, layer]));
    expect(byLayer.get('a')?.agreement).toBe(1);
    expect(byLayer.get('b')?.agreement).toBe(1);
    const sum = byLayer.get('s');
    expect(sum?.agreement).toBeLessThan(1);
    // The bound of the lowering is far below a step.
    expect(sum?.largestError).toBeGreaterThan(0);
    expect(sum?.largestError).toBeLessThan(1e-5);
    expect(found.first).toMatchObject({ layer: 's', cause: 'rounded operands' });
    expect(sum?.parts).toEqual(found.first);
    const { first } = found;
    expect(first).toMatchObject({ channel: first?.element });
  });
});
