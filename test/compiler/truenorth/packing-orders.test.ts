import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packCounting } from '../../../src/compiler/targets/truenorth/counting-cores.js';
import { pairItem, rowGroups } from '../../../src/compiler/targets/truenorth/groups.js';
import { bestPacking, groupOrders, packItems } from '../../../src/compiler/targets/truenorth/packing.js';
import { digest } from '../../support/digest.js';
import { contextOf, layerOf } from './chip-layer.js';

/** Orders of groups at every place of an image, `perPlace` at each, as [y, x, group of the place]. */
function ordersOf(height: number, width: number, perPlace: number): readonly (readonly (readonly number[])[])[] {
  const groups = Array.from({ length: height * width * perPlace }, (_, g) => {
    const place = Math.floor(g / perPlace);
    return [Math.floor(place / width), place % width, g % perPlace] as const;
  });
  const groupPlace = groups.flatMap(([y, x]) => [y, x]);
  const layer = layerOf(
    groups.map(() => [1]),
    { groupPlace },
  );
  return groupOrders(layer.matrix, groups.length).map((order) => order.map((g) => groups[g]!));
}

describe('the orders in which groups are packed', () => {
  it('are the natural one where groups have no place', () => {
    expect(groupOrders(layerOf([[1], [1], [1]]).matrix, 3)).toEqual([[0, 1, 2]]);
  });

  it('take every group once, the groups of one channel before those of the next', () => {
    for (const order of ordersOf(3, 4, 2)) {
      expect(order.map(([, , group]) => group)).toEqual([...Array<number>(12).fill(0), ...Array<number>(12).fill(1)]);
      expect(new Set(order.map(String)).size).toBe(24);
    }
  });

  it('go by rows, by columns, and by tiles row by row', () => {
    const [rows, columns, tall, square] = ordersOf(4, 4, 1).map((order) => order.map(([y, x]) => `${y}${x}`).join(' '));
    expect(rows).toBe('00 01 02 03 10 11 12 13 20 21 22 23 30 31 32 33');
    expect(columns).toBe('00 10 20 30 01 11 21 31 02 12 22 32 03 13 23 33');
    expect(tall).toBe('00 10 01 11 02 12 03 13 20 30 21 31 22 32 23 33');
    expect(square).toBe('00 01 10 11 02 03 12 13 20 21 30 31 22 23 32 33');
  });

  it('begin with tiles of up to 8 x 8 places that hold about as many as a core has room for', () => {
    // The first tile of an order is what stands before the first place beyond it: in row 0 or column 0 of the image.
    const tiles = ordersOf(20, 20, 1)
      .slice(1)
      .map((order) => {
        const across = order.findIndex(
          ([y, x], i) => i > 0 && y === 0 && order.slice(0, i).some(([above]) => above! > 0) && x! > 0,
        );
        const width = across < 0 ? 0 : order[across]![1]!;
        return [across < 0 ? 1 : across / width, width];
      });
    expect(tiles.slice(1)).toEqual([[2, 1], [2, 2], [2, 3], [3, 2], [3, 3], [2, 4], [4, 2], [3, 4], [4, 4], [5, 5], [6, 6], [8, 8]]); // prettier-ignore
  });

  it('are these for an image that every tile divides otherwise', () => {
    expect(ordersOf(13, 17, 2).map(digest)).toMatchInlineSnapshot(`
      [
        "e9cd35c72d",
        "f95a2d7e9c",
        "1857324aa9",
        "74df894e3e",
        "9cd7ef5466",
        "71f0064915",
        "fc5abc29ef",
        "3181185bab",
        "8a6943d63b",
        "02dff27ecd",
        "505d707189",
        "2ef324538e",
        "4ce43ebcd5",
        "7e276d2be0",
      ]
    `);
  });
});

describe('the best packing', () => {
  const packing = (nCores: number, axons: number) =>
    ({ cores: Array.from({ length: nCores }, () => []), axons, limitedBy: 'axons' }) as const;
  const choose = (axonCost: number, ...found: readonly (readonly [number, number] | undefined)[]) =>
    bestPacking(
      found.map((_, i) => [i]),
      axonCost,
      ([i]) => {
        const pair = found[i!];
        return pair && packing(...pair);
      },
    );

  it('has the fewest cores, where axons cost nothing the first of those', () => {
    expect(choose(0, [3, 9], [2, 50], [2, 10])).toMatchObject({ axons: 50 });
  });

  it('pays for axons, which are neurons of the layer before', () => {
    expect(choose(1 / 32, [3, 9], [2, 50], [2, 10])).toMatchObject({ axons: 10 });
    expect(choose(1 / 32, [2, 50], [3, 10])).toMatchObject({ axons: 10 });
    expect(choose(1 / 32, [2, 40], [3, 10])).toMatchObject({ axons: 40 });
  });

  it('is none where no order fits', () => {
    expect(choose(1, undefined, [4, 1], undefined)).toMatchObject({ axons: 1 });
    expect(choose(1, undefined)).toBeUndefined();
  });
});

