import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { builtFile } from '../../src/common/built-file.js';
import { clock } from '../../src/evaluation/tasks/task-pool.js';
import { startThreads, type Threads } from '../../src/evaluation/tasks/threads.js';
import { temporaryFolder } from '../cli/harness.js';

const folder = temporaryFolder();

/** A worker of this code, as a path under src. */
function workerFile(name: string, code: string): string {
  writeFileSync(folder.at(name), code);
  return relative(builtFile('.'), folder.at(name));
}

const ADDING = workerFile(
  'adding.mjs',
  `export const openTasks = (setup) => (task) => {
     if (task < 0) throw new RangeError('below 0: ' + task);
     return setup + task;
   };`,
);

const open: Threads[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((threads) => threads.close()));
});
function threadsOf(count: number, early?: readonly string[]): Threads {
  const threads = startThreads(count, early);
  open.push(threads);
  return threads;
}

describe('threads', () => {
  it('answer the tasks of several pools, each with its own setup', async () => {
    const threads = threadsOf(2, [ADDING, 'no/such/file.js']);
    const tens = threads.open<number, number>(ADDING, 10);
    const hundreds = threads.open<number, number>(ADDING, 100);
    const answers = [1, 2, 3, 4, 5].flatMap((task) => [tens.run(task), hundreds.run(task)]);
    expect(await Promise.all(answers)).toEqual([11, 101, 12, 102, 13, 103, 14, 104, 15, 105]);
  });

  it.each([1, 3])('take tasks in the order in which they were given, whatever their pool, %i ahead', async (ahead) => {
    const threads = threadsOf(1);
    const open = () => threads.open<number, number>(ADDING, 0, { ahead });
    const [a, b] = [open(), open()];
    const begun: string[] = [];
    const asked = clock();
    const times = [asked];
    const begins =
      (name: string) =>
      (at: number): void => {
        begun.push(name);
        times.push(at);
      };
    const tasks = [a.run(1, begins('a1')), b.run(2, begins('b2')), a.run(3, begins('a3')), b.run(4, begins('b4'))];
    await Promise.all(tasks);
    expect(begun).toEqual(['a1', 'b2', 'a3', 'b4']);
    expect(times).toEqual([...times].sort((x, y) => x - y));
    expect(clock()).toBeGreaterThanOrEqual(times.at(-1) ?? Infinity);
  });

  it('run one task after the other, also those that wait for something and are sent ahead', async () => {
    const overlapping = workerFile(
      'overlapping.mjs',
      `export const openTasks = () => {
         let running = 0;
         return async () => {
           running++;
           await new Promise((resolve) => setTimeout(resolve, 5));
           return running--;
         };
       };`,
    );
    const pool = threadsOf(2).open<number, number>(overlapping, 0, { ahead: 4 });
    expect(await Promise.all([1, 2, 3, 4, 5, 6].map((task) => pool.run(task)))).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it('reject a task that throws, with its error, and go on with the next', async () => {
    const pool = threadsOf(1).open<number, number>(ADDING, 1);
    const [failing, next] = [pool.run(-5), pool.run(5)];
    await expect(failing).rejects.toThrow(RangeError('below 0: -5'));
    expect(await next).toBe(6);
  });

  it('reject the tasks of a worker that cannot be opened, and of one whose answers cannot cross', async () => {
    const threads = threadsOf(1);
    await expect(threads.open('no/such/file.js', 0).run(1)).rejects.toThrow(/no\/such\/file/);
    const failing = workerFile('failing.mjs', `export const openTasks = () => { throw new Error('no memory'); };`);
    await expect(threads.open(failing, 0).run(1)).rejects.toThrow('no memory');
    const functions = workerFile('functions.mjs', `export const openTasks = () => () => () => 1;`);
    await expect(threads.open(functions, 0).run(1)).rejects.toThrow(/could not be cloned/);
    expect(await threads.open<number, number>(ADDING, 1).run(1)).toBe(2);
  });

  it('reject everything when one of them ends, and what is asked later', async () => {
    const ending = workerFile('ending.mjs', `export const openTasks = () => () => process.exit(1);`);
    const threads = threadsOf(1);
    const pool = threads.open<number, number>(ending, 0);
    const tasks = [pool.run(1), pool.run(2)];
    for (const task of tasks) await expect(task).rejects.toThrow(/a thread ended/);
    await expect(pool.run(3)).rejects.toThrow(/a thread ended/);
  });

  it('reject what is not done when they are closed', async () => {
    const sleeping = workerFile('sleeping.mjs', `export const openTasks = () => () => new Promise(() => undefined);`);
    const threads = startThreads(1);
    const pool = threads.open<number, number>(sleeping, 0);
    const outcomes = Promise.allSettled([pool.run(1), pool.run(2)]);
    await threads.close();
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(pool.run(3)).rejects.toThrow('the threads were closed');
  });
});
