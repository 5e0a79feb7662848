/** The worker thread of networks: one task at a time. */
import { taskHost } from '../tasks/run-engine.js';
import { type FloatSetup, floatRuns } from './task.js';

/** Answers the tasks of a pool. */
export const openTasks = (setup: FloatSetup) => taskHost(() => floatRuns<never>(setup, (network) => network));
