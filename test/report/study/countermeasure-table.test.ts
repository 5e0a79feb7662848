import { describe, expect, it } from 'vitest';
import {
  BASELINE,
  isEqualCost,
  type MeasureRow,
  measureRows,
  measureTable,
} from '../../../src/report/study/countermeasure-table.js';
import { viewStudy } from '../../../src/report/study/points.js';
import type { CountermeasureCost, StudyRow } from '../../../src/ir/trace/study.js';
import { rowsOf } from '../table-cells.js';
import { pointOf, ROW } from './study-row.js';
import { syntheticStudy } from './synthetic-study.js';

const cost = (countermeasure: string, more: Partial<CountermeasureCost> = {}): CountermeasureCost => ({
  ...{ countermeasure, network: 'net', target: 'northpole', members: 1, cores: 4, storedBits: 1000 },
  ...{ protectedBits: 0, energyUj: 0.5, epochs: 6 },
  ...more,
});
const without = (of: CountermeasureCost, key: string): CountermeasureCost => {
  const { energyUj, epochs, ...rest } = of;
  return {
    ...rest,
    ...(key === 'energyUj' || energyUj === undefined ? {} : { energyUj }),
    ...(key === 'epochs' || epochs === undefined ? {} : { epochs }),
  };
};

/** The measures of these rows, by name. */
function measuresOf(
  names: readonly string[],
  costs: readonly CountermeasureCost[],
  rows: readonly StudyRow[] = [],
): readonly MeasureRow[] {
  const own = names.map((countermeasure): StudyRow => ({ ...ROW, part: 'countermeasures', countermeasure }));
  const view = viewStudy({ ...syntheticStudy({ variants: [] }), rows: [...own, ...rows], costs });
  return measureRows(view, view.points);
}
const order = (...costs: readonly CountermeasureCost[]): string =>
  measuresOf(
    costs.map(({ countermeasure }) => countermeasure),
    costs,
  )
    .map(({ name }) => name)
    .join(' ');

describe('measures by cost', () => {
  it.each([
    ['energy', { energyUj: 0.6 }],
    ['cores', { cores: 5 }],
    ['members', { members: 2 }],
    ['stored bits', { storedBits: 1001 }],
    ['protected bits', { protectedBits: 1 }],
    ['epochs', { epochs: 7 }],
  ])('have the dearer one in %s behind', (_, more) => {
    expect(order(cost('dear', more), cost('cheap'))).toBe('cheap dear');
    expect(order(cost('cheap'), cost('dear', more))).toBe('cheap dear');
  });

  it('go by energy before cores, members, stored and protected bits, and by epochs last', () => {
    expect(order(cost('a', { energyUj: 0.6, cores: 1 }), cost('b'))).toBe('b a');
    expect(order(cost('a', { cores: 5, members: 0 }), cost('b'))).toBe('b a');
    expect(order(cost('a', { members: 2, storedBits: 1 }), cost('b'))).toBe('b a');
    expect(order(cost('a', { storedBits: 2000, protectedBits: 0 }), cost('b', { protectedBits: 1 }))).toBe('b a');
    expect(order(cost('a', { protectedBits: 1, epochs: 1 }), cost('b'))).toBe('b a');
  });

  it('leave energy out where one of them has none', () => {
    const costs = [
      cost('a', { energyUj: 0.1, cores: 5 }),
      cost('b', { energyUj: 0.9 }),
      without(cost('c', { cores: 6 }), 'energyUj'),
    ];
    expect(order(...costs)).toBe('b a c');
  });

  it('have the row without a measure before its equals, and what has no cost at the end', () => {
    const names = ['vote', '', 'unknown'];
    expect(measuresOf(names, [cost('vote'), cost('')]).map(({ name }) => name)).toEqual([BASELINE, 'vote', 'unknown']);
    expect(measuresOf(['unknown', 'vote'], [cost('vote')]).map(({ name }) => name)).toEqual(['vote', 'unknown']);
    // A cost of another network or target is none of these.
    for (const other of [{ network: 'other' }, { target: 'other' }]) {
      expect(measuresOf(['vote'], [cost('vote', other)])[0]).not.toHaveProperty('cost');
    }
  });

  it('are equal where energy, cores, members and bits are, whatever the epochs', () => {
    const row = (of?: CountermeasureCost): MeasureRow => ({
      name: 'x',
      isBaseline: false,
      points: new Map(),
      ...(of === undefined ? {} : { cost: of }),
    });
    const equal = (more: Partial<CountermeasureCost>): boolean => isEqualCost(row(cost('a')), row(cost('b', more)));
    expect([equal({}), equal({ epochs: 99 })]).toEqual([true, true]);
    for (const more of [{ energyUj: 1 }, { cores: 1 }, { members: 9 }, { storedBits: 1 }, { protectedBits: 1 }]) {
      expect(equal(more), JSON.stringify(more)).toBe(false);
    }
    expect([isEqualCost(row(), row()), isEqualCost(row(cost('a')), row()), isEqualCost(row(), row(cost('a')))]).toEqual(
      [false, false, false],
    );
  });
});

