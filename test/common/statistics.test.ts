import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  incompleteBeta,
  matchedPairsInterval,
  mean,
  sampleStandardDeviation,
  studentCdf,
  studentInterval,
  studentQuantile,
  welchInterval,
  wilsonInterval,
} from '../../src/common/statistics.js';

describe('mean and sample standard deviation', () => {
  it('divides by n - 1', () => {
    const values = [2, 4, 4, 4, 5, 5, 7, 9];
    expect(mean(values)).toBe(5);
    expect(sampleStandardDeviation(values)).toBeCloseTo(Math.sqrt(32 / 7), 14);
  });

  it('gives no spread for a single value and refuses none', () => {
    expect(sampleStandardDeviation([3])).toBe(0);
    expect(() => mean([])).toThrow(/internal error/);
  });
});

describe('Wilson interval', () => {
  const check = (correct: number, samples: number, low: number, high: number): void => {
    const [a, b] = wilsonInterval(correct, samples);
    expect(a).toBeCloseTo(low, 4);
    expect(b).toBeCloseTo(high, 4);
  };

  // Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17:857 (1998), table I.
  it('reproduces the published intervals of Newcombe', () => {
    check(81, 263, 0.2553, 0.3662);
    check(15, 148, 0.0624, 0.1605);
    check(0, 20, 0, 0.1611);
    check(1, 29, 0.0061, 0.1718);
  });

  it('is the formula of Wilson, and exact at both ends', () => {
    // Solutions of (p - q)^2 = z^2 q (1 - q) / n.
    for (const [k, n] of [
      [3, 7],
      [50, 100],
      [1, 2],
      [999, 1000],
    ] as const) {
      for (const q of wilsonInterval(k, n)) {
        expect((k / n - q) ** 2).toBeCloseTo((1.959963984540054 ** 2 * q * (1 - q)) / n, 14);
      }
    }
    const z2 = 1.959963984540054 ** 2;
    expect(wilsonInterval(0, 1)).toEqual([0, expect.closeTo(z2 / (1 + z2), 14)]);
    expect(wilsonInterval(1, 1)).toEqual([expect.closeTo(1 / (1 + z2), 14), 1]);
    for (const [k, n] of [
      [-1, 5],
      [6, 5],
      [0, 0],
    ] as const)
      expect(() => wilsonInterval(k, n)).toThrow(/internal error/);
  });

  it('stays inside 0..1, holds the proportion, and is symmetric', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (n, share) => {
        const k = Math.floor(share * n);
        const [low, high] = wilsonInterval(k, n);
        const [mirrorLow, mirrorHigh] = wilsonInterval(n - k, n);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(1);
        expect(low).toBeLessThanOrEqual(k / n);
        expect(high).toBeGreaterThanOrEqual(k / n);
        expect(low).toBeCloseTo(1 - mirrorHigh, 10);
        expect(high).toBeCloseTo(1 - mirrorLow, 10);
      }),
    );
  });
});

describe('Student t', () => {
  // Standard two-sided 95 % table (NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2).
  it.each([
    [1, 12.706],
    [2, 4.303],
    [4, 2.776],
    [9, 2.262],
    [19, 2.093],
    [29, 2.045],
    [49, 2.01],
    [100, 1.984],
  ])('has its 0.975 quantile with %i degrees of freedom at %f', (freedom, quantile) => {
    expect(studentQuantile(0.975, freedom)).toBeCloseTo(quantile, 3);
  });

  it('is the Cauchy distribution at one degree of freedom', () => {
    for (const t of [0, 0.5, 1, 3, 50]) expect(studentCdf(t, 1)).toBeCloseTo(0.5 + Math.atan(t) / Math.PI, 12);
  });

  it('gives the interval of a worked sample and a point for a single value', () => {
    const [low, high] = studentInterval([1, 2, 3, 4, 5]);
    expect(low).toBeCloseTo(3 - 1.963243, 5);
    expect(high).toBeCloseTo(3 + 1.963243, 5);
    expect(studentInterval([0.9])).toEqual([0.9, 0.9]);
    // Two values have one degree of freedom: 12.7062 times a spread of sqrt(1 / 2) over sqrt(2).
    expect(studentInterval([0, 1])).toEqual(
      [0.5 - 6.353102368, 0.5 + 6.353102368].map((end) => expect.closeTo(end, 7)),
    );
    expect(sampleStandardDeviation([0, 1])).toBeCloseTo(Math.SQRT1_2, 14);
  });
});

