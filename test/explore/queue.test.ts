/** Explorations on a queue of a real server, with workers in this process and in others. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Queue } from 'bullmq';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseExperiment } from '../../src/explore/experiment.js';
import { queueAddress } from '../../src/explore/queue/connection.js';
import { openQueuePlace } from '../../src/explore/queue/coordinator.js';
import { queueName } from '../../src/explore/queue/identity.js';
import { runQueueWorker, type QueueWorkerOptions } from '../../src/explore/queue/worker.js';
import { writeResults } from '../../src/explore/results/write.js';
import { type ExplorationOptions, runExploration } from '../../src/explore/run-exploration.js';
import { temporaryFolder } from '../cli/harness.js';
import { noRedis, type RedisServer, startRedis } from '../support/redis.js';

const folder = temporaryFolder();
const MODEL = resolve('examples/models/mnist-5core.lsn');
const IDENTITY = 'lodestone test';
const LOCK_MS = 1000;

const experimentOf = (to: number) =>
  parseExperiment(
    `name: queue
images: 20
networks: [{ model: ${MODEL}, dataset: mnist }]
chips: [{ chip: truenorth, parameters: { axonsPerCore: { from: 256, to: ${to}, step: 8 }, axonTypes: [4, 1] } }]
objectives: [energy]
`,
    folder.at('test.yaml'),
  );

describe.skipIf(noRedis !== '')(`a queue${noRedis}`, () => {
  let server: RedisServer;
  beforeAll(async () => {
    mkdirSync(folder.at('redis'));
    server = await startRedis(folder.at('redis'));
  });
  afterAll(() => server.stop());

  const address = () => queueAddress(server.url);
  /** Explores on the queue; returns what is written, byte for byte. */
  const explore = async (name: string, to: number, options: Partial<ExplorationOptions> = {}) => {
    const experiment = await experimentOf(to);
    const output = folder.at(name);
    const openPlace: ExplorationOptions['openPlace'] = (setup) =>
      openQueuePlace({ address: address(), identity: IDENTITY, inFlight: 64, lookMs: 300 }, setup);
    const common = { version: 'test', resume: false, workers: 1, output } as const;
    await writeResults(await runExploration(experiment, { ...common, openPlace, ...options }), experiment, output);
    return ['results.csv', 'results.json', 'results.parquet'].map((file) => readFileSync(`${output}/${file}`));
  };
  const here = (name: string, to: number) => explore(name, to, { openPlace: undefined });

  /** A worker in this process, until the returned function is called. */
  const workHere = (store: string, options: Partial<QueueWorkerOptions> = {}) => {
    const stop = new AbortController();
    const running = runQueueWorker({
      ...{ address: address(), identity: IDENTITY, workers: 1, store: folder.at(store) },
      ...{ signal: stop.signal, lockMs: LOCK_MS, ...options },
    });
    return async (): Promise<number> => {
      stop.abort(new Error('stopped'));
      return running;
    };
  };
  /** A worker in a process of its own. */
  const workElsewhere = (store: string): ChildProcess => {
    const file = (path: string): string => JSON.stringify(pathToFileURL(resolve('dist/src', path)).href);
    const options = { identity: IDENTITY, workers: 1, store: folder.at(store), lockMs: LOCK_MS };
    const code = `
      const { runQueueWorker } = await import(${file('explore/queue/worker.js')});
      const { queueAddress } = await import(${file('explore/queue/connection.js')});
      const signal = new AbortController().signal;
      await runQueueWorker({ ...${JSON.stringify(options)}, address: queueAddress(${JSON.stringify(server.url)}), signal });
    `;
    return spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: 'inherit' });
  };
  const doneIn = (name: string): number => {
    const path = folder.at(`${name}/points.jsonl`);
    return existsSync(path) ? readFileSync(path, 'utf8').split('\n').length - 1 : 0;
  };

  test('gives the bytes that processes here give, with one worker and with two', async () => {
    const expected = await here('here', 280);
    const first = workHere('store-1');
    expect(await explore('queue-1', 280)).toEqual(expected);
    const second = workHere('store-2');
    expect(await explore('queue-2', 280)).toEqual(expected);
    const measured = [await first(), await second()];
    expect(measured[0]! + measured[1]!).toBe(16);
    // The network and its images went there once, by content.
    expect(existsSync(folder.at('store-1'))).toBe(true);
  });

  test('loses nothing when a worker is killed, one leaves in the middle, and the server starts again', async () => {
    const expected = await here('again', 336);
    const victim = workElsewhere('store-3');
    const running = explore('restarted', 336);
    while (doneIn('restarted') < 2) await sleep(10);
    victim.kill('SIGKILL');
    await once(victim, 'exit');
    const leaving = workHere('store-4');
    const before = doneIn('restarted');
    while (doneIn('restarted') < before + 3) await sleep(10);
    await leaving();
    await server.restart();
    const last = workHere('store-4');
    expect(await running).toEqual(expected);
    expect(await last()).toBeGreaterThan(0);
    expect(doneIn('restarted')).toBe(22);
  });

  test('refuses another program, and names both', async () => {
    const stop = workHere('store-5');
    await sleep(200);
    await expect(
      openQueuePlace(
        { address: address(), identity: 'lodestone other', inFlight: 1 },
        { store: '', chipFiles: [], data: {}, constraints: [], limits: {} },
      ),
    ).rejects.toThrow(/version-differs.*lodestone other.*lodestone test/s);
    await stop();
  });

  test('what is no point, or of another program, is answered with why, and harms nobody', async () => {
    const queue = new Queue(queueName(IDENTITY), {
      connection: { host: '127.0.0.1', port: server.port },
      prefix: 'lodestone',
    });
    const bad = await queue.add('point', { evil: 'code' }, { jobId: 'bad' });
    const stop = workHere('store-6');
    while (!(await bad.isCompleted())) await sleep(20);
    const job = await queue.getJob('bad');
    expect(job?.returnvalue).toMatchObject({ kind: 'error', message: expect.stringContaining('is no point') });
    await queue.obliterate({ force: true });
    await queue.close();
    expect(await explore('after', 256)).toEqual(await here('after-here', 256));
    await stop();
  });

  test('says that there is no server, and that a password is wrong, without showing it', async () => {
    await expect(runQueueWorker({ ...absent, address: queueAddress('redis://127.0.0.1:1') })).rejects.toThrow(
      /queue-unreachable/,
    );
    mkdirSync(folder.at('locked'));
    const locked = await startRedis(folder.at('locked'), 'open sesame');
    try {
      const wrong = runQueueWorker({ ...absent, address: queueAddress(locked.url, 'guess-guess') });
      await expect(wrong).rejects.toThrow(/queue-password/);
      await expect(wrong).rejects.not.toThrow(/guess-guess/);
      const right = { ...absent, address: queueAddress(locked.url, 'open sesame'), idleSeconds: 0.1 };
      expect(await runQueueWorker(right)).toBe(0);
    } finally {
      await locked.stop();
    }
  });

  const absent = { identity: IDENTITY, workers: 1, store: folder.at('none'), signal: new AbortController().signal };
});

test('addresses are named, and passwords are not shown', () => {
  expect(queueAddress('rediss://me:pass%20word@host:7000/2')).toEqual({
    ...{ host: 'host', port: 7000, username: 'me', password: 'pass word', db: 2, isEncrypted: true },
    text: 'rediss://host:7000/2',
  });
  expect(queueAddress('redis://host')).toMatchObject({ port: 6379, isEncrypted: false });
  for (const bad of ['host:7000', 'http://host', 'redis://', 'redis://host/name']) {
    expect(() => queueAddress(bad)).toThrow(/bad-value/);
  }
});
