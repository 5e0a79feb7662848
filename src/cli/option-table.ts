/** The table of docs/command-line.md. */
import type { Command } from 'commander';
import { meaningOf, type NamedOption, namedCommands, namedOptions } from './whole-program.js';

/** Every option with its meaning and the commands that have it; Markdown. */
export function optionTable(program: Command): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`;
  const nCommands = namedCommands(program).length;
  const rows = namedOptions(program).map((option) => {
    const names = option.uses.map(({ name }) => name);
    return [`\`${option.usage}\``, tableMeaning(option), names.length === nCommands ? 'all' : names.join(', ')];
  });
  return [line(['option', 'meaning', 'commands']), `|${'---|'.repeat(3)}\n`, ...rows.map(line)].join('');
}

/** What `-o` writes is the command's own matter. */
export const OUTPUT_MEANING = 'file or folder to write: what it holds is said by the command';

function tableMeaning({ flag, uses }: NamedOption): string {
  if (flag === '--output') return OUTPUT_MEANING;
  const option = uses[0]?.option;
  return option === undefined ? '' : meaningOf(option);
}
