/** What can be typed, from the commands' own definitions. */
import type { Argument, Command, Option } from 'commander';
import type { Chip } from '../../chips/chip.js';
import { FAULT_NAMES } from '../../ir/faults/catalogue.js';
import { FAULT_MEMORIES } from '../../ir/faults/memories.js';

/** What completes a value: some words, and files or folders where a path is meant. */
export interface Values {
  readonly words: readonly string[];
  readonly paths?: 'files' | 'folders';
}

/** An option; one without values is a switch. */
export interface OptionGrammar {
  /** `-o`, `--output`. */
  readonly flags: readonly string[];
  readonly what: string;
  readonly values?: Values;
}

/** A command or group by its words: `` for the program, `study report`. */
export interface CommandGrammar {
  readonly path: string;
  readonly what: string;
  /** Commands of a group. */
  readonly children: readonly { readonly name: string; readonly what: string }[];
  readonly options: readonly OptionGrammar[];
  /** What completes its arguments. */
  readonly argument: Values;
}

/** Names that are known beside the definitions. */
export interface KnownNames {
  readonly chips: readonly Chip[];
  readonly datasets: readonly string[];
}

/** Every command of a program. */
export function grammarOf(program: Command, names: KnownNames): readonly CommandGrammar[] {
  const under = (command: Command, path: string): readonly CommandGrammar[] => [
    {
      path,
      what: command.description(),
      children: command.commands.map((child) => ({ name: child.name(), what: child.description() })),
      options: [
        ...command.options.map((option) => optionOf(option, names)),
        { flags: ['-h', '--help'], what: 'display help for command' },
      ],
      argument: command.registeredArguments.map((argument) => argumentOf(argument, names))[0] ?? { words: [] },
    },
    ...command.commands.flatMap((child) => under(child, `${path} ${child.name()}`.trim())),
  ];
  return under(program, '');
}

function optionOf(option: Option, names: KnownNames): OptionGrammar {
  const { short, long, description: what, flags } = option;
  const all = [short, long].filter((flag) => flag !== undefined);
  if (!/[<[]/.test(flags)) return { flags: all, what };
  return { flags: all, what, values: valuesOf(option, names) };
}

function valuesOf({ long, flags, argChoices }: Option, { chips, datasets }: KnownNames): Values {
  if (argChoices !== undefined) return { words: argChoices };
  const own = chips.flatMap(({ options, damages }) => [...options, ...damages]);
  const choices = own.find(({ key }) => `--${key}` === long)?.choices;
  if (choices !== undefined) return { words: choices };
  switch (long) {
    case '--chip':
      return { words: chips.map(({ name }) => name) };
    case '--spec':
      return { words: presetsOf(chips), paths: 'files' };
    case '--data':
      return { words: datasets, paths: 'files' };
    case '--distortion':
      return { words: FAULT_NAMES };
    case '--noise':
      return { words: FAULT_NAMES.map((name) => `${name}=`) };
    case '--fault-memories':
      return { words: FAULT_MEMORIES };
    case '--on':
      return { words: ['chip', 'network'] };
    default:
      if (flags.includes('<folder>')) return { words: [], paths: 'folders' };
      return /<(file|spikes)>/.test(flags) ? { words: [], paths: 'files' } : { words: [] };
  }
}

function argumentOf(argument: Argument, { chips, datasets }: KnownNames): Values {
  if (argument.argChoices !== undefined) return { words: argument.argChoices };
  switch (argument.name()) {
    case 'chip':
      return { words: [...chips.map(({ name }) => name), ...presetsOf(chips)], paths: 'files' };
    case 'name':
      return { words: datasets };
    case 'folder':
      return { words: [], paths: 'folders' };
    default:
      return { words: [], paths: 'files' };
  }
}

const presetsOf = (chips: readonly Chip[]): readonly string[] => [
  ...new Set(chips.flatMap(({ specs }) => Object.keys(specs.presets))),
];
