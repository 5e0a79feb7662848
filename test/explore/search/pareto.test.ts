import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { crowdingOf, dominates, frontOf, hypervolume, ranksOf } from '../../../src/explore/search/pareto.js';

const points = (n: number) =>
  fc.array(fc.array(fc.integer({ min: 0, max: 6 }), { minLength: n, maxLength: n }), { minLength: 1, maxLength: 14 });

describe('a front', () => {
  test('is what none dominates, equal points included', () => {
    expect(
      frontOf([
        [1, 2],
        [2, 1],
        [2, 2],
        [1, 2],
        [0, 9],
      ]),
    ).toEqual([0, 1, 3, 4]);
    fc.assert(
      fc.property(points(3), (all) => {
        const known = all.flatMap((a, i) => (all.some((b) => dominates(b, a)) ? [] : [i]));
        expect(frontOf(all)).toEqual(known);
      }),
    );
  });

  test('is the first of the ranks', () => {
    fc.assert(
      fc.property(points(2), (all) => {
        const ranks = ranksOf(all.length, (i, j) => dominates(all[i]!, all[j]!));
        expect(all.flatMap((_, i) => (ranks[i] === 0 ? [i] : []))).toEqual(frontOf(all));
        // Whoever has rank r is dominated by one of rank r - 1.
        all.forEach((a, i) => {
          if (ranks[i] === 0) return;
          expect(all.some((b, j) => ranks[j] === ranks[i]! - 1 && dominates(b, a))).toBe(true);
        });
      }),
    );
  });

  test('has its ends far from all others', () => {
    expect([
      ...crowdingOf([
        [0, 4],
        [1, 2],
        [4, 0],
      ]),
    ]).toEqual([Infinity, 2, Infinity]);
  });
});

describe('a hypervolume', () => {
  test('is the volume below the reference that points dominate', () => {
    expect(hypervolume([[1, 1]], [3, 4])).toBe(6);
    expect(
      hypervolume(
        [
          [1, 3],
          [2, 1],
        ],
        [3, 4],
      ),
    ).toBe(2 + 3 - 1);
    expect(
      hypervolume(
        [
          [3, 0],
          [5, 5],
        ],
        [3, 4],
      ),
    ).toBe(0);
    expect(
      hypervolume(
        [
          [0, 0, 0],
          [1, 1, 1],
        ],
        [2, 2, 2],
      ),
    ).toBe(8);
    expect(
      hypervolume(
        [
          [0, 1, 1],
          [1, 0, 1],
          [1, 1, 0],
        ],
        [2, 2, 2],
      ),
    ).toBe(3 * 2 - 3 + 1);
  });

  test('is the number of cells that are dominated, in two and three dimensions', () => {
    for (const n of [2, 3]) {
      fc.assert(
        fc.property(points(n), (all) => {
          const reference = Array.from({ length: n }, () => 6);
          let cells = 0;
          for (let cell = 0; cell < 6 ** n; cell++) {
            const corner = reference.map((_, k) => Math.floor(cell / 6 ** k) % 6);
            if (all.some((point) => point.every((value, k) => value <= corner[k]!))) cells++;
          }
          expect(hypervolume(all, reference)).toBe(cells);
        }),
      );
    }
  });
});
