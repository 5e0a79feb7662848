import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  incompleteBeta,
  mean,
  sampleStandardDeviation,
  studentCdf,
  studentInterval,
  studentQuantile,
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
