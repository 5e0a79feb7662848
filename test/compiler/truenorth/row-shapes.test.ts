import { describe, expect, it } from 'vitest';
import { rowGroups } from '../../../src/compiler/targets/truenorth/groups.js';
import { planLayer } from '../../../src/compiler/targets/truenorth/partial-plan.js';
import { shapesOf } from '../../../src/compiler/targets/truenorth/row-shapes.js';
import { contextOf, layerOf } from './chip-layer.js';

/** Windows of three inputs at places 0, 1, ..., two rows of these weights at each. */
function windows(kernels: readonly (readonly [readonly number[], readonly number[]])[], max = 1) {
  const nIn = kernels.length + 2;
  const rows = kernels.flatMap((pair, place) =>
    pair.map((weights) => Array.from({ length: nIn }, (_, i) => weights[i - place] ?? 0)),
  );
  return layerOf(rows, { group: rows.map((_, o) => Math.floor(o / 2)), max });
}

const KERNEL = [
  [1, -2, 3],
  [-1, 1, 1],
] as const;
const shapes = (layer: ReturnType<typeof windows>): readonly number[] => [
  ...shapesOf(layer, rowGroups(layer, new Int32Array(layer.matrix.nOut).fill(1))),
];

describe('the shape of a group of rows', () => {
  it('is that of the same window elsewhere', () => {
    expect(shapes(windows([KERNEL, KERNEL, KERNEL]))).toEqual([0, 0, 0]);
  });

  it('is another one where a weight, a row or the number of inputs differs', () => {
    const weight = [[1, -2, 2], KERNEL[1]] as const;
    const swapped = [KERNEL[1], KERNEL[0]] as const;
    const narrow = [
      [1, -2, 0],
      [-1, 1, 0],
    ] as const;
    expect(shapes(windows([KERNEL, weight, swapped, narrow, KERNEL]))).toEqual([0, 1, 2, 3, 0]);
  });

  it('is another one where an input has another channel or largest count', () => {
    const layer = windows([KERNEL, KERNEL, KERNEL]);
    const channels = { ...layer, inputChannel: Int32Array.from([0, 0, 0, 0, 1]) };
    expect(shapes(channels)).toEqual([0, 0, 2]);
    expect(shapes({ ...layer, max: Uint16Array.from([1, 1, 1, 1, 2]) })).toEqual([0, 0, 2]);
  });

  it('is another one where outputs share a sum, turn its signs or read an input of their own', () => {
    const layer = windows([KERNEL, KERNEL]);
    expect(shapes({ ...layer, bundle: Int32Array.from([0, 1, 2, 2]) })).toEqual([0, 1]);
    expect(shapes({ ...layer, bundle: Int32Array.from([4, 5, 9, 7]) })).toEqual([0, 0]);
    expect(shapes({ ...layer, turned: Uint8Array.from([0, 0, 1, 0]) })).toEqual([0, 1]);
    expect(shapes({ ...layer, extra: Int32Array.from([-1, -1, -1, 3]) })).toEqual([0, 1]);
  });

  it('decides the sets in which inputs are counted, so that they are made once for all groups that have it', () => {
    const layer = windows([KERNEL, KERNEL, KERNEL]);
    const found = planLayer(layer, contextOf(6, { window: 3 }), { allowShared: true, digits: false });
    if ('remedy' in found) throw new Error(found.message);
    const [first, second, third] = found.plans;
    expect(second!.lanes).toBe(first!.lanes);
    expect(third!.lanes).toBe(first!.lanes);
    expect(third!.rows.map(({ row }) => row)).toEqual([4, 5]);
  });
});
