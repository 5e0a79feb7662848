import { describe, expect, test } from 'vitest';
import { excessOf, namesIn, parseComparison, parseExpression, valueOf } from '../../../src/explore/space/expression.js';

const NAMES: Readonly<Record<string, number>> = { a: 3, 'vmm.outputs': 64, 'metrics.cycles': 100, zero: 0 };
const value = (text: string): number | undefined => {
  const parsed = parseExpression(text, 'here');
  if ('code' in parsed) throw new Error(parsed.message);
  return valueOf(parsed, (name) => NAMES[name]);
};
const problem = (text: string): string => {
  const parsed = parseExpression(text, 'here');
  if ('code' in parsed) return parsed.message;
  throw new Error('it is an expression');
};
const excess = (text: string): number | undefined => {
  const parsed = parseComparison(text, 'here');
  if ('code' in parsed) throw new Error(parsed.message);
  return excessOf(parsed, (name) => NAMES[name]);
};

describe('an expression', () => {
  test('has the value that arithmetic gives it', () => {
    const cases: readonly (readonly [string, number])[] = [
      ['2048 * vmm.outputs', 131_072],
      ['1 + 2 * 3 - 4 / 2', 5],
      ['-(a - 5) * 2', 4],
      ['10 % a', 1],
      ['-1 % a', 2],
      ['min(a, 2, 7) + max(1, a) + ceil(0.2) + floor(0.9) + round(2.5) + abs(-1)', 2 + 3 + 1 + 0 + 3 + 1],
      ['sqrt(16) + log2(8)', 7],
      ['1e3', 1000],
      ['8 - 3 - 2', 3],
    ];
    for (const [text, wanted] of cases) expect(value(text), text).toBe(wanted);
  });

  test('has none where a name has none', () => {
    expect(value('a + b')).toBeUndefined();
    const parsed = parseExpression('a + min(b, vmm.outputs) * a', '');
    expect('code' in parsed ? [] : [...namesIn(parsed)]).toEqual(['a', 'b', 'vmm.outputs']);
  });

  test('that is none says what is wrong, and nothing is executed', () => {
    const cases: readonly (readonly [string, string])[] = [
      ['2 *', 'ends too early'],
      ['(1', 'a ) is missing'],
      ['1 2', '"2" is too much'],
      ['process.exit(1)', 'there is no function "process.exit"'],
      ['a; b', 'is nothing that belongs here'],
      ['sqrt(1, 2)', 'sqrt has 2 operands'],
      ['* 2', '"*" where a number or a name belongs'],
      ['('.repeat(80) + '1' + ')'.repeat(80), 'nested too deeply'],
      ['-'.repeat(200) + '1', 'nested too deeply'],
      ['1+'.repeat(600) + '1', 'longer than 1000 characters'],
    ];
    for (const [text, wanted] of cases) expect(problem(text), text).toContain(wanted);
  });
});

describe('a comparison', () => {
  test('is exceeded by a share of its larger side, and by nothing where it holds', () => {
    expect(excess('a <= 4')).toBe(-0.25);
    expect(excess('a >= 4')).toBe(0.25);
    expect(excess('a <= 3')).toBe(0);
    expect(excess('a < 3')).toBeGreaterThan(0);
    expect(excess('3 > a')).toBeGreaterThan(0);
    expect(excess('a == 3')).toBe(0);
    expect(excess('a == 4')).toBe(0.25);
    expect(excess('zero <= 0')).toBe(0);
    expect(excess('a <= unknown')).toBeUndefined();
  });

  test('is needed where one belongs', () => {
    const parsed = parseComparison('a + 1', 'here');
    expect('code' in parsed && parsed.message).toContain('there is no comparison in it');
  });
});
