import { describe, expect, it } from 'vitest';
import { splitOf, sumsForm, sumSequences, sumsText, sumTokens } from '../../src/data/sums.js';

describe('sums as sequences', () => {
  it('writes the sum with its least significant digit first and an end', () => {
    expect(sumsText(sumTokens(sumsForm(3), 47, 385))).toBe('047+385=2340\n');
    expect(sumsText(sumTokens(sumsForm(1), 9, 9))).toBe('9+9=81\n');
    expect(sumsForm(3)).toEqual({ digits: 3, inputs: 12, firstAnswer: 7 });
  });

  it('gives right sums of the asked split only, and no problem to two splits', () => {
    const form = sumsForm(2);
    const seen = new Map<string, string>();
    for (const split of ['train', 'validation', 'test'] as const) {
      const tokens = sumSequences(form, split, { seed: 5, first: 0, n: 400 });
      for (let i = 0; i < 400; i++) {
        const text = sumsText(tokens.subarray(i * 10, (i + 1) * 10));
        const [, a = '', b = '', sum = ''] = /^(\d\d)\+(\d\d)=(\d\d\d)\n$/.exec(text) ?? [];
        expect(Number([...sum].reverse().join(''))).toBe(Number(a) + Number(b));
        expect(splitOf(Number(a), Number(b))).toBe(split);
        expect(seen.get(text) ?? split).toBe(split);
        seen.set(text, split);
      }
    }
    expect(seen.size).toBeGreaterThan(900);
  });

  it('splits 80, 10 and 10 percent of all problems', () => {
    const counts = { train: 0, validation: 0, test: 0 };
    for (let a = 0; a < 100; a++) for (let b = 0; b < 100; b++) counts[splitOf(a, b)]++;
    expect(counts.train).toBeGreaterThan(7850);
    expect(counts.train).toBeLessThan(8150);
    expect(Math.abs(counts.test - 1000)).toBeLessThan(100);
  });

  it('makes problem n a function of n', () => {
    const form = sumsForm(3);
    const all = sumSequences(form, 'train', { seed: 1, first: 0, n: 20 });
    expect(sumSequences(form, 'train', { seed: 1, first: 7, n: 2 })).toEqual(all.slice(7 * 13, 9 * 13));
    expect(sumSequences(form, 'train', { seed: 2, first: 0, n: 20 })).not.toEqual(all);
  });
});
