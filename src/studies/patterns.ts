/** Patterns of names: `*` stands for any text, also none. */

/** The names a pattern matches, in their order. */
export function matching(pattern: string, names: readonly string[]): readonly string[] {
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  const expression = new RegExp(`^${parts.join('.*')}$`);
  return names.filter((name) => expression.test(name));
}

/** The names any of the patterns matches, each once, in their order. */
export function matchingAny(patterns: readonly string[], names: readonly string[]): readonly string[] {
  const found = new Set(patterns.flatMap((pattern) => matching(pattern, names)));
  return names.filter((name) => found.has(name));
}
