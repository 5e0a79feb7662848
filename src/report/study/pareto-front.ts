/** What an operating point costs and what it gives. */
export interface Operating {
  /** Less is better. */
  readonly energyUj: number;
  /** More is better. */
  readonly accuracy: number;
}

/**
 * Points that no other one dominates (at most the energy and at least the accuracy, and better in one of them), by energy. Of equal points all
 * stay.
 */
export function paretoFront<T extends Operating>(points: readonly T[]): readonly T[] {
  const dominates = (a: Operating, b: Operating): boolean =>
    a.energyUj <= b.energyUj && a.accuracy >= b.accuracy && (a.energyUj < b.energyUj || a.accuracy > b.accuracy);
  return points
    .filter((point) => !points.some((other) => dominates(other, point)))
    .sort((a, b) => a.energyUj - b.energyUj);
}
