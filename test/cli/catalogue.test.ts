import { Command, Help } from 'commander';
import { describe, expect, it } from 'vitest';
import { present } from '../../src/common/assert.js';
import { CATALOGUE } from '../../src/cli/catalogue.js';
import { cli, SETTING } from './harness.js';

describe('the catalogue of commands', () => {
  it.each(CATALOGUE)('lists $name as the command describes itself', async ({ name, synopsis, description, add }) => {
    const program = new Command('lodestone');
    await add(program, SETTING);
    expect(program.commands).toHaveLength(1);
    const command = present(program.commands[0], 'command');
    expect(new Help().subcommandTerm(command)).toBe(`${name} ${synopsis}`.trim());
    expect(command.description()).toBe(description);
  });

  it('is what the help of the program shows', async () => {
    const { code, out } = await cli(['--help']);
    expect(code).toBe(0);
    for (const { name, synopsis } of CATALOGUE) expect(out).toContain(`\n  ${`${name} ${synopsis}`.trim()} `);
  });

  it.each([
    ['help', 'run'],
    ['run', '--help'],
  ])('leads to the help of a command: %s %s', async (...words) => {
    const { out } = await cli(words);
    expect(out).toContain('Usage: lodestone run [options] <file>');
    expect(out).toContain('--limit <n>');
  });

  it('knows near names of commands that are not loaded', async () => {
    expect(await cli(['rnu', 'x.lsp'])).toMatchObject({ code: 2, err: expect.stringContaining('Did you mean run?') });
  });
});
