/** The worker thread of distorted networks: one task at a time. */
import { workerData } from 'piscina';
import { present } from '../common/assert.js';
import { type FloatSetup, type FloatTask, type FloatTaskResult, floatHost } from '../evaluation/float/task.js';
import { type DistortedChip, distortedNetwork } from './distortion-runner.js';

const host = floatHost(present<FloatSetup>(workerData, 'worker setup'), distortedNetwork);

/** Called by the pool for every task. */
export function runTask(task: FloatTask<DistortedChip>): FloatTaskResult {
  return host(task);
}
