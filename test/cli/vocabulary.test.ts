import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { withRegion } from '../../src/common/marked-region.js';
import { optionTable } from '../../src/cli/option-table.js';
import { meaningOf, namedCommands, namedOptions, wholeProgram } from '../../src/cli/whole-program.js';
import { cli, modelPath, SETTING, temporaryFolder } from './harness.js';

const program = await wholeProgram(SETTING);
const options = namedOptions(program);
const commands = namedCommands(program);
const commandsWith = (flag: string): readonly string[] =>
  (options.find((one) => one.flag === flag)?.uses ?? []).map(({ name }) => name).sort();

describe('an option', () => {
  it.each(options)('$flag has one argument and one meaning in every command', ({ flag, uses }) => {
    // What -o writes is the command's: a file, or a folder.
    const usages = uses.map(({ option }) => option.flags.replace(/(?<=--output )<(file|folder)>/, '<place>'));
    expect(new Set(usages).size).toBe(1);
    if (flag !== '--output') expect([...new Set(uses.map(({ option }) => meaningOf(option)))]).toHaveLength(1);
  });

  it('has one short form at most, which no other has', () => {
    const shorts = options.map(({ uses }) => [...new Set(uses.map(({ option }) => option.short))]);
    expect(shorts.every((forms) => forms.length === 1)).toBe(true);
    const used = shorts.flat().filter((short) => short !== undefined);
    expect(new Set(used).size).toBe(used.length);
  });

  it('is in the table of docs/command-line.md, with its commands', () => {
    const page = 'docs/command-line.md';
    const text = readFileSync(page, 'utf8');
    expect(withRegion(text, page, 'table of options', optionTable(program))).toBe(text);
  });
});

describe('--seed and --workers', () => {
  it('are where something is drawn, and where threads are used', () => {
    const drawing = [
      'check',
      'compare',
      'compile',
      'conform fuzz',
      'conform record',
      'probe',
      'ranc export',
      'run',
      'sums',
      'sweep',
      'timing',
      'train',
      'truenorth export',
    ];
    expect(commandsWith('--seed')).toEqual([...drawing, 'truenorth run'].sort());
    expect(commandsWith('--workers')).toEqual([
      'compare',
      'explore',
      'quantize',
      'run',
      'study robustness',
      'sums',
      'sweep',
      'validate',
      'worker',
    ]);
  });
});

describe('the help of every command', () => {
  const groups = program.commands.filter((command) => command.commands.length > 0).map((command) => command.name());
  it.each([...groups, ...commands.map(({ name }) => name)])('shows the exit codes: %s', async (name) => {
    const { code, out } = await cli([...name.split(' '), '--help']);
    expect(code).toBe(0);
    expect(out).toContain(`Usage: lodestone ${name} `);
    expect(out.match(/^Exit codes:$/gm)).toHaveLength(1);
  });
});

describe('options without effect', () => {
  const folder = temporaryFolder();
  const check = async (args: readonly string[], code: string, place: string): Promise<void> => {
    const { out } = await cli([...args, '--json']);
    expect(JSON.parse(out)).toMatchObject({ errors: [{ code, place }] });
  };

  it('of compiling are refused for programs, in commands of one chip too', async () => {
    const path = folder.at('mlp.lsp');
    expect(await cli(['compile', modelPath('mnist-mlp'), '-o', path, '--seed', '3'])).toMatchObject({ code: 0 });
    await check(['run', path, '--chip', 'northpole'], 'option-of-a-model', '--chip');
    await check(['timing', path, '--window', '32'], 'option-of-a-model', '--window');
    await check(['timing', path, '--spec', 'ns1e'], 'option-of-a-model', '--spec');
    await check(['ranc', 'export', path, '-o', folder.at('ranc'), '--window', '8'], 'option-of-a-model', '--window');
    await check(
      ['truenorth', 'export', path, '-o', folder.at('m.json'), '--board', 'ns1e'],
      'option-of-a-model',
      '--board',
    );
  });

  it('of another chip are refused', async () => {
    const model = modelPath('mnist-mlp');
    await check(['compile', model, '--chip', 'northpole', '--seed', '3'], 'option-of-another-chip', '--seed 3');
    await check(['compile', model, '--batch', '3'], 'option-of-another-chip', '--batch 3');
    await check(['run', model, '--chip', 'northpole', '--engine', 'batch'], 'unknown-engine', '--engine batch');
  });

  it('take effect where a model is compiled on the way', async () => {
    const grid = ['--grid', '3x3', '--json', '--limit', '1'];
    const { out } = await cli(['timing', modelPath('mnist-mlp'), ...grid]);
    expect(JSON.parse(out)).toMatchObject({ errors: [{ code: 'chip-too-small' }] });
  });
});
