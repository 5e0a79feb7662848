/** The worker thread of sequence models on NorthPole-style chips: one task at a time, one engine per thread. */
import { taskHost } from '../../evaluation/tasks/run-engine.js';
import { sequenceRuns, type SequenceSetup } from './sequence-task.js';

/** Answers the tasks of a pool. */
export const openTasks = (setup: SequenceSetup) => taskHost(() => sequenceRuns(setup));
