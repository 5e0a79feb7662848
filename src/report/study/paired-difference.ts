import { type Interval, mean, studentInterval } from '../../common/statistics.js';
import type { StudyPoint } from './points.js';

/** Mean difference of two accuracies on the same chips. */
export interface PairedDifference {
  /** Chips that both have. */
  readonly chips: number;
  /** Mean over chips of accuracy minus baseline, -1..1. */
  readonly difference: number;
  /** 95 % interval of that mean (Student t over the differences), cut to -1..1; absent for one chip. */
  readonly interval?: Interval;
}

/**
 * Pairs by the seed of the chip: what differs from chip to chip cancels. Undefined without a common chip; chips that only one of them has do
 * not count.
 */
export function pairedDifference(point: StudyPoint, baseline: StudyPoint): PairedDifference | undefined {
  const other = new Map(baseline.rows.map((row) => [row.chipSeed, row.correct / row.samples]));
  const differences = point.rows.flatMap((row) => {
    const accuracy = other.get(row.chipSeed);
    return accuracy === undefined ? [] : [row.correct / row.samples - accuracy];
  });
  if (differences.length === 0) return undefined;
  const [low, high] = studentInterval(differences);
  return {
    chips: differences.length,
    difference: mean(differences),
    ...(differences.length < 2 ? {} : { interval: [Math.max(-1, low), Math.min(1, high)] satisfies Interval }),
  };
}
