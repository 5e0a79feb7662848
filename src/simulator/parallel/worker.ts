/** The worker thread: one task at a time, one engine per thread. */
import { workerData } from 'piscina';
import { present } from '../../common/assert.js';
import type { RunTask, RunTaskResult, WorkerSetup } from './run-task.js';
import { RunTaskHost } from './run-task-host.js';

let host: RunTaskHost | undefined;

/** Called by the pool for every task. */
export function runTask(task: RunTask): RunTaskResult {
  host ??= new RunTaskHost(present<WorkerSetup>(workerData, 'worker setup'));
  return host.run(task);
}
