/** The worker thread of distorted networks: one task at a time. */
import { workerData } from 'node:worker_threads';
import { present } from '../common/assert.js';
import { type FloatSetup, floatRuns } from '../evaluation/float/task.js';
import { taskHost } from '../evaluation/tasks/run-engine.js';
import { distortedNetwork } from './distortion-runner.js';

/** Called by the pool for every task. */
export const runTask = taskHost(() => floatRuns(present<FloatSetup>(workerData, 'worker setup'), distortedNetwork));
