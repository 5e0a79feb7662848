import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
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

/** Runs the built program; `interruptAt` sends Ctrl-C as soon as standard error shows this text. */
function lodestone(args: readonly string[], interruptAt?: string): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let err = '';
    let interrupted = false;
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      err += chunk.toString();
      if (!interrupted && interruptAt !== undefined && err.includes(interruptAt)) {
        interrupted = true;
        child.kill('SIGINT');
      }
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out, err }));
  });
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
});
