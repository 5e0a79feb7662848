import { describe, expect, test } from 'vitest';
import { pairItem, rowGroups } from '../../src/compiler/targets/truenorth/groups.js';
import { packItems } from '../../src/compiler/targets/truenorth/packing.js';
import { laneBound } from '../../src/compiler/targets/truenorth/partial-plan.js';

test('a weight that needs more axons than a core has does not fit, however large it is', () => {
  const copies = Int32Array.of(1);
  const layerOf = (weight: number) => ({
    name: 'heavy',
    rule: 'threshold' as const,
    matrix: {
      nIn: 1,
      nOut: 1,
      rowStart: Int32Array.of(0),
      rowEnd: Int32Array.of(1),
      column: Int32Array.of(0),
      weight: Int16Array.of(weight),
      group: Int32Array.of(0),
      groupPlace: new Int32Array(0),
    },
    theta: Int32Array.of(1),
    constant: Int32Array.of(0),
    bundle: Int32Array.of(0),
    turned: Uint8Array.of(0),
    extra: Int32Array.of(-1),
    inputs: Int32Array.of(0),
    max: Uint16Array.of(1),
    inputChannel: Int32Array.of(0),
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

describe('items that fit a core exactly', () => {
  /** An item of units with these neurons that reads inputs [from, to), one axon each. */
  const item = (from: number, to: number, ...neurons: number[]) => ({
    inputs: Int32Array.from({ length: to - from }, (_, i) => from + i),
    excite: new Uint16Array(to - from).fill(1),
    inhibit: new Uint16Array(to - from),
    neurons,
  });

  test('share it up to its last neuron', () => {
    const two = [item(0, 4, 16), item(4, 8, 16)];
    // Nothing was in the way of a third item: neither limit counts.
    expect(packItems(two, [0, 1], 8, 8, 32)).toMatchObject({ cores: [{}], limitedBy: 'axons' });
    expect(packItems(two, [0, 1], 8, 8, 31)).toMatchObject({
      cores: [[{ item: 0 }], [{ item: 1 }]],
      limitedBy: 'neurons',
    });
  });

  test('share it up to its last axon', () => {
    const two = [item(0, 4, 1), item(4, 8, 1)];
    expect(packItems(two, [0, 1], 8, 8, 32)).toMatchObject({ axons: 8, cores: [[{ item: 0 }, { item: 1 }]] });
    expect(packItems(two, [0, 1], 8, 7, 32)).toMatchObject({
      cores: [[{ item: 0 }], [{ item: 1 }]],
      limitedBy: 'axons',
    });
  });

  test('count the axons of an input that both read once', () => {
    expect(packItems([item(0, 6, 1), item(2, 8, 1)], [0, 1], 8, 8, 32)).toMatchObject({ axons: 8, cores: [{}] });
  });

  test('are cut where a unit fills the core', () => {
    expect(packItems([item(0, 4, 16, 16, 16)], [0], 4, 4, 32)?.cores).toEqual([
      [{ item: 0, from: 0, to: 2 }],
      [{ item: 0, from: 2, to: 3 }],
    ]);
    expect(packItems([item(0, 4, 33)], [0], 4, 4, 32)).toBeUndefined();
  });
});

describe('the longest count of a lane', () => {
  test('is the window where counts arrive as a queue, and what is left of it where they are spread', () => {
    expect(laneBound(40, { maxCount: 3, span: 5, aligned: true })).toBe(40);
    // The last spike of a count that comes within 5 ticks may come 4 ticks late.
    expect(laneBound(40, { maxCount: 3, span: 5, aligned: false })).toBe(36);
    expect(laneBound(40, { maxCount: 1, span: 1, aligned: false })).toBe(40);
  });
});
