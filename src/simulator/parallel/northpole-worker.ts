/** The worker thread of NorthPole-style chips: one task at a time, one engine per thread. */
import { workerData } from 'piscina';
import { present } from '../../common/assert.js';
import { northPoleHost, type NorthPoleSetup, type NorthPoleTask } from './northpole-task.js';

let host: ((task: NorthPoleTask) => boolean) | undefined;

/** Called by the pool for every task. */
export function runTask(task: NorthPoleTask): boolean {
  host ??= northPoleHost(present<NorthPoleSetup>(workerData, 'worker setup'));
  return host(task);
}
