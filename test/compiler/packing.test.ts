import { expect, test } from 'vitest';
import { pairItem, rowGroups } from '../../src/compiler/targets/truenorth/groups.js';
import { packItems } from '../../src/compiler/targets/truenorth/packing.js';

test('a weight that needs more axons than a core has does not fit, however large it is', () => {
  const copies = Int32Array.of(1);
  const layerOf = (weight: number) => ({
    name: 'heavy',
    rule: 'threshold' as const,
    matrix: {
      nIn: 1,
      nOut: 1,
      rowStart: Int32Array.of(0, 1),
      column: Int32Array.of(0),
      weight: Int16Array.of(weight),
      group: Int32Array.of(0),
      groupPlace: new Int32Array(0),
    },
    theta: Int32Array.of(1),
    constant: Int32Array.of(0),
    inputChannels: 1,
  });
  const pack = (weight: number) => {
    const items = rowGroups(layerOf(weight), copies).map((group) => pairItem(group, copies));
    return packItems(items, [0], 1, 256, 256);
  };
  expect(pack(256)?.axons).toBe(256);
  expect(pack(-256)?.axons).toBe(256);
  expect(pack(257)).toBeUndefined();
  expect(pack(300)).toBeUndefined();
  expect(pack(-300)).toBeUndefined();
});
