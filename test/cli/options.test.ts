import { describe, expect, it } from 'vitest';
import { parseDistortion, parseLevels, parseNoise } from '../../src/cli/options.js';
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

describe('levels of a sweep', () => {
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
