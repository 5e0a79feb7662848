/** The worker thread of distorted networks: one task at a time. */
import { type FloatSetup, floatRuns } from '../evaluation/float/task.js';
import { taskHost } from '../evaluation/tasks/run-engine.js';
import { distortedNetwork } from './distortion-runner.js';

/** Answers the tasks of a pool. */
export const openTasks = (setup: FloatSetup) => taskHost(() => floatRuns(setup, distortedNetwork));
