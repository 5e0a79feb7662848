/** The worker thread: one task at a time, one engine per thread. */
import { taskHost } from '../../evaluation/tasks/run-engine.js';
import type { WorkerSetup } from './run-task.js';
import { trueNorthRuns } from './truenorth-runs.js';

/** Answers the tasks of a pool. */
export const openTasks = (setup: WorkerSetup) => taskHost(() => trueNorthRuns(setup));
