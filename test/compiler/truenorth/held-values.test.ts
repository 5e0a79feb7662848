import { expect, test } from 'vitest';
import type { NetworkGraph, NetworkNode } from '../../../src/ir/network/types.js';
import { verifyNetwork } from '../../../src/ir/network/verify.js';
import { expectExact } from '../../support/exact-program.js';

/** A value of 63 steps, and what comes after it. */
const graphOf = (shape: readonly number[], after: readonly NetworkNode[]): NetworkGraph => ({
  name: 'held',
  dialect: 'integer',
  nodes: [
    { kind: 'input', id: 'image', shape },
    { kind: 'encode', id: 'code', input: 'image', code: { kind: 'integer', bits: 8, zeroPoint: 0, step: 1 } },
    {
      ...{ kind: 'requantise', id: 'q', input: 'code', inputZeroPoint: 0, leftShift: 0 },
      ...{ multiplier: Int32Array.of(1), shift: Uint8Array.of(2), zeroPoint: 0, min: 0, max: 63, rounding: 'floor' },
    },
    ...after,
  ],
});

/** x, and one more from 20 and from 40 on: it passes x on and adds two neurons. */
const nearly: NetworkNode = {
  ...{ kind: 'lookup', id: 'l', input: 'q', inputMin: 0 },
  table: Int16Array.from({ length: 64 }, (_, x) => x + (x >= 20 ? 1 : 0) + (x >= 40 ? 1 : 0)),
};

test('a value that passes on with neurons that add to it is no count of steps in a row', async () => {
  const read = graphOf(
    [6],
    [
      nearly,
      { kind: 'dense', id: 'd', input: 'l', nOut: 2, weights: Int8Array.from([1, 2, -3, 1, 1, 2, 3, -1, 1, 2, -2, 1]) },
      { kind: 'scores', id: 's', input: 'd' },
    ],
  );
  expect(verifyNetwork(read)).toEqual([]);
  await expectExact(read, {}, 'fast');
});

test('a maximum of such values is taken of their values, not of their spikes', async () => {
  const pooled = graphOf(
    [2, 2, 2],
    [
      nearly,
      { kind: 'maxPool', id: 'p', input: 'l', window: [2, 2], stride: [1, 1], padding: [0, 0, 0, 0] },
      { kind: 'flatten', id: 'f', input: 'p' },
      { kind: 'scores', id: 's', input: 'f' },
    ],
  );
  expect(verifyNetwork(pooled)).toEqual([]);
  await expectExact(pooled, {}, 'fast');
});
