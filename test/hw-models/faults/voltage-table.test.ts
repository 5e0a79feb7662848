import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/common/diagnostics.js';
import { measuresAt } from '../../../src/flow/voltage.js';
import type { ChipMeasures } from '../../../src/ir/trace/measures.js';
import { atVoltage, checkVoltageRows, parseVoltageTable } from '../../../src/hw-models/faults/voltage-table.js';

const TEXT = `
rows:
  - { volts: 0.6, ber: 0.0001, energyScale: 0.8 }
  - { volts: 0.5, ber: 0.01, energyScale: 0.4 }
  - { volts: 0.8, ber: 0, energyScale: 1 }
`;
const table = parseVoltageTable(TEXT, 'table.yaml');

function problemsOf(call: () => unknown): readonly string[] {
  try {
    call();
  } catch (error) {
    if (error instanceof UserError) return error.diagnostics.map(({ code, place }) => `${code} at ${place}`);
    throw error;
  }
  return [];
}

describe('a voltage table', () => {
  it('is read from YAML and from CSV alike, in ascending order', () => {
    const csv = '# mine\nenergyScale, volts, ber\n0.8,0.6,1e-4\n\n0.4,0.5,0.01\r\n1,0.8,0\n';
    expect(parseVoltageTable(csv, 'table.csv').rows).toEqual(table.rows);
    expect(table.rows.map(({ volts }) => volts)).toEqual([0.5, 0.6, 0.8]);
  });

  it('ships as an example that says it is invented', () => {
    const example = parseVoltageTable(readFileSync('examples/voltage-example.yaml', 'utf8'), 'voltage-example.yaml');
    expect(example.note).toMatch(/invented/);
    expect(example.rows.length).toBeGreaterThan(2);
  });

  it('takes numbers up to the ends of their ranges, and none beyond', () => {
    const row = { volts: 10, ber: 1, energyScale: 1000 };
    const problems = (change: Partial<typeof row>): readonly string[] =>
      checkVoltageRows([{ ...row, ...change }], () => 'row').map(({ message }) => message);
    expect([problems({}), problems({ ber: 0 })]).toEqual([[], []]);
    expect(problems({ volts: 10.001, ber: 1.001, energyScale: 1000.001 })).toEqual([
      'volts is 10.001',
      'ber is 1.001',
      'energyScale is 1000.001',
    ]);
    expect(problems({ volts: 0, ber: -0.001, energyScale: 0 })).toHaveLength(3);
  });

  it('says all that is wrong at once', () => {
    const rows = '{ volts: 0, ber: 2, energyScale: -1 }, { volts: 1, ber: 0, energyScale: 1 }';
    expect(
      problemsOf(() => parseVoltageTable(`rows: [${rows}, { volts: 1, ber: 0, energyScale: 2000 }]`, 't.yaml')),
    ).toEqual([
      'voltage-row-range at t.yaml: rows.0',
      'voltage-row-range at t.yaml: rows.0',
      'voltage-row-range at t.yaml: rows.0',
      'voltage-row-range at t.yaml: rows.2',
      'duplicate-voltage at t.yaml: rows.2',
    ]);
    expect(problemsOf(() => parseVoltageTable('volts,ber,energyScale\n1,x,1\n1,0\n', 't.csv'))).toEqual([
      'bad-value at t.csv line 2',
      'ragged-row at t.csv line 3',
      'bad-value at t.csv line 3',
    ]);
    expect(problemsOf(() => parseVoltageTable('volts,Ber,volts\n', 't.csv'))).toEqual([
      'unknown-key at t.csv line 1',
      'duplicate-key at t.csv line 1',
      'missing-column at t.csv line 1',
      'missing-column at t.csv line 1',
    ]);
  });

  it('names the nearest key, and refuses a table without rows or with too many', () => {
    const row = '{ volt: 1, ber: 0, energyScale: 1 }';
    expect(() => parseVoltageTable(`rows: [${row}]`, 't.yaml')).toThrow(/did you mean "volts"/);
    for (const [text, name] of [
      ['rows: []', 't.yaml'],
      ['', 't.csv'],
      ['volts,ber,energyScale\n', 't.csv'],
    ] as const) {
      expect(problemsOf(() => parseVoltageTable(text, name))).toEqual([`empty-voltage-table at ${name}`]);
    }
    const many = Array.from({ length: 1001 }, (_, i) => `${1 + i / 1000},0,1`);
    expect(problemsOf(() => parseVoltageTable(`volts,ber,energyScale\n${many.join('\n')}`, 't.csv'))).toEqual([
      'too-many-rows at t.csv',
    ]);
    expect(problemsOf(() => parseVoltageTable('rows: 3', 't.yaml'))).toEqual(['bad-value at t.yaml: rows']);
  });

  it('gives its rows, and between them a line through log10 of the rate and one through the scale', () => {
    expect(atVoltage(table, 0.5)).toEqual({ volts: 0.5, ber: 0.01, energyScale: 0.4 });
    expect(atVoltage(table, 0.8).ber).toBe(0);
    const middle = atVoltage(table, 0.55);
    // Halfway between 1e-2 and 1e-4, and between 0.4 and 0.8.
    expect(middle.ber).toBeCloseTo(1e-3, 12);
    expect(middle.energyScale).toBeCloseTo(0.6, 12);
  });

  it('is not continued beyond its ends, nor interpolated to a rate of 0', () => {
    expect(problemsOf(() => atVoltage(table, 0.49))).toEqual(['voltage-outside-table at table.yaml']);
    expect(problemsOf(() => atVoltage(table, 0.81))).toEqual(['voltage-outside-table at table.yaml']);
    expect(problemsOf(() => atVoltage(table, 0.7))).toEqual(['voltage-between-rows at table.yaml']);
  });
});

