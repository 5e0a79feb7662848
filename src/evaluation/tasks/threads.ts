/** Threads for tasks: as many as asked for, shared by any number of pools. */
import { platform } from '#platform';
import type { StartedThread } from '../../common/platform/platform.js';
import type { FromThread, ThreadStart, ToThread } from './thread-messages.js';
import type { TaskPool } from './task-pool.js';

/** Threads that live until `close`. Tasks of all pools wait in one line, in the order in which they were given, and go to the thread that has least to do. */
export interface Threads {
  /** How many. */
  readonly count: number;
  /**
   * A pool whose tasks are answered by what `openTasks(setup)` of a worker file, given by its path under src (or, of a chip of a user, from the
   * root of the file system), returns on each thread. The pool ends with the threads; closing it earlier lets go of what it set up.
   */
  open<Task, Result>(file: string, setup: unknown, options?: LineOptions): TaskPool<Task, Result>;
  /** Ends all threads; tasks that are not done by then are rejected. */
  close(): Promise<void>;
}

/** How the tasks of a pool are handed out. */
export interface LineOptions {
  /**
   * Tasks that a thread may have at hand, that of others included, 1 by default: with more it goes on while whoever asks is busy, but long
   * tasks may end up behind each other.
   */
  readonly ahead?: number;
}

interface Job {
  readonly pool: number;
  readonly task: unknown;
  readonly ahead: number;
  readonly onBegun: ((at: number) => void) | undefined;
  /** Takes what the pool's worker makes of the task. */
  resolve(result: unknown): void;
  reject(error: unknown): void;
}

interface Thread {
  readonly worker: StartedThread;
  /** At hand, in the order of their answers. */
  readonly jobs: Job[];
}

/** Starts threads, which read the given worker files (paths under src) at once. They keep the process alive only while they have tasks. */
export function startThreads(count: number, early: readonly string[] = []): Threads {
  const waiting: Job[] = [];
  let ended: unknown;
  let pools = 0;

  const handOut = (): void => {
    for (let job = waiting[0]; job !== undefined; job = waiting[0]) {
      const thread = threads.reduce((least, one) => (one.jobs.length < least.jobs.length ? one : least));
      if (thread.jobs.length >= job.ahead) return;
      waiting.shift();
      thread.jobs.push(job);
      thread.worker.keepAlive(true);
      send(thread, { kind: 'task', pool: job.pool, task: job.task });
    }
  };
  const answered = (thread: Thread, answer: FromThread): void => {
    const job = thread.jobs.shift();
    if (thread.jobs.length === 0) thread.worker.keepAlive(false);
    handOut();
    if (answer.kind === 'error') return job?.reject(answer.error);
    job?.onBegun?.(answer.began);
    job?.resolve(answer.result);
  };
  const end = (error: unknown): void => {
    ended ??= error;
    const left = [...threads.flatMap(({ jobs }) => jobs.splice(0)), ...waiting.splice(0)];
    for (const { reject } of left) reject(ended);
  };

  const start: ThreadStart = { early };
  const threads = Array.from({ length: count }, (): Thread => {
    const worker = platform.startThread<FromThread>('evaluation/tasks/task-worker.js', start, {
      onMessage: (answer) => answered(thread, answer),
      onEnd: end,
    });
    const thread: Thread = { worker, jobs: [] };
    worker.keepAlive(false);
    return thread;
  });

  return {
    count,
    open: <Task, Result>(file: string, setup: unknown, { ahead = 1 }: LineOptions = {}): TaskPool<Task, Result> => {
      const pool = pools++;
      for (const thread of threads) send(thread, { kind: 'open', pool, file, setup });
      return {
        run: (task, onBegun) =>
          new Promise<Result>((resolve, reject) => {
            if (ended !== undefined) return reject(ended);
            waiting.push({ pool, task, ahead, onBegun, reject, resolve: (result: Result) => resolve(result) });
            handOut();
          }),
        close: () => {
          if (ended === undefined) for (const thread of threads) send(thread, { kind: 'close', pool });
          return Promise.resolve();
        },
      };
    },
    close: async () => {
      end(new Error('the threads were closed'));
      await Promise.all(threads.map(({ worker }) => worker.end()));
    },
  };
}

function send({ worker }: Thread, message: ToThread): void {
  worker.post(message);
}
