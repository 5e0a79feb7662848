/** What the page of an exploration shows, from its points. */
import { isFailure } from '../../experiments/points/journal.js';
import type {
  ExplorationMeasure,
  ExplorationPage,
  ExplorationReason,
  ExplorationRow,
} from '../../ir/trace/exploration.js';
import { openBench } from '../evaluate/bench.js';
import { readSetup } from '../evaluate/setup.js';
import { type Experiment, isVarying } from '../experiment.js';
import { isMetricName, METRIC_NAMES, METRICS, minimised, OWN_METRIC } from '../metrics.js';
import { labelOf, metricsOf } from '../run-exploration.js';
import { dominates, hypervolume } from '../search/pareto.js';
import type { TableRow } from './table.js';
import type { ExplorationSummary } from './write.js';

/** Measured points that are drawn: beside those of the fronts a sample of so many. */
const DRAWN = 20_000;
/** Points of fronts whose mapping is shown. */
const MAPPED = 6;
/** Looks at the front along the points. */
const LOOKS = 40;
/** Fronts whose hypervolume is told: beyond it the exact volume takes too long. */
const MOST_VOLUME = { objectives: 4, front: 300 } as const;
const SLICES = 10;

/** The data of the page, without mappings. */
export function pageOf(
  rows: readonly TableRow[],
  experiment: Experiment,
  summary: ExplorationSummary,
): ExplorationPage {
  const measures = measuresIn(rows, experiment);
  const settings = [
    ...new Set(experiment.targets.flatMap((target) => target.settings.filter(isSaid).map(({ name }) => name))),
  ];
  const measured = rows.flatMap((row, point): readonly ExplorationRow[] => {
    const metrics = metricsOf(row.point.outcome);
    if (metrics === undefined || row.status !== 'measured') return [];
    const { candidate, group } = row.point;
    return [
      {
        ...{ point, group, network: candidate.network.name, chip: candidate.target.name },
        ...{ isFeasible: row.isFeasible, isOnFront: row.isOnFront },
        values: settings.map((name) => plain(candidate.values.get(name))),
        measures: measures.map(({ name }) => metrics[name] ?? null),
      },
    ];
  });
  const every = Math.ceil(measured.length / DRAWN);
  const drawn = measured.filter(({ isOnFront }, i) => isOnFront || i % every === 0);
  const { name, points, counts, feasible, spent } = summary;
  return {
    ...{ name, points, counts, feasible, ...(spent === undefined ? {} : { spent }) },
    constraints: experiment.constraints.map(({ text }) => text),
    ...{ settings, measures, rows: drawn, ...(drawn.length < measured.length ? { sampled: measured.length } : {}) },
    reasons: reasonsOf(rows),
    importance: importanceOf(measured, settings, measures),
    progress: progressOf(rows, experiment),
    mappings: [],
  };
}

/** The mappings of some points of the fronts, compiled again: those that are best in an objective first. */
export async function mappingsOf(
  rows: readonly TableRow[],
  experiment: Experiment,
  folder: string,
): Promise<ExplorationPage['mappings']> {
  const bench = openBench(
    await readSetup(folder),
    experiment.targets.map(({ chip }) => chip),
  );
  const front = rows.flatMap((row, point) => (row.isOnFront ? [{ row, point }] : []));
  const worth = (row: TableRow, k: number): number =>
    minimised(experiment.objectives[k] ?? { metric: '', better: 'min' }, metricsOf(row.point.outcome) ?? {}) ??
    Infinity;
  const best = experiment.objectives.flatMap((_, k) =>
    [...front].sort((a, b) => worth(a.row, k) - worth(b.row, k)).slice(0, 1),
  );
  const chosen = [...new Set([...best, ...front])].slice(0, MAPPED);
  const mappings: ExplorationPage['mappings'][number][] = [];
  for (const { row, point } of chosen) {
    const { outcome } = row.point;
    if ('refused' in outcome || isFailure(outcome)) continue;
    const { program } = bench.program(outcome.request, await bench.network(outcome.request));
    mappings.push({ point, view: bench.chip(outcome.request).view(program) });
  }
  return mappings;
}

/** Settings that vary, and those that follow from them. */
const isSaid = (named: Parameters<typeof isVarying>[0]): boolean =>
  isVarying(named) || named.setting.kind === 'expression';

/** A value that a page can draw; of a supply its volts. */
function plain(value: unknown): string | number | boolean | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  const volts: unknown = Object(value)['volts'];
  return typeof volts === 'number' ? volts : JSON.stringify(value);
}

/** Objectives first, then all other measures that points have. */
function measuresIn(rows: readonly TableRow[], { objectives }: Experiment): readonly ExplorationMeasure[] {
  const there = new Set<string>();
  for (const { point } of rows) for (const name of Object.keys(metricsOf(point.outcome) ?? {})) there.add(name);
  const own = [...there].filter((name) => OWN_METRIC.test(name));
  const unitOf = (name: string): string => (isMetricName(name) ? METRICS[name].unit : '');
  return [
    ...objectives.map(({ metric, better }) => ({ name: metric, unit: unitOf(metric), better })),
    ...[...METRIC_NAMES, ...own]
      .filter((name) => there.has(name) && !objectives.some(({ metric }) => metric === name))
      .map((name) => ({ name, unit: unitOf(name) })),
  ];
}

