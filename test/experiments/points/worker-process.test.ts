import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { builtFile } from '../../../src/common/built-file.js';
import { openProcess, type PointLimits, type WorkerProcess } from '../../../src/experiments/points/worker-process.js';

const folder = mkdtempSync(join(tmpdir(), 'lodestone-process-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
writeFileSync(
  join(folder, 'worker.mjs'),
  `let tasks = 0;
  const held = [];
  export const openTasks = (setup) => async ({ kind, n }) => {
    tasks++;
    switch (kind) {
      case 'count': return { tasks, setup, pid: process.pid };
      // Outside the JavaScript heap, a piece at a time, and used.
      case 'buffers': for (let i = 0; i < n; i++) { held.push(Buffer.alloc(1 << 22, 1)); await new Promise((go) => setTimeout(go, 1)); } return { tasks };
      // All of it between two looks: nothing is held afterwards.
      case 'burst': Buffer.alloc(n << 20, 1); return { tasks };
      case 'heap': for (;;) held.push(Array.from({ length: 1e5 }, () => [tasks]));
      case 'spin': { const end = Date.now() + n; while (Date.now() < end); return { tasks }; }
      case 'exit': process.exit(n);
      case 'throw': throw Object.assign(new Error('bad'), { name: 'Odd' });
    }
  };`,
);

const open: WorkerProcess[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});
const start = (limits: PointLimits = {}): WorkerProcess => {
  const file = relative(builtFile('.'), join(folder, 'worker.mjs'));
  const one = openProcess({ file, setup: { of: 'tests' }, limits });
  open.push(one);
  return one;
};
const count = async (one: WorkerProcess): Promise<unknown> => (await one.run({ kind: 'count' })).result;

describe('a worker process', () => {
  test('answers tasks one after the other, with what it took', async () => {
    const one = start();
    expect(await count(one)).toMatchObject({ tasks: 1, setup: { of: 'tests' }, pid: one.pid() });
    const { result, seconds, cpuSeconds, peakMiB } = await one.run({ kind: 'spin', n: 120 });
    expect(result).toEqual({ tasks: 2 });
    // 120 ms by the clock of the day, which is not the one that measured.
    expect(seconds).toBeGreaterThanOrEqual(0.1);
    expect(cpuSeconds).toBeGreaterThan(0.01);
    expect(peakMiB).toBeGreaterThan(10);
  });

  test('is killed for memory outside the heap too, costs its point, and the next point has a new one', async () => {
    const one = start({ memoryMiB: 300 });
    await expect(one.run({ kind: 'buffers', n: 200 })).rejects.toThrow('it took more than 300 MiB of memory');
    expect(await count(one)).toMatchObject({ tasks: 1 });
  });

  test('is not blamed for the memory of its parent', async () => {
    const held = Array.from({ length: 100 }, () => Buffer.alloc(1 << 22, 1));
    expect(process.memoryUsage().rss).toBeGreaterThan(400 * 2 ** 20);
    const one = start({ memoryMiB: 300 });
    expect(await count(one)).toMatchObject({ tasks: 1 });
    expect(held).toHaveLength(100);
  });

  test('is not blamed for the memory of points before it: it is tried again in a fresh one', async () => {
    const one = start({ memoryMiB: 300 });
    expect((await one.run({ kind: 'buffers', n: 35 })).result).toEqual({ tasks: 1 });
    expect((await one.run({ kind: 'buffers', n: 35 })).result).toEqual({ tasks: 1 });
  });

  test('costs its point for memory that came and went between two looks, too', async () => {
    const one = start({ memoryMiB: 300 });
    await expect(one.run({ kind: 'burst', n: 400 })).rejects.toThrow('it took more than 300 MiB of memory');
    expect(await count(one)).toMatchObject({ tasks: 1 });
  });

  test('says that its heap ran out', async () => {
    await expect(start({ memoryMiB: 100 }).run({ kind: 'heap' })).rejects.toThrow(/memory/);
  });

  test('is killed when its point takes too long', async () => {
    const one = start({ seconds: 0.7 });
    await expect(one.run({ kind: 'spin', n: 60_000 })).rejects.toThrow('it took longer than 0.7 s');
    expect(await count(one)).toMatchObject({ tasks: 1 });
  });

  test('gets its point again in a fresh one when somebody kills it', async () => {
    const one = start();
    await count(one);
    const running = one.run({ kind: 'spin', n: 300 });
    process.kill(one.pid() ?? 0, 'SIGKILL');
    expect((await running).result).toEqual({ tasks: 1 });
  });

  test('that ends by itself again costs its point', async () => {
    await expect(start().run({ kind: 'exit', n: 7 })).rejects.toThrow('its process ended with exit code 7');
  });

  test('passes on what its worker throws', async () => {
    const one = start();
    await expect(one.run({ kind: 'throw' })).rejects.toThrow('bad');
    expect(await count(one)).toMatchObject({ tasks: 2 });
  });

  test('is stopped by a signal at once', async () => {
    const controller = new AbortController();
    const running = start().run({ kind: 'spin', n: 60_000 }, controller.signal);
    setTimeout(() => controller.abort(new Error('stopped')), 50);
    await expect(running).rejects.toThrow('stopped');
  });
});
