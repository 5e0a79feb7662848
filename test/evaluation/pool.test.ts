import { writeFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { THREAD_ARGUMENTS } from '../../src/common/platform/thread-arguments.js';
import { createThreads } from '../../src/evaluation/tasks/pool.js';
import { temporaryFolder } from '../cli/harness.js';

const folder = temporaryFolder();

it('threads of pools do not load ES modules by require, which may not be broken off', async () => {
  const path = folder.at('module.mjs');
  writeFileSync(path, 'export const one = 1;');
  const code = `
    const { parentPort } = require('node:worker_threads');
    try { parentPort.postMessage(require(${JSON.stringify(path)}).one); } catch ({ code }) { parentPort.postMessage(code); }`;
  const worker = new Worker(code, { eval: true, execArgv: [...THREAD_ARGUMENTS] });
  const said = await new Promise((done) => worker.once('message', done));
  expect(said).toBe('ERR_REQUIRE_ESM');
  await worker.terminate();
});

it('pools may be closed while their threads start', async () => {
  for (let wait = 0; wait < 160; wait += 8) {
    const pool = createThreads({ workers: 2, file: 'simulator/parallel/worker.js', setup: undefined });
    await new Promise((done) => setTimeout(done, wait));
    await pool.close();
  }
});
