/**
 * Means and intervals for reports. Floating point with Math.log and Math.exp: for numbers a person reads, never for
 * anything a chip computes.
 */
import { assert } from './assert.js';

/** The two ends of an interval, lower first. */
export type Interval = readonly [number, number];

/** Standard normal quantile at 0.975, for two-sided 95 % intervals. */
export const NORMAL_975 = 1.959963984540054;

/** Arithmetic mean of at least one value. */
export function mean(values: readonly number[]): number {
  assert(values.length > 0, 'mean of no values');
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Sample standard deviation (divisor n - 1); 0 for a single value, whose spread is not known. */
export function sampleStandardDeviation(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}

/**
 * 95 % score interval of a proportion: Wilson, "Probable inference, the law of succession, and statistical inference",
 * JASA 22:209 (1927). Stays inside 0..1 and has a width at 0 and at 100 %. `samples` >= 1, 0 <= `correct` <= `samples`.
 */
export function wilsonInterval(correct: number, samples: number): Interval {
  assert(samples >= 1 && correct >= 0 && correct <= samples, `Wilson interval of ${correct} out of ${samples}`);
  const p = correct / samples;
  const z2 = NORMAL_975 ** 2;
  const scale = 1 + z2 / samples;
  const centre = (p + z2 / (2 * samples)) / scale;
  const half = (NORMAL_975 / scale) * Math.sqrt((p * (1 - p)) / samples + z2 / (4 * samples ** 2));
  // At the ends the exact result is 0 or 1; rounding must not leave a hair beside it. Elsewhere both ends lie between them.
  return [correct === 0 ? 0 : centre - half, correct === samples ? 1 : centre + half];
}

/** How matched pairs came out: those with only one of the two successes, and all of them. */
export interface MatchedPairs {
  readonly onlyFirst: number;
  readonly onlySecond: number;
  readonly pairs: number;
}

/**
 * 95 % interval of the second proportion minus the first one, of matched pairs: half a pair is added to each of the four cells and the interval of
 * Wald taken. Agresti and Min, "Simple improved confidence intervals for comparing matched proportions", Statistics in Medicine 24:729-740 (2005).
 * Has a width where no pair differs; cut to -1..1. `pairs` >= 1, `onlyFirst` + `onlySecond` <= `pairs`.
 */
export function matchedPairsInterval({ onlyFirst, onlySecond, pairs }: MatchedPairs): Interval {
  const isLegal = pairs >= 1 && onlyFirst >= 0 && onlySecond >= 0 && onlyFirst + onlySecond <= pairs;
  assert(isLegal, `interval of ${onlyFirst} and ${onlySecond} out of ${pairs} pairs`);
  const n = pairs + 2;
  const more = onlySecond - onlyFirst;
  const half = (NORMAL_975 / n) * Math.sqrt(onlyFirst + onlySecond + 1 - more ** 2 / n);
  return [Math.max(-1, more / n - half), Math.min(1, more / n + half)];
}

/**
 * 95 % interval of the mean of `second` minus that of `first`, for values with standard deviations of their own: Welch, "The generalization of
 * 'Student's' problem when several different population variances are involved", Biometrika 34:28-35 (1947). Undefined for fewer than two values on
 * a side; a point where neither side varies.
 */
export function welchInterval(first: readonly number[], second: readonly number[]): Interval | undefined {
  if (first.length < 2 || second.length < 2) return undefined;
  const difference = mean(second) - mean(first);
  const [a, b] = [first, second].map((values) => sampleStandardDeviation(values) ** 2 / values.length);
  const variance = a! + b!;
  if (variance === 0) return [difference, difference];
  const freedom = variance ** 2 / (a! ** 2 / (first.length - 1) + b! ** 2 / (second.length - 1));
  const half = studentQuantile(0.975, freedom) * Math.sqrt(variance);
  return [difference - half, difference + half];
}

/** 95 % interval of the mean of normal values (Student t, n - 1 degrees of freedom); a point for a single value. */
export function studentInterval(values: readonly number[]): Interval {
  const centre = mean(values);
  if (values.length < 2) return [centre, centre];
  const half = (studentQuantile(0.975, values.length - 1) * sampleStandardDeviation(values)) / Math.sqrt(values.length);
  return [centre - half, centre + half];
}

/** Value below which a Student t variable with `freedom` >= 1 degrees of freedom lies with probability p, 0.5 <= p < 1. */
export function studentQuantile(p: number, freedom: number): number {
  assert(p >= 0.5 && p < 1 && freedom >= 1, `Student quantile at ${p} with ${freedom} degrees of freedom`);
  let low = 0;
  let high = 2;
  while (studentCdf(high, freedom) < p) high *= 2;
  for (let step = 0; step < 100 && high - low > 1e-13 * high; step++) {
    const middle = (low + high) / 2;
    if (studentCdf(middle, freedom) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Probability that a Student t variable is <= t, for t >= 0. */
export function studentCdf(t: number, freedom: number): number {
  return 1 - incompleteBeta(freedom / (freedom + t * t), freedom / 2, 0.5) / 2;
}

/** Regularised incomplete beta function I_x(a, b), 0 <= x <= 1, a and b >= 0.5; continued fraction 8.17.22 of the NIST DLMF. */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // The fraction converges fast only left of the mean; the symmetry I_x(a, b) = 1 - I_(1-x)(b, a) covers the rest.
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log(1 - x)) / a;
  return front * betaFraction(x, a, b);
}

/** The continued fraction of the incomplete beta function by the modified Lentz method. */
function betaFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  const awayFromZero = (value: number): number => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / awayFromZero(1 - ((a + b) * x) / (a + 1));
  let result = d;
  for (let m = 1; m <= 300; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / awayFromZero(1 + even * d);
    c = awayFromZero(1 + even / c);
    result *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / awayFromZero(1 + odd * d);
    c = awayFromZero(1 + odd / c);
    const factor = d * c;
    result *= factor;
    if (Math.abs(factor - 1) < 1e-15) break;
  }
  return result;
}

/** ln Gamma(x) for x >= 0.5: Lanczos approximation with g = 7 and nine terms, about 15 digits. */
function logGamma(x: number): number {
  const coefficients = [
    0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
    12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
  ];
  const base = x + 6.5;
  const series = coefficients.reduce((sum, c, i) => (i === 0 ? c : sum + c / (x - 1 + i)), 0);
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(base) - base + Math.log(series);
}
