/** The points of an exploration as a table: one row per point, the columns that all of them have together. */
import type { Cell } from '../../common/csv.js';
import { isFailure } from '../../experiments/points/journal.js';
import type { Experiment } from '../experiment.js';
import { METRIC_NAMES, minimised, OWN_METRIC } from '../metrics.js';
import { type Exploration, type ExploredPoint, isFeasible, metricsOf } from '../run-exploration.js';
import { frontOf } from '../search/pareto.js';
import type { Json } from '../space/setting.js';

/** What a column holds. */
export type ColumnType = 'text' | 'number' | 'whole' | 'flag';

/** A column with its values, one per point. */
export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly values: readonly Cell[];
}

/** A point in a table. */
export interface TableRow {
  readonly point: ExploredPoint;
  /** measured, refused, dropped, failed; left-out: not measured with all images. */
  readonly status: string;
  readonly isFeasible: boolean;
  /** No other feasible point of its group beats it. */
  readonly isOnFront: boolean;
  readonly reason: string | undefined;
}

/** The points as rows, in the order in which they were asked for. */
export function rowsOf({ points }: Exploration, experiment: Experiment): readonly TableRow[] {
  const feasible = points.map((point) => point.images === experiment.images && isFeasible(point, experiment));
  const front = new Set<ExploredPoint>();
  for (const group of new Set(points.map((point) => point.group))) {
    const own = points.filter((point, i) => point.group === group && feasible[i]);
    const worth = own.flatMap((point) => {
      const values = experiment.objectives.map((objective) => minimised(objective, metricsOf(point.outcome) ?? {}));
      const known = values.filter((value) => value !== undefined);
      return known.length === values.length ? [{ point, known }] : [];
    });
    for (const i of frontOf(worth.map(({ known }) => known))) front.add(worth[i]!.point);
  }
  return points.map((point, i) => ({
    point,
    status: statusOf(point, experiment),
    isFeasible: feasible[i] ?? false,
    isOnFront: front.has(point),
    reason: reasonOf(point),
  }));
}

function statusOf({ outcome, images }: ExploredPoint, experiment: Experiment): string {
  if ('refused' in outcome) return 'refused';
  if (isFailure(outcome)) return 'failed';
  const { status } = outcome.measured;
  return status === 'measured' && images < experiment.images ? 'left-out' : status;
}

function reasonOf({ outcome }: ExploredPoint): string | undefined {
  if ('refused' in outcome) return outcome.refused;
  return isFailure(outcome) ? outcome.failure : outcome.measured.reason;
}

/** The columns: what was asked, then what was measured; a column that no point has a value for is absent. */
export function columnsOf(rows: readonly TableRow[], experiment: Experiment): readonly Column[] {
  const settings = [...new Set(experiment.targets.flatMap((target) => target.settings.map(({ name }) => name)))];
  const measured = rows.map(({ point: { outcome } }) =>
    'refused' in outcome || isFailure(outcome) ? undefined : outcome.measured,
  );
  const own = [...new Set(measured.flatMap((one) => Object.keys(one?.metrics ?? {})))].filter((name) =>
    OWN_METRIC.test(name),
  );
  const column = (name: string, type: ColumnType, value: (row: TableRow, index: number) => Cell): Column => ({
    ...{ name, type, values: rows.map(value) },
  });
  const columns: readonly Column[] = [
    column('point', 'whole', (_, i) => i),
    column('key', 'text', ({ point }) => (point.key === '' ? undefined : point.key)),
    column('status', 'text', ({ status }) => status),
    column('feasible', 'flag', (row) => row.isFeasible),
    column('front', 'flag', ({ isOnFront }) => isOnFront),
    column('group', 'text', ({ point }) => point.group),
    column('network', 'text', ({ point }) => point.candidate.network.name),
    column('chip', 'text', ({ point }) => point.candidate.target.name),
    column('images', 'whole', ({ point }) => point.images),
    ...settings.flatMap((name) => settingColumns(name, rows)),
    ...[...METRIC_NAMES, ...own].flatMap((name) => [
      column(name, 'number', (_, i) => measured[i]?.metrics[name]),
      column(`${name}Low`, 'number', (_, i) => measured[i]?.intervals[name]?.[0]),
      column(`${name}High`, 'number', (_, i) => measured[i]?.intervals[name]?.[1]),
    ]),
    column('reason', 'text', ({ reason }) => reason),
  ];
  return columns.filter(({ values }) => values.some((value) => value !== undefined));
}

/** A setting; of a supply its fields. */
function settingColumns(name: string, rows: readonly TableRow[]): readonly Column[] {
  const valueIn = ({ point }: TableRow): Json | undefined => point.candidate.values.get(name);
  if (name === 'supply') {
    return (['volts', 'ber', 'energyScale'] as const).map((field) => ({
      ...{ name: field, type: 'number' },
      values: rows.map((row) => {
        const value = valueIn(row);
        return typeof value === 'object' && value !== null && field in value ? Number(Object(value)[field]) : undefined;
      }),
    }));
  }
  const values = rows.map((row): Cell => {
    const value = valueIn(row);
    if (value === undefined || value === null) return undefined;
    return typeof value === 'object' ? JSON.stringify(value) : value;
  });
  const known = values.filter((value) => value !== undefined);
  if (known.every((value) => typeof value === 'number')) return [{ name, type: 'number', values }];
  if (known.every((value) => typeof value === 'boolean')) return [{ name, type: 'flag', values }];
  return [{ name, type: 'text', values: values.map((value) => (value === undefined ? undefined : String(value))) }];
}
