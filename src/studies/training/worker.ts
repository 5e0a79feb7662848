/** A thread that trains networks, with a tensor library of its own. */
import { runTraining, type TaskResult, type TrainingTask } from './task.js';

/** Called by the pool for every task. */
export function runTask(task: TrainingTask): Promise<TaskResult> {
  return runTraining(task);
}
