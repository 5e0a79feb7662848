/** The worker thread of sequence models on NorthPole-style chips: one task at a time, one engine per thread. */
import { workerData } from 'node:worker_threads';
import { present } from '../../common/assert.js';
import { taskHost } from '../../evaluation/tasks/run-engine.js';
import { sequenceRuns, type SequenceSetup } from './sequence-task.js';

/** Called by the pool for every task. */
export const runTask = taskHost(() => sequenceRuns(present<SequenceSetup>(workerData, 'worker setup')));
