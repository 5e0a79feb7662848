/** What a worker process and its parent tell each other: plain data, as JSON carries it. */
import type { Diagnostic } from '../../common/diagnostics.js';

/** To a worker process. */
export type ToProcess =
  /** First of all: the file of the worker, which exports `openTasks` as that of a thread does, and what it knows from its start. */
  | { readonly kind: 'open'; readonly file: string; readonly setup: unknown }
  | { readonly kind: 'task'; readonly task: unknown };

/** From a worker process, one for each task. */
export type FromProcess =
  | { readonly kind: 'result'; readonly result: unknown; readonly cpuSeconds: number; readonly peakMiB: number }
  /** `problem`: the user's; else ours. */
  | { readonly kind: 'error'; readonly message: string; readonly problem?: readonly Diagnostic[] };

/** What the file of a worker exports. */
export interface ProcessWorker {
  openTasks(setup: unknown): (task: unknown) => unknown;
}
