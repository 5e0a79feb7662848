/** Many points, some at a time, through a journal: what is done is not done again, and what fails costs itself only. */
import { present } from '../../common/assert.js';
import { UserError } from '../../common/diagnostics.js';
import type { Budget } from './budget.js';
import { isFailure, type Journal, type Outcome } from './journal.js';
import { paceOf, type PointsProgress } from './pace.js';

/** A point: its key says all that decides its result. */
export interface Keyed {
  readonly key: string;
  /** For people. */
  readonly label: string;
  /** Points of one group share what is costly to open; they are measured one after the other where that is possible. */
  readonly group?: string | undefined;
}

/** What a measurement is told. */
export interface Measurement {
  /** Which of the places at which points are measured, 0..lanes - 1: it has one point at a time. */
  readonly lane: number;
  readonly signal: AbortSignal;
  /** Says how much of the point is done, 0..1. */
  readonly onShare: (share: number) => void;
}

/** How points are run. */
export interface PointRun<P extends Keyed, R extends object> {
  readonly journal: Journal<R>;
  /** Measures a point; what it throws is the failure of the point. */
  readonly measure: (point: P, measurement: Measurement) => Promise<R>;
  /** Points at a time. */
  readonly lanes: number;
  readonly signal?: AbortSignal | undefined;
  /** Nothing new is begun once it is spent. */
  readonly budget?: Budget | undefined;
  readonly onProgress?: ((progress: PointsProgress) => void) | undefined;
}

/**
 * The outcomes of the points, in their order; undefined for those that a budget left out. Points with one key are measured once. Rejects with the
 * signal's reason when aborted and with a UserError when the journal cannot be written: what is in the journal stays.
 */
export async function runPoints<P extends Keyed, R extends object>(
  points: readonly P[],
  { journal, measure, lanes, signal, budget, onProgress }: PointRun<P, R>,
): Promise<readonly (Outcome<R> | undefined)[]> {
  signal?.throwIfAborted();
  const outcomes = new Map<string, Outcome<R>>();
  const open = new Map<string, P>();
  for (const point of points) {
    const known = journal.resultOf(point.key);
    if (known !== undefined) outcomes.set(point.key, known);
    else open.set(point.key, point);
  }
  const before = outcomes.size;
  const total = before + open.size;
  const started = performance.now();
  const running = new Map<string, { readonly label: string; share: number }>();
  let failed = 0;
  const report = (): void => {
    if (onProgress === undefined) return;
    const shares = [...running.values()];
    const share = shares.reduce((sum, one) => sum + one.share, 0);
    const done = outcomes.size;
    const pace = paceOf({ done: done - before, total: total - before }, (performance.now() - started) / 1000);
    onProgress({ done, total, before, failed, running: shares.map(({ label }) => label), share, ...pace });
  };

  const stopped = new AbortController();
  const either = AbortSignal.any([stopped.signal, ...(signal === undefined ? [] : [signal])]);
  const take = queueOf([...open.values()]);
  const run = async (lane: number): Promise<void> => {
    let group: string | undefined;
    while (!either.aborted && budget?.spent(outcomes.size) === undefined) {
      const point = take(group);
      if (point === undefined) return;
      group = point.group;
      const state = { label: point.label, share: 0 };
      running.set(point.key, state);
      report();
      const onShare = (share: number): void => {
        state.share = share;
        report();
      };
      const outcome = await attempt(() => measure(point, { lane, signal: either, onShare }), either);
      await journal.add(point.key, outcome);
      running.delete(point.key);
      outcomes.set(point.key, outcome);
      if (isFailure(outcome)) failed++;
      report();
    }
  };
  // The first lane that cannot go on stops the others; all have ended when this does.
  const all = Array.from({ length: Math.max(1, Math.min(lanes, open.size)) }, (_, lane) =>
    run(lane).catch((error: unknown) => {
      stopped.abort(error);
      throw error;
    }),
  );
  await Promise.allSettled(all);
  await Promise.all(all);
  signal?.throwIfAborted();
  return points.map(({ key }) => outcomes.get(key));
}

async function attempt<R extends object>(measure: () => Promise<R>, signal: AbortSignal): Promise<Outcome<R>> {
  try {
    return await measure();
  } catch (error) {
    signal.throwIfAborted();
    return { failure: messageOf(error) };
  }
}

/** What an error says, in one paragraph. */
export function messageOf(error: unknown): string {
  if (error instanceof UserError || error instanceof PointLost) return error.message;
  return `internal error: ${error instanceof Error ? error.message : String(error)}`;
}

/** A point without a result for a reason of the machine, not of the program: it took too much, or its process is gone. */
export class PointLost extends Error {
  override readonly name = 'PointLost';
}

/** Hands points out: of the wanted group, else of the one that has most left among those that nobody works on, else of any. */
function queueOf<P extends Keyed>(points: readonly P[]): (wanted: string | undefined) => P | undefined {
  const groups = new Map<string, P[]>();
  for (const point of points) {
    const own = groups.get(point.group ?? point.key);
    if (own === undefined) groups.set(point.group ?? point.key, [point]);
    else own.push(point);
  }
  const begun = new Set<string>();
  const fresh = groups.keys();
  return (wanted) => {
    const left = wanted === undefined ? undefined : groups.get(wanted);
    const name = left !== undefined ? wanted : nextOf();
    if (name === undefined) return undefined;
    begun.add(name);
    const own = present(groups.get(name), 'a group of points');
    const point = own.shift();
    if (own.length === 0) groups.delete(name);
    return point;
  };

  /** Groups in the order of their first points; when all are begun, the largest is shared. */
  function nextOf(): string | undefined {
    for (let next = fresh.next(); next.done !== true; next = fresh.next()) {
      if (groups.has(next.value) && !begun.has(next.value)) return next.value;
    }
    let most: string | undefined;
    for (const [name, own] of groups) {
      if (most === undefined || own.length > (groups.get(most)?.length ?? 0)) most = name;
    }
    return most;
  }
}
