/**
 * What supply voltage does to a chip, as a table of the user: volts -> probability that a stored bit is flipped, and dynamic energy
 * relative to that of the chip's cost table. Which voltage gives which error rate belongs to a memory and its process: there is no
 * such curve in this project.
 */
import { z } from 'zod';
import { checkSchema } from '../../common/check-schema.js';
import { type Diagnostic, errorAt, fail, throwIfErrors, UserError } from '../../common/diagnostics.js';
import { nearest } from '../../common/nearest.js';
import { parseYaml } from '../../common/parse-yaml.js';
import { STANDARD_STREAM } from '../../common/standard-input.js';

/** One voltage. `volts` above 0 up to 10, `ber` 0..1, `energyScale` above 0 up to 1000 (1: as the cost table says). */
export interface VoltageRow {
  readonly volts: number;
  readonly ber: number;
  readonly energyScale: number;
}

/** Rows in ascending order of voltage, each voltage once; at least one. */
export interface VoltageTable {
  /** Where it comes from, for messages and sources. */
  readonly place: string;
  /** What its author says about it. */
  readonly note?: string;
  readonly rows: readonly VoltageRow[];
}

const MAX_ROWS = 1000;
const COLUMNS = ['volts', 'ber', 'energyScale'] as const;
const REMEDY = 'write rows of volts, ber and energyScale';

const schema = z.strictObject({
  note: z.string().max(1000).exactOptional(),
  rows: z.array(z.strictObject({ volts: z.number(), ber: z.number(), energyScale: z.number() })).max(MAX_ROWS),
});

/** A row and where it stands. */
interface PlacedRow extends VoltageRow {
  readonly place: string;
}

/**
 * Reads a table: YAML with `rows` (and a `note`), or, where the name ends in .csv, lines under a header with the same three names; lines that
 * begin with # are comments there. Standard input has no name: a first line of names with commas between them tells it.
 * @throws UserError with every problem.
 */
export function parseVoltageTable(text: string, place: string): VoltageTable {
  if (isCsv(text, place)) return tableOf(parseCsv(text, place), place);
  const { rows, note } = checkSchema(schema, parseYaml(text, place), place, REMEDY, ['rows', 'note', ...COLUMNS]);
  const placed = rows.map((row, i) => ({ ...row, place: `${place}: rows.${i}` }));
  return { ...tableOf(placed, place), ...(note === undefined ? {} : { note }) };
}

function isCsv(text: string, place: string): boolean {
  if (place !== STANDARD_STREAM) return /\.csv$/i.test(place);
  const header = text.split('\n').find((line) => line.trim() !== '' && !line.startsWith('#')) ?? '';
  return /^[\w\s]+(,[\w\s]+)+$/.test(header);
}

/** Every value out of range, every voltage given twice, and a table without rows. */
export function checkVoltageRows(rows: readonly VoltageRow[], placeOf: (row: number) => string): readonly Diagnostic[] {
  return rows.flatMap(({ volts, ber, energyScale }, i) => {
    const wrong = (name: string, value: number, range: string): readonly Diagnostic[] => [
      errorAt('voltage-row-range', placeOf(i), `${name} is ${value}`, `use ${range}`),
    ];
    return [
      ...(volts > 0 && volts <= 10 ? [] : wrong('volts', volts, 'a number above 0, up to 10')),
      ...(ber >= 0 && ber <= 1 ? [] : wrong('ber', ber, 'a number 0..1')),
      ...(energyScale > 0 && energyScale <= 1000
        ? []
        : wrong('energyScale', energyScale, 'a number above 0, up to 1000')),
      ...(rows.findIndex((row) => row.volts === volts) < i
        ? [errorAt('duplicate-voltage', placeOf(i), `${volts} V is given twice`, 'give each voltage once')]
        : []),
    ];
  });
}

function tableOf(rows: readonly PlacedRow[], place: string): VoltageTable {
  if (rows.length === 0) fail('empty-voltage-table', place, 'there are no rows', REMEDY);
  throwIfErrors(checkVoltageRows(rows, (i) => rows[i]?.place ?? place));
  const sorted = rows.map(({ volts, ber, energyScale }) => ({ volts, ber, energyScale }));
  return { place, rows: sorted.sort((a, b) => a.volts - b.volts) };
}

