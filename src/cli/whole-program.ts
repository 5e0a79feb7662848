/** The program with every command loaded: for what needs all of them at once, as tables, completion and tests do. */
import { Command, type Option } from 'commander';
import { REGISTRY } from '../chips/registry.js';
import { CATALOGUE } from './catalogue.js';
import type { CommandSetting } from './command-entry.js';
import { addSharedOptions } from './shared-options.js';

/** All commands, and commands of groups, with every option they have. */
export async function wholeProgram(setting: CommandSetting): Promise<Command> {
  const program = new Command('lodestone');
  for (const { add } of CATALOGUE) await add(program, setting);
  addSharedOptions(program);
  return program;
}

/** A command by all its words, for example `study report`. */
export interface NamedCommand {
  readonly name: string;
  readonly command: Command;
}

/** The commands of a program that do something. */
export function namedCommands(program: Command): readonly NamedCommand[] {
  const under = (command: Command, words: readonly string[]): readonly NamedCommand[] =>
    command.commands.length === 0
      ? [{ name: words.join(' '), command }]
      : command.commands.flatMap((child) => under(child, [...words, child.name()]));
  return under(program, []);
}

/** An option as several commands have it. */
export interface NamedOption {
  /** `--limit`. */
  readonly flag: string;
  /** `--limit <n>`. */
  readonly usage: string;
  /** The forms of it, one for each command. */
  readonly uses: readonly { readonly name: string; readonly option: Option }[];
}

/** Every option of every command, by its flag. */
export function namedOptions(program: Command): readonly NamedOption[] {
  const all = namedCommands(program).flatMap(({ name, command }) =>
    command.options.map((option) => ({ name, option, flag: option.long ?? option.flags })),
  );
  const flags = [...new Set(all.map(({ flag }) => flag))].sort();
  return flags.map((flag) => {
    const uses = all.filter((one) => one.flag === flag);
    return { flag, usage: uses[0]?.option.flags ?? flag, uses };
  });
}

/** What an option means, without what a command or chip adds in parentheses: defaults, names, chips. */
export const meaningOf = ({ description }: Option): string =>
  description.replace(OF_CHIPS, '').replaceAll(/ \((?:[^()]|\([^()]*\))*\)/g, '');

/** The chips that have an option, before what it means. */
const OF_CHIPS = new RegExp(`^(?:(?:${REGISTRY.map(({ name }) => name).join('|')})(?:, |: ))+`);
