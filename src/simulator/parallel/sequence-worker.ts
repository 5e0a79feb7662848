/** The worker thread of sequence models on NorthPole-style chips: one task at a time, one engine per thread. */
import { workerData } from 'piscina';
import { present } from '../../common/assert.js';
import { sequenceHost, type SequenceSetup, type SequenceTask } from './sequence-task.js';

let host: ((task: SequenceTask) => boolean) | undefined;

/** Called by the pool for every task. */
export function runTask(task: SequenceTask): boolean {
  host ??= sequenceHost(present<SequenceSetup>(workerData, 'worker setup'));
  return host(task);
}
