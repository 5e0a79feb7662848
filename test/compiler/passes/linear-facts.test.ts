import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type LinearFacts, linearFacts, pooledConstants } from '../../../src/compiler/passes/linear-facts.js';
import { counts, type Value } from '../../../src/compiler/passes/integer-value.js';
import { lowerToInteger } from '../../../src/compiler/pipelines.js';
import { type LinearNode, linearRows } from '../../../src/ir/network/linear.js';
import { channelsOf, shapeAfter, sizeOf } from '../../../src/ir/network/shapes.js';
import type { AvgPoolNode, Conv2dNode, NetworkGraph, Shape } from '../../../src/ir/network/types.js';

/** The same facts by definition, from the whole matrix. */
function byRows(node: Exclude<LinearNode, { kind: 'sumPool' }>, before: Value, shape: Shape): LinearFacts {
  const rows = linearRows(node, before.shape);
  const channels = channelsOf(shape);
  const low = new Float64Array(channels).fill(Infinity);
  const high = new Float64Array(channels).fill(-Infinity);
  const constant = Float64Array.from({ length: rows.nOut }, (_, o) => {
    let sum = rows.padded[o]! * (node.kind === 'conv2d' ? node.padValue : 0) * before.divisor;
    let [min, max] = [0, 0];
    for (let k = rows.rowStart[o]!; k < rows.rowStart[o + 1]!; k++) {
      const i = rows.column[k]!;
      const ends = [before.low[i % before.low.length]!, before.high[i % before.low.length]!].map(
        (q) => q * rows.weight[k]!,
      );
      sum += rows.weight[k]! * before.constant[i]!;
      min += Math.min(...ends);
      max += Math.max(...ends);
    }
    low[o % channels] = Math.min(low[o % channels]!, min);
    high[o % channels] = Math.max(high[o % channels]!, max);
    return sum;
  });
  return { constant, low, high };
}

/** Deterministic small integers from a seed. */
const drawer = (seed: number): ((low: number, high: number) => number) => {
  let state = seed;
  return (low, high) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return low + Math.floor((state / 2 ** 32) * (high - low + 1));
  };
};

function valueOf(shape: Shape, perPixel: boolean, draw: (low: number, high: number) => number): Value {
  const channels = channelsOf(shape);
  const ofChannel = Array.from({ length: channels }, () => draw(-3, 3));
  return {
    ...counts('x', shape, 1),
    divisor: draw(1, 4),
    constant: Float64Array.from({ length: sizeOf(shape) }, (_, e) =>
      perPixel ? draw(-3, 3) : ofChannel[e % channels]!,
    ),
    low: Float64Array.from({ length: channels }, () => draw(-2, 0)),
    high: Float64Array.from({ length: channels }, () => draw(0, 4)),
  };
}

test('constants and bounds of a convolution by border class are those of its whole matrix', () => {
  fc.assert(
    fc.property(fc.nat(), fc.boolean(), (seed, perPixel) => {
      const draw = drawer(seed);
      const groups = draw(1, 2);
      const window = [draw(1, 4), draw(1, 4)] as const;
      const dilation = [draw(1, 3), draw(1, 3)] as const;
      const padding = [draw(0, 9), draw(0, 9), draw(0, 9), draw(0, 9)] as const;
      const span = window.map((taps, i) => (taps - 1) * dilation[i]! + 1);
      const shape = [
        draw(0, 4) + Math.max(1, span[0]! - padding[0] - padding[1]),
        draw(0, 5) + Math.max(1, span[1]! - padding[2] - padding[3]),
        groups * draw(1, 2),
      ];
      const nOut = groups * draw(1, 3);
      const node: Conv2dNode = {
        ...{ kind: 'conv2d', id: 'c', input: 'x', window, dilation, padding, groups, nOut, padValue: draw(-1, 1) },
        stride: [draw(1, 3), draw(1, 3)],
        weights: Int8Array.from({ length: (nOut * window[0] * window[1] * shape[2]!) / groups }, () => draw(-2, 2)),
      };
      const before = valueOf(shape, perPixel, draw);
      const out = shapeAfter(node, [shape]);
      expect(linearFacts(node, before, out)).toEqual(byRows(node, before, out));
    }),
    { numRuns: 500 },
  );
});

