/** Events of one recording, as their file has them: not sorted, not checked against a sensor. */
export interface EventList {
  /** [n] times, in units of `unitSeconds`. */
  readonly t: Float64Array;
  /** [n] column, row and polarity. */
  readonly x: Int32Array;
  readonly y: Int32Array;
  readonly p: Int32Array;
  /** Length of one unit of `t`, seconds. */
  readonly unitSeconds: number;
}

/** Units that times of a file may have, and their length in seconds. */
export const TIME_UNITS = { s: 1, ms: 1e-3, us: 1e-6, ns: 1e-9 } as const;
export type TimeUnit = keyof typeof TIME_UNITS;

/** What a column of events holds: time, column, row, polarity. */
export const EVENT_FIELDS = ['t', 'x', 'y', 'p'] as const;
export type EventField = (typeof EVENT_FIELDS)[number];

/** What a file needs at least; rows and polarities that are not said are 0. */
export const NEEDED_FIELDS: readonly EventField[] = ['t', 'x'];

/** Room for `n` events. */
export function emptyEvents(n: number, unitSeconds: number): EventList {
  return { t: new Float64Array(n), x: new Int32Array(n), y: new Int32Array(n), p: new Int32Array(n), unitSeconds };
}

/** The first `n` events of a list (views). */
export function firstEvents({ t, x, y, p, unitSeconds }: EventList, n: number): EventList {
  return { t: t.subarray(0, n), x: x.subarray(0, n), y: y.subarray(0, n), p: p.subarray(0, n), unitSeconds };
}