describe('the precision of a quantile and of what it is made of', () => {
  it('has twelve digits of the closed form of two degrees of freedom', () => {
    // F(t) = 1/2 + t / (2 sqrt(2 + t^2)), so t = (2p - 1) sqrt(2 / (1 - (2p - 1)^2)).
    for (const p of [0.5, 0.6, 0.9, 0.975, 0.999, 1 - 1e-9]) {
      const q = 2 * p - 1;
      expect(studentQuantile(p, 2) / Math.max(1, q * Math.sqrt(2 / (1 - q * q))), `${p}`).toBeCloseTo(
        (q * Math.sqrt(2 / (1 - q * q))) / Math.max(1, q * Math.sqrt(2 / (1 - q * q))),
        p < 0.9999 ? 11 : 6,
      );
    }
    // And of one: the Cauchy distribution, tan(pi (p - 1/2)).
    for (const p of [0.5, 0.75, 0.975, 0.9999]) {
      const t = Math.tan(Math.PI * (p - 0.5));
      expect(studentQuantile(p, 1) / Math.max(1, t)).toBeCloseTo(t / Math.max(1, t), 10);
    }
  });

  it('goes to the normal distribution with many degrees of freedom', () => {
    expect(studentQuantile(0.975, 1e7)).toBeCloseTo(1.959963984540054, 5);
    // Moments of Student: t = z + (z^3 + z) / (4 n) + ...
    const z = 1.959963984540054;
    expect(studentQuantile(0.975, 1000)).toBeCloseTo(z + (z ** 3 + z) / 4000, 5);
  });

  it.each([
    // I_x(a, b) of whole a and b is the tail of a binomial: sum over j >= a of C(n, j) x^j (1 - x)^(n - j), n = a + b - 1.
    [0.3, 2, 3],
    [0.7, 5, 2],
    [0.5, 10, 10],
    [0.05, 1, 30],
    [0.9, 40, 3],
    [0.99, 3, 7],
    [0.4, 60, 90],
    [0.41, 200, 300],
  ])('has the beta function of whole numbers, I_%f(%i, %i), to 13 digits', (x, a, b) => {
    const n = a + b - 1;
    let tail = 0;
    let ways = 1;
    for (let j = 0; j <= n; j++) {
      if (j >= a) tail += ways * x ** j * (1 - x) ** (n - j);
      ways = (ways * (n - j)) / (j + 1);
    }
    // Relative to the smaller side, so that a small probability has its digits too.
    const small = Math.min(tail, 1 - tail);
    const found = incompleteBeta(x, a, b);
    expect(Math.abs(found - tail) / small, `${found} ${tail}`).toBeLessThan(n < 100 ? 1e-12 : 1e-11);
  });

  it('has the beta function of halves: the law of the arc sine', () => {
    for (const x of [0.01, 0.25, 0.5, 0.9]) {
      expect(incompleteBeta(x, 0.5, 0.5)).toBeCloseTo((2 / Math.PI) * Math.asin(Math.sqrt(x)), 13);
    }
    expect([
      incompleteBeta(0, 2, 3),
      incompleteBeta(-1, 2, 3),
      incompleteBeta(1, 2, 3),
      incompleteBeta(2, 2, 3),
    ]).toEqual([0, 0, 1, 1]);
    // I_x(a, 1) = x^a.
    for (const a of [0.5, 0.75, 1.4]) expect(incompleteBeta(0.3, a, 1)).toBeCloseTo(0.3 ** a, 12);
  });
});

