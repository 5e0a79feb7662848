import { describe, expect, it } from 'vitest';
import { bitsToText } from '../../../src/common/bit-text.js';
import { changesOf } from '../../../src/report/diff/change.js';
import { changeText, points, pointsInterval } from '../../../src/report/diff/diff-words.js';
import { matchResults } from '../../../src/report/diff/match-results.js';
import { otherSamples, pairedAccuracy } from '../../../src/report/diff/paired-accuracy.js';
import { ratioOf, toNumber } from '../../../src/report/diff/ratio.js';
import type { Reading } from '../../../src/report/diff/reading.js';

type Value = number | string;
/** A reading: a number, or the reason why there is none. */
const reading = (key: string, value: Value, more: Partial<Reading> = {}): Reading => ({
  ...{ key, label: `the ${key}`, unit: '', text: String(value), perRun: false },
  value: typeof value === 'number' ? ratioOf(value) : { unknown: true, reason: value },
  ...more,
});
const numberOf = (value: ReturnType<typeof changesOf>[number]['difference']): Value =>
  'unknown' in value ? value.reason : toNumber(value);
const changed = (a: Value | undefined, b: Value | undefined, more: Partial<Reading> = {}) =>
  changesOf(
    a === undefined ? [] : [reading('x', a, more)],
    b === undefined ? [] : [reading('x', b, more)],
    undefined,
  )[0]!;
const said = (a: Value, b: Value, unit = ''): string => changeText(changed(a, b, { unit }));

describe('changes of numbers', () => {
  it('are B minus A and its share of A, 0 where both are 0', () => {
    const check = (a: Value | undefined, b: Value | undefined, difference: Value, relative: Value): void => {
      const change = changed(a, b);
      expect([numberOf(change.difference), numberOf(change.relative)]).toEqual([difference, relative]);
    };
    check(4, 5, 1, 0.25);
    check(-4, -5, -1, 0.25);
    check(0.3, 0.1, -0.2, toNumber({ n: -2n, d: 3n }));
    check(0, 0, 0, 0);
    check(0, 2, 2, 'A is 0');
    check(undefined, 2, 'A has no such number', 'A has no such number');
    check(2, undefined, 'B has no such number', 'B has no such number');
    check('no table', 2, 'not known of A: no table', 'not known of A: no table');
    check(2, 'no table', 'not known of B: no table', 'not known of B: no table');
  });

  it('have the rows of A first, then what B alone has, each with its words', () => {
    const changes = changesOf([reading('b', 1), reading('a', 1)], [reading('c', 1), reading('a', 3)], undefined);
    expect(changes.map(({ key, label }) => [key, label])).toEqual([
      ['b', 'the b'],
      ['a', 'the a'],
      ['c', 'the c'],
    ]);
    expect(changes.map(({ a, b }) => [a?.text, b?.text])).toEqual([
      ['1', undefined],
      ['1', '3'],
      [undefined, '1'],
    ]);
  });

  it('are not taken across units, nor of what hangs on other samples', () => {
    const across = changesOf([reading('x', 1, { unit: 's' })], [reading('x', 1)], undefined)[0]!;
    expect(numberOf(across.difference)).toBe('A counts in s, B in numbers');
    const both = [reading('x', 1, { perRun: true }), reading('y', 1)];
    expect(changesOf(both, both, 'other data').map(({ difference }) => numberOf(difference))).toEqual([
      'other data',
      0,
    ]);
    expect(changesOf(both, both, undefined).map(({ difference }) => numberOf(difference))).toEqual([0, 0]);
  });
});

describe('words of a change', () => {
  it('are points for shares, counts with their share, and a share alone for amounts', () => {
    expect(said(0.964, 0.96, 'share')).toBe('-0.40 pp');
    expect(said(0.96, 0.964, 'share')).toBe('+0.40 pp');
    expect(said(38, 40)).toBe('+2 (+5.3 %)');
    expect(said(40, 38)).toBe('-2 (-5.0 %)');
    expect(said(100, 87.9, 'uJ')).toBe('-12.1 %');
    expect(said(3, 3, 'uJ')).toBe('the same');
    expect(said('x', 3)).toBe('not compared: not known of A: x');
  });

  it('are amounts where A is 0', () => {
    expect([said(0, 2), said(0, 2, 'uJ'), said(0, -2, 'W')]).toEqual(['+2', '+2 \u00b5J', '-2 W']);
  });

  it('are factors from ten times and from a tenth on', () => {
    expect([said(1, 9.9, 's'), said(1, 10, 's'), said(1, 25, 's')]).toEqual(['+890.0 %', 'x 10', 'x 25']);
    expect([said(100, 11, 's'), said(100, 10, 's'), said(100, 0.5, 's')]).toEqual(['-89.0 %', 'x 0.100', 'x 0.00500']);
  });

  it('have more digits where one or two would hide the change', () => {
    expect([said(100, 100.05, 's'), said(100, 100.04, 's'), said(100, 99.999, 's')]).toEqual([
      '+0.1 %',
      '+0.0400 %',
      '-0.00100 %',
    ]);
    expect([points(0.00005), points(0.00004), points(-0.00001), points(0)]).toEqual([
      '+0.01 pp',
      '+0.00400 pp',
      '-0.00100 pp',
      '0.00 pp',
    ]);
    expect(pointsInterval([-0.0061, 0.0001])).toBe('95 %: -0.61 to +0.01 pp');
  });
});