describe('cores of counting neurons', () => {
  /** Windows of 3 x 3 pixels over 8 x 8 places, 2 neurons each, on cores of 40 axons. */
  const places = Array.from({ length: 64 }, (_, g) => [Math.floor(g / 8), g % 8] as const);
  const rows = places.map(([y, x]) =>
    Array.from({ length: 100 }, (_, i) => {
      const [row, column] = [Math.floor(i / 10) - y, (i % 10) - x];
      return row >= 0 && row < 3 && column >= 0 && column < 3 ? 1 : 0;
    }),
  );
  const layer = layerOf(rows, { group: places.map((_, g) => g), groupPlace: places.flat() });
  const axonsOf = (fromHost: boolean): number | undefined => {
    const context = contextOf(64, { fromHost, core: { axons: 40, neurons: 16 } });
    const plans = rowGroups(layer, context.copies).map((group) => ({
      group,
      ...{ chunks: [group.inputs], shared: [[]], rows: [], lanes: [] },
    }));
    const packing = packCounting(layer, plans, context, () => 2);
    return typeof packing === 'object' ? packing.axons : undefined;
  };

  it('are too many where they are more than the most that is of use', () => {
    const context = contextOf(64, { core: { axons: 40, neurons: 16 } });
    const plans = rowGroups(layer, context.copies).map((group) => ({
      ...{ group, chunks: [group.inputs], shared: [[]], rows: [], lanes: [] },
    }));
    const pack = (most?: number) => packCounting(layer, plans, context, () => 2, most);
    const all = pack();
    const nCores = typeof all === 'object' ? all.cores.length : 0;
    expect(nCores).toBeGreaterThan(2);
    expect(pack(nCores)).toEqual(all);
    expect(pack(nCores - 1)).toBe('too-many');
  });

  it('take fewer axons where those are neurons of other cores, and the first order where the host gives them', () => {
    expect([axonsOf(true), axonsOf(false)]).toMatchInlineSnapshot(`
      [
        240,
        192,
      ]
    `);
  });
});

describe('groups of rows', () => {
  const layer = layerOf(
    [
      [2, -1, 0, 0],
      [0, 3, 0, -4],
      [0, 0, 1, -1],
      [1, -3, 0, 0],
    ],
    { group: [0, 0, 1, 0] },
  );

  it('read what any of their rows reads, on as many axons as the largest weights of either sign', () => {
    const [first, second, ...others] = rowGroups(layer, Int32Array.of(1, 1, 1, 1));
    expect(others).toEqual([]);
    expect(first).toEqual({
      rows: [0, 1, 3],
      inputs: Int32Array.of(0, 1, 3),
      excite: Uint16Array.of(2, 3, 0),
      inhibit: Uint16Array.of(0, 3, 4),
      binary: false,
    });
    // Rows of a group start from nothing, whatever the group before read.
    expect(second).toMatchObject({
      inputs: Int32Array.of(2, 3),
      excite: Uint16Array.of(1, 0),
      inhibit: Uint16Array.of(0, 1),
    });
  });

  it('leave out rows that nobody reads', () => {
    expect(rowGroups(layer, Int32Array.of(1, 0, 0, 2)).map(({ rows, inputs }) => [rows, [...inputs]])).toEqual([
      [[0, 3], [0, 1]],
      [[], []],
    ]); // prettier-ignore
  });

  it('are binary where every row has +1 or -1 on every input', () => {
    const isBinary = (...rows: readonly (readonly number[])[]) =>
      rowGroups(layerOf(rows), new Int32Array(rows.length).fill(1))[0]?.binary;
    expect(isBinary([1, -1], [-1, -1])).toBe(true);
    expect(isBinary([1, -1], [-1, 0])).toBe(false);
    expect(isBinary([1, -1], [-1, 2])).toBe(false);
    expect(isBinary([1, 0, 1], [1, 0, -1])).toBe(true);
  });

  it('as items have a unit a row, with as many neurons as the row has copies', () => {
    const copies = Int32Array.of(3, 1, 0, 2);
    const [group] = rowGroups(layer, copies);
    expect(pairItem(group!, copies)).toMatchObject({ inputs: group!.inputs, neurons: [3, 1, 2] });
  });
});

