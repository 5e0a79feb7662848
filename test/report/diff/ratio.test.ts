import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareRatios,
  minus,
  over,
  type Ratio,
  ratio,
  ratioOf,
  ratioOfText,
  times,
  toNumber,
} from '../../../src/report/diff/ratio.js';

const equal = (a: Ratio | undefined, b: Ratio): void => {
  expect(a).toBeDefined();
  expect(compareRatios(a ?? ratio(0), b)).toBe(0);
};

describe('exact fractions', () => {
  it('read decimals as people write them', () => {
    equal(ratioOfText('-0.1'), ratio(-1, 10));
    equal(ratioOfText('+5'), ratio(5));
    equal(ratioOfText('.5'), ratio(1, 2));
    equal(ratioOfText('5.'), ratio(5));
    equal(ratioOfText('2.5e-9'), ratio(25, 10_000_000_000));
    equal(ratioOfText('1E+3'), ratio(1000));
    for (const text of ['', '.', '-', '1e', '0x10', '1,5', 'e5', '1 ', '1e9999'])
      expect(ratioOfText(text)).toBeUndefined();
  });

  it('end beyond the exponents of a float, large and small', () => {
    for (const text of ['1e400', '1e-400', '0.1e-399', '10e400']) expect(ratioOfText(text), text).toBeDefined();
    for (const text of ['1e401', '1e-401', '0.1e-400', '1.0e401']) {
      // The places after the point count: 1.0e401 is 10 times 10^400.
      expect(ratioOfText(text) === undefined, text).toBe(text !== '1.0e401');
    }
    expect(() => ratioOf(Number.NaN)).toThrow('internal error');
    expect(() => ratioOf(Number.POSITIVE_INFINITY)).toThrow('internal error');
  });

  it('have their digits with every sign and point', () => {
    equal(ratioOfText('-12.50e1'), ratio(-125));
    equal(ratioOfText('12.34'), ratio(1234, 100));
    equal(ratioOfText('0012'), ratio(12));
    expect(ratioOfText('1.5')?.d).toBe(10n);
    expect(ratioOfText('15e2')).toEqual({ n: 1500n, d: 1n });
  });

  it('become the nearest float, whatever the sizes of both parts', () => {
    const check = (n: bigint, d: bigint, expected: number): void => {
      expect(toNumber({ n, d })).toBe(expected);
    };
    check(1n, 3n, 1 / 3);
    check(-2n, 3n, -2 / 3);
    check(10n ** 40n, 3n, Number('3.33333333333333333333e39'));
    check(1n, 3n * 10n ** 40n, Number('3.33333333333333333333e-41'));
    check(123_456_789_012_345_678n, 1n, 123_456_789_012_345_678);
    check(0n, 5n, 0);
    check(7n, 7n, 1);
  });

  it('come back as the float they were read from', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(toNumber(ratioOf(value))).toBe(value === 0 ? 0 : value);
      }),
    );
  });

  it('calculate without rounding', () => {
    equal(minus(ratioOf(0.3), ratioOf(0.1)), ratioOf(0.2));
    equal(times(ratioOf(0.1), ratioOf(0.1)), ratioOf(0.01));
    equal(over(ratio(1), ratio(-3)), ratio(-1, 3));
    // The lower part of a fraction stays above 0.
    expect(over(ratio(1), ratio(-3))).toEqual({ n: -1n, d: 3n });
    expect(over(ratio(-2, 5), ratio(-3, 7))).toEqual({ n: 14n, d: 15n });
    expect(over(ratio(1), ratio(0))).toBeUndefined();
    expect(compareRatios(over(ratio(-1), ratio(-3)) ?? ratio(0), ratio(1, 4))).toBe(1);
    expect(compareRatios(ratio(-1, 3), ratio(1, 4))).toBe(-1);
  });
});
