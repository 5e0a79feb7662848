/** The worker thread: one task at a time, one engine per thread. */
import { workerData } from 'node:worker_threads';
import { present } from '../../common/assert.js';
import { taskHost } from '../../evaluation/tasks/run-engine.js';
import type { WorkerSetup } from './run-task.js';
import { trueNorthRuns } from './truenorth-runs.js';

/** Called by the pool for every task. */
export const runTask = taskHost(() => trueNorthRuns(present<WorkerSetup>(workerData, 'worker setup')));
