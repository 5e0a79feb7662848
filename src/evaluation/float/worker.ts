/** The worker thread of float networks: one task at a time. */
import { workerData } from 'piscina';
import { present } from '../../common/assert.js';
import { type FloatSetup, type FloatTask, type FloatTaskResult, floatHost } from './task.js';

const host = floatHost<never>(present<FloatSetup>(workerData, 'worker setup'), (network) => network);

/** Called by the pool for every task. */
export function runTask(task: FloatTask<never>): FloatTaskResult {
  return host(task);
}
