import { describe, expect, it } from 'vitest';
import { commandsOf, shellCommands } from '../support/page-commands.js';
import { fencesOf } from '../support/page-fences.js';

const page = (...lines: readonly string[]): string => lines.join('\n');

describe('blocks of a page', () => {
  it('carry the comments right above them, and none from further up', () => {
    const [first, second] = fencesOf(
      page(
        '<!-- not run: far away -->',
        'text',
        '<!-- not run (npm ci,',
        'train): minutes -->',
        '',
        '```sh',
        'npm ci',
        '```',
        '```',
        'x',
        '```',
      ),
    );
    expect(first).toEqual({
      ...{ line: 7, language: 'sh', lines: ['npm ci'] },
      notRun: [{ commands: ['npm ci', 'train'], reason: 'minutes' }],
    });
    expect(second).toEqual({ line: 10, language: '', lines: ['x'], notRun: [] });
  });

  it('are not left out without a reason', () => {
    expect(() => fencesOf(page('<!-- not run -->', '```sh', 'npm ci', '```'))).toThrow('needs a reason');
    expect(() => fencesOf(page('<!-- not run (npm ci): -->', '```sh', 'npm ci', '```'))).toThrow('needs a reason');
  });
});

describe('commands of a block', () => {
  const commands = (...lines: readonly string[]) => commandsOf(fencesOf(page(...lines))[0]!);

  it('are left out by their first words only', () => {
    const found = commands(
      '<!-- not run (npm ci, train): why -->',
      '```sh',
      'npm ci && npm start',
      'npx lodestone train a.yaml',
      '```',
    );
    expect(found.map(({ text, notRun }) => [text, notRun])).toEqual([
      ['npm ci', 'why'],
      ['npm start', undefined],
      ['npx lodestone train a.yaml', 'why'],
    ]);
  });

  it('must include those that a mark names', () => {
    expect(() => commands('<!-- not run (tra): why -->', '```sh', 'npx lodestone train a.yaml', '```')).toThrow('tra');
  });

  it('go on in indented lines, end before #, and may write a file', () => {
    expect(commands('```sh', '# a comment', 'npx lodestone a -x', '  --b "c;d" > e  # f', '```')).toEqual([
      {
        line: 3,
        text: 'npx lodestone a -x --b c;d',
        words: ['npx', 'lodestone', 'a', '-x', '--b', 'c;d'],
        isPiped: false,
        output: 'e',
      },
    ]);
  });

  it('read what the one before the pipe writes', () => {
    expect(
      commands('```sh', 'npx lodestone a -o - | npx lodestone b -', '```').map((c) => [c.text, c.isPiped]),
    ).toEqual([
      ['npx lodestone a -o -', false],
      ['npx lodestone b -', true],
    ]);
  });

  it('use nothing of a shell that the pages do not need', () => {
    for (const line of ['a; b', 'a || b', 'a $B', 'a `b`', 'a < b > c & d'])
      expect(() => shellCommands(line)).toThrow();
  });
});
