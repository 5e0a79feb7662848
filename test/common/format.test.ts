import { describe, expect, it } from 'vitest';
import {
  bandText,
  duration,
  integer,
  percent,
  percentInterval,
  quantity,
  quantityWithBand,
  significant,
  unitSign,
} from '../../src/common/format.js';

const energy = { value: 0.0977, unit: 'uJ', source: 'test', status: 'calibrated' } as const;

describe('what rounds to nothing', () => {
  it('has no sign', () => {
    expect([percent(-0.00001), percent(-0), percent(-0.004, 0), percent(-0.0002)]).toEqual([
      ...['0.00 %', '0.00 %', '0 %', '-0.02 %'],
    ]);
    expect(percentInterval([-0.00001, -0.00001])).toBe('0.00 \u2013 0.00 %');
    expect([integer(-0.3), integer(-0), significant(-0)]).toEqual(['0', '0', '0']);
  });
});

describe('a number with its band', () => {
  it('reads as value, unit and range', () => {
    expect(quantityWithBand({ ...energy, low: 0.08954, high: 0.1061 })).toBe('0.0977 \u00b5J (0.0895 \u2013 0.106)');
  });

  it('has no range where none is known', () => {
    expect([bandText(energy), quantityWithBand(energy)]).toEqual(['', '0.0977 \u00b5J']);
    expect(bandText({ ...energy, low: 0.0977, high: 0.0977 })).toBe('');
    expect(bandText({ ...energy, low: 0.0977, high: 0.0977000001 })).toBe('');
    expect(quantityWithBand({ unknown: true, reason: 'no model' })).toBe('unknown');
  });
});

describe('a number', () => {
  it('has three significant digits, whole ones and large ones in full', () => {
    const texts = [0.074249, 12.345, 4560.4, 999.6, 1000.4, 7, -3.14159, 1_234_567, 0].map((value) =>
      significant(value),
    );
    expect(texts).toEqual(['0.0742', '12.3', '4,560', '1.00e+3', '1,000', '7', '-3.14', '1,234,567', '0']);
    expect([significant(0.00012345), significant(0.000012345)]).toEqual(['0.000123', '1.23e-5']);
    expect([significant(12.3456, 4), significant(12_345.6, 4)]).toEqual(['12.35', '12,346']);
    expect(integer(1234567.5)).toBe('1,234,568');
    for (let n = 1; Math.abs(n) < 1e17; n *= -7.3) expect(integer(n)).toBe(Math.round(n).toLocaleString('en-US'));
    for (const n of [0, 999, 1000, -1000, 123456, 2 ** 53, -1e21, NaN, Infinity, -Infinity]) {
      expect(integer(n)).toBe(n.toLocaleString('en-US'));
    }
  });

  it('that is a share reads as per cent, with as many digits as asked', () => {
    expect([percent(0.97344), percent(0.97344, 1), percent(1)]).toEqual(['97.34 %', '97.3 %', '100.00 %']);
    expect([percentInterval([0.97, 0.9763]), percentInterval([0, 0.5], 0)]).toEqual([
      '97.00 \u2013 97.63 %',
      '0 \u2013 50 %',
    ]);
  });

  it('has the unit as print writes it', () => {
    expect(['uJ', 'us', 'uW', 'uV', 'mJ', 'uJ/s', 'units'].map(unitSign)).toEqual([
      '\u00b5J',
      '\u00b5s',
      '\u00b5W',
      '\u00b5V',
      'mJ',
      'uJ/s',
      'units',
    ]);
    expect(quantity({ value: 2.5, unit: 'us', source: 'test', status: 'assumed' })).toBe('2.50 \u00b5s');
  });
});

describe('a duration', () => {
  it.each([
    [90, '90 s'],
    [1, '1 s'],
    [0.9994, '999 ms'],
    [0.033, '33 ms'],
    [0.001, '1 ms'],
    [1.33e-6, '1.33 µs'],
    [0.000_3051, '305 µs'],
    [3.05e-7, '305 ns'],
    [2.5e-9, '2.50 ns'],
    [2.5e-10, '0.250 ns'],
    [0, '0 s'],
  ])('of %d s is in the largest unit that leaves at least 1: %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });
});
