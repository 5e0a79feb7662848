/**
 * A process that measures points one after the other, within limits. One that holds more memory than it may (all of it, not only the JavaScript
 * heap) or takes too long is killed and costs its point; the next point gets a new one. Where the process was used before, or ended without a
 * word from us, its point is tried once more in a fresh one: others may have filled its memory, or somebody killed it.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { builtFile } from '../../common/built-file.js';
import { UserError } from '../../common/diagnostics.js';
import { peakMiB } from './peak-memory.js';
import type { FromProcess, ToProcess } from './process-messages.js';
import { PointLost } from './run-points.js';

/** What a point may take; what is absent has no limit. */
export interface PointLimits {
  /** Memory of the process that measures it, in MiB. */
  readonly memoryMiB?: number | undefined;
  readonly seconds?: number | undefined;
}

/** How a worker process is started. */
export interface ProcessOptions {
  /** File of the worker under src, which exports `openTasks(setup)`. */
  readonly file: string;
  /** What it knows from its start: plain data. */
  readonly setup: unknown;
  readonly limits?: PointLimits | undefined;
}

/** What a process says of a task. */
export interface ProcessAnswer {
  readonly result: unknown;
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Most memory that the process held so far. */
  readonly peakMiB: number;
}

/** A process, which starts with the first task. One task at a time. */
export interface WorkerProcess {
  /** @throws UserError for what the worker throws as such, {@link PointLost} where a limit or the process ended it */
  run(task: unknown, signal?: AbortSignal): Promise<ProcessAnswer>;
  /** The process that runs now, for tests. */
  pid(): number | undefined;
  close(): void;
}

/** What a process runs. */
const PROGRAM = builtFile('experiments/points/process-worker.js');
/** Milliseconds between two looks at the memory of a process. */
const LOOK_MS = 50;
const tooMuch = (memoryMiB: number): string => `it took more than ${memoryMiB} MiB of memory`;
/** What a process says last, for the reason of its end. */
const MAX_STDERR = 4000;

interface Started {
  readonly child: ChildProcess;
  /** Tasks that it has answered. */
  answered: number;
  stderr: string;
}

/** What ended an attempt. */
type Attempt =
  | { readonly kind: 'answer'; readonly message: FromProcess; readonly seconds: number }
  | { readonly kind: 'lost'; readonly reason: string; readonly isFinal: boolean };

/** Opens a worker process. */
export function openProcess({ file, setup, limits = {} }: ProcessOptions): WorkerProcess {
  let started: Started | undefined;

  const start = (): Started => {
    const child = fork(PROGRAM, {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: nodeArguments(limits),
    });
    const one: Started = { child, answered: 0, stderr: '' };
    child.stderr?.on('data', (text: Buffer) => {
      one.stderr = (one.stderr + text.toString()).slice(-MAX_STDERR);
    });
    child.on('exit', () => {
      if (started === one) started = undefined;
    });
    // Its end is what counts.
    child.on('error', () => undefined);
    send(child, { kind: 'open', file: builtFile(file), setup });
    return one;
  };
  const stop = (one: Started): void => {
    if (started === one) started = undefined;
    one.child.kill('SIGKILL');
  };

  const attempt = (task: unknown, signal: AbortSignal | undefined): Promise<Attempt> =>
    new Promise((resolve, reject) => {
      const one = (started ??= start());
      const { child } = one;
      const { seconds, memoryMiB } = limits;
      const began = performance.now();
      const wasUsed = one.answered > 0;
      let ended = false;
      const end = (then: () => void): void => {
        if (ended) return;
        ended = true;
        clearTimeout(late);
        clearInterval(look);
        signal?.removeEventListener('abort', onAbort);
        child.removeListener('message', onMessage);
        child.removeListener('close', onClose);
        then();
      };
      const lose = (reason: string, isFinal: boolean): void => {
        end(() => {
          stop(one);
          resolve({ kind: 'lost', reason, isFinal });
        });
      };
      const onMessage = (message: FromProcess): void => {
        one.answered++;
        // What came and went between two looks.
        if (memoryMiB !== undefined && message.kind === 'result' && message.peakMiB > memoryMiB) {
          lose(tooMuch(memoryMiB), !wasUsed);
          return;
        }
        end(() => resolve({ kind: 'answer', message, seconds: (performance.now() - began) / 1000 }));
      };
      const onClose = (code: number | null, by: NodeJS.Signals | null): void => {
        const isHeap = /heap out of memory|Array buffer allocation failed/.test(one.stderr);
        const how = by === null ? `with exit code ${code}` : `by ${by}`;
        lose(isHeap ? 'it ran out of memory' : `its process ended ${how}`, isHeap && !wasUsed);
      };
      const onAbort = (): void => {
        end(() => {
          stop(one);
          reject(signal?.reason);
        });
      };
      const late = setTimeout(
        () => lose(`it took longer than ${seconds} s`, true),
        seconds === undefined ? 2 ** 31 - 1 : seconds * 1000,
      );
      const look = setInterval(() => {
        if (memoryMiB === undefined || child.pid === undefined) return;
        void peakMiB(child.pid, PROGRAM).then((held) => {
          if (held > memoryMiB) lose(tooMuch(memoryMiB), !wasUsed);
        });
      }, LOOK_MS);
      child.on('message', onMessage);
      child.on('close', onClose);
      if (signal?.aborted === true) return onAbort();
      signal?.addEventListener('abort', onAbort, { once: true });
      send(child, { kind: 'task', task });
    });

  return {
    run: async (task, signal) => {
      const first = await attempt(task, signal);
      const last = first.kind === 'lost' && !first.isFinal ? await attempt(task, signal) : first;
      if (last.kind === 'lost') throw new PointLost(last.reason);
      const { message, seconds } = last;
      if (message.kind === 'result') {
        const { result, cpuSeconds, peakMiB: held } = message;
        return { result, seconds, cpuSeconds, peakMiB: held };
      }
      throw message.problem === undefined ? new Error(message.message) : new UserError(message.problem);
    },
    pid: () => started?.child.pid,
    close: () => {
      if (started !== undefined) stop(started);
    },
  };
}

/** A larger young generation: compiling makes much that lives for a moment only. */
const nodeArguments = ({ memoryMiB }: PointLimits): string[] => [
  '--max-semi-space-size=128',
  ...(memoryMiB === undefined ? [] : [`--max-old-space-size=${Math.max(64, Math.floor(memoryMiB))}`]),
];

/** A process that is gone says so by its end. */
function send(child: ChildProcess, message: ToProcess): void {
  if (child.connected) child.send(message, () => undefined);
}
