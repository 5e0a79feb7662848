import { describe, expect, it } from 'vitest';
import {
  parseChips,
  parseDistortion,
  parseLevels,
  parseLimit,
  parseNoise,
  parseNumbers,
} from '../../src/cli/options.js';
import { TRUENORTH_OPTIONS } from '../../src/chips/truenorth/options.js';
import { NO_NOISE } from '../../src/ir/faults/levels.js';

describe('noise on the command line', () => {
  it('reads several kinds', () => {
    expect(parseNoise('ber=0.01,drop=1e-3')).toEqual({ ...NO_NOISE, ber: 0.01, drop: 0.001 });
    expect(parseNoise('multiplicative=2')).toEqual({ ...NO_NOISE, multiplicative: 2 });
  });

  it('names every problem at once, with the nearest name', () => {
    const attempt = (): unknown => parseNoise('bre=0.1,drop=2,ber=x,additive=1,additive=2,=1');
    expect(attempt).toThrow(/there is no fault "bre"; did you mean "ber"\?/);
    expect(attempt).toThrow(/"2" is not a level of drop/);
    expect(attempt).toThrow(/"x" is not a level of ber/);
    expect(attempt).toThrow(/"additive" is given twice/);
    expect(attempt).toThrow(/there is no fault ""/);
  });

  it('refuses levels that are not numbers', () => {
    for (const bad of ['', ' ', 'NaN', 'Infinity', '-0.1', '0.1x', '0.1=0.2', '=0.1', '0x1', '1e', '.']) {
      expect(() => parseNoise(`ber=${bad}`), bad).toThrow(/bad-noise-level/);
    }
  });
});

describe('whole numbers on the command line', () => {
  it.each([
    ['chips', parseChips, 1, 10_000],
    ['a limit', parseLimit, 0, Number.MAX_SAFE_INTEGER],
  ] as const)('of %s lie within their ends', (_, parse, low, high) => {
    expect([parse(String(low)), parse(String(high))]).toEqual([low, high]);
    for (const bad of [low - 1, high + 1, 1.5]) expect(() => parse(String(bad))).toThrow('a whole number from');
  });

  it('of a window lie within its ends', () => {
    const window = TRUENORTH_OPTIONS.find(({ key }) => key === 'window')!;
    expect([window.read('1'), window.read('65536')]).toEqual([{ value: 1 }, { value: 65_536 }]);
    for (const bad of ['0', '65537', '1.5']) {
      expect(window.read(bad)).toEqual({ problem: expect.stringContaining('a whole number from 1 to 65536') });
    }
  });

  it('of a list begin at 0 and are there once', () => {
    expect(parseNumbers('0, 5,17')).toEqual([0, 5, 17]);
    expect(parseNumbers(String(1 << 24))).toEqual([1 << 24]);
    for (const bad of ['', '0,', '-1', '1,1', String((1 << 24) + 1)]) expect(() => parseNumbers(bad), bad).toThrow();
  });
});

describe('levels of a sweep', () => {
  it('reach both ends of the range of their fault', () => {
    expect([parseLevels('0,1', 'ber'), parseLevels('0,1', 'drop')]).toEqual([[0, 1], [0, 1]]); // prettier-ignore
    expect(() => parseLevels('1.0001', 'ber')).toThrow(/bad-noise-level/);
    expect(() => parseLevels('-0.0001', 'ber')).toThrow(/bad-noise-level/);
  });

  it('are sorted', () => {
    expect(parseLevels('0.1, 0,.01,1e-3', 'ber')).toEqual([0, 0.001, 0.01, 0.1]);
  });

  it('are refused when one is given twice, however it is written', () => {
    expect(() => parseLevels('0.1,0,1e-1', 'ber')).toThrow(/duplicate-level.*0\.1 is given twice/);
  });

  it('are refused with every bad one', () => {
    expect(() => parseLevels('0,2,x', 'ber')).toThrow(/"2" is not a level[^]*"x" is not a level/);
    expect(() => parseDistortion('dorp')).toThrow(/did you mean "drop"/);
  });
});
