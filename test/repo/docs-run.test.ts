/**
 * Every command and every TypeScript snippet of the documentation, as it is printed: run in a folder that holds `examples` and what earlier
 * commands of the page wrote there. Which are not run stands in the pages, with the reason (test/support/page-fences.ts); of these, and of
 * commands within sentences, command and options must exist.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { cli } from '../cli/harness.js';
import { commandsOf, type PageCommand, shellCommands, toolWords } from '../support/page-commands.js';
import { type Fence, fencesOf } from '../support/page-fences.js';
import { runSnippet, snippetErrors } from '../support/page-snippets.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const scripts = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))).scripts;

const PAGES = [
  ...['README.md', 'CONTRIBUTING.md'],
  ...['docs', 'examples'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.md'))
      .map((path) => `${folder}/${path}`),
  ),
];

/** What a command left. */
interface Outcome {
  readonly code: number;
  readonly out: string | Buffer;
  readonly err: string;
}

/** Runs a command in the current folder; one that uses standard streams (`-`) as a process, after `input`. */
async function run({ words }: PageCommand, input: string | Buffer): Promise<Outcome> {
  if (words[0] === 'npm') {
    const [, script, args] = npmScript(words);
    const [program, file = '', ...own] = script.split(' ');
    expect(program, script).toBe('node');
    return runBuilt(file, [...own, ...args], '');
  }
  expect(words.slice(0, 2).join(' '), 'other programs are not run').toMatch(/^(npx )?lodestone/);
  if (words.includes('-')) return runBuilt('dist/src/cli/main.js', toolWords(words), input);
  return cli(toolWords(words));
}

function runBuilt(file: string, args: readonly string[], input: string | Buffer): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, file), ...args], { input });
  return { code: status ?? -1, out: stdout, err: stderr.toString() };
}

/** What `npm start`, `npm test` and `npm run NAME -- ...` stand for. */
function npmScript(words: readonly string[]): readonly [string, string, readonly string[]] {
  const [, first = '', second = ''] = words;
  const name = first === 'run' ? second : first;
  expect(Object.keys(scripts), words.join(' ')).toContain(name);
  const args = words.slice(first === 'run' ? 3 : 2).filter((word) => word !== '--');
  return [name, scripts[name] ?? '', args];
}

const helps = new Map<string, Promise<string>>();
/** The help of a command, shared. */
function helpOf(path: readonly string[]): Promise<string> {
  const key = path.join(' ');
  const known = helps.get(key) ?? cli([...path, '--help']).then(({ out }) => out);
  helps.set(key, known);
  return known;
}

/** A command, whatever its values, and its options are in a help text. */
async function expectKnown(words: readonly string[]): Promise<void> {
  const plain = words.flatMap((word) => word.replaceAll(/[[\]]/g, '').split('|'));
  const path: string[] = [];
  for (const word of plain) {
    const listed = (await helpOf(path)).split('Commands:')[1] ?? '';
    if (!new RegExp(`^  ${word.replaceAll(/\W/g, '.')}\\b`, 'm').test(listed)) break;
    path.push(word);
  }
  expect(path.length, `lodestone ${words.join(' ')}: no such command`).toBeGreaterThan(0);
  const help = await helpOf(path);
  for (const option of plain.filter((word) => /^--?[a-z]/.test(word))) {
    expect(help, words.join(' ')).toMatch(new RegExp(`(^|[\\s,])${option}\\b(?!-)`, 'm'));
  }
}

/** Every line of a block is one that was printed; `...` stands for any text, a line of it for any lines. */
function expectPrinted(lines: readonly string[], printed: string): void {
  for (const line of lines.filter((text) => text.trim() !== '' && text !== '...')) {
    const pattern = line.split('...').map((text) => text.trimEnd().replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    expect(printed).toMatch(new RegExp(`^${pattern.join('.*')}\\s*$`, 'm'));
  }
}

/** The page's folder becomes the current one while its tests run. */
function useFolder(): void {
  const before = process.cwd();
  const folder = mkdtempSync(join(tmpdir(), 'lodestone-docs-'));
  beforeAll(() => {
    symlinkSync(join(ROOT, 'examples'), join(folder, 'examples'));
    process.chdir(folder);
  });
  afterAll(() => {
    process.chdir(before);
    rmSync(folder, { recursive: true, force: true });
  });
}

describe.each(PAGES)('%s', (page) => {
  const text = readFileSync(join(ROOT, page), 'utf8');
  const fences = fencesOf(text);
  const printed = new Map<string, string>();
  let last: string | Buffer = '';
  useFolder();

  for (const fence of fences) {
    if (fence.file !== undefined) {
      const name = fence.file;
      it(`${fence.line}: writes ${name}`, () => {
        mkdirSync(dirname(name), { recursive: true });
        writeFileSync(name, `${fence.lines.join('\n')}\n`);
      });
    }
    if (fence.language === 'ts') testSnippet(fence);
    if (fence.language === 'sh') commandsOf(fence).forEach(testCommand);
    if (fence.printedBy !== undefined) {
      const command = fence.printedBy;
      it(`${fence.line}: shows what ${command} prints`, () => {
        expectPrinted(fence.lines, printed.get(command) ?? `(${command} was not run)`);
      });
    }
  }

  function testSnippet({ line, lines }: Fence): void {
    it(`${line}: the snippet has no type errors and runs`, () => {
      expect(snippetErrors(lines.join('\n'), ROOT)).toEqual([]);
      const { code, err } = runSnippet(lines.join('\n'), ROOT);
      expect({ code, err }).toEqual({ code: 0, err: '' });
    });
  }

  function testCommand(command: PageCommand): void {
    const { line, text: shown, words, output, notRun } = command;
    if (notRun === undefined) {
      it(`${line}: ${shown}`, async () => {
        const { code, out, err } = await run(command, command.isPiped ? last : '');
        expect({ code, err: code === 0 ? '' : err }, shown).toEqual({ code: 0, err: '' });
        if (output !== undefined) writeFileSync(output, out);
        printed.set(shown, out.toString());
        last = out;
      });
    } else {
      it(`${line}: ${shown} (${notRun}) names what there is`, async () => {
        if (words[0] === 'npm' && words[1] !== 'ci') npmScript(words);
        if (words.includes('lodestone')) await expectKnown(toolWords(words));
      });
    }
  }

  it('marks blocks of commands as sh', () => {
    const others = fences.filter(
      ({ language, lines }) => language !== 'sh' && lines.some((l) => /^(npx |npm |lodestone )/.test(l)),
    );
    expect(others.map(({ line }) => line)).toEqual([]);
  });

  it('names only commands and options that exist within sentences', async () => {
    const outside = text.replaceAll(/^```[^]*?^```/gm, '');
    for (const [, inline = ''] of outside.matchAll(/`((?:npx )?lodestone [a-z][^`]*)`/g)) {
      for (const { words } of shellCommands(inline.replaceAll('...', '').replaceAll(';', ','))) {
        if (words.includes('lodestone')) await expectKnown(toolWords(words));
      }
    }
  });
});