function parseCsv(text: string, place: string): readonly PlacedRow[] {
  const lines = text
    .split(/\r?\n/)
    .map((line, i) => ({ cells: line.split(',').map((cell) => cell.trim()), line: i + 1 }))
    .filter(({ cells }) => cells.join('') !== '' && cells[0]?.startsWith('#') !== true);
  const [header, ...body] = lines;
  if (header === undefined) return [];
  const problems = [...checkHeader(header.cells, `${place} line ${header.line}`)];
  if (problems.length > 0) throw new UserError(problems);
  if (body.length > MAX_ROWS) {
    fail(
      'too-many-rows',
      place,
      `it has ${body.length} rows, a voltage table has at most ${MAX_ROWS}`,
      'leave rows out',
    );
  }
  const rows = body.map(({ cells, line }) => {
    const at = `${place} line ${line}`;
    if (cells.length !== header.cells.length) {
      const message = `it has ${cells.length} values, the header ${header.cells.length}`;
      problems.push(errorAt('ragged-row', at, message, 'separate values by commas'));
    }
    const value = (name: string): number => {
      const cell = cells[header.cells.indexOf(name)] ?? '';
      const number = cell === '' ? Number.NaN : Number(cell);
      if (!Number.isFinite(number)) {
        problems.push(errorAt('bad-value', at, `${name}: "${cell}" is not a number`, REMEDY));
      }
      return number;
    };
    return { volts: value('volts'), ber: value('ber'), energyScale: value('energyScale'), place: at };
  });
  throwIfErrors(problems);
  return rows;
}

function checkHeader(names: readonly string[], place: string): readonly Diagnostic[] {
  const known: readonly string[] = COLUMNS;
  const unknown = names.flatMap((name, i) => {
    if (names.indexOf(name) < i) return [errorAt('duplicate-key', place, `"${name}" stands twice`, 'give it once')];
    if (known.includes(name)) return [];
    const suggestion = nearest(name, known);
    const hint = suggestion === undefined ? '' : ` (did you mean "${suggestion}"?)`;
    return [errorAt('unknown-key', place, `unknown column "${name}"${hint}`, `use ${known.join(', ')}`)];
  });
  const missing = known.filter((name) => !names.includes(name));
  return [
    ...unknown,
    ...missing.map((name) => errorAt('missing-column', place, `there is no column "${name}"`, REMEDY)),
  ];
}

/** A chip at one voltage. */
export type OperatingPoint = VoltageRow;

/**
 * The table at `volts`: the row itself, or between two rows log10(ber) and the scale of the energy on straight lines.
 * @throws UserError beyond the table's voltages, and between rows of which one has a rate of 0: it has no logarithm.
 */
export function atVoltage(table: VoltageTable, volts: number): OperatingPoint {
  const { rows, place } = table;
  const exact = rows.find((row) => row.volts === volts);
  if (exact !== undefined) return exact;
  const above = rows.findIndex((row) => row.volts > volts);
  const [low, high] = [rows[above - 1], rows[above]];
  if (low === undefined || high === undefined) {
    const [first, last] = [rows[0]?.volts, rows.at(-1)?.volts];
    const message = `${volts} V lies outside the table, which has ${first} to ${last} V and is not continued`;
    return fail('voltage-outside-table', place, message, 'use a voltage within it, or a table that has it');
  }
  if (low.ber === 0 || high.ber === 0) {
    const message = `${volts} V lies between ${low.volts} and ${high.volts} V, and a rate of 0 cannot be interpolated`;
    return fail('voltage-between-rows', place, message, `use ${low.volts} or ${high.volts} V, or add a row`);
  }
  const t = (volts - low.volts) / (high.volts - low.volts);
  const between = (a: number, b: number): number => a + t * (b - a);
  return {
    volts,
    ber: 10 ** between(Math.log10(low.ber), Math.log10(high.ber)),
    energyScale: between(low.energyScale, high.energyScale),
  };
}
