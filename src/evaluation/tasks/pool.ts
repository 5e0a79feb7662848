import { Piscina } from 'piscina';
import { builtFile } from '../../common/built-file.js';
import { THREAD_ARGUMENTS } from '../../common/thread-arguments.js';

/** Runs tasks somewhere; results do not depend on where. */
export interface TaskPool<Task, Result> {
  run(task: Task): Promise<Result>;
  close(): Promise<void>;
}

/** How tasks are run. */
export interface PoolOptions<Task, Result> {
  /** Threads; with one the calling thread itself. */
  readonly workers: number;
  /** File of the worker under src, which exports `runTask`. */
  readonly file: string;
  /** What a worker knows from its start (workerData). */
  readonly setup: unknown;
  /** What runs tasks in the calling thread. */
  readonly local: () => (task: Task) => Result;
}

/** `workers` threads that live until `close`; with one worker the calling thread, which yields between tasks. */
export function createPool<Task, Result>(options: PoolOptions<Task, Result>): TaskPool<Task, Result> {
  const { workers, file, setup, local } = options;
  return workers <= 1 ? createLocalPool(local()) : createThreads({ workers, file, setup });
}

/** Threads that live until `close`, whatever their number; tasks that are not done by then are rejected. */
export function createThreads<Task, Result>({
  workers,
  file,
  setup,
}: Omit<PoolOptions<Task, Result>, 'local'>): TaskPool<Task, Result> {
  const piscina = new Piscina<Task, Result>({
    filename: builtFile(file),
    name: 'runTask',
    minThreads: workers,
    maxThreads: workers,
    workerData: setup,
    execArgv: [...THREAD_ARGUMENTS],
  });
  return {
    run: (task) => piscina.run(task),
    close: () => piscina.destroy(),
  };
}

function createLocalPool<Task, Result>(runTask: (task: Task) => Result): TaskPool<Task, Result> {
  let last: Promise<unknown> = Promise.resolve();
  return {
    run: (task) => {
      // One task per turn of the event loop, so that an abort signal and progress get through.
      const result = last.then(() => new Promise<void>((resolve) => setImmediate(resolve))).then(() => runTask(task));
      last = result.catch(() => undefined);
      return result;
    },
    close: () => Promise.resolve(),
  };
}
