/** The tables of a study as text and as Parquet. */
import { parquetWriteBuffer } from 'hyparquet-writer';
import { type Cell, csv } from '../../common/csv.js';
import type { StudyResult, StudyRow } from '../../ir/trace/study.js';

/** Columns of rows.csv and rows.parquet: the fields of a row, in their order. */
const TEXT_COLUMNS = [
  'part',
  'network',
  'family',
  'dataset',
  'variant',
  'target',
  'effect',
  'level',
  'where',
  'countermeasure',
  'chip',
  'chipSeed',
  'samples',
  'correct',
  'volts',
  'energyUj',
  'energyLowUj',
  'energyHighUj',
  'gaussianBits',
  'mutualBits',
] as const satisfies readonly (keyof StudyRow)[];

/** A column of every field of a row: a new field is missed by the compiler. */
const COLUMN_TYPES: Readonly<Record<keyof StudyRow, 'STRING' | 'INT32' | 'INT64' | 'DOUBLE'>> = {
  part: 'STRING',
  network: 'STRING',
  family: 'STRING',
  dataset: 'STRING',
  variant: 'STRING',
  target: 'STRING',
  effect: 'STRING',
  level: 'DOUBLE',
  where: 'STRING',
  countermeasure: 'STRING',
  chip: 'INT32',
  chipSeed: 'INT64',
  samples: 'INT32',
  correct: 'INT32',
  volts: 'DOUBLE',
  energyUj: 'DOUBLE',
  energyLowUj: 'DOUBLE',
  energyHighUj: 'DOUBLE',
  gaussianBits: 'DOUBLE',
  mutualBits: 'DOUBLE',
};

/** The files of a study's tables, by name. */
export function studyTables(result: StudyResult): ReadonlyMap<string, string | Uint8Array> {
  const { rows, networks, costs, failures } = result;
  const table = <T extends object>(items: readonly T[], columns: readonly (keyof T & string)[]): string =>
    csv(
      columns,
      items.map((item) => columns.map((column) => cellOf(item[column]))),
    );
  return new Map<string, string | Uint8Array>([
    ['rows.csv', table(rows, TEXT_COLUMNS)],
    ['rows.parquet', rowsParquet(rows)],
    [
      'networks.csv',
      table(networks, ['name', 'family', 'dataset', 'variant', 'nClasses', 'nWeights', 'validationAccuracy', 'epochs']),
    ],
    [
      'costs.csv',
      table(costs, [
        'countermeasure',
        'network',
        'target',
        'members',
        'cores',
        'energyUj',
        'energyLowUj',
        'energyHighUj',
        'storedBits',
        'protectedBits',
        'epochs',
      ]),
    ],
    ['failures.csv', table(failures, ['part', 'point', 'message'])],
  ]);
}

const cellOf = (value: unknown): Cell => (typeof value === 'string' || typeof value === 'number' ? value : undefined);

/** The rows as a Parquet file; missing values are null. */
export function rowsParquet(rows: readonly StudyRow[]): Uint8Array {
  const columnData = TEXT_COLUMNS.map((name) => {
    const type = COLUMN_TYPES[name];
    const data = rows.map((row) => {
      const value = row[name];
      if (value === undefined) return null;
      return type === 'INT64' ? BigInt(value) : value;
    });
    return { name, type, data, nullable: rows.some((row) => row[name] === undefined) };
  });
  return new Uint8Array(parquetWriteBuffer({ columnData, createdBy: 'lodestone' }));
}
