import { platform } from '#platform';
import { clock, type TaskPool } from './task-pool.js';
import { startThreads, type Threads } from './threads.js';

export type { TaskPool } from './task-pool.js';

/** Parts of a data set that a thread has at hand: it goes on while the calling thread packs a chip. */
const AHEAD = 8;

/** Where tasks run: on so many threads of their own (1: the calling thread), or on threads that others use too. Results do not depend on it. */
export type Workers = number | Threads;

/** How many threads run tasks; at least 1. */
export const countOf = (workers: Workers): number =>
  typeof workers === 'number' ? Math.max(1, Math.floor(workers)) : workers.count;

/** How tasks are run. */
export interface PoolOptions<Task, Result> {
  readonly workers: Workers;
  /** File of the worker under src, which exports `openTasks` (thread-messages.ts). */
  readonly file: string;
  /** What a worker knows from its start. */
  readonly setup: unknown;
  /** What runs tasks in the calling thread. */
  readonly local: () => (task: Task) => Result;
}

/** Threads that live until `close`, or those of others; with one worker the calling thread, which yields between tasks. */
export function createPool<Task, Result>(options: PoolOptions<Task, Result>): TaskPool<Task, Result> {
  const { workers, file, setup, local } = options;
  if (typeof workers !== 'number') return workers.open(file, setup, { ahead: AHEAD });
  return workers <= 1 ? createLocalPool(local()) : createThreads({ workers, file, setup });
}

/** Threads that live until `close`, whatever their number; tasks that are not done by then are rejected. */
export function createThreads<Task, Result>({
  workers,
  file,
  setup,
}: Pick<PoolOptions<Task, Result>, 'file' | 'setup'> & { readonly workers: number }): TaskPool<Task, Result> {
  const threads = startThreads(workers);
  return { run: threads.open<Task, Result>(file, setup).run, close: threads.close };
}

function createLocalPool<Task, Result>(runTask: (task: Task) => Result): TaskPool<Task, Result> {
  let last: Promise<unknown> = Promise.resolve();
  return {
    run: (task, onBegun) => {
      // One task per turn of the event loop, so that an abort signal and progress get through.
      const result = last
        .then(() => platform.nextTurn())
        .then(() => {
          const began = clock();
          const result = runTask(task);
          onBegun?.(began);
          return result;
        });
      last = result.catch(() => undefined);
      return result;
    },
    close: () => Promise.resolve(),
  };
}
