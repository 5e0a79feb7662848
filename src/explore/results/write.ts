/** The results of an exploration as files: CSV, Parquet, JSON. The same experiment gives the same bytes; what differs from run to run is in the journal. */
import { join } from 'node:path';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { csvLine } from '../../common/csv.js';
import { makeFolder, writeAtomic } from '../../data/files/write.js';
import type { Experiment } from '../experiment.js';
import type { Exploration } from '../run-exploration.js';
import { type Column, type ColumnType, columnsOf, rowsOf, type TableRow } from './table.js';

const REMEDY = 'choose another folder with -o';

/** What results.json says beside its points. */
export interface ExplorationSummary {
  readonly name: string;
  readonly points: number;
  /** By status. */
  readonly counts: Readonly<Record<string, number>>;
  readonly feasible: number;
  /** By group, numbers of the points on its front. */
  readonly fronts: Readonly<Record<string, readonly number[]>>;
  /** The budget that ended it, if one did. */
  readonly spent?: string;
}

/** A summary of the points. */
export function summaryOf(
  rows: readonly TableRow[],
  { name }: Experiment,
  spent: string | undefined,
): ExplorationSummary {
  const counts: Record<string, number> = {};
  const fronts: Record<string, number[]> = {};
  rows.forEach(({ status, point, isOnFront }, i) => {
    counts[status] = (counts[status] ?? 0) + 1;
    const own = (fronts[point.group] ??= []);
    if (isOnFront) own.push(i);
  });
  const feasible = rows.filter((row) => row.isFeasible).length;
  return { name, points: rows.length, counts, feasible, fronts, ...(spent === undefined ? {} : { spent }) };
}

/** Writes the results into a folder; the names of the files. @throws UserError when one cannot be written */
export async function writeResults(
  exploration: Exploration,
  experiment: Experiment,
  folder: string,
): Promise<readonly string[]> {
  const rows = rowsOf(exploration, experiment);
  const columns = columnsOf(rows, experiment);
  const summary = summaryOf(rows, experiment, exploration.spent);
  await makeFolder(folder, REMEDY);
  const files = {
    'results.csv': csvPieces(columns, rows.length),
    'results.parquet': parquetOf(columns),
    'results.json': jsonPieces(columns, rows.length, experiment, summary),
    'experiment.yaml': experiment.text,
  };
  for (const [name, content] of Object.entries(files)) await writeAtomic(join(folder, name), content, REMEDY);
  return Object.keys(files);
}

/** Rows of a piece: a file of a million points is not one text. */
const ROWS = 1000;

function* pieces(n: number, row: (index: number) => string): Iterable<string> {
  for (let first = 0; first < n; first += ROWS) {
    yield Array.from({ length: Math.min(ROWS, n - first) }, (_, i) => row(first + i)).join('');
  }
}

function* csvPieces(columns: readonly Column[], n: number): Iterable<string> {
  yield csvLine(columns.map(({ name }) => name));
  yield* pieces(n, (i) => csvLine(columns.map(({ values }) => values[i])));
}

function* jsonPieces(
  columns: readonly Column[],
  n: number,
  { objectives, constraints }: Experiment,
  summary: ExplorationSummary,
): Iterable<string> {
  const head = {
    kind: 'lodestone-exploration',
    version: 1,
    ...summary,
    objectives,
    constraints: constraints.map(({ text }) => text),
  };
  yield `${JSON.stringify(head, null, 1).slice(0, -2)},\n "table": [\n`;
  yield* pieces(n, (i) => {
    const row = Object.fromEntries(
      columns.flatMap(({ name, values }) => (values[i] === undefined ? [] : [[name, values[i]]])),
    );
    return `  ${JSON.stringify(row)}${i + 1 < n ? ',' : ''}\n`;
  });
  yield ' ]\n}\n';
}

const PARQUET = { text: 'STRING', number: 'DOUBLE', whole: 'INT32', flag: 'BOOLEAN' } as const satisfies Record<
  ColumnType,
  string
>;

function parquetOf(columns: readonly Column[]): Uint8Array {
  const columnData = columns.map(({ name, type, values }) => ({
    ...{ name, type: PARQUET[type] },
    data: values.map((value) => value ?? null),
    nullable: values.some((value) => value === undefined),
  }));
  return new Uint8Array(parquetWriteBuffer({ columnData, createdBy: 'lodestone' }));
}
