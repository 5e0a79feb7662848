import { describe, expect, it } from 'vitest';
import {
  clipWeight,
  largestLevel,
  meanFactor,
  powerOf,
  randomSign,
  roundToLevel,
  signOf,
  uniformFactor,
} from '../../src/common/weight-projections.js';

describe('a projected weight', () => {
  it('is cut at -a and a', () => {
    expect([-3, -2, -1, 0, 1, 2, 3].map((w) => clipWeight(w, 2))).toEqual([-2, -2, -1, 0, 1, 2, 2]);
  });

  it('is a sign, of which 0 has +1', () => {
    expect([-0.1, 0, 0.1].map(signOf)).toEqual([-1, 1, 1]);
  });

  it('is the nearest of 2^bits - 1 levels, ties away from 0, never -0', () => {
    expect([2, 3, 8].map(largestLevel)).toEqual([1, 3, 127]);
    // 3 bits over -2..2: levels are 2 / 3 apart, borders at 1 / 3 and 1.
    const level = (w: number): number => roundToLevel(w, 2, 3);
    expect([0.3, 0.34, 0.99, 1.01, 1.7, 2, 9].map(level)).toEqual([0, 1, 1, 2, 3, 3, 3]);
    expect([-0.34, -1.01, -9].map(level)).toEqual([-1, -2, -3]);
    expect([0.5, -0.5].map((w) => roundToLevel(w, 1, 2))).toEqual([1, -1]);
    expect(Object.is(roundToLevel(-0.1, 1, 2), 0)).toBe(true);
  });

  it('is a power of its magnitude: itself at 1, a sign at 0', () => {
    expect([-2, -0.5, 0, 1].map((w) => powerOf(w, 2, 1))).toEqual([-2, -0.5, 0, 1]);
    expect([-2, -0.5, 0, 1].map((w) => powerOf(w, 2, 0))).toEqual([-2, -2, 2, 2]);
    // 2 (1 / 2)^2, cut at 2.
    expect([1, -1, 5].map((w) => powerOf(w, 2, 2))).toEqual([0.5, -0.5, 2]);
  });

  it('is a random sign whose mean is the weight', () => {
    const half = 2 ** 31;
    // P(+1) = (w / a + 1) / 2: 0.75 at a / 2.
    expect([0, half, 0.75 * 2 ** 32 - 1, 0.75 * 2 ** 32].map((word) => randomSign(1, 2, word))).toEqual([1, 1, 1, -1]);
    expect([0, half - 1, half].map((word) => randomSign(0, 2, word))).toEqual([1, 1, -1]);
    expect([0, 2 ** 32 - 1].map((word) => randomSign(-3, 2, word))).toEqual([-1, -1]);
    expect([0, 2 ** 32 - 1].map((word) => randomSign(3, 2, word))).toEqual([1, 1]);
  });

  it('has a factor between gamma and 1 / gamma, evenly', () => {
    expect([0, 2 ** 31, 2 ** 30].map((word) => uniformFactor(0.5, word))).toEqual([0.5, 1.25, 0.875]);
    expect([meanFactor(0.5), meanFactor(1)]).toEqual([1.25, 1]);
  });
});
