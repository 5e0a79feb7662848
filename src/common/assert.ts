/** Our own bug, never the user's: throws if `condition` is false. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(`internal error: ${message}`);
}

/** Marks a branch no value can reach; the compiler proves it. */
export function assertNever(value: never): never {
  throw new Error(`internal error: unexpected variant ${JSON.stringify(value)}`);
}

/** The value, or an internal error when it is missing. */
export function present<T>(value: T | undefined | null, what: string): T {
  if (value === undefined || value === null) throw new Error(`internal error: missing ${what}`);
  return value;
}
