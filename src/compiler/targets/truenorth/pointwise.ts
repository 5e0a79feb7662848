/**
 * Functions of one integer, as what a threshold neuron can do: a step at every place where the value changes. f(S) = f(low) + sum of rise[j] over the steps
 * with S >= at[j], exactly, for rising functions and for all others.
 */

/** Where a function changes, and by how much. */
export interface Steps {
  /** Value at the low end. */
  readonly base: number;
  /** Ascending: the function changes from at[j] - 1 to at[j], */
  readonly at: readonly number[];
  /** by this much, other than 0. */
  readonly rise: readonly number[];
}

/** A function of the integers low..high. Rising ones are searched by bisection, all others value by value. */
export function stepsOf(f: (x: number) => number, low: number, high: number, rising: boolean): Steps {
  const at: number[] = [];
  const rise: number[] = [];
  const base = f(low);
  if (!rising) {
    let before = base;
    for (let x = low + 1; x <= high; x++) {
      const value = f(x);
      if (value === before) continue;
      at.push(x);
      rise.push(value - before);
      before = value;
    }
    return { base, at, rise };
  }
  const search = (from: number, atFrom: number, to: number, atTo: number): void => {
    if (atFrom === atTo) return;
    if (to - from === 1) {
      at.push(to);
      rise.push(atTo - atFrom);
      return;
    }
    const middle = Math.floor((from + to) / 2);
    const value = f(middle);
    search(from, atFrom, middle, value);
    search(middle, value, to, atTo);
  };
  search(low, base, high, f(high));
  return { base, at, rise };
}

/** A piece of a value that one wire carries: steps of one rise, `weight` each. */
export interface CountedSteps {
  readonly at: readonly number[];
  readonly weight: number;
}

/** Steps in groups of the same rise, at most `most` in each: what comes as the count of one wire. Nested, since they ascend: count c means the first c of them. */
export function groupSteps({ at, rise }: Steps, most: number): readonly CountedSteps[] {
  const groups: { at: number[]; weight: number }[] = [];
  const open = new Map<number, { at: number[]; weight: number }>();
  at.forEach((x, j) => {
    const weight = rise[j]!;
    let group = open.get(weight);
    if (group === undefined || group.at.length === most) {
      group = { at: [], weight };
      groups.push(group);
      open.set(weight, group);
    }
    group.at.push(x);
  });
  return groups;
}
