/** Points of a study: the rows of one network under one effect at one level, over its chips. */
import { type Interval, mean, sampleStandardDeviation, studentInterval } from '../../common/statistics.js';
import type { StudyEnergy, StudyResult, StudyRow, StudyTarget } from '../../ir/trace/study.js';

/** What all rows of a point have in common. */
export type PointKey = Omit<
  StudyRow,
  'chip' | 'chipSeed' | 'samples' | 'correct' | keyof StudyEnergy | 'gaussianBits' | 'mutualBits'
>;

/** Accuracies of one point over its chips. */
export interface StudyPoint extends PointKey, StudyEnergy {
  /** In the order of the chips. */
  readonly rows: readonly StudyRow[];
  readonly chips: number;
  /** Fewest and most images per chip. */
  readonly images: readonly [number, number];
  /** [chips], 0..1. */
  readonly accuracies: readonly number[];
  /** Mean over chips, 0..1. */
  readonly accuracy: number;
  /** Sample standard deviation over chips (n - 1); absent for one chip, whose spread is not known. */
  readonly accuracyStd?: number;
  /** 95 % interval of the mean over chips (Student t), cut to 0..1; absent for one chip. */
  readonly interval?: Interval;
  /** Means over chips, as those of the energy; absent unless every row has one. */
  readonly gaussianBits?: number;
  readonly mutualBits?: number;
}

/** Error of a point, 0..1: 1 - accuracy. */
export const errorOf = (point: StudyPoint): number => 1 - point.accuracy;

/** Rows as points, and what does not fit into them. */
export interface GroupedRows {
  readonly points: readonly StudyPoint[];
  /** Rows that name a chip which their point has already: nothing tells them apart, so they belong to no point. */
  readonly repeated: readonly StudyRow[];
}

/** Groups rows into points, in the order in which they first appear. Rows without an image measure nothing and are left out. */
export function groupRows(rows: readonly StudyRow[]): GroupedRows {
  const groups = new Map<string, Map<number, StudyRow>>();
  const repeated: StudyRow[] = [];
  for (const row of rows) {
    if (row.samples < 1) continue;
    const { part, network, family, dataset, variant, target, effect, level, where, countermeasure, volts } = row;
    const key = JSON.stringify([
      ...[part, network, family, dataset, variant, target, effect, level, where, countermeasure],
      volts ?? null,
    ]);
    const group = groups.get(key) ?? new Map<number, StudyRow>();
    groups.set(key, group);
    if (group.has(row.chip)) repeated.push(row);
    else group.set(row.chip, row);
  }
  return { points: [...groups.values()].map((group) => toPoint([...group.values()])), repeated };
}

function toPoint(group: readonly StudyRow[]): StudyPoint {
  const rows = [...group].sort((a, b) => a.chip - b.chip);
  const [first] = rows;
  if (first === undefined) throw new Error('a point without rows');
  const { part, network, family, dataset, variant, target, effect, level, where, countermeasure, volts } = first;
  const accuracies = rows.map((row) => row.correct / row.samples);
  const images = rows.map((row) => row.samples);
  const [low, high] = studentInterval(accuracies);
  const gaussianBits = meanOfAll(rows.map((row) => row.gaussianBits));
  const mutualBits = meanOfAll(rows.map((row) => row.mutualBits));
  return {
    ...{ part, network, family, dataset, variant, target, effect, level, where, countermeasure },
    ...(volts === undefined ? {} : { volts }),
    rows,
    chips: rows.length,
    images: [Math.min(...images), Math.max(...images)],
    accuracies,
    accuracy: mean(accuracies),
    ...(rows.length < 2
      ? {}
      : {
          accuracyStd: sampleStandardDeviation(accuracies),
          interval: [Math.max(0, low), Math.min(1, high)] satisfies Interval,
        }),
    ...meanEnergy(rows),
    ...(gaussianBits === undefined ? {} : { gaussianBits }),
    ...(mutualBits === undefined ? {} : { mutualBits }),
  };
}

function meanEnergy(rows: readonly StudyRow[]): StudyEnergy {
  const value = meanOfAll(rows.map(({ energyUj }) => energyUj));
  const low = meanOfAll(rows.map(({ energyUj, energyLowUj = energyUj }) => energyLowUj));
  const high = meanOfAll(rows.map(({ energyUj, energyHighUj = energyUj }) => energyHighUj));
  if (value === undefined || low === undefined || high === undefined) return {};
  return { energyUj: value, ...(low < high ? { energyLowUj: low, energyHighUj: high } : {}) };
}

function meanOfAll(values: readonly (number | undefined)[]): number | undefined {
  const known = values.flatMap((value) => (value === undefined || !Number.isFinite(value) ? [] : [value]));
  return known.length === values.length ? mean(known) : undefined;
}

/** A study with its points, and the two lines that every figure is read against. */
export interface StudyView {
  readonly result: StudyResult;
  readonly points: readonly StudyPoint[];
  /** As in {@link GroupedRows}. */
  readonly repeated: readonly StudyRow[];
  /** The undisturbed accuracy of a network on a target, if it was measured. */
  readonly golden: (network: string, target: StudyTarget) => StudyPoint | undefined;
  /** Accuracy of guessing, 1 / classes; absent for a network that the study does not list. */
  readonly chance: (network: string) => number | undefined;
}

/** Makes the points of a study and its look-ups. */
export function viewStudy(result: StudyResult): StudyView {
  const { points, repeated } = groupRows(result.rows);
  const goldens = new Map(
    points.filter((point) => point.part === 'golden').map((point) => [`${point.target}\n${point.network}`, point]),
  );
  const classes = new Map(result.networks.map((network) => [network.name, network.nClasses]));
  return {
    result,
    points,
    repeated,
    golden: (network, target) => goldens.get(`${target}\n${network}`),
    chance: (network) => {
      const nClasses = classes.get(network);
      return nClasses === undefined ? undefined : 1 / nClasses;
    },
  };
}

/** Splits points by a key, in the order in which the keys first appear. */
export function groupPoints(
  points: readonly StudyPoint[],
  keyOf: (point: StudyPoint) => readonly (string | number)[],
): readonly (readonly StudyPoint[])[] {
  const groups = new Map<string, StudyPoint[]>();
  for (const point of points) {
    const key = JSON.stringify(keyOf(point));
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [point]);
    else group.push(point);
  }
  return [...groups.values()];
}

/** Different values in the order in which they first appear. */
export const distinct = <T>(values: readonly T[]): readonly T[] => [...new Set(values)];

/** "10", or "5 to 10". */
export function rangeText(values: readonly number[], text: (value: number) => string): string {
  const low = Math.min(...values);
  const high = Math.max(...values);
  return low === high ? text(low) : `${text(low)} to ${text(high)}`;
}

/** Name of a target in print: a chip is called as in `--chip`. */
export const targetName = (target: StudyTarget): string => (target === 'network' ? 'float network' : target);
