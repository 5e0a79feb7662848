/** Voltage tables on the command line. */
import { InvalidArgumentError } from 'commander';
import { type Diagnostic, errorAt, throwIfErrors } from '../common/diagnostics.js';
import type { SuppliedChip } from '../flow/voltage.js';
import { atVoltage, parseVoltageTable, type VoltageTable } from '../hw-models/faults/voltage-table.js';
import type { NoiseSpec } from '../ir/faults/levels.js';
import { readText } from './io.js';

/** Options of a run at one voltage. */
export interface VoltageOptions {
  readonly voltageTable?: string;
  readonly voltage?: number;
}

/** What `--voltage-table` is, for help texts. */
export const VOLTAGE_TABLE_TEXT =
  'your table from volts to bit error rate and energy scale, YAML or CSV (a sweep goes over it in place of levels)';

/** Reads a number of volts. */
export function parseVolts(text: string): number {
  const volts = text === '' ? Number.NaN : Number(text);
  if (!(volts > 0) || !Number.isFinite(volts)) throw new InvalidArgumentError('It must be a number above 0.');
  return volts;
}

/** @throws UserError with every problem of the file */
export async function loadVoltageTable(path: string): Promise<VoltageTable> {
  return parseVoltageTable(await readText(path, 'table'), path);
}

/** Rates of flipped bits that a voltage stands for. */
const RATES = ['ber', 'ber_0to1', 'ber_1to0'] as const;

/**
 * The chip at `--voltage` by `--voltage-table`; undefined without both.
 * @throws UserError for one without the other, for a rate of flipped bits beside them, and as atVoltage does
 */
export async function suppliedChip(
  { voltageTable, voltage }: VoltageOptions,
  noise: NoiseSpec,
): Promise<SuppliedChip | undefined> {
  const problems: Diagnostic[] = [];
  if (voltage !== undefined && voltageTable === undefined) {
    const message = 'what a voltage does is said by a table';
    problems.push(errorAt('voltage-without-table', `--voltage ${voltage}`, message, 'pass --voltage-table FILE too'));
  }
  if (voltageTable !== undefined && voltage === undefined) {
    const message = 'a run is at one voltage of it';
    problems.push(errorAt('table-without-voltage', `--voltage-table ${voltageTable}`, message, 'pass --voltage V too'));
  }
  for (const name of RATES) {
    if (voltageTable === undefined || noise[name] === 0) continue;
    const message = 'the voltage table gives the rate of flipped bits';
    problems.push(errorAt('noise-twice', `--noise ${name}=${noise[name]}`, message, 'use one of them'));
  }
  throwIfErrors(problems);
  if (voltageTable === undefined || voltage === undefined) return undefined;
  return { ...atVoltage(await loadVoltageTable(voltageTable), voltage), table: voltageTable };
}