test('constants and bounds of dense layers and blocks are those of their whole matrix', () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const draw = drawer(seed);
      const before = valueOf([12], true, draw);
      const weights = (n: number): Int8Array => Int8Array.from({ length: n }, () => draw(-2, 2));
      const dense = { kind: 'dense', id: 'd', input: 'x', nOut: 5, weights: weights(60) } as const;
      expect(linearFacts(dense, before, [5])).toEqual(byRows(dense, before, [5]));
      const blocks = [
        { inputs: Int32Array.of(1, 4, 11), nOut: 2, weights: weights(6) },
        { inputs: Int32Array.of(0, 4), nOut: 3, weights: weights(6) },
      ];
      const block = { kind: 'blockDense', id: 'b', input: 'x', blocks } as const;
      expect(linearFacts(block, before, [5])).toEqual(byRows(block, before, [5]));
    }),
    { numRuns: 100 },
  );
});

test('constants of an average pool are the sums under its windows', () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const draw = drawer(seed);
      const before = valueOf([draw(3, 6), draw(3, 6), 2], true, draw);
      const padding = [draw(0, 3), draw(0, 3), draw(0, 3), draw(0, 3)] as const;
      const pool: AvgPoolNode = {
        ...{ kind: 'avgPool', id: 'p', input: 'x', window: [draw(1, 3), draw(1, 3)], padding },
        stride: [draw(1, 3), draw(1, 3)],
      };
      const rows = linearRows({ ...pool, kind: 'sumPool' }, before.shape);
      const expected = Float64Array.from({ length: rows.nOut }, (_, o) =>
        rows.column.subarray(rows.rowStart[o], rows.rowStart[o + 1]).reduce((sum, i) => sum + before.constant[i]!, 0),
      );
      expect(pooledConstants(pool, before, shapeAfter(pool, [before.shape]))).toEqual(expected);
    }),
    { numRuns: 200 },
  );
});

const CHANNELS = 64;

/** A binary convolution on signs, padded with 0, so that every border class has thresholds of its own. */
function binaryConvolution(size: number): NetworkGraph {
  const draw = drawer(7);
  const signs = (n: number): Int8Array => Int8Array.from({ length: n }, () => 2 * draw(0, 1) - 1);
  const conv = { kind: 'conv2d', stride: [1, 1], groups: 1, padValue: 0, nOut: CHANNELS } as const;
  return {
    name: `binary-${size}`,
    dialect: 'float',
    nodes: [
      { kind: 'input', id: 'image', shape: [size, size, 3] },
      { kind: 'encode', id: 'code', input: 'image', code: { kind: 'integer', bits: 8, zeroPoint: 0, step: 1 / 128 } },
      { ...conv, id: 'first', input: 'code', window: [1, 1], padding: [0, 0, 0, 0], weights: signs(3 * CHANNELS) },
      { kind: 'sign', id: 'signs', input: 'first' },
      { ...conv, id: 'conv', input: 'signs', window: [3, 3], padding: [1, 1, 1, 1], weights: signs(9 * CHANNELS ** 2) },
      { kind: 'sign', id: 'act', input: 'conv' },
      { kind: 'flatten', id: 'flat', input: 'act' },
      { kind: 'votes', id: 'out', input: 'flat', nClasses: 10 },
    ],
  };
}

function thresholds(size: number): (y: number, x: number) => readonly number[] {
  const node = lowerToInteger(binaryConvolution(size)).nodes.find(({ id }) => id === 'act');
  if (node?.kind !== 'threshold') throw new Error('no threshold');
  return (y, x) => Array.from({ length: CHANNELS }, (_, c) => node.theta[(y * size + x) * CHANNELS + c]!);
}

test('a binary convolution on 224 x 224 x 64 has the thresholds of one on 5 x 5 x 64, border by border', () => {
  const large = thresholds(224);
  const small = thresholds(5);
  for (const [far, near] of [
    [0, 0],
    [1, 1],
    [100, 2],
    [222, 3],
    [223, 4],
  ] as const) {
    for (const [farX, nearX] of [
      [0, 0],
      [150, 2],
      [223, 4],
    ] as const) {
      expect(large(far, farX)).toEqual(small(near, nearX));
    }
  }
  expect(small(0, 0)).not.toEqual(small(2, 2));
});
