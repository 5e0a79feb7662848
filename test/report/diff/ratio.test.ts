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
    expect(over(ratio(1), ratio(0))).toBeUndefined();
    expect(compareRatios(over(ratio(-1), ratio(-3)) ?? ratio(0), ratio(1, 4))).toBe(1);
    expect(compareRatios(ratio(-1, 3), ratio(1, 4))).toBe(-1);
  });
});
