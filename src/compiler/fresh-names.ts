/** Names that passes and targets make up for what the user has no name for. */

/** Gives a name of its own: the wanted one, or one like it where that is taken. Names it has given are taken afterwards. */
export type NameMaker = (wanted: string) => string;

/** Characters of a layer's name in a network file. */
export const MAX_LAYER_NAME = 128;

/**
 * Makes names that differ from all of `taken` and from each other, at most `longest` characters long. A taken name becomes
 * `name.2`, `name.3`, ...; one that is too long loses its end.
 */
export function freshNames(taken: Iterable<string>, longest = MAX_LAYER_NAME): NameMaker {
  const used = new Set(taken);
  return (wanted) => {
    let name = wanted.slice(0, longest);
    for (let n = 2; used.has(name); n++) {
      const suffix = `.${n}`;
      name = wanted.slice(0, longest - suffix.length) + suffix;
    }
    used.add(name);
    return name;
  };
}
