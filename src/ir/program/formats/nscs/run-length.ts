/**
 * The run-length lists of a CPE model. An element is a number or a string:
 *
 *   5            5
 *   "1x252"      252 times 1
 *   "0:251"      0, 1, ... 251
 *   "231:4:255"  231, 235, ... 255; the step may be negative: "22:-1:20"
 */

/** Most digits of a number of a run. */
const RUN = /^(-?\d{1,10})(?:x(\d{1,10})|:(-?\d{1,10})(?::(-?\d{1,10}))?)?$/;

/** A parsed element: `count` values from `first` in steps of `step`. */
export interface Run {
  readonly first: number;
  readonly step: number;
  readonly count: number;
}

/** Parses one string of a list; undefined if it is none. The count may be huge: check it before expanding. */
export function parseRun(text: string): Run | undefined {
  const match = RUN.exec(text);
  if (match === null) return undefined;
  const first = Number(match[1]);
  if (match[2] !== undefined) return { first, step: 0, count: Number(match[2]) };
  if (match[3] === undefined) return { first, step: 0, count: 1 };
  // Two numbers are from:to, three are from:step:to.
  const step = match[4] === undefined ? 1 : Number(match[3]);
  const last = Number(match[4] ?? match[3]);
  const steps = (last - first) / step;
  if (!Number.isFinite(steps) || steps < 0) return undefined;
  return { first, step, count: Math.floor(steps) + 1 };
}

/** Prints values as elements of a list, runs of equal values and of steps shortened: the inverse of {@link parseRun}. */
export function printRuns(values: ArrayLike<number>): readonly string[] {
  const parts: string[] = [];
  let at = 0;
  while (at < values.length) {
    const first = values[at]!;
    const step = at + 1 < values.length ? values[at + 1]! - first : 0;
    let end = at + 1;
    while (end < values.length && values[end]! - values[end - 1]! === step) end++;
    const count = end - at;
    const last = values[end - 1]!;
    if (count === 1) parts.push(`${first}`);
    else if (step === 0) parts.push(`"${first}x${count}"`);
    else if (count === 2) {
      // Two values are no run: the second may begin one.
      parts.push(`${first}`);
      end = at + 1;
    } else parts.push(step === 1 ? `"${first}:${last}"` : `"${first}:${step}:${last}"`);
    at = end;
  }
  return parts;
}