describe('interval of two proportions of matched pairs', () => {
  it('is that of the published formula', () => {
    // Two questions to 1,144 people (Agresti, Categorical Data Analysis, table 11.1): 132 and 107 say yes to one only.
    const [low, high] = matchedPairsInterval({ onlyFirst: 107, onlySecond: 132, pairs: 1144 });
    expect(low).toBeCloseTo(25 / 1146 - (1.959964 * Math.sqrt(240 - 625 / 1146)) / 1146, 8);
    expect(high).toBeCloseTo(25 / 1146 + (1.959964 * Math.sqrt(240 - 625 / 1146)) / 1146, 8);
  });

  it('has a width where no pair differs, stays inside -1..1 and turns round with the order', () => {
    const [low, high] = matchedPairsInterval({ onlyFirst: 0, onlySecond: 0, pairs: 100 });
    expect(high).toBeCloseTo(1.959964 / 102, 6);
    expect(low).toBe(-high);
    expect(matchedPairsInterval({ onlyFirst: 0, onlySecond: 1, pairs: 1 })[1]).toBe(1);
    const [a, b] = matchedPairsInterval({ onlyFirst: 3, onlySecond: 9, pairs: 50 });
    expect(matchedPairsInterval({ onlyFirst: 9, onlySecond: 3, pairs: 50 })).toEqual([-b, -a]);
    expect(() => matchedPairsInterval({ onlyFirst: 30, onlySecond: 30, pairs: 50 })).toThrow(/internal error/);
    expect(() => matchedPairsInterval({ onlyFirst: -1, onlySecond: 2, pairs: 50 })).toThrow(/internal error/);
    expect(() => matchedPairsInterval({ onlyFirst: 2, onlySecond: -1, pairs: 50 })).toThrow(/internal error/);
    expect(() => matchedPairsInterval({ onlyFirst: 0, onlySecond: 0, pairs: 0 })).toThrow(/internal error/);
    // All pairs differ the same way: n = 3, 1 +- 1.96 / 3 sqrt(2 - 1 / 3).
    expect(matchedPairsInterval({ onlyFirst: 1, onlySecond: 0, pairs: 1 })).toEqual([
      -1,
      expect.closeTo(-1 / 3 + (1.959963984540054 / 3) * Math.sqrt(2 - 1 / 3), 12),
    ]);
    expect(matchedPairsInterval({ onlyFirst: 0, onlySecond: 45, pairs: 50 })[1]).toBeLessThan(1);
  });

  it('holds the true difference in about 95 of 100 cases, whatever the probabilities', () => {
    // Sums over all outcomes of 40 pairs, so nothing is drawn.
    const pairs = 40;
    const logFactorial = [0];
    for (let n = 1; n <= pairs; n++) logFactorial.push(logFactorial[n - 1]! + Math.log(n));
    for (const [first, second] of [
      [0.05, 0.05],
      [0.1, 0.02],
      [0.3, 0.2],
      [0.4, 0.4],
    ] as const) {
      let covered = 0;
      for (let b = 0; b <= pairs; b++) {
        for (let c = 0; b + c <= pairs; c++) {
          const [low, high] = matchedPairsInterval({ onlyFirst: b, onlySecond: c, pairs });
          if (low > second - first || high < second - first) continue;
          const rest = pairs - b - c;
          const ways = logFactorial[pairs]! - logFactorial[b]! - logFactorial[c]! - logFactorial[rest]!;
          covered += Math.exp(ways + b * Math.log(first) + c * Math.log(second) + rest * Math.log(1 - first - second));
        }
      }
      expect(covered, `${first}, ${second}`).toBeGreaterThan(0.94);
      expect(covered, `${first}, ${second}`).toBeLessThan(0.99);
    }
  });
});

describe('interval of two means', () => {
  it('is that of Welch: a worked example, a point without variation, nothing for single values', () => {
    // scipy.stats.ttest_ind(b, a, equal_var=False).confidence_interval(0.95) of SciPy 1.17.1.
    const a = [27.5, 21, 19, 23.6, 17, 17.9, 16.9, 20.1, 21.9, 22.6, 23.1, 19.6, 19, 21.7, 21.4];
    const b = [27.1, 22, 20.8, 23.4, 23.4, 23.5, 25.8, 22, 24.8, 20.2, 21.9, 22.1, 22.9, 30.5, 24.4];
    const interval = welchInterval(a, b)?.map((end) => end.toFixed(3));
    expect(interval).toEqual(['0.799', '4.868']);
    expect(welchInterval([1, 1], [2, 2])).toEqual([1, 1]);
    expect(welchInterval([1], [2, 3])).toBeUndefined();
    expect(welchInterval([2, 3], [1])).toBeUndefined();
    // Two values each with the same spread: sd^2 / 2 = 1 / 4 on either side, two degrees of freedom, t = 4.302653.
    const [low, high] = welchInterval([0, 1], [10, 11])!;
    expect([low, high]).toEqual(
      [10 - 4.302652729 * Math.SQRT1_2, 10 + 4.302652729 * Math.SQRT1_2].map((end) => expect.closeTo(end, 7)),
    );
    // One side without variation: only the other one's degree of freedom is left, t = 12.7062.
    expect(welchInterval([5, 5], [10, 12])).toEqual(
      [6 - 12.706204736, 6 + 12.706204736].map((end) => expect.closeTo(end, 6)),
    );
  });
});

describe('incomplete beta function', () => {
  it('is x^a for b = 1 and obeys the reflection', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1024 }).map((n) => n / 1024),
        fc.double({ min: 0.5, max: 50, noNaN: true }),
        fc.double({ min: 0.5, max: 50, noNaN: true }),
        (x, a, b) => {
          expect(incompleteBeta(x, a, 1)).toBeCloseTo(x ** a, 10);
          expect(incompleteBeta(x, a, b)).toBeCloseTo(1 - incompleteBeta(1 - x, b, a), 10);
        },
      ),
    );
  });
});
