import { describe, expect, it } from 'vitest';
import { doublingText, errorInterval, errorTable, numbersTable } from '../../../src/report/study/tables.js';
import { groupRows, viewStudy } from '../../../src/report/study/points.js';
import type { Html } from '../../../src/report/html.js';
import type { StudyRow } from '../../../src/ir/trace/study.js';
import { syntheticStudy } from './synthetic-study.js';

const ROW: StudyRow = {
  ...{
    part: 'faults',
    network: 'mlp-mnist-sign',
    family: 'mlp',
    dataset: 'mnist',
    variant: 'sign',
    target: 'truenorth',
  },
  ...{ effect: 'ber', level: 0.01, where: '', countermeasure: '' },
  ...{ chip: 0, chipSeed: 65_536, samples: 200, correct: 190 },
};

/** Three chips: 5 %, 8 % and 12 % of 200 images wrong. */
const rows: readonly StudyRow[] = [190, 184, 176].map((correct, chip) => ({ ...ROW, chip, correct, energyUj: 0.5 }));
const only = (of: readonly StudyRow[]) => groupRows(of).points;

/** The cells of the first row of a table under their headings, without markup. */
function cellsOf(table: Html): Readonly<Record<string, string>> {
  const page = table.text;
  const texts = (part: string, tag: string): string[] =>
    [...part.matchAll(new RegExp(`<(?:${tag})[^>]*>([^]*?)</(?:${tag})>`, 'g'))].map(([, cell]) =>
      (cell ?? '')
        .replaceAll(/<[^>]*>/g, ' ')
        .replaceAll(/\s+/g, ' ')
        .trim(),
    );
  const body = /<tbody>([^]*?)<\/tr>/.exec(page)?.[1] ?? '';
  const cells = texts(body, 'td|th');
  return Object.fromEntries(
    texts(/<thead>([^]*)<\/thead>/.exec(page)?.[1] ?? '', 'th').map((title, i) => [title, cells[i] ?? '']),
  );
}

describe('the table of all numbers behind a figure', () => {
  it('has every number of a point under its heading', () => {
    expect(cellsOf(numbersTable('Bit errors', only(rows)))).toEqual({
      network: 'mlp-mnist-sign',
      target: 'truenorth',
      effect: 'ber',
      level: '0.01',
      chips: '3',
      images: '200',
      // Mean 25/3 %; sd sqrt(37/3) = 3.512 %; Student t with 2 degrees of freedom: 4.3027 * 3.512 / sqrt(3) = 8.724 %, cut at 0.
      error: '8.33 %',
      '95 % of the mean': '0.00 \u2013 17.06 %',
      'sd over chips': '3.51 %',
      'worst chip': '12.00 %',
      'best chip': '5.00 %',
      accuracy: '91.67 %',
      '\u00b5J / sample': '0.500',
    });
  });

  it('says "one chip" where nothing is known of the spread', () => {
    const cells = cellsOf(numbersTable('Bit errors', only([ROW])));
    expect([cells['95 % of the mean'], cells['sd over chips'], cells['worst chip']]).toEqual([
      'one chip',
      'one chip',
      '5.00 %',
    ]);
  });

  it('shows the band of an energy below it', () => {
    const priced = { ...ROW, energyUj: 0.25, energyLowUj: 0.125, energyHighUj: 0.75 };
    const cells = cellsOf(numbersTable('All', only([priced])));
    expect(cells['\u00b5J / sample, range of the cost table']).toBe('0.250 0.125 \u2013 0.750');
  });

  it('shows columns only where a point has something for them, and what a point lacks as not known', () => {
    const volts = { ...ROW, part: 'voltage', level: 0.02, volts: 0.55, energyUj: 0.25 } as const;
    const bits = { ...ROW, effect: 'additive', level: 0.4, gaussianBits: 1.25, mutualBits: 0.5 } as const;
    const first = cellsOf(numbersTable('All', only([volts, bits])));
    expect([first['volts'], first['\u00b5J / sample'], first['bits (Gaussian channel)']]).toEqual([
      '0.550',
      '0.250',
      'not known',
    ]);
    const second = cellsOf(numbersTable('All', only([bits, volts])));
    expect([second['volts'], second['\u00b5J / sample']]).toEqual(['not known', 'not known']);
    expect([second['bits (Gaussian channel)'], second['bits (mutual information)']]).toEqual(['1.250', '0.500']);
    expect(
      Object.keys(cellsOf(numbersTable('All', only([{ ...ROW, where: 'layer 1', countermeasure: 'vote' }])))),
    ).toEqual(expect.arrayContaining(['where', 'countermeasure']));
  });
});

describe('the table of errors over levels', () => {
  it('has golden error, error and interval per level, and where the error doubles', () => {
    const golden = { ...ROW, part: 'golden', effect: 'none', level: 0, correct: 192 } as const;
    const levels = [
      ...rows.map((row) => ({ ...row, level: 0.001, correct: 192 - row.chip })),
      ...rows.map((row) => ({ ...row, level: 0.1, correct: 160 - 20 * row.chip })),
    ];
    const cells = cellsOf(
      errorTable(viewStudy({ ...syntheticStudy({ variants: [] }), rows: [golden, ...levels] }), only(levels)),
    );
    expect(cells).toMatchObject({
      network: expect.stringContaining('sign'),
      'golden error': '4.0 %',
      // 4, 4.5 and 5 %: 4.5 +- 4.3027 * 0.5 / sqrt(3).
      '0.001': '4.5 % 3.3 \u2013 5.7',
      // 20, 30 and 40 %: 30 +- 24.84.
      '0.1': '30.0 % 5.2 \u2013 54.8',
    });
    expect(cells['error doubles at']).toMatch(/^0\.0\d+ \(between 0\.001 and 0\.1\)$/);
  });
});

describe('the interval of an error', () => {
  it('is that of the accuracy turned round', () => {
    const [low, high] = errorInterval([0.75, 0.875]);
    expect([low, high]).toEqual([0.125, 0.25]);
  });
});

describe('a doubling in words', () => {
  it.each([
    [{ kind: 'reached', level: 0.0525, between: [0.04, 0.08] }, '0.0525 (between 0.04 and 0.08)'],
    [{ kind: 'before', level: 0.01 }, 'before 0.01, the mildest level'],
    [{ kind: 'not-reached', last: 0.5 }, 'not reached within the levels (to 0.5)'],
    [{ kind: 'unknown', reason: 'no golden error' }, 'not known: no golden error'],
  ] as const)('names its levels (%j)', (doubling, expected) => {
    expect(doublingText(doubling)).toBe(expected);
  });
});
