import { spawnSync } from 'node:child_process';
import { readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { CHIPS } from '../../src/chips/installed.js';
import { cli, modelPath, temporaryFolder } from './harness.js';

const folder = temporaryFolder();
const templates = CHIPS.filter(({ specs }) => specs.others !== undefined).map(({ name }) => name);
const path = (like: string): string => folder.at(`my-${like}`);

describe('lodestone new chip', () => {
  it('has every installed chip as a template, and makes one like each', async () => {
    expect(templates).toEqual(expect.arrayContaining(['truenorth', 'northpole']));
    expect((await cli(['new', 'chip', '--help'])).out.replaceAll(/\s+/g, ' ')).toContain(
      `choices: ${templates.map((t) => `"${t}"`).join(', ')}`,
    );
    for (const like of templates) {
      const made = await cli(['new', 'chip', path(like), '--like', like, '--json']);
      expect(made.code, made.err).toBe(0);
      expect(JSON.parse(made.out)).toMatchObject({
        name: `my-${like}`,
        like,
        files: ['chip.js', 'chip.test.js', 'package.json', 'README.md'],
      });
    }
  });

  it('writes chips whose own tests pass, with the package as it is built', () => {
    const files = templates.map((like) => `${path(like)}/chip.test.js`);
    const { status, stdout } = spawnSync(process.execPath, ['--test', ...files], { encoding: 'utf8' });
    expect(status, stdout).toBe(0);
    expect(stdout).toContain(`# pass ${3 * templates.length}\n`);
  });

  it('writes every parameter as a comment: what is taken out of it counts', async () => {
    const file = `${path('truenorth')}/chip.js`;
    const text = readFileSync(file, 'utf8');
    const own = ['--chip', path('truenorth'), '--allow-code'];
    const compile = (...more: string[]) => cli(['compile', modelPath('mnist-mlp'), ...own, ...more, '--json']);
    const coresOf = (out: string): number => JSON.parse(out).cores;
    const before = await compile();
    expect(before.code, before.err).toBe(0);
    // A module is loaded once: the changed chip lies in another folder.
    const changed = folder.at('changed');
    await cli(['new', 'chip', changed, '--like', 'truenorth']);
    writeFileSync(
      `${changed}/chip.js`,
      text.replace(/\/\/ (neuronsPerCore: )256/, '$1128').replaceAll('my-truenorth', 'changed'),
    );
    const after = await cli(['compile', modelPath('mnist-mlp'), '--chip', changed, '--allow-code', '--json']);
    expect(after.code, after.err).toBe(0);
    expect(coresOf(after.out)).toBeGreaterThan(coresOf(before.out));
  });

  it('refuses a folder that holds something, and names that no chip can have', async () => {
    expect(await cli(['new', 'chip', path('truenorth')])).toMatchObject({
      code: 1,
      err: expect.stringContaining('not-empty'),
    });
    expect(await cli(['new', 'chip', folder.at('My Chip')])).toMatchObject({
      code: 1,
      err: expect.stringContaining('bad-name'),
    });
    expect(await cli(['new', 'chip', folder.at('ranc')])).toMatchObject({
      code: 1,
      err: expect.stringContaining('chip-exists'),
    });
    expect(await cli(['new', 'chip', folder.at('x'), '--like', 'nothing'])).toMatchObject({ code: 2 });
  });

  it('says what to do where the package is not found', async () => {
    const lost = folder.at('lost');
    await cli(['new', 'chip', lost]);
    unlinkSync(`${lost}/node_modules/lodestone`);
    const { status, stderr } = spawnSync(
      process.execPath,
      [fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url)), 'chip', '--chip', lost, '--allow-code'],
      { encoding: 'utf8' },
    );
    expect(status).toBe(1);
    expect(stderr).toMatch(/chip-not-loaded[^]*npm link lodestone/);
  });
});