describe('the table of what measures cost and buy', () => {
  const at = (countermeasure: string, correct: readonly number[], level = 0.01, seeds = 100) =>
    pointOf(correct, { countermeasure, level }).rows.map((row, chip): StudyRow => ({
      ...row,
      part: 'countermeasures',
      chipSeed: seeds + chip,
    }));
  const costs = [
    cost(''),
    cost('vote', { epochs: 12 }),
    cost('msb', { protectedBits: 125, storedBits: 1000 }),
    without(cost('big', { cores: 1200, members: 3 }), 'epochs'),
  ];
  const rows = measuresOf([], costs, [
    ...at('', [50, 60, 70]),
    ...at('vote', [55, 64, 76]),
    ...at('msb', [50], 0.01, 102),
    ...at('big', [40], 0.01, 900),
    ...at('alone', [30, 40]),
    ...at('', [20], 0.05),
    ...at('vote', [10], 0.05),
  ]);
  const cells = rowsOf(measureTable(rows, [0.01, 0.05]));

  it('has a heading for each level', () => {
    expect(cells[0]).toEqual(['what it costs', '', 'what it buys at 0.01', 'what it buys at 0.05']);
  });

  it('has the cost once for measures of equal cost, and every measure with accuracy and difference from the baseline', () => {
    // Mean 60 %, sd 10 %, t of 2 degrees of freedom 4.3027: 60 +- 24.8 %.
    expect(cells[2]).toEqual([
      '1',
      '4',
      '0.500',
      '1,000',
      '0 (0.0 %)',
      '6',
      BASELINE,
      '60.0 % 35.2 \u2013 84.8 %',
      'baseline',
      '20.0 % one chip',
      'baseline',
    ]);
    // Pairs differ by 5, 4 and 6 points: 5 +- 4.3027 / sqrt(3) = 2.48; accuracies 55, 64, 76: 65 +- 26.2.
    expect(cells[3]).toEqual([
      '12',
      'vote',
      '65.0 % 38.8 \u2013 91.2 %',
      '+5.0 +2.5 to +7.5',
      '10.0 % one chip',
      '\u221210.0 one chip',
    ]);
    // One chip in common, whose seed is that of the third one of the baseline: 50 against 70 %.
    expect(cells[4]).toEqual([
      '1',
      '4',
      '0.500',
      '1,000',
      '125 (12.5 %)',
      '6',
      'msb',
      '50.0 % one chip',
      '\u221220.0 one chip',
      'not measured',
    ]);
    expect(cells[5]).toEqual([
      '3',
      '1,200',
      '0.500',
      '1,000',
      '0 (0.0 %)',
      'not known',
      'big',
      '40.0 % one chip',
      'no chip in common',
      'not measured',
    ]);
    expect(cells[6]?.slice(0, 3)).toEqual(['cost not known', 'not known', 'alone']);
    // Two of its chips are chips of the baseline: 30 - 50 and 40 - 60.
    expect(cells[6]?.[4]).toBe('\u221220.0 \u221220.0 to \u221220.0');
    expect(cells).toHaveLength(7);
  });

  it('spans the rows of equal cost and marks where the next cost begins', () => {
    const { text } = measureTable(rows, [0.01]);
    expect([...text.matchAll(/rowspan="(\d+)"/g)].map(([, span]) => span)).toEqual([
      ...Array<string>(5).fill('2'),
      ...Array<string>(10).fill('1'),
    ]);
    expect(text.split('class="group"').length - 1).toBe(4);
  });

  it('says how many chips are in common where these are fewer, and writes no sign before a zero', () => {
    const few = measuresOf([], costs, [...at('', [50, 60]), ...at('vote', [50, 60, 99])]);
    expect(rowsOf(measureTable(few, [0.01]))[3]?.at(-1)).toBe('0.0 0.0 to 0.0, 2 chips in common');
    const less = measuresOf(
      [],
      costs,
      [...at('', [10_000]), ...at('vote', [9999])].map((row) => ({ ...row, samples: 10_000_000 })),
    );
    expect(rowsOf(measureTable(less, [0.01]))[3]?.at(-1)).toBe('0.0 one chip');
    const more = measuresOf(
      [],
      costs,
      [...at('', [9999]), ...at('vote', [10_000])].map((row) => ({ ...row, samples: 10_000_000 })),
    );
    expect(rowsOf(measureTable(more, [0.01]))[3]?.at(-1)).toBe('0.0 one chip');
  });

  it('has no share of protected bits where nothing is stored', () => {
    const none = measuresOf([''], [cost('', { storedBits: 0 })]);
    expect(rowsOf(measureTable(none, []))[2]?.slice(3, 5)).toEqual(['0', '0']);
  });
});
