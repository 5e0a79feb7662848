import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
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
    expect(completed('compile', '--objective', '')).toEqual(['cores', 'latency', 'coreTicks', 'energy', 'robustness']);
    expect(completed('run', '--spec', 'northpole-s')).toEqual(['northpole-small']);
    expect(completed('run', '--noise', 'stuck_')).toEqual(['stuck_at_0=', 'stuck_at_1=']);
    expect(completed('sweep', '--distortion', 'down_c')).toEqual(['down_cores', 'down_chips']);
    expect(completed('data', 'fetch', 'mni')).toEqual(['mnist']);
    expect(completed('run', '--data', 'fash')).toEqual(['fashion-mnist']);
    expect(completed('completion', '')).toEqual([...SHELLS]);
    expect(completed('run', '--limit', '')).toEqual([]);
    // Bash makes three words of --chip=x.
    expect(completed('run', '--chip', '=', 'nor')).toEqual(['northpole']);
    expect(completed('run', '--chip', '=')).toEqual(['truenorth', 'northpole', 'ranc']);
  });

  it('offers files where one is read or written', () => {
    writeFileSync(folder.at('own model.lsn'), '');
    writeFileSync(folder.at('own.yaml'), '');
    expect(completed('inspect', 'own.')).toEqual(['own.yaml']);
    expect(completed('inspect', 'own')).toEqual(expect.arrayContaining(['own model.lsn', 'own.yaml']));
    expect(completed('run', '--spec', 'own.')).toEqual(['own.yaml']);
    expect(completed('compile', 'x', '-o', 'own.')).toEqual(['own.yaml']);
  });
});

/** Command lines, and what each is after the completion of its last word, whatever the shell. */
const TYPED: readonly (readonly [typed: string, completed: string])[] = [
  ['lodestone ins', 'lodestone inspect'],
  ['lodestone study re', 'lodestone study report'],
  ['lodestone run x.lsp --lim', 'lodestone run x.lsp --limit'],
  ['lodestone run --chip nor', 'lodestone run --chip northpole'],
  ['lodestone run --chip=nor', 'lodestone run --chip=northpole'],
  ['lodestone compile m.lsn --objective lat', 'lodestone compile m.lsn --objective latency'],
  ['lodestone sweep m.lsn --distortion down_co', 'lodestone sweep m.lsn --distortion down_cores'],
  ['lodestone run --noise stuck_at_0', 'lodestone run --noise stuck_at_0='],
  ['lodestone data fetch fash', 'lodestone data fetch fashion-mnist'],
  ['lodestone inspect typed', 'lodestone inspect typed\\ in.lsn'],
  ['lodestone inspect below/', 'lodestone inspect below/deep.lsn'],
  ['lodestone compile x -o typed', 'lodestone compile x -o typed\\ in.lsn'],
  ['lodestone study report bel', 'lodestone study report below/'],
];

beforeAll(() => {
  writeFileSync(folder.at('typed in.lsn'), '');
  mkdirSync(folder.at('below'), { recursive: true });
  writeFileSync(folder.at('below/deep.lsn'), '');
});

describe.skipIf(!has('zsh'))('completion in zsh', () => {
  it('completes commands, options, values and files that are typed in an interactive shell', () => {
    // A shell in a terminal of its own, with a key that notes the line as it is and clears it.
    const setup = [
      'PS1="> "; autoload -U compinit; compinit -u -D; zstyle ":completion:*" menu no; unsetopt list_beep',
      `note() { print -r -- "$BUFFER" >> noted; zle kill-whole-line }; zle -N note; bindkey "^X" note`,
      `source '${scripts.get('zsh')}'`,
    ];
    // Keys that come before the shell reads keys would be lines, so each line waits for the one before.
    const wait = (until: string): string =>
      `for k in {1..400}; do zpty -r -t z line; [[ -e noted && $(wc -l < noted) -ge ${until} ]] && break; sleep 0.02; done`;
    const keys = TYPED.flatMap(([typed], i) => [`zpty -w -n z '${typed}'$'\\t\\x18'`, wait(`${i + 2}`)]);
    writeFileSync(
      folder.at('typing.zsh'),
      [
        'zmodload zsh/zpty',
        'zpty z zsh -f -i',
        ...[...setup, 'print ready > noted'].map((line) => `zpty -w z '${line.replaceAll("'", "'\\''")}'`),
        wait('1'),
        'sleep 0.2',
        ...keys,
        'zpty -d z',
      ].join('\n'),
    );
    const { status, stderr } = spawnSync('zsh', ['-f', 'typing.zsh'], {
      ...{ cwd: folder.at('.'), encoding: 'utf8', timeout: 30_000 },
    });
    expect([status, stderr]).toEqual([0, '']);
    const noted = readFileSync(folder.at('noted'), 'utf8').split('\n').slice(1, -1);
    expect(noted.map((line) => line.trimEnd())).toEqual(TYPED.map(([, whole]) => whole));
  });
});

describe.skipIf(!has('fish'))('completion in fish', () => {
  it('offers what completes commands, options, values and files', () => {
    for (const [typed, whole] of TYPED) {
      const script = `source '${scripts.get('fish')}'; complete -C '${typed}'`;
      const { status, stdout, stderr } = spawnSync('fish', ['--no-config', '-c', script], {
        ...{ cwd: folder.at('.'), encoding: 'utf8' },
      });
      expect([status, stderr]).toEqual([0, '']);
      const offered = stdout
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => line.split('\t')[0]);
      const last = (line: string): string =>
        line.replaceAll('\\ ', '\0').split(' ').at(-1)?.replaceAll('\0', ' ') ?? '';
      expect(offered, typed).toEqual([last(whole)]);
    }
  });
});

describe.each(['bash', 'zsh', 'fish'])('the script for %s', (shell) => {
  it.skipIf(!has(shell))('is understood by the shell', () => {
    const { status, stderr } = spawnSync(shell, ['-n', scripts.get(shell) ?? ''], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
  });
});
