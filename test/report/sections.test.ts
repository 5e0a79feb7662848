import { describe, expect, it } from 'vitest';
import { energySection } from '../../src/report/energy-section.js';
import { besideSections } from '../../src/report/beside-section.js';
import { headline, noiseText, summarySection } from '../../src/report/summary-section.js';
import { isQuiet, runOf } from '../../src/report/run-of.js';
import { partColour } from '../../src/report/palette.js';
import { NO_NOISE } from '../../src/ir/faults/levels.js';
import type { RunResult } from '../../src/ir/trace/run-result.js';
import { rowsOf, textOf } from './table-cells.js';
import { syntheticProgram, syntheticResult } from './synthetic.js';

const program = syntheticProgram('net', [3, 1]);
const base = syntheticResult(program);
const noisy = { ...base, noise: { ...NO_NOISE, ber: 0.01 } };

describe('the energies of a run', () => {
  it('are a row per part with its share of the sum of the parts', () => {
    expect(rowsOf(energySection([base]))).toEqual([
      ['part', '\u00b5J per sample', 'share', 'events per sample'],
      ['idle power of the cores in use', '6', '50.0 %', '19 core-ticks'],
      ['neuron updates', '4', '33.3 %', '4,864 rows'],
      ['synaptic operations', '2', '16.7 %', '9,000 operations'],
    ]);
    expect(textOf(energySection([base]).text)).toContain('net on truenorth: 12 \u00b5J (10 \u2013 14) calibrated');
  });

  it('have no column of events where the chip names none', () => {
    const energyParts = base.energyParts.map((part) => ({ ...part, events: '' }));
    expect(rowsOf(energySection([{ ...base, energyParts }]))[0]).toEqual(['part', '\u00b5J per sample', 'share']);
  });

  it('are drawn one behind the other over a thousand units, with a gap between them', () => {
    const { text } = energySection([base]);
    const pieces = [...text.matchAll(/x="([\d.]+)"\s+y="0"\s+width="([\d.]+)"\s+height="26"\s+fill="([^"]+)"/g)];
    expect(pieces.map(([, x, width, fill]) => [x, width, fill])).toEqual([
      ['0.00', '498.50', 'var(--timer)'],
      ['500.00', '331.83', partColour(0)],
      ['833.33', '165.17', partColour(1)],
    ]);
    expect(textOf(text)).toContain(
      'idle power of the cores in use 50.0 %, neuron updates 33.3 %, synaptic operations 16.7 %',
    );
  });

  it('of nothing have no width below 0, and parts of other runs other names', () => {
    const part = { name: 'x', value: 0.001, fixed: false, events: '' };
    const { text } = energySection([base, { ...base, energyParts: [part, { ...part, value: 10 }] }]);
    expect(text).toContain('width="0.00"');
    expect([text.includes('energy-0-title'), text.includes('energy-1-title')]).toEqual([true, true]);
  });

  it('are not drawn where the cost model has no parts, or knows no energy', () => {
    expect(energySection([{ ...base, energyParts: [] }]).text).not.toContain('<svg');
    const unknown = { ...base, energyUj: { unknown: true, reason: 'nobody measured it' } } as const;
    expect(textOf(energySection([unknown]).text)).toContain('Not known: nobody measured it');
  });
});

describe('the table of results', () => {
  const row = (result: RunResult): readonly string[] => rowsOf(summarySection([result]))[1]!;

  it('has every number of a run under its heading', () => {
    expect(row({ ...base, samples: 1000, mismatches: 1234 })).toEqual([
      'net truenorth, mnist test',
      ...['1,000', '96.40 %', '96.40 %', '96.40 % 95.06 \u2013 97.39 %', '1,234', '5'],
      ...['19 ticks 19 ms', '12 \u00b5J 10 \u2013 14, calibrated'],
    ]);
    const one = { ...base, time: { ...base.time, perSample: 1 } };
    expect(row(one)[7]).toBe('1 tick 1 ms');
  });

  it('says what is not known or not run', () => {
    const { accuracyFloat, ...rest } = base;
    expect(accuracyFloat).toBe(0.964);
    const lost = row({ ...rest, energyUj: { unknown: true, reason: 'no table' } });
    expect([lost[2], lost[8]]).toEqual(['not run', 'unknown no table']);
  });

  it('marks mismatches as bad without noise only, and none as good', () => {
    const mark = (result: RunResult): string | undefined =>
      /class="number (good|bad|)"/.exec(summarySection([result]).text)?.[1];
    expect([mark(base), mark({ ...base, mismatches: 1 }), mark({ ...noisy, mismatches: 1 })]).toEqual([
      'good',
      'bad',
      '',
    ]);
  });

  it('names the noise of a run with its scope', () => {
    expect([noiseText(base), row(base)[0]]).toEqual(['none', 'net truenorth, mnist test']);
    expect(row(noisy)[0]).toBe('net truenorth, mnist test, ber=0.01');
    const scope = {
      memories: ['weights', 'potentials'],
      protectedBits: [7, 6],
      layers: ['a', 'b'],
      cores: [5],
      known: true,
    } as const;
    expect(noiseText({ ...noisy, noise: { ...noisy.noise, drop: 0.1 }, scope })).toBe(
      'ber=0.01, drop=0.1, in weights and potentials, without faults: bits 7 6, layers a b only, cores 5 only, known to the compiler',
    );
    expect(noiseText({ ...noisy, scope: { known: false } })).toBe('ber=0.01');
  });
});

