/** A thread of pools: reads the files of their workers when they are opened, and answers one task after the other. */
import { platform } from '#platform';
import { present } from '../../common/assert.js';
import { clock } from './task-pool.js';
import type { FromThread, TaskWorker, ThreadStart, ToThread } from './thread-messages.js';

const port = platform.threadPort<ToThread, ThreadStart>();

const read = async (file: string): Promise<TaskWorker> => {
  const module = await platform.importFile(file);
  if (!isTaskWorker(module)) throw new Error(`internal error: ${file} opens no tasks`);
  return module;
};
const isTaskWorker = (module: unknown): module is TaskWorker =>
  typeof module === 'object' && module !== null && 'openTasks' in module && typeof module.openTasks === 'function';

/** What answers the tasks of each pool; a worker that cannot be opened fails with the first of its tasks. */
const pools = new Map<number, Promise<(task: unknown) => unknown>>();

/** Tasks that are sent ahead wait for those before them. */
let last: Promise<void> = Promise.resolve();

port.listen((message) => {
  switch (message.kind) {
    case 'open': {
      const opened = read(message.file).then(({ openTasks }) => openTasks(message.setup));
      opened.catch(() => undefined);
      pools.set(message.pool, opened);
      return;
    }
    case 'close':
      pools.delete(message.pool);
      return;
    case 'task':
      last = last.then(async () => say(await answer(message.pool, message.task)));
  }
});

async function answer(pool: number, task: unknown): Promise<FromThread> {
  try {
    const run = await present(pools.get(pool), 'pool of a task');
    const began = clock();
    return { kind: 'result', result: await run(task), began };
  } catch (error) {
    return { kind: 'error', error };
  }
}

function say(message: FromThread): void {
  try {
    port.post(message);
  } catch (error) {
    // Not everything that is thrown or returned can cross between threads.
    port.post({ kind: 'error', error: new Error(String(error)) });
  }
}

for (const file of port.data.early) read(file).catch(() => undefined);
