/** Runs tasks somewhere; results do not depend on where. */
export interface TaskPool<Task, Result> {
  /** `onBegun` hears, once the task is done, when it began: milliseconds of {@link clock}. */
  run(task: Task, onBegun?: (at: number) => void): Promise<Result>;
  close(): Promise<void>;
}

/** Milliseconds that mean the same on all threads. */
export const clock = (): number => performance.timeOrigin + performance.now();
