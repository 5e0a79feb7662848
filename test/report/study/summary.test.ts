import { describe, expect, it } from 'vitest';
import { binaryWeightBits, gaussianChannelBits } from '../../../src/common/channel-bits.js';
import { studentInterval } from '../../../src/common/statistics.js';
import type { StudyRow } from '../../../src/ir/trace/study.js';
import { bitsAt, doublingLevel, doublingOf } from '../../../src/report/study/doubling.js';
import { pairedDifference } from '../../../src/report/study/paired-difference.js';
import { paretoFront } from '../../../src/report/study/pareto-front.js';
import { errorOf, groupRows, type StudyPoint } from '../../../src/report/study/points.js';
import { bandNote, energyText, pointTip } from '../../../src/report/study/words.js';

const ROW: StudyRow = {
  part: 'faults',
  network: 'net',
  family: 'mlp',
  dataset: 'mnist',
  variant: 'sign',
  target: 'northpole',
  effect: 'ber',
  level: 0.01,
  where: '',
  countermeasure: '',
  chip: 0,
  chipSeed: 100,
  samples: 100,
  correct: 90,
};

/** The point of rows whose chips have these numbers of correct images out of 100. */
function pointOf(correct: readonly number[], change: Partial<StudyRow> = {}): StudyPoint {
  const { points } = groupRows(
    correct.map((n, chip) => ({ ...ROW, chip, chipSeed: 100 + chip, correct: n, ...change })),
  );
  expect(points).toHaveLength(1);
  return points[0]!;
}

describe('points of a study', () => {
  it('have mean, standard deviation and Student interval over chips', () => {
    const point = pointOf([90, 80, 85]);
    expect(point.accuracy).toBeCloseTo(0.85, 12);
    expect(errorOf(point)).toBeCloseTo(0.15, 12);
    expect(point.accuracyStd).toBeCloseTo(0.05, 12);
    expect(point.interval).toEqual(studentInterval([0.9, 0.8, 0.85]));
  });

  it('have intervals inside 0..1', () => {
    expect(pointOf([100, 80]).interval![1]).toBe(1);
    expect(pointOf([0, 20]).interval![0]).toBe(0);
  });

  it('have no interval and no spread with one chip', () => {
    expect(pointOf([90])).not.toHaveProperty('interval');
    expect(pointOf([90])).not.toHaveProperty('accuracyStd');
  });

  it('differ in everything but the chip', () => {
    const changes: readonly Partial<StudyRow>[] = [
      { level: 0.02 },
      { where: 'hidden' },
      { effect: 'drop' },
      { target: 'truenorth' },
      { countermeasure: 'vote' },
      { volts: 0.7 },
      { part: 'layers' },
    ];
    expect(groupRows([ROW, ...changes.map((change) => ({ ...ROW, ...change }))]).points).toHaveLength(8);
  });

  it('do not mix rows that name the same chip twice', () => {
    const { points, repeated } = groupRows([ROW, { ...ROW, correct: 10 }]);
    expect(points.map((point) => point.accuracy)).toEqual([0.9]);
    expect(repeated.map((row) => row.correct)).toEqual([10]);
  });

  it('know an energy only if every chip has one', () => {
    expect(
      groupRows([
        { ...ROW, energyUj: 2 },
        { ...ROW, chip: 1, energyUj: 4 },
      ]).points[0]?.energyUj,
    ).toBe(3);
    expect(
      groupRows([
        { ...ROW, energyUj: 2 },
        { ...ROW, chip: 1 },
      ]).points[0],
    ).not.toHaveProperty('energyUj');
  });

  it('have the mean of the bands, of a chip without one its energy', () => {
    const banded = { ...ROW, energyUj: 2, energyLowUj: 1, energyHighUj: 6 };
    expect(groupRows([banded, { ...ROW, chip: 1, energyUj: 4 }]).points[0]).toMatchObject({
      energyUj: 3,
      energyLowUj: 2.5,
      energyHighUj: 5,
    });
    expect(groupRows([{ ...ROW, energyUj: 2 }]).points[0]).not.toHaveProperty('energyLowUj');
  });

  it('say their energy with its band', () => {
    const [point] = groupRows([{ ...ROW, energyUj: 2, energyLowUj: 1, energyHighUj: 6.25 }]).points;
    expect(energyText(point!)).toBe('2 \u00b5J (1 \u2013 6.25)');
    expect(pointTip('net', point!)).toMatch(/; 2 \u00b5J \(1 \u2013 6\.25\) per sample$/);
    expect(energyText({ energyUj: 2 })).toBe('2 \u00b5J');
    expect(energyText({})).toBe('not known');
    expect(bandNote([{ energyUj: 2 }, {}])).toBe('');
    expect(bandNote([{ energyUj: 2 }, point!])).toContain('how well its costs are known');
  });
});

