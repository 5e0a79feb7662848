/** The worker thread of NorthPole-style chips: one task at a time, one engine per thread. */
import { workerData } from 'node:worker_threads';
import { present } from '../../common/assert.js';
import { taskHost } from '../../evaluation/tasks/run-engine.js';
import { northPoleRuns, type NorthPoleSetup } from './northpole-task.js';

/** Called by the pool for every task. */
export const runTask = taskHost(() => northPoleRuns(present<NorthPoleSetup>(workerData, 'worker setup')));
