import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { modelPath, temporaryFolder } from './harness.js';

const folder = temporaryFolder();
const main = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

interface Started {
  readonly child: ChildProcess;
  /** So far. */
  readonly ended: () => Ended;
  readonly closed: Promise<Ended>;
}

/** Starts the built program; `onErr` sees standard error whenever there is more of it. */
function start(args: readonly string[], stdout: number | 'pipe' = 'pipe', onErr?: (err: string) => void): Started {
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', stdout, 'pipe'] });
  let out = '';
  let err = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    err += chunk.toString();
    onErr?.(err);
  });
  const closed = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out, err }));
  });
  return { child, closed, ended: () => ({ code: child.exitCode, out, err }) };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Runs the built program; `interruptAt` sends Ctrl-C as soon as standard error shows this text. */
function lodestone(args: readonly string[], interruptAt?: string): Promise<Ended> {
  let interrupted = false;
  const run = start(args, 'pipe', (err) => {
    if (interrupted || interruptAt === undefined || !err.includes(interruptAt)) return;
    interrupted = true;
    run.child.kill('SIGINT');
  });
  return run.closed;
}

// `npm test` builds first; these are about the process around the commands, which only the built program has.
describe('the built program', () => {
  it('prints its version', async () => {
    expect(existsSync(main), 'run `npm run build` first').toBe(true);
    const ended = await lodestone(['--version']);
    expect(ended).toMatchObject({ code: 0, err: '' });
    expect(ended.out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('exits with 1 and no stack trace on bad input', async () => {
    const ended = await lodestone(['inspect', folder.at('none.lsn')]);
    expect(ended.code).toBe(1);
    expect(ended.out).toBe('');
    expect(ended.err).toMatch(/^error\[file-missing\] .*none\.lsn: .*\n {2}remedy: .*\n$/);
  });

  it('exits with 2 on wrong usage', async () => {
    expect((await lodestone(['rnu'])).code).toBe(2);
  });

  it('stops on Ctrl-C with 130 and leaves no file', async () => {
    const recipe = modelPath('mnist-5core').replace(/\.lsn$/, '.yaml');
    const ended = await lodestone(['train', recipe, '-o', folder.at('model.lsn')], 'backend');
    expect(ended.code).toBe(130);
    expect(ended.err).toMatch(/on the (wasm|tensorflow) backend/);
    expect(ended.err).not.toMatch(/^\s+at /m);
    expect(folder.list()).toEqual([]);
  });

  // A mesh that is simulated without a pause: minutes of work in which the command hears nothing.
  const deaf = ['timing', modelPath('mnist-30core'), '--limit', '10000'];
  const started = async (args: readonly string[]): Promise<Started> => {
    const run = start(args);
    await pause(1500);
    expect(run.child.exitCode, run.ended().err).toBe(null);
    return run;
  };

  it.each([
    ['SIGINT', 130, /error\[interrupted\] Ctrl-C: /],
    ['SIGTERM', 143, /error\[interrupted\] SIGTERM: /],
    ['SIGHUP', 129, /error\[interrupted\] SIGHUP: /],
  ] as const)('stops within a second on %s, whatever it computes', async (signal, code, word) => {
    const { child, closed } = await started(deaf);
    const before = performance.now();
    child.kill(signal);
    const ended = await closed;
    expect(ended).toMatchObject({ code, out: '' });
    expect(ended.err).toMatch(word);
    expect(performance.now() - before).toBeLessThan(1000);
  });

  it('ends at once on the second Ctrl-C, whatever it computes', async () => {
    const { child, closed } = await started(deaf);
    child.kill('SIGINT');
    await pause(50);
    const before = performance.now();
    child.kill('SIGINT');
    expect((await closed).code).toBe(130);
    // Before the time to stop cleanly is over.
    expect(performance.now() - before).toBeLessThan(430);
  });

  it('says with --json too that it was stopped', async () => {
    const { child, closed } = await started([...deaf, '--json']);
    child.kill('SIGTERM');
    const ended = await closed;
    expect(ended).toMatchObject({ code: 143, err: '' });
    expect(JSON.parse(ended.out)).toMatchObject({ errors: [{ code: 'interrupted', place: 'SIGTERM' }] });
  });

  it('says that results cannot be written when standard output is full', async () => {
    const full = openSync('/dev/full', 'w');
    const ended = await start(['inspect', modelPath('mnist-5core')], full).closed;
    closeSync(full);
    expect(ended.code).toBe(1);
    expect(ended.err).toMatch(/^error\[unwritable-output\] standard output: .*the disk is full\n {2}remedy: .*\n$/);
  });

  it('says that it needs more memory than it may use', () => {
    const args = ['--max-old-space-size=40', main, 'compile', modelPath('mnist-conv'), '--json'];
    const ended = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect(ended.status).toBe(1);
    expect(JSON.parse(ended.stdout)).toMatchObject({ errors: [{ code: 'out-of-memory' }] });
  });

  it('ends quietly when nobody reads on', async () => {
    const { child, closed } = start(['inspect', modelPath('mnist-30core'), '--text']);
    child.stdout?.once('data', () => child.stdout?.destroy());
    expect(await closed).toMatchObject({ code: 0, err: '' });
  });
});
