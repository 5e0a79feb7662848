/** Fronts: which points no other one beats. All objectives are to be small. */

/** Whether `a` is nowhere worse than `b` and somewhere better. */
export function dominates(a: readonly number[], b: readonly number[]): boolean {
  let isBetter = false;
  for (let k = 0; k < a.length; k++) {
    if (a[k]! > b[k]!) return false;
    isBetter ||= a[k]! < b[k]!;
  }
  return isBetter;
}

/**
 * Indices of the points that none dominates, in their order; of equal points all stay. Points are looked at in the order of their first
 * objective, against the front so far: a million of them take seconds.
 */
export function frontOf(objectives: readonly (readonly number[])[]): readonly number[] {
  const order = objectives.map((_, i) => i).sort((i, j) => compare(objectives[i]!, objectives[j]!));
  const front: number[] = [];
  for (const i of order) {
    // Whoever dominates this one stands before it.
    if (!front.some((f) => dominates(objectives[f]!, objectives[i]!))) front.push(i);
  }
  return front.sort((i, j) => i - j);
}

function compare(a: readonly number[], b: readonly number[]): number {
  const k = a.findIndex((value, at) => value !== b[at]);
  return k < 0 ? 0 : a[k]! - b[k]!;
}

/** The rank of every point: 0 for the front, 1 for the front of the others, and so on (Deb et al., IEEE TEC 6:182, 2002). */
export function ranksOf(n: number, isBetter: (i: number, j: number) => boolean): Uint32Array {
  const beats: number[][] = Array.from({ length: n }, () => []);
  const beaten = new Uint32Array(n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      if (i === j || !isBetter(i, j)) continue;
      beats[i]!.push(j);
      beaten[j]!++;
    }
  }
  const ranks = new Uint32Array(n);
  let current = [...beaten.keys()].filter((i) => beaten[i] === 0);
  for (let rank = 0; current.length > 0; rank++) {
    const next: number[] = [];
    for (const i of current) {
      ranks[i] = rank;
      for (const j of beats[i]!) if (--beaten[j]! === 0) next.push(j);
    }
    current = next;
  }
  return ranks;
}

/** How far each point of a front is from its neighbours, summed over the objectives, relative to their ranges; infinite at the ends. */
export function crowdingOf(front: readonly (readonly number[])[]): Float64Array {
  const distance = new Float64Array(front.length);
  const nObjectives = front[0]?.length ?? 0;
  for (let k = 0; k < nObjectives; k++) {
    const order = front.map((_, i) => i).sort((i, j) => front[i]![k]! - front[j]![k]!);
    const first = order[0]!;
    const last = order.at(-1)!;
    const range = front[last]![k]! - front[first]![k]!;
    distance[first] = distance[last] = Infinity;
    if (range === 0) continue;
    for (let at = 1; at + 1 < order.length; at++) {
      distance[order[at]!]! += (front[order[at + 1]!]![k]! - front[order[at - 1]!]![k]!) / range;
    }
  }
  return distance;
}

/**
 * The hypervolume of points below a reference point: the volume that they dominate. Points that are not below it in every objective count as
 * nothing. Exact, by slices along the last objective.
 */
export function hypervolume(points: readonly (readonly number[])[], reference: readonly number[]): number {
  const below = points.filter((point) => point.every((value, k) => value < reference[k]!));
  const front = frontOf(below).map((i) => below[i]!);
  if (front.length === 0) return 0;
  const last = reference.length - 1;
  if (last === 0) return reference[0]! - Math.min(...front.map(([value]) => value!));
  const order = [...front].sort((a, b) => a[last]! - b[last]!);
  if (last === 1) {
    let volume = 0;
    let least = reference[0]!;
    for (const [x, y] of order) {
      if (x! >= least) continue;
      volume += (least - x!) * (reference[1]! - y!);
      least = x!;
    }
    return volume;
  }
  let volume = 0;
  for (let i = 0; i < order.length; i++) {
    const height = (order[i + 1]?.[last] ?? reference[last]!) - order[i]![last]!;
    if (height === 0) continue;
    const slice = order.slice(0, i + 1).map((point) => point.slice(0, last));
    volume += height * hypervolume(slice, reference.slice(0, last));
  }
  return volume;
}
