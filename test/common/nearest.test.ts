import { describe, expect, it } from 'vitest';
import { nearest } from '../../src/common/nearest.js';

describe('the nearest name', () => {
  const check = (name: string, candidates: readonly string[], expected: string | undefined): void => {
    expect(nearest(name, candidates)).toBe(expected);
  };

  it('is that of the fewest letters added, left out or exchanged, the first one of equals', () => {
    check('lanes', ['lines', 'lane', 'planes'], 'lines');
    check('energy', ['enrgy', 'energies'], 'enrgy');
    check('abc', ['xbc', 'abc'], 'abc');
    check('ab', ['ba', 'abcd'], 'ba');
    check('kitten', ['sitting', 'mitten'], 'mitten');
  });

  it('is at most two letters away, or a third of the name', () => {
    check('ab', ['abcd'], 'abcd');
    check('ab', ['abcde'], undefined);
    check('abcdefgh', ['abcdef'], 'abcdef');
    check('abcdefgh', ['abcde'], undefined);
    check('abcdefghi', ['abcdef'], 'abcdef');
    check('abcdefghi', ['abcde'], undefined);
    check('abcdefghijkl', ['abcdefgh'], 'abcdefgh');
    check('abcdefghijkl', ['abcdefg'], undefined);
    check('', ['ab', 'a'], 'a');
    check('x', [], undefined);
  });

  it('does not look at capitals', () => {
    check('ENERGY', ['energy', 'ENERGX'], 'energy');
  });
});
