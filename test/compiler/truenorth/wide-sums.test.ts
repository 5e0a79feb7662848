/** Layers of int8 networks whose sums reach millions, far beyond the potential of a neuron (393,216). */
import { expect, test } from 'vitest';

import { inferRanges } from '../../../src/ir/network/ranges.js';
import type { NetworkGraph, NetworkNode, Shape } from '../../../src/ir/network/types.js';
import { expectExact } from '../../support/exact-program.js';

/** Weights of 8 bits, most of them large, of both signs. */
const weightsOf = (n: number, seed: number): Int8Array =>
  Int8Array.from({ length: n }, (_, i) => {
    const draw = ((i + seed) * 7919) % 97;
    return draw < 30 ? -127 + draw : 127 - (draw % 13);
  });

/** To 8 bits, as int8 networks do it: rounded, with zero points, clipped. */
const to8Bits = (id: string, input: string, divisor: number): NetworkNode => ({
  ...{ kind: 'requantise', id, input, inputZeroPoint: 0, leftShift: 0, zeroPoint: -128, min: -128, max: 127 },
  ...{ multiplier: Int32Array.of(Math.round(2 ** 31 / divisor)), shift: Uint8Array.of(31), rounding: 'halfUp' },
});

function graphOf(name: string, shape: Shape, layers: readonly NetworkNode[]): NetworkGraph {
  const nodes: NetworkNode[] = [
    { kind: 'input', id: 'x', shape },
    { kind: 'encode', id: 'c', input: 'x', code: { kind: 'integer', bits: 8, zeroPoint: 0, step: 1 } },
    ...layers,
    { kind: 'scores', id: 's', input: layers.at(-1)!.id },
  ];
  return { name, dialect: 'integer', nodes };
}

const conv = { kind: 'conv2d', stride: [1, 1], padding: [0, 0, 0, 0], groups: 1, padValue: 0 } as const;

const GRAPHS: readonly [what: string, graph: NetworkGraph, sums: string][] = [
  [
    'a dense layer',
    graphOf(
      'dense',
      [180],
      [
        {
          kind: 'dense',
          id: 'sums',
          input: 'c',
          nOut: 2,
          weights: weightsOf(360, 1),
          bias: Float64Array.of(1234, -99),
        },
        to8Bits('q', 'sums', 9000),
      ],
    ),
    'sums',
  ],
  [
    'a convolution',
    graphOf(
      'conv',
      [3, 3, 20],
      [
        { ...conv, id: 'sums', input: 'c', window: [3, 3], nOut: 2, weights: weightsOf(360, 5) },
        to8Bits('q', 'sums', 12_345),
        { kind: 'flatten', id: 'f', input: 'q' },
      ],
    ),
    'sums',
  ],
  [
    'a depthwise convolution and the pointwise one that reads it',
    graphOf(
      'separable',
      [3, 3, 4],
      [
        { ...conv, id: 'depthwise', input: 'c', window: [3, 3], groups: 4, nOut: 4, weights: weightsOf(36, 9) },
        to8Bits('q', 'depthwise', 700),
        {
          ...conv,
          id: 'sums',
          input: 'q',
          window: [1, 1],
          nOut: 2,
          weights: weightsOf(8, 2),
          bias: Float64Array.of(950_000, -950_000),
        },
        to8Bits('r', 'sums', 3900),
        { kind: 'flatten', id: 'f', input: 'r' },
      ],
    ),
    'sums',
  ],
  [
    'a residual block, its branches brought to one scale, and the average after it',
    graphOf(
      'residual',
      [2, 2, 32],
      [
        { ...conv, id: 'sums', input: 'c', window: [1, 1], nOut: 2, weights: weightsOf(64, 4) },
        to8Bits('q', 'sums', 1500),
        { ...conv, id: 'sums2', input: 'c', window: [1, 1], nOut: 2, weights: weightsOf(64, 11) },
        to8Bits('q2', 'sums2', 1700),
        { kind: 'add', id: 'a', inputs: ['q', 'q2'] },
        { kind: 'avgPool', id: 'average', input: 'a', window: [2, 2], stride: [2, 2], padding: [0, 0, 0, 0] },
        { kind: 'flatten', id: 'f', input: 'average' },
      ],
    ),
    'sums',
  ],
];

test.each(GRAPHS)('%s is exact', async (_, graph, sums) => {
  const { low, high } = inferRanges(graph).get(sums)!;
  expect(Math.max(...high) - Math.min(...low)).toBeGreaterThan(950_000);
  await expectExact(graph, { window: 128 }, 'fast');
});
