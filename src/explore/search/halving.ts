/**
 * Successive halving over samples: after some images, points that cannot get onto the front any more are left out; the others are measured with more.
 * A point is left out only when its interval says so: even at the good end of its accuracy it misses a floor, or another point is better at its bad end
 * in everything. What varies from image to image and has no interval, energy of spikes, never counts against a point.
 */
import type { PointRecord } from '../evaluate/result.js';
import type { Experiment } from '../experiment.js';
import { isMetricName, METRICS, type Objective } from '../metrics.js';
import { namesIn, valueOf } from '../space/expression.js';

/** Which points go on; what could not be measured does not. */
export function keptAfter(
  records: readonly (PointRecord | undefined)[],
  { objectives, constraints }: Pick<Experiment, 'objectives' | 'constraints'>,
): readonly boolean[] {
  const bounds = records.map((record) =>
    record?.measured.status === 'measured' ? objectives.map((objective) => boundsOf(objective, record)) : undefined,
  );
  return records.map((record, i) => {
    const own = bounds[i];
    if (record === undefined || own === undefined) return false;
    for (const { left, operator, right } of constraints) {
      // A floor or a ceiling of the accuracy alone.
      if (left.kind !== 'name' || namesIn(right).size > 0) continue;
      const [low, high] = accuracyOf(left.name, record);
      const bound = valueOf(right, () => undefined);
      if (bound === undefined) continue;
      if ((operator === '>=' || operator === '>') && high < bound) return false;
      if ((operator === '<=' || operator === '<') && low > bound) return false;
    }
    return !bounds.some((other, j) => {
      if (other === undefined || j === i) return false;
      const isNowhereWorse = other.every(
        ({ worst }, k) => worst < own[k]!.best || (worst === own[k]!.best && isExact(own[k]!)),
      );
      return isNowhereWorse && other.some(({ worst }, k) => worst < own[k]!.best);
    });
  });
}

/** Ends of an objective that is to be small. */
interface Bounds {
  readonly best: number;
  readonly worst: number;
}

const isExact = ({ best, worst }: Bounds): boolean => best === worst;

function boundsOf({ metric, better }: Objective, record: PointRecord): Bounds {
  const [low, high] = rangeOf(metric, record);
  return better === 'min' ? { best: low, worst: high } : { best: -high, worst: -low };
}

/** Where a measure may be with more images. */
function rangeOf(metric: string, record: PointRecord): readonly [number, number] {
  const value = record.measured.metrics[metric];
  if (value === undefined) return [-Infinity, Infinity];
  if (metric === 'accuracy' || metric === 'robustAccuracy') return accuracyOf(metric, record);
  return isMetricName(metric) && METRICS[metric].isStatic ? [value, value] : [-Infinity, Infinity];
}

const accuracyOf = (metric: string, { measured }: PointRecord): readonly [number, number] =>
  metric === 'accuracy' || metric === 'robustAccuracy' ? (measured.intervals[metric] ?? [0, 1]) : [-Infinity, Infinity];
