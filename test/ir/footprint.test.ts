import { describe, expect, it } from 'vitest';
import { present } from '../../src/common/assert.js';
import { lowerToInteger } from '../../src/compiler/pipelines.js';
import { bitsOfRange, type LayerFootprint, narrowestBits, networkFootprint } from '../../src/ir/network/footprint.js';
import type { NetworkGraph, NetworkNode } from '../../src/ir/network/types.js';

const CODE = { kind: 'integer', bits: 8, zeroPoint: 0, step: 1 } as const;

/** Nodes behind a coded image of 2 x 2 pixels, in the order in which they stand. */
const network = (nodes: readonly NetworkNode[], dialect: NetworkGraph['dialect'] = 'float'): NetworkGraph => ({
  name: 'made',
  dialect,
  nodes: [
    { kind: 'input', id: 'image', shape: [2, 2, 1] },
    { kind: 'encode', id: 'code', input: 'image', code: CODE },
    { kind: 'flatten', id: 'flat', input: 'code' },
    ...nodes,
  ],
});

const layer = (graph: NetworkGraph, id: string): LayerFootprint =>
  present(
    networkFootprint(graph).layers.find((one) => one.id === id),
    id,
  );

describe('bits', () => {
  it.each([
    [0, 0, 1],
    [0, 1, 1],
    [0, 2, 2],
    [0, 255, 8],
    [0, 256, 9],
    [-1, 0, 1],
    [-1, 1, 2],
    [-2, 1, 2],
    [-3, 1, 3],
    [-128, 127, 8],
    [-128, 128, 9],
    [-129, 127, 9],
    [-5, -3, 4],
  ])('of %d..%d are %d', (low, high, bits) => {
    expect(bitsOfRange(low, high)).toBe(bits);
  });

  it('of weights are the fewest that hold them, one for -1 and +1', () => {
    expect(narrowestBits(Int8Array.of(1, -1))).toBe(1);
    expect(narrowestBits(Int8Array.of(1, 0))).toBe(2);
    expect(narrowestBits(Int8Array.of(7, -8))).toBe(4);
    expect(narrowestBits(Int8Array.of(8))).toBe(5);
    expect(narrowestBits(Int8Array.of(-128))).toBe(8);
  });
});

describe('the footprint of a network', () => {
  const dense: NetworkNode = {
    ...{ kind: 'dense', id: 'dense', input: 'flat', nOut: 3, weightBits: 4 },
    weights: Int8Array.of(0, 1, 2, 0, 0, 1, -3, 1, 0, 0, 0, 7),
    scale: Float64Array.of(0.5),
    bias: Float64Array.of(1, 2, 3),
  };
  const quantise: NetworkNode = { kind: 'quantise', id: 'levels', input: 'dense', step: 1, bits: 5, signed: false };
  const scores: NetworkNode = { kind: 'scores', id: 'scores', input: 'levels' };

  it('counts weights, the zeros among them, other numbers and values, each with their bits', () => {
    const graph = network([dense, quantise, scores]);
    expect(layer(graph, 'dense')).toMatchObject({
      ...{ shape: [3], macs: 12, constants: { count: 4, bits: 128 } },
      weights: { count: 12, width: 4, bits: 48, zeros: 6, isReal: false },
      values: { count: 3, width: 32, bits: 96, isReal: true },
    });
    expect(layer(graph, 'levels').values).toEqual({ count: 3, width: 5, bits: 15, isReal: false });
    const found = networkFootprint(graph);
    expect(found).toMatchObject({ macs: 12, weights: { count: 12, bits: 48, zeros: 6 }, constants: { bits: 128 } });
    // Image, code and flat vector of 8 bits, sums, levels; scores are real numbers.
    expect(found.values.bits).toBe(3 * 32 + 96 + 15 + 96);
    // While the sums are computed the vector is still read.
    expect(found.values).toMatchObject({ most: 32 + 96, mostAt: 'dense' });
  });

  it('keeps counting what a later layer reads', () => {
    const twice: NetworkNode = { kind: 'relu', id: 'twice', input: 'flat' };
    const sum: NetworkNode = { kind: 'add', id: 'sum', inputs: ['flat', 'twice'] };
    const { values } = networkFootprint(network([twice, sum, { kind: 'scores', id: 'scores', input: 'sum' }]));
    // The sum, of four real numbers, and the scores, as many, are never needed with more than the operands.
    expect(values).toMatchObject({ most: 4 * 32 + 4 * 32, mostAt: 'scores' });
    const wide: NetworkNode = { kind: 'concat', id: 'wide', inputs: ['flat', 'sum'] };
    const later = networkFootprint(network([twice, sum, wide, { kind: 'scores', id: 'scores', input: 'wide' }]));
    expect(later.values).toMatchObject({ most: 2 * 8 * 32, mostAt: 'scores' });
    const atSum = networkFootprint(network([twice, sum, { kind: 'sign', id: 'bits', input: 'sum' }]));
    // Both operands of 8 bits beside the four sums.
    expect(atSum.values).toMatchObject({ most: 32 + 32 + 4 * 32, mostAt: 'sum' });
  });

  it('takes the bits of integers from what they can be, and those of real weights as 32', () => {
    const real: NetworkNode = {
      ...{ kind: 'dense', id: 'real', input: 'flat', nOut: 1, weights: Float32Array.of(0, 1, 0.5, 0) },
    };
    const graph = network([real, { kind: 'scores', id: 'scores', input: 'real' }]);
    expect(layer(graph, 'real').weights).toEqual({ count: 4, width: 32, bits: 128, zeros: 2, isReal: true });
    const integer = lowerToInteger(network([dense, quantise, scores]));
    // At least -3 x 255 and at most 8 x 255.
    expect(layer(integer, 'dense').values).toMatchObject({ width: 12, isReal: false });
    expect(networkFootprint(integer).layers.every(({ values }) => !values.isReal)).toBe(true);
  });

  it('counts as zero the weights at their zero point', () => {
    const graph = network(
      [
        {
          ...{ kind: 'dense', id: 'dense', input: 'flat', nOut: 2, weights: Int8Array.of(3, 0, 3, 1, -2, -2, 3, 0) },
          weightZeroPoint: Int8Array.of(3, -2),
        },
        { kind: 'scores', id: 'scores', input: 'dense' },
      ],
      'integer',
    );
    expect(layer(graph, 'dense').weights).toMatchObject({ zeros: 4, width: 3 });
    expect(layer(graph, 'dense').constants).toEqual({ count: 2, bits: 6 });
  });
});
