import { Piscina } from 'piscina';
import { builtFile } from '../built-file.js';
import { RunTaskHost } from './run-task-host.js';
import type { RunTask, RunTaskResult, WorkerSetup } from './run-task.js';

/** Runs tasks somewhere; results do not depend on where. */
export interface TaskPool {
  run(task: RunTask): Promise<RunTaskResult>;
  close(): Promise<void>;
}

/** `workers` threads that live until `close`; with one worker the calling thread itself, which yields between tasks. */
export function createTaskPool(setup: WorkerSetup, workers: number): TaskPool {
  if (workers <= 1) return createLocalPool(setup);
  const piscina = new Piscina<RunTask, RunTaskResult>({
    filename: builtFile('parallel/worker.js'),
    name: 'runTask',
    minThreads: workers,
    maxThreads: workers,
    workerData: setup,
  });
  return {
    run: (task) => piscina.run(task),
    close: () => piscina.destroy(),
  };
}

function createLocalPool(setup: WorkerSetup): TaskPool {
  const host = new RunTaskHost(setup);
  let last: Promise<unknown> = Promise.resolve();
  return {
    run: (task) => {
      // One task per turn of the event loop, so that an abort signal and progress get through.
      const result = last.then(() => new Promise<void>((resolve) => setImmediate(resolve))).then(() => host.run(task));
      last = result.catch(() => undefined);
      return result;
    },
    close: () => Promise.resolve(),
  };
}
