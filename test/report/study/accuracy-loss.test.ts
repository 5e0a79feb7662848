import { describe, expect, it } from 'vitest';
import { lossAtChance, lossBadness, lossOf, signedText } from '../../../src/report/study/accuracy-loss.js';
import { viewStudy } from '../../../src/report/study/points.js';
import { syntheticStudy } from './synthetic-study.js';
import { ROW } from './study-row.js';

const studyOf = (goldens: Readonly<Record<string, number>>, classes: Readonly<Record<string, number>>) => {
  const study = syntheticStudy({ variants: [] });
  const golden = Object.entries(goldens).map(
    ([network, correct]) => ({ ...ROW, network, part: 'golden', effect: 'none', level: 0, correct }) as const,
  );
  const hurt = ['a', 'b', 'c'].map((network) => ({ ...ROW, network, correct: 60 }));
  const networks = Object.entries(classes).map(([name, nClasses]) => ({
    name,
    nClasses,
    family: 'mlp',
    dataset: 'mnist',
    variant: 'sign',
    nWeights: 1,
  }));
  const view = viewStudy({ ...study, rows: [...golden, ...hurt], networks });
  return { view, points: view.points.filter(({ part }) => part === 'faults') };
};

describe('the accuracy that a fault costs', () => {
  it('is golden minus mean in points, of the same network and target', () => {
    const { view, points } = studyOf({ a: 90, b: 50 }, {});
    expect(points.map((point) => lossOf(view, point))).toEqual(
      [30, -10, undefined].map((loss) => (loss === undefined ? loss : expect.closeTo(loss, 9))),
    );
    expect(lossOf(view, { ...points[0]!, target: 'other' })).toBeUndefined();
  });

  it('is bad as the root of its share of the way from golden to guessing, from 0 to 1', () => {
    // From 90 to 10 % are 80 points, a quarter of which is 20.
    const { view, points } = studyOf({ a: 90, b: 90 }, { a: 10 });
    const bad = (i: number, loss: number): number => lossBadness(view, points[i]!, loss);
    expect([0, 20, 80, 200, -5].map((loss) => bad(0, loss))).toEqual(
      [0, 0.5, 1, 1, 0].map((value) => expect.closeTo(value, 12)),
    );
    // Without classes the way ends at 0, without golden it begins at 1.
    expect(bad(1, 22.5)).toBeCloseTo(0.5, 12);
    expect(bad(2, 25)).toBeCloseTo(0.5, 12);
  });

  it('is measured by at least one point where golden is next to guessing', () => {
    const { view, points } = studyOf({ a: 10 }, { a: 10 });
    expect(lossBadness(view, points[0]!, 0.25)).toBeCloseTo(0.5, 12);
  });

  it('has one digit and no sign of a zero', () => {
    expect([0.04, -0.04, 0.049, -0.049, 0, 0.05, -0.06, 12.34, -3].map(signedText)).toEqual([
      ...['0.0', '0.0', '0.0', '0.0', '0.0', '0.1', '-0.1', '12.3', '-3.0'],
    ]);
  });

  it('is said of guessing, or that guessing is not known', () => {
    const one = studyOf({ a: 90, b: 90 }, { a: 10, b: 10 });
    expect(lossAtChance(one.view, one.points.slice(0, 2))).toBe(
      'Golden is 0 points lost; chance (10.0 %) is 80.0 points lost.',
    );
    const two = studyOf({ a: 90, b: 95, c: 85 }, { a: 10, b: 2, c: 10 });
    expect(lossAtChance(two.view, two.points)).toBe(
      'Golden is 0 points lost; chance (10.0 %, 50.0 %) is 45.0 to 80.0 points lost.',
    );
    const none = studyOf({ a: 90 }, { b: 10 });
    expect(lossAtChance(none.view, none.points)).toBe('Chance is not known.');
  });
});
