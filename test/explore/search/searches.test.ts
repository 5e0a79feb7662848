import { describe, expect, test } from 'vitest';
import { PROBLEMS, reached } from '../../../bench/search-problems.js';
import { fitProcess } from '../../../src/explore/search/gaussian-process.js';
import { SEARCH_NAMES, type SearchName, SEARCHES } from '../../../src/explore/search/methods.js';
import { normalBelow } from '../../../src/explore/search/bayes.js';
import type { Axis, Evaluated, SearchRequest, Unit } from '../../../src/explore/search/search.js';
import { sobolPoints } from '../../../src/explore/search/sobol.js';

const request = (axes: readonly Axis[], points: number, seed = 1): SearchRequest => ({
  ...{ axes, points, seed, nObjectives: 2, nConstraints: 0 },
});
const MIXED: readonly Axis[] = [{ kind: 'ordered', levels: 5 }, { kind: 'unordered', levels: 3 }, { kind: 'real' }];
const SMALL: readonly Axis[] = [
  { kind: 'ordered', levels: 5 },
  { kind: 'unordered', levels: 3 },
];

/** All that a search asks for, told the same function of it. */
function run(name: SearchName, asked: SearchRequest, lost: (unit: Unit) => boolean = () => false): readonly Unit[] {
  const search = SEARCHES[name](asked);
  const found: Unit[] = [];
  for (let batch = search.ask(); batch.length > 0; batch = search.ask()) {
    found.push(...batch);
    search.tell(
      batch.map((unit): Evaluated => {
        const [a = 0, b = 0] = unit;
        return lost(unit) ? { unit } : { unit, objectives: [a, (1 - a) * (1 + b)] };
      }),
    );
  }
  return found;
}

describe('every search', () => {
  for (const name of SEARCH_NAMES) {
    // A Gaussian process takes its time.
    const n = name === 'bayes' ? 28 : 60;
    test(`${name}: asks for as many points as it may, all different, in 0..1, the same for the same seed`, () => {
      const axes = name === 'grid' ? [...SMALL, { kind: 'ordered', levels: 9 } as const] : MIXED;
      const units = run(name, request(axes, n));
      expect(units).toHaveLength(n);
      expect(new Set(units.map((unit) => unit.join(' '))).size).toBe(n);
      for (const u of units.flat()) expect(u >= 0 && u < 1).toBe(true);
      expect(run(name, request(axes, n))).toEqual(units);
      if (name !== 'grid') expect(run(name, request(axes, n, 2))).not.toEqual(units);
    });

    test(`${name}: ends where a space has no more points, and none twice`, () => {
      const units = run(name, request(SMALL, 100));
      expect(new Set(units.map((unit) => unit.join(' '))).size).toBe(units.length);
      // What is drawn may miss the last ones of a Latin hypercube, which has one point per slice.
      expect(units.length).toBeGreaterThanOrEqual(name === 'latinHypercube' ? 10 : 15);
      expect(units.length).toBeLessThanOrEqual(15);
    });

    test(`${name}: goes on where half of its points cannot be measured`, () => {
      const axes = name === 'grid' ? [...SMALL, { kind: 'ordered', levels: 9 } as const] : MIXED;
      expect(run(name, request(axes, n), ([a = 0]) => a > 0.5)).toHaveLength(n);
      expect(run(name, request(axes, n), () => true)).toHaveLength(n);
    });
  }
});

describe('a grid', () => {
  test('has every point, the last axis fastest', () => {
    const two: readonly Axis[] = [
      { kind: 'ordered', levels: 2 },
      { kind: 'unordered', levels: 3 },
    ];
    expect(run('grid', request(two, 100)).map((unit) => unit.map((u) => u.toFixed(2)).join(' '))).toEqual([
      ...['0.25 0.17', '0.25 0.50', '0.25 0.83'],
      ...['0.75 0.17', '0.75 0.50', '0.75 0.83'],
    ]);
  });
});

