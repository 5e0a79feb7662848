import { describe, expect, it } from 'vitest';
import { linearAxis, logAxis, shareAxis, spansDecades } from '../../../src/report/study/axes.js';

const closeTo = (values: readonly number[]): readonly unknown[] => values.map((value) => expect.closeTo(value, 9));

describe('a linear axis', () => {
  it('has each level once, in order, and 3 % of room at both ends', () => {
    const axis = linearAxis([10, 0, 4, 10]);
    expect(axis.ticks).toEqual([0, 4, 10]);
    expect(axis.domain).toEqual(closeTo([-0.3, 10.3]));
    expect(axis.position(4)).toBe(4);
    expect(axis.breakAt).toBeUndefined();
  });

  it('has room around a single level: a tenth of it, at least a half; and a span without levels', () => {
    expect(linearAxis([3]).domain).toEqual(closeTo([2.5, 3.5]));
    expect(linearAxis([-20]).domain).toEqual(closeTo([-22, -18]));
    expect(linearAxis([]).domain).toEqual(closeTo([-0.03, 1.03]));
    expect(linearAxis([]).ticks).toEqual([]);
  });

  it('leaves out labels nearer than 6.5 % to their left neighbour, but for the last one', () => {
    expect(linearAxis([0, 6.4, 6.5, 100]).ticks).toEqual([0, 6.5, 100]);
    expect(linearAxis([0, 50, 94, 100]).ticks).toEqual([0, 50, 100]);
    expect(linearAxis([0, 1]).ticks).toEqual([0, 1]);
    // Shares are of the span, wherever it begins.
    expect(linearAxis([1000, 1006.4, 1006.5, 1100]).ticks).toEqual([1000, 1006.5, 1100]);
  });
});

describe('a logarithmic axis', () => {
  it('has positions of powers of ten, and 3 % of room at both ends', () => {
    const axis = logAxis([1, 0.01, 100]);
    expect([0.01, 1, 100].map(axis.position)).toEqual(closeTo([-2, 0, 2]));
    expect(axis.domain).toEqual(closeTo([-2.12, 2.12]));
    expect(axis.ticks).toEqual(closeTo([-2, 0, 2]));
    expect([axis.labelExpr, axis.breakAt]).toEqual(["format(pow(10, datum.value), '~r')", undefined]);
  });

  it('has zero 13 % of its span left of the least level, the break half way', () => {
    const axis = logAxis([0, 1, 100]);
    expect(axis.position(0)).toBeCloseTo(-0.26, 9);
    expect(axis.ticks).toEqual(closeTo([-0.26, 0, 2]));
    expect(axis.domain).toEqual(closeTo([-0.26 - 0.06, 2.06]));
    expect(axis.breakAt).toBeCloseTo(-0.13, 9);
    expect(axis.labelExpr).toMatch(/^datum\.value < -0\.13 \? '0' : format/);
  });

  it('has at least 0.12 to zero and 0.05 of room where it spans little', () => {
    const axis = logAxis([0, 10]);
    expect(axis.position(0)).toBeCloseTo(0.88, 9);
    expect(axis.domain).toEqual(closeTo([0.83, 1.05]));
    expect(logAxis([10]).domain).toEqual(closeTo([0.95, 1.05]));
    expect(logAxis([10]).ticks).toEqual(closeTo([1]));
  });

  it('leaves out labels that are too near on it, zero being one of them', () => {
    // A span of four and of 0.52 to zero: labels are 0.29 apart.
    expect(logAxis([0, 1, 1.9, 2, 10_000]).ticks).toEqual(closeTo([-0.52, 0, Math.log10(2), 4]));
  });

  it('is linear where no level is above zero', () => {
    expect(logAxis([0])).toMatchObject({ domain: closeTo([-0.5, 0.5]), labelExpr: "format(datum.value, '~g')" });
  });

  it('is wanted for levels whose largest is so many times the least above zero', () => {
    expect(spansDecades([0, 1, 30], 30)).toBe(true);
    expect(spansDecades([0, 1, 29], 30)).toBe(false);
    expect(spansDecades([30, 1, 2], 30)).toBe(true);
    expect(spansDecades([0, 5], 1)).toBe(false);
    expect(spansDecades([-100, 1, 2], 3)).toBe(false);
  });
});

describe('an axis of errors', () => {
  const check = (
    values: readonly number[],
    chance: readonly number[],
    domain: readonly number[],
    offScale: readonly number[],
  ) => expect(shareAxis(values, chance, 'error')).toEqual({ domain: closeTo(domain), offScale });

  it('goes from 0 to 6 % above what is drawn and chance, never past 100', () => {
    check([20, 40], [50], [0, 53], []);
    check([20, 80], [50], [0, 84.8], []);
    check([20, 98], [90], [0, 100], []);
    check([0.1, 0.2], [], [0, 0.53], []);
  });

  it('leaves chance off, and names it, where what is drawn would fill less than a third', () => {
    check([10, 30], [90, 50], [0, 95.4], []);
    check([10, 29], [90, 30], [0, 32.48], [90]);
    // Chance at the very end of the axis is on it.
    check([8], [90, 8.96], [0, 8.96], [90]);
    check([0.1], [90, 0.11], [0, 0.5], [90]);
  });
});

describe('an axis of accuracies', () => {
  const check = (
    values: readonly number[],
    chance: readonly number[],
    domain: readonly number[],
    offScale: readonly number[],
  ) => expect(shareAxis(values, chance, 'accuracy')).toEqual({ domain: closeTo(domain), offScale });

  it('goes from 0 to 6 % of the span above what is drawn where that fills a third, never past 100', () => {
    check([40, 70], [10], [0, 73.6], []);
    check([50, 70], [10], [0, 73.6], []);
    check([30, 99], [10], [0, 100], []);
    check([10, 20], [30], [0, 20.6], []);
  });

  it('is cut to what is drawn, with 15 % of room and at least half a point, and names the chance below it', () => {
    check([51, 70], [10, 60], [48.15, 72.85], [10]);
    check([90, 91], [10], [89.5, 91.5], [10]);
    check([90, 90], [90], [89.5, 90.5], []);
    check([0.2, 0.2], [], [0, 0.7], []);
    check([99.8, 99.9], [10], [99.3, 100], [10]);
  });
});
