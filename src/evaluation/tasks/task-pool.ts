/** Runs tasks somewhere; results do not depend on where. */
export interface TaskPool<Task, Result> {
  /** `onStart` hears that the task waits no longer. */
  run(task: Task, onStart?: () => void): Promise<Result>;
  close(): Promise<void>;
}
