import { describe, expect, it } from 'vitest';
import { gaussianChannelBits } from '../../../src/common/channel-bits.js';
import { groupRows, viewStudy } from '../../../src/report/study/points.js';
import { energyCell, errorTable } from '../../../src/report/study/tables.js';
import type { StudyRow } from '../../../src/ir/trace/study.js';
import { html } from '../../../src/report/html.js';
import { rowsOf, textOf } from '../table-cells.js';
import { ROW } from './study-row.js';
import { syntheticStudy } from './synthetic-study.js';

/** The table of these rows; golden errors are 5 % where they are known. */
function tableOf(rows: readonly StudyRow[], isGoldenKnown = true): readonly (readonly string[])[] {
  const golden: StudyRow = { ...ROW, part: 'golden', effect: 'none', level: 0, correct: 95 };
  const view = viewStudy({ ...syntheticStudy({ variants: [] }), rows: [...(isGoldenKnown ? [golden] : []), ...rows] });
  return rowsOf(errorTable(view, groupRows(rows).points));
}
const at = (effect: string, level: number, correct: number, more: Partial<StudyRow> = {}): StudyRow => ({
  ...ROW,
  ...{ effect, level, correct },
  ...more,
});

describe('the table of errors over levels', () => {
  it('has its levels from mild to bad', () => {
    expect(tableOf([at('ber', 0.1, 80), at('ber', 0.01, 93)])).toEqual([
      ['network', 'golden error', '0.01', '0.1', 'error doubles at'],
      // 7 % at 0.01 and 20 % at 0.1: 10 % at 0.01 + 0.09 * 3 / 13.
      ['sign', '5.0 %', '7.0 %', '20.0 %', '0.0308 (between 0.01 and 0.1)'],
    ]);
    expect(tableOf([at('power', 0.25, 80), at('power', 0.5, 93)])[0]?.slice(2, 4)).toEqual(['0.5', '0.25']);
  });

  it('has one column of errors where an effect has no level', () => {
    expect(tableOf([at('sign', 0, 80)])).toEqual([
      ['network', 'golden error', 'error'],
      ['sign', '5.0 %', '20.0 %'],
    ]);
  });

  it('has effective bits of additive noise where points have them, and of nothing else', () => {
    const bits = (level: number) => ({ gaussianBits: gaussianChannelBits(1, level) });
    const title = 'that is, in effective bits per weight';
    const noisy = tableOf([at('additive', 1, 91, bits(1)), at('additive', 2, 89, bits(2))]);
    expect(noisy[0]?.at(-1)).toBe(title);
    // Twice 5 % half way between 9 and 11 %: sigma 1.5, 0.5 log2(1 + 1 / 2.25).
    expect(noisy[1]?.slice(-2)).toEqual(['1.50 (between 1 and 2)', '0.265 (Gaussian channel)']);
    expect(tableOf([at('additive', 1, 91), at('additive', 2, 89)])[0]).not.toContain(title);
    expect(tableOf([at('ber', 1, 91, bits(1))])[0]).not.toContain(title);
    const never = tableOf([at('additive', 1, 94, bits(1))]);
    expect(never[1]?.slice(-2)).toEqual(['not reached within the levels (to 1)', 'not known']);
  });

  it('says what was not measured', () => {
    const two = tableOf(
      [at('ber', 0.1, 80), at('ber', 0.01, 93), at('ber', 0.1, 70, { network: 'b', variant: 'clip' })],
      false,
    );
    expect(two[1]?.slice(0, 3)).toEqual(['sign', 'not measured', '7.0 %']);
    expect(two[2]).toEqual([
      'clip',
      'not measured',
      'not measured',
      '30.0 %',
      'not known: golden accuracy not measured',
    ]);
    expect(tableOf([])).toEqual([]);
  });
});

it('an energy in a table has its band below it, and is not known without a cost table', () => {
  const cell = (energy: Parameters<typeof energyCell>[0]): string => textOf(html`${energyCell(energy)}`.text);
  expect(cell({ energyUj: 0.3, energyLowUj: 0.2, energyHighUj: 0.4 })).toBe('0.300 0.200 \u2013 0.400');
  expect([cell({ energyUj: 0.3 }), cell({})]).toEqual(['0.300', 'not known']);
});
