import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { cli, modelPath, temporaryFolder } from './harness.js';

const folder = temporaryFolder();
const main = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));
const model = modelPath('mnist-5core');

/** The built program with standard input and output of its own: in a test's process they are the runner's. */
function lodestone(args: readonly string[], input?: Uint8Array) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    ...(input === undefined ? {} : { input }),
    maxBuffer: 1 << 28,
  });
  return { code: status, out: new Uint8Array(stdout), text: String(stdout), err: String(stderr) };
}

describe('the path -', () => {
  it('is standard output where a file is written: bytes only, text on standard error', async () => {
    const path = folder.at('five.lsp');
    expect((await cli(['compile', model, '-o', path])).code).toBe(0);
    for (const more of [[], ['--json']]) {
      const piped = lodestone(['compile', model, '-o', '-', ...more]);
      expect(piped.code).toBe(0);
      expect(piped.out).toEqual(new Uint8Array(readFileSync(path)));
      expect(piped.err).toContain('cores');
    }
    const failed = lodestone(['compile', folder.at('none.lsn'), '-o', '-', '--json']);
    expect(failed).toMatchObject({ code: 1, text: '', err: expect.stringContaining('"file-missing"') });
  });

  it('is standard input where a file is read: a pipe gives what files give', async () => {
    const piped = lodestone(['run', '-', '--limit', '10'], lodestone(['compile', model, '-o', '-']).out);
    const { out } = await cli(['run', folder.at('five.lsp'), '--limit', '10']);
    const withoutTime = (text: string): string => text.replace(/^time {2}.*$/m, '');
    expect(piped.code).toBe(0);
    expect(withoutTime(piped.text)).toBe(withoutTime(out));
    expect(lodestone(['inspect', '-'], readFileSync(model)).text).toBe((await cli(['inspect', model])).out);
  });

  it('is read once, is no folder, and is checked as files are', async () => {
    expect(lodestone(['inspect', '-'], new Uint8Array([1, 2, 3]))).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^error\[.*\] -: /),
    });
    expect(await cli(['diff', '-', '-'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('error[input-twice] -: '),
    });
    const ranc = await cli(['ranc', 'export', model, '-o', '-']);
    expect(ranc.err).toContain('a folder is written, and standard output is none');
  });
});

describe('--quiet', () => {
  it('leaves only results and errors', async () => {
    const path = folder.at('quiet.lsp');
    const loud = await cli(['compile', model, '-o', path]);
    expect(loud.err).toContain('program written to');
    expect(await cli(['compile', model, '-o', path, '--quiet'])).toEqual({ ...loud, err: '' });
    const run = await cli(['run', path, '--limit', '4', '--quiet'], { isTerminal: true });
    expect(run).toMatchObject({ code: 0, err: '', out: expect.stringContaining('accuracy') });
    expect((await cli(['inspect', 'none.lsn', '--quiet'])).err).toContain('error[file-missing]');
  });
});

describe('colours', () => {
  const on = { colours: { out: true, err: true } };
  const RED = '\u001b[31m';

  it('mark errors on terminals, and nothing in pipes or with --no-color', async () => {
    expect((await cli(['inspect', 'none.lsn'], on)).err).toContain(`${RED}error\u001b[39m[file-missing]`);
    expect((await cli(['inspect', 'none.lsn', '--no-color'], on)).err).not.toContain('\u001b');
    expect((await cli(['inspect', 'none.lsn'])).err).not.toContain('\u001b');
  });

  it('mark samples that differ from the integer network', async () => {
    const args = ['run', model, '--limit', '20', '--noise', 'ber=0.2'];
    expect((await cli(args, on)).out).toMatch(/^mismatches +\u001b\[31m[1-9]\d* samples differ/m);
    expect((await cli(['run', model, '--limit', '4'], on)).out).not.toContain('\u001b');
  });
});
