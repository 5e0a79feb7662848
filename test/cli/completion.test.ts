import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CATALOGUE } from '../../src/cli/catalogue.js';
import { SHELLS } from '../../src/cli/completion/scripts.js';
import { namedCommands, wholeProgram } from '../../src/cli/whole-program.js';
import { cli, SETTING, temporaryFolder } from './harness.js';

const folder = temporaryFolder();
const has = (shell: string): boolean => spawnSync(shell, ['--version']).status === 0;
const scripts = new Map<string, string>();
for (const shell of SHELLS) {
  const path = folder.at(`lodestone.${shell}`);
  writeFileSync(path, (await cli(['completion', shell])).out);
  scripts.set(shell, path);
}

/** What bash offers for the last word of a command line. */
function completed(...words: readonly string[]): readonly string[] {
  const list = ['lodestone', ...words].map((word) => `'${word}'`).join(' ');
  const script = `source '${scripts.get('bash')}'; COMP_WORDS=(${list}); COMP_CWORD=${words.length}; _lodestone; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { status, stdout, stderr } = spawnSync('bash', ['-c', script], { cwd: folder.at('.'), encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
  return stdout.split('\n').filter((word) => word !== '');
}

describe.skipIf(!has('bash'))('completion in bash', () => {
  it('knows every command, those of groups too', () => {
    expect([...completed('')].sort()).toEqual(CATALOGUE.map(({ name }) => name).sort());
    expect(completed('study', '')).toEqual(['robustness', 'report']);
    expect(completed('data', 'fe')).toEqual(['fetch']);
  });

  it('knows every option of every command', async () => {
    for (const { name, command } of namedCommands(await wholeProgram(SETTING))) {
      const offered = completed(...name.split(' '), '--');
      expect(offered, name).toEqual(expect.arrayContaining(command.options.map(({ long }) => long)));
    }
    expect(completed('run', 'x.lsp', '--lim')).toEqual(['--limit']);
  });

  it('knows choices, chips, presets, faults and data sets', () => {
    expect(completed('run', '--chip', '')).toEqual(['truenorth', 'northpole', 'ranc']);
    expect(completed('compile', '--objective', '')).toEqual(['cores', 'latency', 'coreTicks']);
    expect(completed('run', '--spec', 'northpole-s')).toEqual(['northpole-small']);
    expect(completed('run', '--noise', 'stuck_')).toEqual(['stuck_at_0=', 'stuck_at_1=']);
    expect(completed('sweep', '--distortion', 'down_c')).toEqual(['down_cores', 'down_chips']);
    expect(completed('data', 'fetch', 'mni')).toEqual(['mnist']);
    expect(completed('run', '--data', 'fash')).toEqual(['fashion-mnist']);
    expect(completed('completion', '')).toEqual([...SHELLS]);
    expect(completed('run', '--limit', '')).toEqual([]);
  });

  it('offers files where one is read or written', () => {
    writeFileSync(folder.at('own model.lsn'), '');
    writeFileSync(folder.at('own.yaml'), '');
    expect(completed('inspect', 'own.')).toEqual(['own.yaml']);
    expect(completed('run', '--spec', 'own.')).toEqual(['own.yaml']);
    expect(completed('compile', 'x', '-o', 'own.')).toEqual(['own.yaml']);
  });
});

describe.each(['bash', 'zsh', 'fish'])('the script for %s', (shell) => {
  it.skipIf(!has(shell))('is understood by the shell', () => {
    const { status, stderr } = spawnSync(shell, ['-n', scripts.get(shell) ?? ''], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
  });
});
