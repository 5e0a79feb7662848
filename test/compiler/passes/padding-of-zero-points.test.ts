import { expect, test } from 'vitest';
import { toInteger } from '../../../src/flow.js';
import type { NetworkGraph } from '../../../src/ir/network/types.js';

/** A value whose zero point, 220 counts of a quantiser times 4 of an average, is beyond what a layer can pad with. */
const averaged = (padding: readonly [number, number, number, number]): NetworkGraph => ({
  name: 'averaged',
  dialect: 'float',
  nodes: [
    { kind: 'input', id: 'image', shape: [4, 4, 1] },
    { kind: 'encode', id: 'code', input: 'image', code: { kind: 'integer', bits: 8, zeroPoint: 0, step: 1 } },
    { kind: 'quantise', id: 'wide', input: 'code', step: 1, bits: 8, signed: true, levels: [-220, 35] },
    { kind: 'avgPool', id: 'mean', input: 'wide', window: [2, 2], stride: [2, 2], padding: [0, 0, 0, 0] },
    {
      kind: 'conv2d',
      id: 'conv',
      input: 'mean',
      window: [2, 2],
      stride: [1, 1],
      padding,
      groups: 1,
      padValue: 0,
      nOut: 1,
      weights: Int8Array.of(1, -1, 1, -1),
    },
    { kind: 'quantise', id: 'act', input: 'conv', step: 1, bits: 4, signed: false },
    { kind: 'flatten', id: 'flat', input: 'act' },
    { kind: 'scores', id: 'scores', input: 'flat' },
  ],
});

test('a layer that pads nothing takes values of any zero point', () => {
  const conv = toInteger(averaged([0, 0, 0, 0])).nodes.find(({ id }) => id === 'conv');
  expect(conv).toMatchObject({ kind: 'conv2d', padding: [0, 0, 0, 0], padValue: 0 });
});

test('a layer that would have to pad with more than it can hold is refused with what helps', () => {
  expect(() => toInteger(averaged([1, 0, 0, 0]))).toThrow(/its padding is 880 steps .*quantise the values once more/s);
});
