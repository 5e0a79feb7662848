/** Fields of configurations that others wrote: read by name, never believed. */

/** An object of a JSON text. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a value is an object, no array. */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A value as an array; empty if it is none. */
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** An own field of an object; undefined where there is none. */
export const fieldOf = (value: unknown, name: string): unknown =>
  isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;

/** The text of a field; undefined if it is none. */
export function textOf(value: unknown, name: string): string | undefined {
  const found = fieldOf(value, name);
  return typeof found === 'string' ? found : undefined;
}

/** The number of a field, `fallback` where it is absent or null; NaN for something else, which every later check refuses. */
export function numberOf(value: unknown, name: string, fallback: number): number {
  const found = fieldOf(value, name);
  if (found === undefined || found === null) return fallback;
  if (typeof found === 'boolean') return found ? 1 : 0;
  return typeof found === 'number' ? found : NaN;
}

/** The truth of a field, `fallback` where it is absent or null. */
export function flagOf(value: unknown, name: string, fallback: boolean): boolean {
  const found = fieldOf(value, name);
  if (typeof found === 'boolean') return found;
  if (typeof found === 'number') return found !== 0;
  return fallback;
}

/** Whole numbers of a field, which may be one for all; undefined where they are something else. */
export function integersOf(
  value: unknown,
  name: string,
  count: number,
  fallback?: number,
): readonly number[] | undefined {
  const found = fieldOf(value, name);
  if ((found === undefined || found === null) && fallback !== undefined) return new Array<number>(count).fill(fallback);
  const list = typeof found === 'number' ? new Array<unknown>(count).fill(found) : listOf(found);
  const numbers = list.filter((x): x is number => Number.isSafeInteger(x));
  return numbers.length === count && list.length === count ? numbers : undefined;
}
