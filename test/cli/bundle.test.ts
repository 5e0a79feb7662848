import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { modelPath } from './harness.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
// Beside the one of the build: it finds the installed packages and the version where that one does.
const bundle = join(ROOT, 'dist', 'bin-of-tests');

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function started(main: string, args: readonly string[]): Ended {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { code: status, out: stdout, err: stderr };
}

const bundled = (...args: readonly string[]): Ended => started(join(bundle, 'cli', 'main.js'), args);
const modules = (...args: readonly string[]): Ended => started(join(ROOT, 'dist', 'src', 'cli', 'main.js'), args);

/** A result without what the machine decides. */
function reproducible({ code, out, err }: Ended): object {
  expect(err).toBe('');
  return { code, ...z.looseObject({}).parse(JSON.parse(out)), host: undefined };
}

describe('the bundled program', () => {
  beforeAll(() => {
    const made = spawnSync(process.execPath, [join(ROOT, 'scripts', 'bundle.mjs'), bundle], { encoding: 'utf8' });
    expect(made.status, made.stderr).toBe(0);
  }, 120_000);
  afterAll(() => rmSync(bundle, { recursive: true, force: true }));

  it('has the version, the help and the errors of the modules it is made of', () => {
    for (const args of [
      ['--version'],
      ['--help'],
      ['run', '--help'],
      ['sweep', '--help'],
      ['run', 'absent.lsp'],
      ['rnu'],
    ]) {
      expect(bundled(...args), args.join(' ')).toEqual(modules(...args));
    }
  });

  it.each([
    ['run', 'mnist-5core', 'truenorth'],
    ['run', 'mnist-resnet-4bit', 'northpole'],
  ])('gives the results of the modules, threads and kernels included: %s %s on %s', (command, model, chip) => {
    const args = [command, modelPath(model), '--chip', chip, '--limit', '600', '--workers', '2', '--json'];
    const result = reproducible(bundled(...args));
    expect(result).toMatchObject({ code: 0, samples: 600, mismatches: 0 });
    expect(result).toEqual(reproducible(modules(...args)));
  });

  it('starts the threads of sweeps', () => {
    const args = [
      'sweep',
      modelPath('mnist-5core'),
      '--distortion',
      'dead_neuron',
      '--levels',
      '0,0.1',
      '--chips',
      '2',
    ];
    const limits = ['--limit', '100', '--workers', '2', '--json'];
    expect(reproducible(bundled(...args, ...limits))).toEqual(reproducible(modules(...args, ...limits)));
  });

  it('carries the licences of the packages it contains', () => {
    const licences = readFileSync(join(bundle, 'LICENSES.txt'), 'utf8');
    for (const name of ['commander', 'msgpackr', 'ts-pattern', 'zod']) expect(licences).toContain(`${name}\n`);
    expect(licences.match(/copyright/gi)?.length).toBeGreaterThanOrEqual(4);
  });
});
