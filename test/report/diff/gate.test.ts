import { describe, expect, it } from 'vitest';
import { changesOf } from '../../../src/report/diff/change.js';
import { type Gate, gateProblems, holdGates, parseGates, type Subject } from '../../../src/report/diff/gate.js';
import { ratio, ratioOf, ratioOfText } from '../../../src/report/diff/ratio.js';
import type { Reading } from '../../../src/report/diff/reading.js';

type Value = number | string;

/** A reading: a number, or the reason why there is none. */
const reading = (key: string, unit: string, value: Value): Reading => ({
  ...{ key, label: key, unit, text: String(value), perRun: false },
  value: typeof value === 'number' ? ratioOf(value) : { unknown: true, reason: value },
});
const subject = (key: string, unit: string, a: Value | undefined, b: Value | undefined): Subject => ({
  title: 'net',
  changes: changesOf(
    a === undefined ? [] : [reading(key, unit, a)],
    b === undefined ? [] : [reading(key, unit, b)],
    undefined,
  ),
});
const gatesOf = (text: string): readonly Gate[] => {
  const { gates, problems } = parseGates(text, '--fail-on');
  expect(problems).toEqual([]);
  return gates;
};
const check = (gates: string, of: Subject, expected: readonly string[]): void => {
  expect(gateProblems(gatesOf(gates), [of], 'p')).toEqual([]);
  expect(holdGates(gatesOf(gates), [of]).map(({ verdict }) => verdict)).toEqual(expected);
};
const problemsOf = (gates: string, of: Subject) => gateProblems(gatesOf(gates), [of], '--fail-on');

describe('the text of gates', () => {
  it('is metric, operator, number and unit, with spaces anywhere', () => {
    expect(gatesOf(' accuracy < -0.1 pp, energy.staticPower>=5%,cores>2 , latency<=1.5e-3ms')).toEqual([
      { text: 'accuracy < -0.1 pp', metric: 'accuracy', operator: '<', limit: ratio(-1, 10), unit: 'pp' },
      { text: 'energy.staticPower>=5%', metric: 'energy.staticPower', operator: '>=', limit: ratio(5), unit: '%' },
      { text: 'cores>2', metric: 'cores', operator: '>', limit: ratio(2), unit: '' },
      { text: 'latency<=1.5e-3ms', metric: 'latency', operator: '<=', limit: ratioOfText('1.5e-3'), unit: 'ms' },
    ]);
  });

  it.each([
    'accuracy',
    'accuracy<',
    'accuracy<pp',
    '<5%',
    'accuracy=5%',
    'accuracy<5%%',
    'accuracy<5 6',
    'a<1e9999',
    '',
  ])('is refused where it is none: "%s"', (text) => {
    const { gates, problems } = parseGates(text, '--fail-on x');
    expect(gates).toEqual([]);
    expect(problems).toMatchObject([{ code: 'bad-gate', place: '--fail-on x' }]);
    expect(problems[0]?.message).toContain(`"${text}"`);
  });

  it('says all that is wrong with it at once', () => {
    expect(parseGates('a,b<1,c', 'p').problems).toHaveLength(2);
  });
});