describe('what is meant by what', () => {
  const match = (a: readonly string[], b: readonly string[]) => {
    const { pairs, onlyA, onlyB } = matchResults(
      a.map((text) => ({ text })),
      b.map((text) => ({ text })),
      [({ text }) => text, ({ text }) => text.charAt(0)],
    );
    return [
      pairs.map(([x, y]) => `${x.text}>${y.text}`).join(' '),
      onlyA.map(({ text }) => text),
      onlyB.map(({ text }) => text),
    ];
  };

  it('goes by the first key, what is left by the second, in the order of A', () => {
    expect(match(['a1', 'b1', 'c1'], ['c2', 'b1', 'a9'])).toEqual(['a1>a9 b1>b1 c1>c2', [], []]);
    expect(match(['a1', 'a2'], ['a2', 'a3'])).toEqual(['a1>a3 a2>a2', [], []]);
  });

  it('goes by order where both have as many, and leaves out where they have not', () => {
    expect(match(['a1', 'a1', 'b1'], ['a1', 'b1', 'a1'])).toEqual(['a1>a1 a1>a1 b1>b1', [], []]);
    expect(match(['a1', 'a1', 'b1'], ['a1', 'b1'])).toEqual(['b1>b1', ['a1', 'a1'], ['a1']]);
    expect(match(['a1', 'b1'], ['a2', 'a3', 'c1'])).toEqual(['', ['a1', 'b1'], ['a2', 'a3', 'c1']]);
  });

  it('is the other one where each has one, whatever it is', () => {
    expect(match(['a1'], ['z9'])).toEqual(['a1>z9', [], []]);
    expect(match(['a1'], [])).toEqual(['', ['a1'], []]);
    expect(match(['a1'], ['x1', 'y1'])).toEqual(['', ['a1'], ['x1', 'y1']]);
    expect(match(['x1', 'y1'], ['a1'])).toEqual(['', ['x1', 'y1'], ['a1']]);
  });
});

describe('two accuracies on the same samples', () => {
  const of = (bits: readonly number[], more: object = {}) => ({
    ...{ data: 'mnist', samples: 8 * bits.length, outcomes: bitsToText(Uint8Array.from(bits)) },
    ...more,
  });

  it('count who is right where the other is not', () => {
    // A alone at bits 0 and 8, B alone at bit 15.
    const pair = pairedAccuracy(of([0b0000_0011, 0b0000_0001]), of([0b0000_0010, 0b1000_0000]))!;
    expect([pair.onlyA, pair.onlyB]).toEqual([2, 1]);
    // n = 18: -1 / 18 +- 1.96 / 18 sqrt(4 - 1 / 18).
    const half = (1.959963984540054 / 18) * Math.sqrt(4 - 1 / 18);
    expect(pair.interval).toEqual([-1 / 18 - half, -1 / 18 + half].map((end) => expect.closeTo(end, 12)));
  });

  it('are none of other data, other numbers of samples, or without outcomes', () => {
    const a = of([1]);
    const { outcomes, ...bare } = a;
    expect(outcomes).toBe('AQ==');
    expect(otherSamples(a, of([1]))).toBeUndefined();
    expect(otherSamples(a, of([1], { data: 'other' }))).toBe('A is of mnist, B of other');
    expect(otherSamples(a, of([1, 1]))).toBe('A is of 8 samples, B of 16');
    expect(otherSamples(bare, a)).toBe('A does not say which samples are right');
    expect(otherSamples(a, bare)).toBe('B does not say which samples are right');
    expect(otherSamples(bare, bare)).toBe('A and B do not say which samples are right');
    for (const other of [bare, of([1], { data: 'x' }), of([1], { outcomes: '?' })]) {
      expect(pairedAccuracy(a, other)).toBeUndefined();
      expect(pairedAccuracy(other, a)).toBeUndefined();
    }
  });
});