describe('the Sobol sequence', () => {
  test('begins as it is printed', () => {
    const point = sobolPoints(3);
    const first = Array.from({ length: 8 }, (_, i) => point(i).map((word) => word / 2 ** 32));
    // The sets of the first 2, 4, 8 points are those of the Gray-code order that most tables have.
    expect(first.slice(0, 4).map((p) => p.slice(0, 2))).toEqual([
      [0, 0],
      [0.5, 0.5],
      [0.25, 0.75],
      [0.75, 0.25],
    ]);
    expect(new Set(first.map(([, , z]) => z)).size).toBe(8);
  });

  test('has one point in each of 2^k slices of every axis, and in each square of its first two', () => {
    const point = sobolPoints(21);
    const points = Array.from({ length: 256 }, (_, i) => point(i).map((word) => word / 2 ** 32));
    for (let axis = 0; axis < 21; axis++) {
      expect(new Set(points.map((p) => Math.floor(p[axis]! * 256))).size, `axis ${axis}`).toBe(256);
    }
    expect(new Set(points.map(([x, y]) => `${Math.floor(x! * 16)} ${Math.floor(y! * 16)}`)).size).toBe(256);
  });
});

describe('a Latin hypercube', () => {
  test('has one point in each slice of every axis', () => {
    const axes: readonly Axis[] = [{ kind: 'real' }, { kind: 'real' }, { kind: 'ordered', levels: 40 }];
    const units = run('latinHypercube', request(axes, 40));
    for (const axis of [0, 1, 2]) {
      expect(new Set(units.map((unit) => Math.floor(unit[axis]! * 40))).size).toBe(40);
    }
  });
});

describe('a Gaussian process', () => {
  test('goes through its points, and is unsure between them', () => {
    const units = [[0], [0.3], [0.6], [0.9]];
    const process = fitProcess(
      units,
      units.map(([x]) => Math.sin(6 * x!)),
      [{ kind: 'real' }],
    );
    for (const unit of units) {
      expect(process(unit).mean).toBeCloseTo(Math.sin(6 * unit[0]!), 1);
      expect(process(unit).deviation).toBeLessThan(0.1);
    }
    expect(process([0.45]).deviation).toBeGreaterThan(process([0.59]).deviation);
    expect(process([0.45]).mean).toBeCloseTo(Math.sin(2.7), 0);
  });

  test('has the normal distribution as tables have it', () => {
    expect(normalBelow(0)).toBeCloseTo(0.5, 7);
    expect(normalBelow(1.959963984540054)).toBeCloseTo(0.975, 6);
    expect(normalBelow(-1)).toBeCloseTo(0.158655, 6);
  });
});

describe('searches on functions with known fronts', () => {
  for (const problem of PROBLEMS) {
    test(`${problem.name}: NSGA-II and the Bayesian search reach more than as many drawn points`, () => {
      const mean = (name: SearchName, points: number, seeds: readonly number[]): number =>
        seeds.reduce((sum, seed) => sum + reached(problem, name, points, seed), 0) / seeds.length;
      expect(mean('nsga2', 300, [1, 2, 3])).toBeGreaterThan(mean('random', 300, [1, 2, 3]));
      expect(mean('bayes', 70, [1])).toBeGreaterThan(Math.max(...[1, 2, 3].map((seed) => mean('random', 70, [seed]))));
    });
  }

  test('ZDT1: the Bayesian search comes near to the front that is known', () => {
    const [zdt1] = PROBLEMS;
    // The area under the reference above 1 - sqrt(f): 6.6 - 0.1 x 0 - (1 - 2/3).
    const reachedBy = reached(zdt1!, 'bayes', 80, 1);
    const known = 1.1 * 6 - 1 / 3;
    expect(reachedBy).toBeGreaterThan(0.95 * known);
    expect(reachedBy).toBeLessThan(known);
  });
});
