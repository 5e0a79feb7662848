/** Which result of B is meant by which of A. */

/** Results of two files, side by side. */
export interface Matched<T> {
  readonly pairs: readonly (readonly [T, T])[];
  readonly onlyA: readonly T[];
  readonly onlyB: readonly T[];
}

/**
 * Pairs what agrees in the first of `keys`, then what is left in the second, and so on; those with the same key go by their order if both files
 * have as many of them, and stay unmatched otherwise. If each file has one, these two are meant whatever they are.
 */
export function matchResults<T>(a: readonly T[], b: readonly T[], keys: readonly ((item: T) => string)[]): Matched<T> {
  const [first] = a;
  const [other] = b;
  if (a.length === 1 && b.length === 1 && first !== undefined && other !== undefined) {
    return { pairs: [[first, other]], onlyA: [], onlyB: [] };
  }
  const partner = new Map<T, T>();
  const taken = new Set<T>();
  for (const key of keys) {
    const leftA = a.filter((item) => !partner.has(item));
    const leftB = b.filter((item) => !taken.has(item));
    for (const name of new Set(leftA.map(key))) {
      const ofA = leftA.filter((item) => key(item) === name);
      const ofB = leftB.filter((item) => key(item) === name);
      if (ofA.length !== ofB.length) continue;
      ofA.forEach((item, i) => {
        const match = ofB[i]!;
        partner.set(item, match);
        taken.add(match);
      });
    }
  }
  return {
    pairs: a.flatMap((item) => {
      const match = partner.get(item);
      return match === undefined ? [] : [[item, match] as const];
    }),
    onlyA: a.filter((item) => !partner.has(item)),
    onlyB: b.filter((item) => !taken.has(item)),
  };
}
