import { describe, expect, it } from 'vitest';
import { abstractText, doublingTable, networkTable } from '../../../src/report/study/overview.js';
import { viewStudy } from '../../../src/report/study/points.js';
import type { StudyNetwork, StudyResult, StudyRow } from '../../../src/ir/trace/study.js';
import { rowsOf, textOf } from '../table-cells.js';
import { ROW } from './study-row.js';
import { syntheticStudy } from './synthetic-study.js';

const NETWORK: StudyNetwork = {
  ...{ name: 'net', family: 'mlp', dataset: 'mnist', variant: 'sign', nClasses: 10, nWeights: 118_016 },
  ...{ epochs: 6, validationAccuracy: 0.9312 },
};
const GOLDEN: StudyRow = { ...ROW, part: 'golden', effect: 'none', level: 0, correct: 90 };
const viewOf = (rows: readonly StudyRow[], more: Partial<StudyResult> = {}) =>
  viewStudy({ ...syntheticStudy({ variants: [] }), failures: [], networks: [NETWORK], rows, ...more });

describe('the table of networks', () => {
  it('has golden accuracies with the Wilson interval over images, the network itself first', () => {
    const rows = rowsOf(networkTable(viewOf([GOLDEN, { ...GOLDEN, target: 'network', correct: 81, samples: 263 }])));
    expect(rows[0]).toEqual([
      ...['network', 'golden accuracy, float network', 'golden accuracy, northpole', 'family', 'data set', 'variant'],
      ...['classes', 'weights', 'epochs', 'validation accuracy'],
    ]);
    // Newcombe (1998): 81 of 263 is 0.2553 to 0.3662.
    expect(rows[1]?.[1]).toBe('30.80 % 25.53 \u2013 36.62 %, n = 263');
    expect(rows[1]?.[2]).toMatch(/^90\.00 % .*, n = 100$/);
    expect(rows[1]?.slice(3)).toEqual(['mlp', 'mnist', 'sign', '10', '118,016', '6', '93.12 %']);
  });

  it('says what is not known, and each level of chance once', () => {
    const { epochs, validationAccuracy, ...foreign } = NETWORK;
    expect([epochs, validationAccuracy]).toEqual([6, 0.9312]);
    const networks = [{ ...foreign, name: 'other', nClasses: 4 }, NETWORK, { ...NETWORK, name: 'third' }];
    const table = networkTable(viewOf([GOLDEN], { networks }));
    expect(rowsOf(table)[1]?.slice(1)).toEqual([
      'not measured',
      'mlp',
      'mnist',
      'sign',
      '4',
      '118,016',
      'not trained here',
      'not known',
    ]);
    expect(textOf(table.text)).toContain('Chance: 25.0 %, 10.0 %.');
    expect(networkTable(viewOf([], { networks: [] })).text).toContain('no networks');
  });
});

describe('the table of doublings', () => {
  const at = (effect: string, level: number, correct: number, more: Partial<StudyRow> = {}): StudyRow => ({
    ...ROW,
    effect,
    level,
    correct,
    ...more,
  });

  it('has a column per effect and a row per network: reached, past, not reached, not measured', () => {
    const other = { network: 'other' };
    const rows = [
      { ...GOLDEN, correct: 95 },
      ...[at('ber', 0.1, 94), at('ber', 0.3, 84)],
      ...[at('power', 0.5, 93), at('power', 0.25, 92)],
      at('round', 4, 20),
      at('drop', 0.2, 95, { where: 'hidden' }),
      at('ber', 0.1, 50, other),
    ];
    const [head, first, second] = rowsOf(doublingTable(viewOf(rows)));
    expect(head).toEqual(['network', 'ber', 'power', 'round', 'drop (hidden)']);
    // Golden error 5 %: the double lies at 0.1 + 0.2 (10 - 6) / (16 - 6).
    expect(first).toEqual(['net', '0.18', '< 0.25', 'before 4', '> 0.2']);
    expect(second).toEqual([
      'other',
      'not known: golden accuracy not measured',
      'not measured',
      'not measured',
      'not measured',
    ]);
  });

  it('has effective bits for additive noise of the network by itself', () => {
    const noisy = (target: string) => [
      { ...GOLDEN, target },
      // 2^(2 bits) - 1 = S / sigma^2: S = 1 at both levels.
      at('additive', 1, 85, { part: 'distortions', target, gaussianBits: 0.5 }),
      at('additive', 2, 75, { part: 'distortions', target, gaussianBits: 0.5 * Math.log2(1.25) }),
    ];
    // 20 % error half way: sigma 1.5, 0.5 log2(1 + 1 / 2.25) = 0.265.
    expect(rowsOf(doublingTable(viewOf(noisy('network'))))[1]).toEqual(['net', '1.5 bits: 0.265 (Gaussian channel)']);
    expect(rowsOf(doublingTable(viewOf(noisy('chip'))))[1]).toEqual(['net', '1.5']);
  });

  it('has one table per target, none without levels, and leaves other parts out', () => {
    const text = (rows: readonly StudyRow[]): string => textOf(doublingTable(viewOf(rows)).text);
    const both = text([at('ber', 0.1, 50), at('ber', 0.1, 50, { target: 'network', part: 'distortions' })]);
    expect(both).toContain('On the northpole chip');
    expect(both).toMatch(/On the float network network/);
    for (const rows of [
      [at('sign', 0, 50, { part: 'distortions' })],
      [at('ber', 0.1, 50, { part: 'layers' })],
      [GOLDEN],
    ]) {
      expect(text(rows)).toBe('No effect was measured at several levels.');
    }
  });

  it('takes the width of the page from four effects on', () => {
    const of = (...effects: readonly string[]): string =>
      doublingTable(viewOf(effects.map((effect) => at(effect, 0.1, 50)))).text;
    expect(of('ber', 'drop', 'dead_neuron')).toContain('<div class="">');
    expect(of('ber', 'drop', 'dead_neuron', 'additive')).toContain('<div class="full">');
  });
});

describe('what was measured', () => {
  const said = (rows: readonly StudyRow[], more: Partial<StudyResult> = {}): string =>
    textOf(abstractText(viewOf(rows, more)).text);

  it('is counted: networks, accuracies, points, chips, images, failures', () => {
    const rows = [GOLDEN, ROW, { ...ROW, chip: 1, chipSeed: 7 }, { ...GOLDEN, target: 'network', correct: 80 }];
    const text = said(rows, { chips: 10, images: 5000, seed: 77, networks: [NETWORK, { ...NETWORK, name: 'b' }] });
    expect(text).toContain('2 networks on mnist; 4 measured accuracies in 3 points.');
    expect(text).toContain('Random effects have n = 10 chips per point');
    expect(text).toContain('first 5,000 test images');
    expect(text).toContain('Seed 77.');
    expect(text).toContain('Golden accuracies: 80.0 % to 90.0 %, mean 85.0 %. All points were measured.');
  });

  it('is one of each where there is one, and says what there is none of', () => {
    const failure = { part: 'faults', point: 'x', message: 'y' } as const;
    const one = said([ROW], { chips: 1, failures: [failure] });
    expect(one).toContain('1 network on mnist; 1 measured accuracy in 1 point.');
    expect(one).toContain('n = 1 chip per point');
    expect(one).toContain('No golden accuracy was measured. 1 point could not be measured.');
    const none = said([GOLDEN], { networks: [], failures: [failure, failure] });
    expect(none).toContain('0 networks on no data set');
    expect(none).toContain('Effects: none.');
    expect(none).toContain('2 points could not be measured.');
  });
});
