import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { cutRuns, neuronsOf, stairThrough } from '../../../src/compiler/targets/truenorth/stairs.js';

/** Places of a rising function floor((num x + shift) / den), which steps by one at a time. */
const places = fc
  .record({
    num: fc.integer({ min: 1, max: 40 }),
    den: fc.integer({ min: 41, max: 900 }),
    shift: fc.integer({ min: -5000, max: 5000 }),
    n: fc.integer({ min: 1, max: 15 }),
  })
  .map(({ num, den, shift, n }) => Array.from({ length: n }, (_, j) => Math.ceil(((j + 1) * den - shift) / num)));

describe('a stair', () => {
  it('has its steps where it should: as many are reached as sums reach places', () => {
    fc.assert(
      fc.property(places, (at) => {
        const stair = stairThrough(at, 40);
        expect(stair).toBeDefined();
        const { scale, rise, offset } = stair!;
        const last = at.at(-1)!;
        for (let x = at[0]! - 30; x <= last; x++) {
          const reached = at.filter((place) => x >= place).length;
          expect(Math.max(0, Math.floor((scale * x + offset) / rise))).toBe(reached);
        }
      }),
    );
  });

  it('has the smallest scale: multiples have none, thirds have 3', () => {
    expect(stairThrough([7, 11, 15, 19], 10)).toEqual({ scale: 1, rise: 4, offset: -3 });
    expect(stairThrough([4, 7, 11, 14, 17, 21], 10)?.scale).toBe(3);
    expect(stairThrough([4, 7, 11, 14, 17, 21], 2)).toBeUndefined();
  });

  it('is none where steps do not lie on a line', () => {
    expect(stairThrough([0, 1, 100], 20)).toBeUndefined();
  });
});

describe('runs of steps', () => {
  const limits = { most: 4, mostScale: 1, mostSingle: 3 };

  it('are stairs of the longest kind, and neurons of single steps for what is left where sums go on', () => {
    const at = [10, 20, 30, 40, 50, 60];
    const runs = cutRuns(at, 1000, limits);
    expect(runs).toEqual([
      { at: [10, 20, 30, 40], stair: { scale: 1, rise: 10, offset: 0 } },
      { at: [50, 60], stair: undefined },
    ]);
    expect(neuronsOf(runs)).toBe(3);
  });

  it('end with a shorter stair where no sum reaches one more step', () => {
    expect(cutRuns([10, 20, 30, 40, 50, 60], 69, limits).at(-1)).toEqual({
      at: [50, 60],
      stair: { scale: 1, rise: 10, offset: -40 },
    });
    expect(cutRuns([10, 20, 30, 40, 50, 60], 70, limits).at(-1)!.stair).toBeUndefined();
  });

  it('of single steps are no longer than a wire carries', () => {
    expect(cutRuns([0, 1, 10, 11], 100, limits).map(({ at }) => at)).toEqual([[0, 1, 10], [11]]);
  });
});
