/** From events to frames: counts of the events of every step, row, column and polarity. */
import { type Diagnostic, errorAt } from '../../common/diagnostics.js';
import type { EventList } from './event-list.js';

/** What becomes of events that no frame has a place for: an error with their number, or dropped. */
export const STRAYS = ['error', 'drop'] as const;
export type Strays = (typeof STRAYS)[number];

/** What a pixel of a frame holds: the number of its events, at most 255, or whether there was one. */
export const EVENT_COUNTS = ['count', 'one'] as const;
export type EventCounts = (typeof EVENT_COUNTS)[number];

/** Where time starts: at 0 of the file, or at its earliest event. */
export const TIME_ORIGINS = ['zero', 'first'] as const;
export type TimeOrigin = (typeof TIME_ORIGINS)[number];

/** How events become frames. */
export interface Binning {
  /** Duration of a step, seconds. */
  readonly stepSeconds: number;
  readonly steps: number;
  /** [rows, columns, polarities]. */
  readonly sensor: readonly [number, number, number];
  readonly counts: EventCounts;
  readonly strays: Strays;
  readonly origin: TimeOrigin;
}

/** What does not fit, in numbers of events; `capped` are those beyond 255 of a pixel in a step. */
export interface BinningLosses {
  readonly before: number;
  readonly after: number;
  readonly outside: number;
  readonly capped: number;
}

/** Largest count of a pixel in a step: frames are bytes. */
export const MAX_COUNT = 255;

/**
 * Adds the events of a recording to `frames`, [steps, rows, columns, polarities] zeros. Events of polarity -1 are those of polarity 0, as files
 * with -1 and +1 mean them. A time within float64 rounding of the end of a step belongs to the next one.
 */
export function binEvents(events: EventList, binning: Binning, frames: Uint8Array): BinningLosses {
  const { t, x, y, p, unitSeconds } = events;
  const { stepSeconds, steps, counts, origin } = binning;
  const [rows, columns, polarities] = binning.sensor;
  const stepUnits = snapped(stepSeconds / unitSeconds);
  const start = origin === 'first' ? t.reduce((least, time) => Math.min(least, time), Infinity) : 0;
  let [before, after, outside, capped] = [0, 0, 0, 0];
  for (let i = 0; i < t.length; i++) {
    const step = Math.floor(snapped((t[i]! - start) / stepUnits));
    const polarity = p[i] === -1 ? 0 : p[i]!;
    if (step < 0) before++;
    else if (step >= steps) after++;
    else if (!isIn(y[i]!, rows) || !isIn(x[i]!, columns) || !isIn(polarity, polarities)) outside++;
    else {
      const at = ((step * rows + y[i]!) * columns + x[i]!) * polarities + polarity;
      if (counts === 'one') frames[at] = 1;
      else if (frames[at] === MAX_COUNT) capped++;
      else frames[at]!++;
    }
  }
  return { before, after, outside, capped };
}

/** Steps that a recording lasts with these bins; 0 for one without events. */
export function stepsOf({ t, unitSeconds }: EventList, stepSeconds: number, origin: TimeOrigin): number {
  let [least, most] = [Infinity, -Infinity];
  for (const time of t) {
    least = Math.min(least, time);
    most = Math.max(most, time);
  }
  if (t.length === 0) return 0;
  const start = origin === 'first' ? least : 0;
  return Math.max(0, Math.floor(snapped((most - start) / snapped(stepSeconds / unitSeconds))) + 1);
}

/** What was lost where nothing may be lost: a finding for each reason, with its amount. */
export function strayProblems(losses: BinningLosses, binning: Binning, place: string): readonly Diagnostic[] {
  const { steps, stepSeconds, sensor } = binning;
  const [rows, columns, polarities] = sensor;
  const drop = 'or --stray-events drop leaves such events out';
  const problems: Diagnostic[] = [];
  const report = (n: number, what: string, remedy: string): void => {
    if (n > 0) problems.push(errorAt('stray-events', place, `${n} events ${what}`, `${remedy}, ${drop}`));
  };
  report(losses.before, 'are before time 0', 'count time from the first event with --event-origin first');
  report(
    losses.after,
    `are beyond ${steps} steps of ${stepSeconds} s`,
    'give more --steps, a larger --bin, or --event-origin first where times do not start at 0',
  );
  report(
    losses.outside,
    `are outside of ${rows} rows, ${columns} columns and ${polarities} polarities`,
    'say the sensor with --sensor, use recordings of the sensor the network reads',
  );
  return problems;
}

const isIn = (value: number, size: number): boolean => value >= 0 && value < size;

/** A quotient of two decimal numbers that is whole but for the rounding of float64 is made whole. */
function snapped(quotient: number): number {
  const whole = Math.round(quotient);
  return Math.abs(quotient - whole) <= 8 * Number.EPSILON * Math.abs(whole) ? whole : quotient;
}
