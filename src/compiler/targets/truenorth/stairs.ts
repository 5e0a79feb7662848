/**
 * Stairs: steps of a function that lie as evenly as those of a quotient are one neuron. It subtracts its threshold with every spike, so that a sum S that it
 * is let go with leaves as floor((scale S + offset) / rise) spikes, one per tick; what comes after the last step is cut off when the neuron is cleared.
 */

/** floor((scale S + offset) / rise) is the number of steps that S reaches. */
export interface Stair {
  /** 1 or more. */
  readonly scale: number;
  /** 1 or more. */
  readonly rise: number;
  readonly offset: number;
}

/** The stair whose steps are at these places, ascending, with the smallest scale up to `mostScale`; undefined if there is none. */
export function stairThrough(at: readonly number[], mostScale: number): Stair | undefined {
  const n = at.length;
  const first = at[0]!;
  for (let scale = 1; scale <= mostScale; scale++) {
    const mean = n === 1 ? scale : (scale * (at[n - 1]! - first)) / (n - 1);
    // The first and the last place alone hold the rise to this.
    const slack = n === 1 ? 0 : (scale - 1) / (n - 1);
    for (let rise = Math.max(1, Math.ceil(mean - slack)); rise <= mean + slack; rise++) {
      const offset = offsetFor(at, scale, rise);
      if (offset !== undefined) return { scale, rise, offset };
    }
  }
  return undefined;
}

/** scale at[j] + offset >= (j + 1) rise > scale (at[j] - 1) + offset for every step j. */
function offsetFor(at: readonly number[], scale: number, rise: number): number | undefined {
  let least = -Infinity;
  let most = Infinity;
  for (let j = 0; j < at.length; j++) {
    const needed = (j + 1) * rise - scale * at[j]!;
    least = Math.max(least, needed);
    most = Math.min(most, needed + scale - 1);
    if (least > most) return undefined;
  }
  return least;
}

/** Steps of one rise that leave on one wire: as a stair, or else by a neuron each. */
export interface Run {
  readonly at: readonly number[];
  readonly stair: Stair | undefined;
}

/** What stairs have to keep to. */
export interface StairLimits {
  /** Spikes of the longest stair: ticks in which neurons are let go. */
  readonly most: number;
  readonly mostScale: number;
  /** Most steps of which each is a neuron that a wire carries. */
  readonly mostSingle: number;
}

/**
 * Cuts steps into runs. A stair has `most` steps, so that it is cut off after the last; fewer only where no sum is large enough for one more: `high` is the
 * largest sum.
 */
export function cutRuns(
  at: readonly number[],
  high: number,
  { most, mostScale, mostSingle }: StairLimits,
): readonly Run[] {
  const runs: Run[] = [];
  for (let from = 0; from < at.length; from += most) {
    const part = at.slice(from, from + most);
    const stair = part.length > 1 ? stairThrough(part, mostScale) : undefined;
    const ends =
      part.length === most ||
      (stair !== undefined && stair.scale * high + stair.offset < (part.length + 1) * stair.rise);
    if (stair !== undefined && ends) runs.push({ at: part, stair });
    else
      for (let s = 0; s < part.length; s += mostSingle)
        runs.push({ at: part.slice(s, s + mostSingle), stair: undefined });
  }
  return runs;
}

/** Neurons of runs. */
export const neuronsOf = (runs: readonly Run[]): number =>
  runs.reduce((n, { at, stair }) => n + (stair === undefined ? at.length : 1), 0);