describe('packing into cores', () => {
  const item = (inputs: readonly number[], neurons: readonly number[], [excite, inhibit] = [1, 0]) => ({
    inputs: Int32Array.from(inputs),
    excite: new Uint16Array(inputs.length).fill(excite!),
    inhibit: new Uint16Array(inputs.length).fill(inhibit!),
    neurons,
  });

  it('asks whether it is too much with cores and axons that it takes at least, and ends when it is', () => {
    const inputs = fc.uniqueArray(fc.nat(11), { minLength: 1, maxLength: 5 });
    const neurons = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.array(fc.tuple(inputs, neurons), { minLength: 1, maxLength: 12 }), (drawn) => {
        const items = drawn.map(([own, units]) => item(own, units));
        const order = [...items.keys()];
        const asked: (readonly [cores: number, axons: number])[] = [];
        const pack = (most: number) =>
          packItems(items, order, 12, 6, 7, (cores, axons) => {
            asked.push([cores, axons]);
            return cores > most;
          });
        const found = pack(Infinity)!;
        for (const [cores, axons] of asked) {
          expect(cores).toBeLessThanOrEqual(found.cores.length);
          expect(axons).toBeLessThanOrEqual(found.axons);
        }
        expect(pack(found.cores.length)).toEqual(found);
        const least = asked.reduce((most, [cores]) => Math.max(most, cores), 0);
        expect(pack(least - 1)).toBeUndefined();
      }),
    );
  });

  it('follows the order, and says the units of every piece', () => {
    const found = packItems([item([0, 1], [2, 2]), item([2, 3], [2]), item([0, 1], [1])], [2, 0, 1], 4, 3, 9);
    expect(found?.cores).toEqual([
      [
        { item: 2, from: 0, to: 1 },
        { item: 0, from: 0, to: 2 },
      ],
      [{ item: 1, from: 0, to: 1 }],
    ]);
    expect(found?.axons).toBe(4);
  });

  it('passes over items without units or without neurons', () => {
    expect(packItems([item([0], []), item([1], [0, 0]), item([2], [1])], [0, 1, 2], 3, 4, 4)).toEqual({
      cores: [[{ item: 2, from: 0, to: 1 }]],
      axons: 1,
      limitedBy: 'axons',
    });
  });

  it('needs the axons that either sign asks most for', () => {
    // Input 0: two +1 axons and one -1; then one and three.
    const both = [item([0], [1], [2, 1]), item([0], [1], [1, 3])];
    expect(packItems(both, [0, 1], 1, 5, 4)).toMatchObject({ axons: 5, cores: [{}] });
    expect(packItems(both, [0, 1], 1, 4, 4)).toMatchObject({ axons: 7, cores: [{}, {}], limitedBy: 'axons' });
  });

  it('starts a new core with all of its axons', () => {
    const three = [item([0, 1], [1]), item([2, 3], [1]), item([0, 1], [1])];
    expect(packItems(three, [0, 1, 2], 4, 2, 4)).toMatchObject({ axons: 6, cores: [{}, {}, {}] });
  });

  it('counts what stood in the way more often as the limit', () => {
    const ones = Array.from({ length: 4 }, (_, i) => item([i], [3]));
    expect(packItems(ones, [0, 1, 2, 3], 4, 4, 6)?.limitedBy).toBe('neurons');
    expect(packItems(ones, [0, 1, 2, 3], 4, 1, 6)?.limitedBy).toBe('axons');
    // A unit cut off an item that is larger than a core is for the neurons too.
    expect(packItems([item([0], [3, 3, 3])], [0], 1, 4, 6)?.limitedBy).toBe('neurons');
  });

  it('cuts an item larger than a core between units, in a core of its own', () => {
    const found = packItems([item([0], [1]), item([1, 2], [3, 3, 3])], [0, 1], 3, 4, 7);
    expect(found?.cores).toEqual([
      [{ item: 0, from: 0, to: 1 }],
      [{ item: 1, from: 0, to: 2 }],
      [{ item: 1, from: 2, to: 3 }],
    ]);
    // The rest is open for what follows.
    const more = packItems([item([1, 2], [3, 3, 3]), item([0], [4])], [0, 1], 3, 4, 7);
    expect(more?.cores.at(-1)).toEqual([
      { item: 0, from: 2, to: 3 },
      { item: 1, from: 0, to: 1 },
    ]);
  });

  it('fits no unit beyond a core', () => {
    expect(packItems([item([0], [4])], [0], 1, 4, 4)?.cores).toHaveLength(1);
    expect(packItems([item([0], [5])], [0], 1, 4, 4)).toBeUndefined();
    expect(packItems([item([0], [1]), item([0], [5])], [0, 1], 1, 4, 4)).toBeUndefined();
  });
});
