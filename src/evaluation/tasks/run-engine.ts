/**
 * The contract of engines at the level of runs: samples in, class scores and counters out. What evaluates networks and what
 * simulates chips (one at a time or in lock step) stands behind it, so that one loop (run-samples.ts) drives them all.
 *
 *   RunEngine     one thread: runs consecutive samples, writes their scores, returns what it counted
 *   runSamples    one data set: cuts it into tasks, on the calling thread or on several; abort, progress
 */

/** Consecutive samples of a data set. */
export interface SampleRange {
  readonly firstSample: number;
  readonly nSamples: number;
}

/** An engine on one thread. `Run` says which samples, where their scores go and what else the engine needs to know of them. */
export interface RunEngine<Run extends SampleRange, Counted> {
  /**
   * Runs the samples and writes the rows of their class scores, which depend on the run alone and not on earlier ones. Returns what
   * was counted, or undefined, with scores incomplete, as soon as `shouldStop` says so (asked at least once per sample or tile).
   */
  run(run: Run, shouldStop: () => boolean): Counted | undefined;
}

/** A run as it crosses between threads: arrays are in shared memory. */
export interface Stoppable {
  /** [1] set to 1 to make every task of the evaluation stop. */
  readonly stop: Int32Array;
}

/** Answers the tasks of one thread with an engine that is made for the first one. */
export function taskHost<Task extends SampleRange & Stoppable, Counted>(
  open: () => RunEngine<Task, Counted>,
): (task: Task) => Counted | undefined {
  let engine: RunEngine<Task, Counted> | undefined;
  return (task) => {
    engine ??= open();
    return engine.run(task, () => Atomics.load(task.stop, 0) !== 0);
  };
}
