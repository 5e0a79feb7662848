/** A worker process: answers one task after the other, and ends when its parent is gone. */
import { pathToFileURL } from 'node:url';
import { UserError } from '../../common/diagnostics.js';
import { peakMiB } from './peak-memory.js';
import type { FromProcess, ProcessWorker, ToProcess } from './process-messages.js';

let tasks: Promise<(task: unknown) => unknown> | undefined;

process.on('message', (message: ToProcess) => {
  if (message.kind === 'open') {
    const { file, setup } = message;
    tasks = import(pathToFileURL(file).href).then((worker: ProcessWorker) => worker.openTasks(setup));
    tasks.catch(() => undefined);
    return;
  }
  void answer(message.task).then(say);
});
// A terminal sends its signals to all processes: the parent decides what they mean.
for (const signal of ['SIGINT', 'SIGHUP', 'SIGTERM'] as const) process.on(signal, () => undefined);
// Nobody is left to hear: also where the parent was killed.
process.on('disconnect', () => process.exit(0));

async function answer(task: unknown): Promise<FromProcess> {
  const before = process.cpuUsage();
  try {
    const run = await tasks;
    if (run === undefined) throw new Error('a task before its worker was opened');
    const result = await run(task);
    const { user, system } = process.cpuUsage(before);
    // The largest resident size that the system counts begins with that of the parent at the fork; it is in KiB.
    const peak = (await peakMiB('self')) || process.resourceUsage().maxRSS / 1024;
    return {
      kind: 'result',
      result,
      cpuSeconds: (user + system) / 1e6,
      peakMiB: peak,
    };
  } catch (error) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { kind: 'error', message, ...(error instanceof UserError ? { problem: error.diagnostics } : {}) };
  }
}

function say(message: FromProcess): void {
  // What could not be sent is of a parent that is gone.
  process.send?.(message, undefined, undefined, (error: Error | null) => {
    if (error !== null) process.exit(0);
  });
}
