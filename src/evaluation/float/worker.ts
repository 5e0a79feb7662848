/** The worker thread of networks: one task at a time. */
import { workerData } from 'node:worker_threads';
import { present } from '../../common/assert.js';
import { taskHost } from '../tasks/run-engine.js';
import { type FloatSetup, floatRuns } from './task.js';

/** Called by the pool for every task. */
export const runTask = taskHost(() =>
  floatRuns<never>(present<FloatSetup>(workerData, 'worker setup'), (network) => network),
);
