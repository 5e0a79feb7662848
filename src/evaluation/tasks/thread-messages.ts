/** What threads of pools and whoever started them tell each other. */

/** What a thread starts with. */
export interface ThreadStart {
  /** Files of workers to read before they are asked for. */
  readonly early: readonly string[];
}

/** To a thread: a pool is opened or closed, or has a task. */
export type ToThread =
  | { readonly kind: 'open'; readonly pool: number; readonly file: string; readonly setup: unknown }
  | { readonly kind: 'close'; readonly pool: number }
  | { readonly kind: 'task'; readonly pool: number; readonly task: unknown };

/** From a thread: the answers to its tasks, in their order. */
export type FromThread =
  | { readonly kind: 'result'; readonly result: unknown; readonly began: number }
  | { readonly kind: 'error'; readonly error: unknown };

/** What the file of a worker exports: what answers the tasks of a pool on one thread. */
export interface TaskWorker {
  readonly openTasks: (setup: unknown) => (task: unknown) => unknown;
}
