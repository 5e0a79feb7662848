/** The one loop over a data set: in tasks, on any number of threads, with abort and progress. */
import { clock, type TaskPool } from './task-pool.js';
import type { SampleRange, Stoppable } from './run-engine.js';
import { sharedInt32 } from './shared.js';

/** What every evaluation of a data set can be asked. */
export interface DataSetOptions {
  /** Stops before the next sample; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called at most about a hundred times with the number of samples that are done. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** How a data set is cut into tasks. */
export interface DataSetRun<Task, Counted> extends DataSetOptions {
  readonly nSamples: number;
  readonly samplesPerTask: number;
  readonly pool: TaskPool<Task, Counted | undefined>;
  /** Makes the task of some samples. */
  readonly taskOf: (part: SampleRange & Stoppable) => Task;
  /** Takes what a task counted, in the order in which tasks end. */
  readonly add: (counted: Counted) => void;
}

/**
 * Runs all samples. Rejects with the signal's reason when aborted and with the first error of a task, in both cases when nothing
 * runs any more. Gives the milliseconds that its tasks stood in line before the first of them began, behind those of others.
 */
export async function runSamples<Task, Counted>(run: DataSetRun<Task, Counted>): Promise<number> {
  const { nSamples, samplesPerTask, pool, taskOf, add, signal, onProgress } = run;
  signal?.throwIfAborted();
  const stop = sharedInt32(1);
  const onAbort = (): void => {
    Atomics.store(stop, 0, 1);
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  const report = progressReporter(nSamples, onProgress);
  const asked = clock();
  let begun = Infinity;
  const onBegun = (at: number): void => {
    begun = Math.min(begun, at);
  };
  try {
    const tasks: Promise<void>[] = [];
    for (let firstSample = 0; firstSample < nSamples; firstSample += samplesPerTask) {
      const n = Math.min(samplesPerTask, nSamples - firstSample);
      const task = pool.run(taskOf({ firstSample, nSamples: n, stop }), onBegun);
      tasks.push(
        task.then((counted) => {
          if (counted === undefined) return;
          add(counted);
          report(n);
        }),
      );
    }
    await settleAll(tasks, onAbort);
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
  signal?.throwIfAborted();
  return begun === Infinity ? 0 : Math.max(0, begun - asked);
}

/** Reports at most about a hundred times. */
function progressReporter(
  total: number,
  onProgress: ((done: number, total: number) => void) | undefined,
): (count: number) => void {
  let done = 0;
  let reported = 0;
  return (count) => {
    done += count;
    if (onProgress === undefined || (done < total && done - reported < total / 100)) return;
    reported = done;
    onProgress(done, total);
  };
}

/** Waits for all; the first failure stops the rest and is thrown when nothing runs any more. */
export async function settleAll(runs: readonly Promise<unknown>[], stop: () => void): Promise<void> {
  const failures: unknown[] = [];
  await Promise.all(
    runs.map((run) =>
      run.catch((error: unknown) => {
        stop();
        failures.push(error);
      }),
    ),
  );
  if (failures.length > 0) throw failures[0];
}
