/** The worker thread of NorthPole-style chips: one task at a time, one engine per thread. */
import { taskHost } from '../../evaluation/tasks/run-engine.js';
import { northPoleRuns, type NorthPoleSetup } from './northpole-task.js';

/** Answers the tasks of a pool. */
export const openTasks = (setup: NorthPoleSetup) => taskHost(() => northPoleRuns(setup));
