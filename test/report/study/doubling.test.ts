import { describe, expect, it } from 'vitest';
import { gaussianChannelBits } from '../../../src/common/channel-bits.js';
import { bitsAt, bySeverity, doublingLevel, doublingOf } from '../../../src/report/study/doubling.js';
import { pointOf } from './study-row.js';

const levelsOf = (effect: string, levels: readonly number[]): readonly number[] =>
  bySeverity(levels.map((level) => pointOf([90], { effect, level }))).map(({ level }) => level);

describe('levels of a curve', () => {
  it('go from mild to bad, the one that changes nothing included, without those on its other side', () => {
    expect(levelsOf('ber', [0.1, 0, 0.01])).toEqual([0, 0.01, 0.1]);
    expect(levelsOf('power', [0.25, 1, 2, 0.5])).toEqual([1, 0.5, 0.25]);
    expect(levelsOf('uniformLog', [0.1, 1.5, 0.9])).toEqual([0.9, 0.1]);
    expect(levelsOf('round', [2, 8, 4])).toEqual([8, 4, 2]);
    expect(levelsOf('ber', [])).toEqual([]);
  });
});

describe('the level at which the error is twice the golden one', () => {
  const at = (level: number, error: number) => ({ level, error });

  it('is a measured level where that has the double exactly', () => {
    expect(doublingLevel([at(1, 0.15), at(2, 0.2), at(3, 0.5)], 0.1, 0)).toEqual({
      kind: 'reached',
      level: 2,
      between: [1, 2],
    });
    expect(doublingLevel([at(1, 0.2), at(2, 0.3)], 0.1, undefined)).toEqual({ kind: 'before', level: 1 });
    expect(doublingLevel([at(1, 0.19), at(2, 0.2)], 0.1, undefined)).toMatchObject({
      kind: 'reached',
      between: [1, 2],
    });
  });

  it('takes the golden error where nothing changes, whatever was measured there', () => {
    expect(doublingLevel([at(0, 0.9), at(4, 0.3)], 0.1, 0)).toEqual({
      kind: 'reached',
      level: expect.closeTo(2, 12),
      between: [0, 4],
    });
    expect(doublingLevel([at(0, 0.1)], 0.1, 0)).toEqual({ kind: 'not-reached', last: 0 });
  });

  it('is not known without levels, golden error, or a golden error above 0', () => {
    const reasonOf = (doubling: ReturnType<typeof doublingLevel>) =>
      doubling.kind === 'unknown' ? doubling.reason : doubling.kind;
    expect(reasonOf(doublingLevel([], 0.1, undefined))).toBe('not measured');
    expect(reasonOf(doublingLevel([], 0.1, 0))).toBe('not measured');
    expect(reasonOf(doublingLevel([at(1, 0.1)], undefined, 0))).toBe('golden accuracy not measured');
    expect(reasonOf(doublingLevel([at(1, 0.1)], 0, 0))).toBe('the golden error is 0');
    expect(reasonOf(doublingOf([], undefined))).toBe('not measured');
    expect(reasonOf(doublingOf([pointOf([90], { effect: 'sign', level: 0 })], pointOf([95])))).toBe(
      'the effect has no level',
    );
    expect(reasonOf(doublingOf([pointOf([90])], undefined))).toBe('golden accuracy not measured');
  });
});

describe('effective bits between measured levels', () => {
  /** A point whose Gaussian reading is that of one channel with this S. */
  const point = (level: number, square?: number, mutualBits?: number) =>
    pointOf([90], {
      ...{ effect: 'additive', level },
      ...(square === undefined ? {} : { gaussianBits: gaussianChannelBits(square, level) }),
      ...(mutualBits === undefined ? {} : { mutualBits }),
    });
  const squareAt = (points: Parameters<typeof bitsAt>[0], sigma: number): number => {
    const { gaussian } = bitsAt(points, sigma);
    // S = sigma^2 (2^(2 bits) - 1).
    return sigma * sigma * (2 ** (2 * gaussian!) - 1);
  };

  it('have an S linear between neighbours, and that of the ends beyond them', () => {
    const points = [point(4, 0.9), point(1, 0.3), point(2, 0.5)];
    for (const [sigma, square] of [
      [0.5, 0.3],
      [1, 0.3],
      [1.5, 0.4],
      [2, 0.5],
      [3, 0.7],
      [4, 0.9],
      [9, 0.9],
    ] as const) {
      expect(squareAt(points, sigma), `${sigma}`).toBeCloseTo(square, 9);
    }
    expect(squareAt([point(2, 0.5)], 1)).toBeCloseTo(0.5, 9);
  });

  it('leave out points without noise and without the reading', () => {
    expect(squareAt([point(0, 5), point(1), point(2, 0.5)], 1)).toBeCloseTo(0.5, 9);
    expect(bitsAt([point(0, 5, 1)], 1)).toEqual({});
    expect(bitsAt([point(1), point(2)], 1)).toEqual({});
  });

  it('have mutual information where every noisy point has it', () => {
    expect(bitsAt([point(1, 1, 0.7), point(2, 1, 0.3)], 1)).toHaveProperty('mutual');
    expect(bitsAt([point(1, 1, 0.7), point(2, 1)], 1)).not.toHaveProperty('mutual');
    expect(bitsAt([point(0, 1), point(2, 1, 0.3)], 1)).toHaveProperty('mutual');
  });
});