describe('the level at which the error doubles', () => {
  const levels = [
    { level: 0.2, error: 0.12 },
    { level: 0.4, error: 0.28 },
    { level: 0.8, error: 0.6 },
  ];

  it('is linear between the measured neighbours', () => {
    expect(doublingLevel(levels, 0.1, 0)).toEqual({
      kind: 'reached',
      level: expect.closeTo(0.3, 12),
      between: [0.2, 0.4],
    });
  });

  it('starts from the golden error at the level that changes nothing', () => {
    expect(doublingLevel(levels, 0.04, 0)).toEqual({
      kind: 'reached',
      level: expect.closeTo(0.1, 12),
      between: [0, 0.2],
    });
  });

  it('is not reached, is past before the first level, or is not known', () => {
    expect(doublingLevel(levels, 0.4, 0)).toEqual({ kind: 'not-reached', last: 0.8 });
    expect(doublingLevel(levels, 0.05, undefined)).toEqual({ kind: 'before', level: 0.2 });
    expect(doublingLevel(levels, undefined, 0)).toMatchObject({ kind: 'unknown' });
    expect(doublingLevel(levels, 0, 0)).toMatchObject({ kind: 'unknown' });
    expect(doublingLevel([], 0.1, 0)).toMatchObject({ kind: 'unknown' });
  });

  it('takes the first crossing of a curve that comes back', () => {
    const curve = [
      { level: 1, error: 0.3 },
      { level: 2, error: 0.1 },
      { level: 3, error: 0.5 },
    ];
    expect(doublingLevel(curve, 0.1, 0)).toMatchObject({ kind: 'reached', level: expect.closeTo(0.5, 12) });
  });

  it('goes towards lower levels where they are worse, and only on that side', () => {
    const at = (level: number, correct: number) => pointOf([correct], { effect: 'power', target: 'network', level });
    const golden = pointOf([90], { part: 'golden', effect: 'none', level: 0 });
    const points = [at(2, 10), at(0.25, 50), at(0.5, 85), at(0.75, 88)];
    expect(doublingOf(points, golden)).toEqual({
      kind: 'reached',
      level: expect.closeTo(0.5 - 0.25 * (5 / 35), 12),
      between: [0.5, 0.25],
    });
    expect(doublingOf([at(2, 10)], golden)).toMatchObject({ kind: 'unknown' });
  });

  it('is given in effective bits: exact for one S, and for binary weights', () => {
    const point = (level: number, square: number, isBinary: boolean) =>
      pointOf([90], {
        effect: 'additive',
        level,
        gaussianBits: gaussianChannelBits(square, level),
        ...(isBinary ? { mutualBits: binaryWeightBits(level) } : {}),
      });
    const bits = bitsAt([point(0.4, 1, true), point(0.8, 1, true)], 0.6);
    expect(bits.gaussian).toBeCloseTo(gaussianChannelBits(1, 0.6), 12);
    expect(bits.mutual).toBe(binaryWeightBits(0.6));
    const real = bitsAt([point(0.4, 0.3, false), point(0.8, 0.3, false)], 0.1);
    expect(real.gaussian).toBeCloseTo(gaussianChannelBits(0.3, 0.1), 12);
    expect(real).not.toHaveProperty('mutual');
    expect(bitsAt([], 0.5)).toEqual({});
  });
});

describe('a paired difference', () => {
  it('cancels what differs from chip to chip', () => {
    const baseline = pointOf([50, 60, 70]);
    const better = pointOf([55, 64, 76]);
    const pair = pairedDifference(better, baseline)!;
    expect(pair.chips).toBe(3);
    expect(pair.difference).toBeCloseTo(0.05, 12);
    const [low, high] = studentInterval([0.05, 0.04, 0.06]);
    expect(pair.interval![0]).toBeCloseTo(low, 12);
    expect(pair.interval![1]).toBeCloseTo(high, 12);
    // The chips differ by 20 points, the differences by 2.
    expect(high - low).toBeLessThan(0.06);
  });

  it('pairs by seed, not by position, and leaves out chips without a partner', () => {
    const rows = (seeds: readonly number[], correct: readonly number[]): StudyPoint =>
      groupRows(seeds.map((chipSeed, chip) => ({ ...ROW, chip, chipSeed, correct: correct[chip]! }))).points[0]!;
    const pair = pairedDifference(rows([3, 1, 9], [33, 11, 99]), rows([1, 2, 3], [10, 20, 30]))!;
    expect(pair.chips).toBe(2);
    expect(pair.difference).toBeCloseTo(0.02, 12);
    expect(pairedDifference(rows([7], [50]), rows([8], [50]))).toBeUndefined();
    expect(pairedDifference(rows([8], [50]), rows([8], [40]))).toEqual({
      chips: 1,
      difference: expect.closeTo(0.1, 12),
    });
  });
});

describe('the Pareto front', () => {
  const at = (energyUj: number, accuracy: number) => ({ energyUj, accuracy });

  it('has the points that no other one dominates, by energy', () => {
    const points = [at(3, 0.95), at(1, 0.8), at(2, 0.9), at(2.5, 0.85), at(4, 0.95)];
    expect(paretoFront(points)).toEqual([at(1, 0.8), at(2, 0.9), at(3, 0.95)]);
  });

  it('keeps the better one at equal energy and at equal accuracy, and all of equal points', () => {
    expect(paretoFront([at(1, 0.5), at(1, 0.6)])).toEqual([at(1, 0.6)]);
    expect(paretoFront([at(1, 0.5), at(2, 0.5)])).toEqual([at(1, 0.5)]);
    expect(paretoFront([at(1, 0.5), at(1, 0.5)])).toHaveLength(2);
    expect(paretoFront([])).toEqual([]);
  });
});
