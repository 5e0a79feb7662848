/** Command lines of documentation: as far as they are used there, what a POSIX shell makes of them. */
import type { Fence } from './page-fences.js';

/** One command: words, and where its output goes. */
export interface PageCommand {
  readonly line: number;
  /** As the page has it, without its comment. */
  readonly text: string;
  readonly words: readonly string[];
  /** File behind `>`. */
  readonly output?: string;
  /** It reads what the command before it writes. */
  readonly isPiped: boolean;
  /** Why it is not run. */
  readonly notRun?: string;
}

/** The commands of a block, `a && b` and `a | b` as two. @throws Error for a mark that no command of the block needs */
export function commandsOf(fence: Fence): readonly PageCommand[] {
  const used = new Set<object>();
  const commands = joinedLines(fence).flatMap(({ line, text }) =>
    shellCommands(text).map(({ words, output, isPiped }): PageCommand => {
      const shown = words.join(' ');
      const mark = fence.notRun.find(
        ({ commands: named }) => named.length === 0 || named.some((first) => beginsWith(toolWords(words), first)),
      );
      if (mark !== undefined) used.add(mark);
      return {
        ...{ line, text: shown, words, isPiped },
        ...(output === undefined ? {} : { output }),
        ...(mark === undefined ? {} : { notRun: mark.reason }),
      };
    }),
  );
  for (const mark of fence.notRun) {
    if (!used.has(mark)) throw new Error(`no command of the block is one of ${mark.commands.join(', ')}`);
  }
  return commands;
}

/** Words without `npx`, and without the program's own name. */
export function toolWords(words: readonly string[]): readonly string[] {
  const own = words[0] === 'npx' ? words.slice(1) : words;
  return own[0] === 'lodestone' ? own.slice(1) : own;
}

const beginsWith = (words: readonly string[], first: string): boolean => `${words.join(' ')} `.startsWith(`${first} `);

/** Lines with text; one that is indented goes on with the one before. */
function joinedLines({ line, lines }: Fence): readonly { line: number; text: string }[] {
  const joined: { line: number; text: string }[] = [];
  lines.forEach((text, i) => {
    const last = joined.at(-1);
    if (text.trim() === '' || text.startsWith('#')) return;
    if (last !== undefined && /^\s/.test(text)) last.text += ` ${text.trim()}`;
    else joined.push({ line: line + i, text });
  });
  return joined;
}

interface ShellCommand {
  readonly words: string[];
  output?: string;
  readonly isPiped: boolean;
}

/** Words of a line; a word that begins with `#` ends it. @throws Error for what no page may use: variables, substitutions, other operators */
export function shellCommands(line: string): readonly ShellCommand[] {
  const commands: ShellCommand[] = [{ words: [], isPiped: false }];
  const tokens = line.matchAll(/\s*(?:(#.*$)|(&&)|>\s*([^\s]+)|((?:"[^"$`]*"|'[^']*'|[^\s"'&<>;$`])+)|(\S))/g);
  for (const [, comment, and, output, word, other] of tokens) {
    const last = commands.at(-1)!;
    if (comment !== undefined) break;
    if (other !== undefined || word === '||') throw new Error(`${line}: ${other ?? word} is not understood here`);
    if (and !== undefined || word === '|') commands.push({ words: [], isPiped: word === '|' });
    else if (output !== undefined) last.output = output;
    else if (word !== undefined) last.words.push(word.replaceAll(/"([^"]*)"|'([^']*)'/g, '$1$2'));
  }
  return commands;
}