describe('the large figures', () => {
  it('are those of the first result', () => {
    const text = textOf(headline(base).text);
    expect(text).toContain('accuracy on the chip 96.40 % 95 %: 95.06 \u2013 97.39 %');
    expect(text).toContain('mismatches 0 identical to the integer network');
    expect(text).toContain('ticks per sample 19 19 ms; latency 57 ticks, 57 ms');
    expect(text).toContain('energy per sample 12 \u00b5J 10 \u2013 14, calibrated, see below');
    expect(textOf(headline({ ...base, mismatches: 3 }).text)).toContain('mismatches 3 of 1,000 samples');
    const unknown = headline({ ...base, energyUj: { unknown: true, reason: 'no table' } });
    expect(textOf(unknown.text)).toContain('energy per sample unknown no table');
  });
});

describe('the run of a program', () => {
  it('is the one without faults, else any, of the same network, chip, cores and time', () => {
    expect([isQuiet(base), isQuiet(noisy)]).toEqual([true, false]);
    expect(runOf(program, [noisy, base])).toBe(base);
    expect(runOf(program, [noisy, { ...noisy, seed: 2 }])).toBe(noisy);
    const others: readonly Partial<RunResult>[] = [
      ...[{ name: 'x' }, { target: 'x' }, { chip: 'x' }, { cores: 9 }],
      ...[{ time: { ...base.time, perSample: 9 } }, { time: { ...base.time, latency: 9 } }],
    ];
    for (const other of others) expect(runOf(program, [{ ...base, ...other }])).toBeUndefined();
  });
});

describe('mappings side by side', () => {
  const second = { ...program, cores: 9, chip: 'other chip' };
  const run = { ...base, cores: 9, chip: 'other chip', correct: 950, accuracy: 0.95 };

  it('have every number that at least two of them have, with the change against the first', () => {
    const [section] = besideSections([program, second], [base, run]);
    const rows = rowsOf(section!);
    expect(rows[0]).toEqual(['', 'truenorth', 'other chip']);
    expect(rows.find(([name]) => name === 'cores')).toEqual(['cores', '5', '9 +4 (+80.0 %)']);
    expect(rows.find(([name]) => name === 'accuracy')).toEqual(['accuracy', '96.40 %', '95.00 % -1.40 pp']);
    expect(rows.find(([name]) => name === 'cores of layer-1')).toEqual(['cores of layer-1', '3', '3']);
  });

  it('have a dash and no change where one of them has no such number', () => {
    const rows = rowsOf(besideSections([program, second, { ...second, chip: 'third' }], [base, run])[0]!);
    expect(rows.find(([name]) => name === 'accuracy')).toEqual(['accuracy', '96.40 %', '95.00 % -1.40 pp', '\u2013']);
    // A number of one mapping alone is in its own section.
    const alone = rowsOf(besideSections([program, second], [base])[0]!);
    expect(alone.map(([name]) => name)).toEqual([
      '',
      'cores',
      'time per sample',
      'latency',
      'cores of layer-1',
      'cores of layer-2',
    ]);
  });

  it('have cores of layers where their tables have that column, a dash where one has not', () => {
    const bare = {
      ...second,
      layers: { columns: [{ title: 'layer', align: 'text' }], rows: [['layer-1']], note: '' },
    } as const;
    const rows = rowsOf(besideSections([program, bare], [])[0]!);
    expect(rows.find(([name]) => name === 'cores of layer-1')).toEqual(['cores of layer-1', '3', '\u2013']);
    const none = rowsOf(besideSections([{ ...bare, chip: 'x' }, bare], [])[0]!);
    expect(none.map(([name]) => name)).toEqual(['', 'cores', 'time per sample', 'latency']);
  });

  it('of one chip are told apart by their number and cores; single ones have no section', () => {
    const same = { ...second, chip: program.chip };
    expect(rowsOf(besideSections([program, same], [])[0]!)[0]).toEqual([
      '',
      'truenorth mapping 1, 5 cores',
      'truenorth mapping 2, 9 cores',
    ]);
    expect(besideSections([program, { ...second, name: 'b' }], [])).toEqual([]);
    expect(besideSections([program, { ...second, name: 'b' }, second], [])).toHaveLength(1);
  });
});