describe('energy at a voltage', () => {
  const chip = { volts: 0.5, ber: 0.01, energyScale: 0.25, table: 'table.yaml' };

  const part = (name: string, value: number, fixed: boolean) => ({ name, value, fixed, events: '' });
  const measures: ChipMeasures = {
    cores: 1,
    time: {
      ...{ unit: 'tick', perSample: 1, latency: 2 },
      unitSeconds: { value: 0.001, unit: 's', source: 'a clock', status: 'assumed' },
    },
    metrics: {},
    energyUj: { value: 10, unit: 'uJ', source: 'counters', status: 'calibrated' },
    energyParts: [part('idle', 2, true), part('rows', 5, false), part('hops', 3, false)],
    watts: { value: 40, unit: 'W', source: 'counters', status: 'calibrated' },
    loads: [],
  };

  it('scales the dynamic part only, names the table and is assumed', () => {
    expect(measuresAt(measures, chip)).toMatchObject({
      energyUj: {
        value: 4,
        unit: 'uJ',
        status: 'assumed',
        source: "counters; dynamic part times 0.25, by the user's table table.yaml at 0.5 V",
      },
      energyParts: [{ value: 2 }, { value: 1.25 }, { value: 0.75 }],
      // As much less as the energy: samples follow each other as before.
      watts: { value: 16 },
    });
  });

  it('scales all of an energy without parts', () => {
    expect(measuresAt({ ...measures, energyParts: [] }, chip).energyUj).toMatchObject({ value: 2.5 });
  });

  it('keeps the band of an energy, relative to its value', () => {
    const energyUj = { value: 10, low: 8, high: 15, unit: 'uJ', source: 'counters', status: 'calibrated' } as const;
    expect(measuresAt({ ...measures, energyUj }, chip).energyUj).toMatchObject({ value: 4, low: 3.2, high: 6 });
  });

  it('stays unknown where it is unknown', () => {
    const unknown = { ...measures, energyUj: { unknown: true, reason: 'no costs' } as const, energyParts: [] };
    expect(measuresAt(unknown, chip)).toBe(unknown);
  });
});
