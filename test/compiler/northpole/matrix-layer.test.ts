import { describe, expect, it } from 'vitest';
import { forStoredOperand, isMatrixNode, matrixParts } from '../../../src/compiler/targets/northpole/matrix-layer.js';
import type { Conv2dNode } from '../../../src/ir/network/types.js';

const INPUT = [2, 3, 2] as const;
const whole = {
  geometry: { window: [2, 3], stride: [1, 1], dilation: [1, 1], padding: [0, 0, 0, 0] },
  groups: 1,
  padValue: 0,
};

describe('a layer in the form of the VMM', () => {
  it('dense: a window as large as the image', () => {
    const weights = Int8Array.from({ length: 24 }, (_, k) => k - 12);
    const node = { kind: 'dense', id: 'd', input: 'x', nOut: 2, weights } as const;
    expect(matrixParts(node, INPUT)).toEqual({ ...whole, weights, declaredBits: 1, bias: new Float64Array(2) });
    expect(matrixParts({ ...node, weightBits: 4, bias: Float64Array.of(5, -6) }, INPUT)).toMatchObject({
      declaredBits: 4,
      bias: Float64Array.of(5, -6),
    });
  });

  it('block dense: blocks at their inputs, zeros between, and how many connections each output has', () => {
    const blocks = [
      { inputs: Int32Array.of(1, 4), nOut: 2, weights: Int8Array.of(1, 2, 3, 4) },
      { inputs: Int32Array.of(0, 5, 11), nOut: 1, weights: Int8Array.of(5, 6, 7) },
    ];
    const { weights, fanIn, bias, ...rest } = matrixParts({ kind: 'blockDense', id: 'b', input: 'x', blocks }, INPUT);
    expect(Array.from({ length: 3 }, (_, o) => [...weights.subarray(o * 12, o * 12 + 12)])).toEqual([
      [0, 1, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0],
      [0, 3, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0],
      [5, 0, 0, 0, 0, 6, 0, 0, 0, 0, 0, 7],
    ]);
    expect([...fanIn!]).toEqual([2, 2, 3]);
    expect([...bias]).toEqual([0, 0, 0]);
    expect(rest).toEqual({ ...whole, declaredBits: 1 });
  });

  it('a flattening that moves values: ones on the diagonal, one connection each', () => {
    const { weights, fanIn, bias } = matrixParts({ kind: 'flatten', id: 'f', input: 'x' }, [1, 2, 2]);
    expect([...weights]).toEqual([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]);
    expect([...fanIn!]).toEqual([1]);
    expect(bias).toHaveLength(4);
  });

  it('a convolution as it is', () => {
    const node: Conv2dNode = {
      ...{ kind: 'conv2d', id: 'c', input: 'x', nOut: 2, groups: 2, padValue: 3, weights: new Int8Array(8).fill(1) },
      window: [2, 2],
      stride: [2, 1],
      padding: [1, 0, 0, 1],
    };
    expect(matrixParts(node, INPUT)).toEqual({
      ...{ groups: 2, padValue: 3, weights: node.weights, declaredBits: 1, bias: new Float64Array(2) },
      geometry: { window: [2, 2], stride: [2, 1], dilation: [1, 1], padding: [1, 0, 0, 1] },
    });
    const set: Conv2dNode = { ...node, dilation: [1, 2], weightBits: 2, bias: Float64Array.of(1, 2) };
    expect(matrixParts(set, INPUT)).toMatchObject({ declaredBits: 2, bias: set.bias, geometry: { dilation: [1, 2] } });
  });

  it('has a bias and a padding made for what is stored', () => {
    const parts = {
      ...{ weights: Int8Array.of(1, 2, -3, 4, 5, 6), bias: Float64Array.of(10, -10), padValue: 2 },
      geometry: { window: [1, 1], stride: [1, 1], dilation: [1, 1], padding: [0, 0, 1, 0] },
    } as const;
    expect(forStoredOperand(parts, 0)).toEqual({ bias: parts.bias, padValue: 2 });
    // Sums of 0 and 15 of the weights, times 7, come off; padding is stored with the zero point.
    expect(forStoredOperand(parts, 7)).toEqual({ bias: Float64Array.of(10, -10 - 7 * 15), padValue: 9 });
    const unpadded = { ...parts, geometry: { ...parts.geometry, padding: [0, 0, 0, 0] } } as const;
    expect([0, 7].map((zeroPoint) => forStoredOperand(unpadded, zeroPoint).padValue)).toEqual([0, 0]);
  });

  it('is what dense, block dense, convolutions and flattenings have', () => {
    expect(isMatrixNode({ kind: 'flatten', id: 'f', input: 'x' })).toBe(true);
    expect(isMatrixNode({ kind: 'dense', id: 'd', input: 'x', nOut: 1, weights: Int8Array.of(1) })).toBe(true);
    expect(isMatrixNode({ kind: 'blockDense', id: 'b', input: 'x', blocks: [] })).toBe(true);
    expect(
      isMatrixNode({ kind: 'maxPool', id: 'm', input: 'x', window: [1, 1], stride: [1, 1], padding: [0, 0, 0, 0] }),
    ).toBe(false);
  });
});