/** Reasons that are printed; the rest are few of each. */
const MOST_REASONS = 30;

function reasonsOf(rows: readonly TableRow[]): readonly ExplorationReason[] {
  const found = new Map<
    string,
    { readonly status: string; readonly reason: string; points: number; readonly example: string }
  >();
  for (const { status, reason, point } of rows) {
    if (status === 'measured') continue;
    const [line = ''] = (reason ?? 'its interval says that it cannot get onto the front').split('\n');
    const key = `${status} ${line.replaceAll(/\d+(\.\d+)?/g, '#')}`;
    const known = found.get(key);
    if (known === undefined) found.set(key, { status, reason: line, points: 1, example: labelOf(point.candidate) });
    else known.points++;
  }
  return [...found.values()].sort((a, b) => b.points - a.points).slice(0, MOST_REASONS);
}

/**
 * Correlation ratio of each objective over the values of each setting (or ten slices of as many points), adjusted: 1 - (1 - r) (n - 1) / (n - k), at
 * least 0; null where a setting or an objective does not vary.
 */
export function importanceOf(
  rows: readonly ExplorationRow[],
  settings: readonly string[],
  measures: readonly ExplorationMeasure[],
): readonly (readonly (number | null)[])[] {
  const objectives = measures.flatMap(({ better }, i) => (better === undefined ? [] : [i]));
  return settings.map((_, s) => {
    const some = rows.filter(({ values }) => values[s] !== null);
    return objectives.map((o) => {
      const known = some.flatMap(({ values, measures: own }) => {
        const y = own[o];
        return y === null || y === undefined ? [] : [{ x: values[s] ?? '', y }];
      });
      return correlationRatio(known);
    });
  });
}

function correlationRatio(
  pairs: readonly { readonly x: string | number | boolean; readonly y: number }[],
): number | null {
  const groups = groupsOf(pairs);
  const n = pairs.length;
  if (groups.length < 2 || n <= groups.length) return null;
  const mean = pairs.reduce((sum, { y }) => sum + y, 0) / n;
  const total = pairs.reduce((sum, { y }) => sum + (y - mean) ** 2, 0);
  if (total === 0) return null;
  const between = groups.reduce((sum, own) => {
    const average = own.reduce((all, y) => all + y, 0) / own.length;
    return sum + own.length * (average - mean) ** 2;
  }, 0);
  return Math.max(0, 1 - ((1 - between / total) * (n - 1)) / (n - groups.length));
}

/** Objectives by the value of the setting; of numbers with many values by slices. */
function groupsOf(
  pairs: readonly { readonly x: string | number | boolean; readonly y: number }[],
): readonly (readonly number[])[] {
  const byValue = new Map<string | number | boolean, number[]>();
  for (const { x, y } of pairs) {
    const own = byValue.get(x);
    if (own === undefined) byValue.set(x, [y]);
    else own.push(y);
  }
  if (byValue.size <= SLICES || !pairs.every(({ x }) => typeof x === 'number')) return [...byValue.values()];
  const sorted = [...pairs].sort((a, b) => Number(a.x) - Number(b.x));
  const size = Math.ceil(sorted.length / SLICES);
  return Array.from({ length: Math.ceil(sorted.length / size) }, (_, i) =>
    sorted.slice(i * size, (i + 1) * size).map(({ y }) => y),
  );
}

/** Hypervolume of the front so far by the number of points, those included that were not measured. */
function progressOf(rows: readonly TableRow[], { objectives }: Experiment): ExplorationPage['progress'] {
  if (objectives.length > MOST_VOLUME.objectives) return [];
  const groups = [...new Set(rows.map(({ point }) => point.group))];
  return groups.flatMap((group) => {
    const own = rows.filter(({ point }) => point.group === group);
    const worth = own.map(({ point, isFeasible }) => {
      if (!isFeasible) return undefined;
      const found = objectives.map((objective) => minimised(objective, metricsOf(point.outcome) ?? {}));
      const known = found.filter((value) => value !== undefined);
      return known.length === found.length ? known : undefined;
    });
    const all = worth.filter((values) => values !== undefined);
    const ends = objectives.map((_, k) => rangeOf(all.map((values) => values[k] ?? 0)));
    const scaled = worth.map((values) =>
      values?.map((value, k) => {
        const [low, high] = ends[k] ?? [0, 1];
        return high > low ? (value - low) / (high - low) : 0;
      }),
    );
    const reference = objectives.map(() => 1.1);
    const every = Math.max(1, Math.ceil(own.length / LOOKS));
    let front: readonly (readonly number[])[] = [];
    const volumes: (readonly [number, number])[] = [];
    for (const [i, values] of scaled.entries()) {
      if (values !== undefined && !front.some((one) => dominates(one, values))) {
        front = [...front.filter((one) => !dominates(values, one)), values];
      }
      if (front.length > MOST_VOLUME.front) return [];
      if ((i + 1) % every === 0 || i === own.length - 1) volumes.push([i + 1, hypervolume(front, reference)]);
    }
    const last = volumes.at(-1)?.[1] ?? 0;
    return last === 0 ? [] : [{ group, at: volumes.map(([n, volume]) => [n, volume / last] as const) }];
  });
}

function rangeOf(values: readonly number[]): readonly [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
  return [low, high];
}
