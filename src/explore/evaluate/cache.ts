/** The last few of things that are costly to make. */

/** Keeps so many, the least recently used going first. */
export interface Cache<V> {
  get(key: string, make: () => V): V;
}

/** Opens a cache; `drop` is told what goes. */
export function openCache<V>(most: number, drop: (value: V) => void = () => undefined): Cache<V> {
  const kept = new Map<string, V>();
  return {
    get: (key, make) => {
      const known = kept.get(key);
      if (known !== undefined) {
        kept.delete(key);
        kept.set(key, known);
        return known;
      }
      const made = make();
      kept.set(key, made);
      for (const [oldest, value] of kept) {
        if (kept.size <= most) break;
        kept.delete(oldest);
        drop(value);
      }
      return made;
    },
  };
}