describe('gates', () => {
  it('fail beyond the limit; a change equal to it passes < and >, and fails <= and >=', () => {
    const of = subject('cores', '', 10, 12);
    check('cores>2,cores>=2,cores>1,cores>3,cores>=3', of, ['passed', 'failed', 'failed', 'passed', 'passed']);
    const less = subject('cores', '', 12, 10);
    check('cores<-2,cores<=-2,cores<-1,cores<-3', less, ['passed', 'failed', 'failed', 'passed']);
  });

  it('compare exactly what floats are only next to', () => {
    // 0.963 - 0.964 is -0.0010000000000000009 and 0.105 / 0.1 - 1 is 0.04999999999999982 in floats.
    expect((0.963 - 0.964) * 100).toBeLessThan(-0.1);
    check('a<-0.1pp,a<=-0.1pp', subject('a', 'share', 0.964, 0.963), ['passed', 'failed']);
    expect(0.105 / 0.1 - 1).toBeLessThan(0.05);
    check('e>5%,e>=5%', subject('e', 'uJ', 0.1, 0.105), ['passed', 'failed']);
  });

  it('take percent of the value of A, percentage points of fractions, and absolute changes in the unit and its prefixes', () => {
    check('a<-1%,a<-1pp', subject('a', 'share', 0.5, 0.492), ['failed', 'passed']);
    check('t>1ms,t>1us,t>0.001s,t>1500us,t>1500\u00b5s', subject('t', 's', 0.001, 0.0022), [
      ...['failed', 'failed', 'failed', 'passed', 'passed'],
    ]);
    check('e>1uJ,e>1nJ,e>0.001mJ', subject('e', 'uJ', 1, 2), ['passed', 'failed', 'passed']);
    check('b>10byte', subject('b', 'byte', 5, 20), ['failed']);
    check('f<-10 1/s', subject('f', '1/s', 100, 50), ['failed']);
  });

  it('are given with the change in their own unit', () => {
    const [points, percent, absolute] = holdGates(gatesOf('a<-1pp,a<-1%'), [subject('a', 'share', 0.5, 0.49)]);
    expect(points).toEqual({ gate: 'a<-1pp', subject: 'net', verdict: 'passed', change: -1, reason: '' });
    expect(percent?.change).toBe(-2);
    expect(absolute).toBeUndefined();
    expect(holdGates(gatesOf('t>1ms'), [subject('t', 's', 0, 0.002)])).toMatchObject([
      { change: 2, verdict: 'failed' },
    ]);
  });

  it('never pass on what is not known: energies, a metric that one side lacks, a change from 0, a result without counterpart', () => {
    const undecided = (gate: string, of: Subject, reason: RegExp): void => {
      const [verdict] = holdGates(gatesOf(gate), [of]);
      expect(verdict).toMatchObject({ verdict: 'undecided', change: null, reason: expect.stringMatching(reason) });
    };
    undecided('e>5%', subject('e', 'uJ', 'no table', 1), /^not known of A: no table$/);
    undecided('e>5uJ', subject('e', 'uJ', 1, 'no table'), /^not known of B: no table$/);
    undecided('e>5%', subject('e', 'uJ', 1, undefined), /^B has no such number$/);
    undecided('e>5%', subject('e', 'uJ', undefined, 1), /^A has no such number$/);
    undecided('m>5%', subject('m', '', 0, 3), /^A is 0$/);
    undecided('m>5%', { title: 'net', changes: [], missing: 'B has no such result' }, /^B has no such result$/);
  });

  it('take no change of 0 as 0 %, and a change from 0 in the unit', () => {
    check('m>0%,m>=0%,m>0', subject('m', '', 0, 0), ['passed', 'failed', 'passed']);
    check('m>2', subject('m', '', 0, 3), ['failed']);
    check('m>5%', subject('m', '', -2, -1), ['passed']);
  });

  it('are held against every subject that has the metric, and against no other', () => {
    const verdicts = holdGates(gatesOf('e>5%'), [
      subject('e', 'uJ', 1, 2),
      subject('f', '', 1, 1),
      subject('e', 'uJ', 1, 1),
    ]);
    expect(verdicts.map(({ verdict }) => verdict)).toEqual(['failed', 'passed']);
  });
});

describe('gates that mean nothing here', () => {
  it('name the nearest metric and all there are', () => {
    expect(problemsOf('enrgy>5%', subject('energy', 'uJ', 1, 1))).toMatchObject([
      {
        code: 'unknown-metric',
        message: '"enrgy>5%": there is no metric "enrgy"; did you mean "energy"?',
        remedy: 'metrics here: energy',
      },
    ]);
  });

  it.each([
    ['share', 'x<1'],
    ['share', 'x<1uJ'],
    ['', 'x<1pp'],
    ['', 'x<1ms'],
    ['uJ', 'x<1'],
    ['uJ', 'x<1pp'],
    ['uJ', 'x<1ms'],
    ['byte', 'x<1kbyte'],
  ])('are refused in a unit that the metric does not have: of "%s", %s', (unit, gate) => {
    expect(problemsOf(gate, subject('x', unit, 1, 1))).toMatchObject([{ code: 'gate-unit' }]);
  });
});
