/** The options that chips contribute to the commands that compile and run. */
import { type Command, Option } from 'commander';
import type { Chip, ChipOption } from '../chips/chip.js';
import { CHIPS } from '../chips/installed.js';
import { type Diagnostic, errorAt, throwIfErrors } from '../common/diagnostics.js';
import { optionFlag } from '../common/option-flag.js';
import { chipNamed } from '../flow/chip-named.js';
import type { OptionValues } from '../flow/deploy.js';
import { withImportOptions } from './import-options.js';
import type { LoadOptions } from './load.js';
import { readBytes } from './io.js';
import { CHIP_FLAG, CHIP_TEXT, withAllowCode } from './own-chip-option.js';
import { RepeatableOption } from './repeated-options.js';
import { chipOfSpec, type NamedSpec, namedSpec } from './spec-option.js';

/** What an option is about: how a model is compiled, or the chip a program runs on. */
type Part = 'options' | 'damages';

/** What `--chip` and `--spec` say. */
export interface ChipChoice {
  readonly chip: string;
  readonly spec?: string;
}

/** Which parts a command takes. */
export interface ChipOptionsOf {
  readonly chips?: readonly Chip[] | undefined;
  /** What a run is damaged by, beside what compiling takes. */
  readonly damages?: boolean;
}

/** A flag of one or more chips. */
interface SharedOption {
  readonly option: ChipOption;
  readonly chips: readonly Chip[];
}

/** Adds --spec. */
export function withSpec(command: Command, chips: readonly Chip[]): Command {
  const presets = chips.flatMap(({ specs }) => Object.keys(specs.presets));
  return command.option(
    '--spec <file>',
    `the chip: a preset (${presets.join(', ')}) or a YAML file (lodestone chip NAME --yaml)`,
  );
}

/**
 * Adds --chip where there is a choice, --spec, every option of every chip that the command does not have by itself (a command of one chip
 * passes that chip), and those of imports: what compiles a model reads models of other tools.
 */
export function withChipOptions(command: Command, { chips = CHIPS, damages = false }: ChipOptionsOf = {}): Command {
  const names = chips.map(({ name }) => name);
  if (chips.length > 1) {
    withAllowCode(command.option(CHIP_FLAG, `${CHIP_TEXT} (of ${names.join(', ')})`, names[0]));
  }
  withSpec(command, chips);
  for (const part of damages ? (['options', 'damages'] as const) : (['options'] as const)) {
    for (const { option, chips: own } of sharedOptions(chips, part)) {
      if (command.options.some((known) => known.attributeName() === option.key)) continue;
      const { argument, choices } = option;
      const words = choices === undefined ? '' : ` (${choices.join(', ')})`;
      const of = own.length === chips.length ? '' : `${own.map(({ name }) => name).join(', ')}: `;
      const flag = argument === undefined ? optionFlag(option.key) : `${optionFlag(option.key)} ${argument}`;
      const help = `${of}${option.help}${words}`;
      command.addOption(option.isRepeatable === true ? new RepeatableOption(flag, help) : new Option(flag, help));
    }
  }
  return withImportOptions(command);
}

/** Options by their flags, each with the chips that have it. */
function sharedOptions(chips: readonly Chip[], part: Part): readonly SharedOption[] {
  const all = chips.flatMap((chip) => chip[part].map((option) => ({ chip, option })));
  return [...new Set(all.map(({ option }) => option.key))].flatMap((key) => {
    const own = all.filter(({ option }) => option.key === key);
    return own[0] === undefined ? [] : [{ option: own[0].option, chips: own.map(({ chip }) => chip) }];
  });
}

/**
 * The values of the options that were given, as the chip reads them. Exit code 2 for a text that is none; @throws UserError for options of other
 * chips, and for files that cannot be read
 */
export async function chipOptionValues(
  command: Command,
  chip: Chip,
  part: Part,
  chips: readonly Chip[] = CHIPS,
): Promise<OptionValues> {
  const values: Record<string, unknown> = {};
  const foreign: Diagnostic[] = [];
  const files: {
    readonly key: string;
    readonly path: string;
    readonly read: NonNullable<ChipOption['readProgram']>;
  }[] = [];
  for (const { option, chips: own } of sharedOptions(chips, part)) {
    if (command.getOptionValueSource(option.key) !== 'cli') continue;
    const given: unknown = command.getOptionValue(option.key);
    const known = chip[part].find(({ key }) => key === option.key);
    if (known === undefined) {
      // An option that the command itself has is not the chip's alone.
      if (isOwn(command, option, own, chips)) continue;
      const others = own.map(({ title }) => title).join(' and ');
      const place = typeof given === 'string' ? `${optionFlag(option.key)} ${given}` : optionFlag(option.key);
      const message = `${chip.title} have no such option, only ${others}`;
      foreign.push(errorAt('option-of-another-chip', place, message, 'leave the option out'));
      continue;
    }
    if (Array.isArray(given)) values[option.key] = given.map((text) => readText(command, known, String(text)));
    else if (typeof given !== 'string') values[option.key] = given;
    else if (known.readProgram === undefined) values[option.key] = readText(command, known, given);
    else files.push({ key: option.key, path: given, read: known.readProgram });
  }
  throwIfErrors(foreign);
  for (const { key, path, read } of files) values[key] = read({ bytes: await readBytes(path, 'program'), place: path });
  return values;
}

/** The value of one text. Exit code 2 where it is none */
function readText(command: Command, option: ChipOption, given: string): unknown {
  const read = option.read(given);
  if ('value' in read) return read.value;
  const flag = `${optionFlag(option.key)}${option.argument === undefined ? '' : ` ${option.argument}`}`;
  return command.error(`error: option '${flag}' argument '${given}' is invalid. ${read.problem}`, {
    code: 'commander.invalidArgument',
  });
}

/** Whether a command has an option for reasons of its own: it was there before the chips added theirs, and so was parsed by it. */
const isOwn = (command: Command, { key }: ChipOption, own: readonly Chip[], chips: readonly Chip[]): boolean =>
  own.length < chips.length && !isText(command.getOptionValue(key));

/** What is given as text, once or several times. */
const isText = (value: unknown): boolean => typeof value === 'string' || Array.isArray(value);

/** Whether the command has the option for more than compiling: it is parsed by it, as seeds are. */
const isParsed = (command: Command, key: string): boolean => typeof command.getOptionValue(key) === 'number';

/** @throws UserError with every option that says how a model is compiled, for a file that is a program already */
function refuseCompileOptions(command: Command, path: string, chips: readonly Chip[] = CHIPS): void {
  // A chip of a user is named so that its programs are known.
  const isOwn = chips.some(({ name, file }) => file !== undefined && name === command.getOptionValue('chip'));
  const keys = [...(isOwn ? [] : ['chip']), 'spec', ...sharedOptions(chips, 'options').map(({ option }) => option.key)];
  throwIfErrors(
    keys
      .filter((key) => command.getOptionValueSource(key) === 'cli' && !isParsed(command, key))
      .map((key) => {
        const message = `${path} is a program: it was compiled already, for its own chip`;
        return errorAt('option-of-a-model', optionFlag(key), message, 'leave the option out, or pass the model');
      }),
  );
}

/** What `--chip` and `--spec` choose together. */
export interface ChosenChip {
  readonly chip: Chip;
  /** What `--spec` names, read. */
  readonly named?: NamedSpec | undefined;
}

/**
 * The chip of `--chip`; without it that of `--spec`: of the preset, or of the base of its file; else the first one. @throws UserError with the nearest
 * known name
 */
export async function chipOf(
  command: Command,
  { chip, spec }: ChipChoice,
  chips: readonly Chip[] = CHIPS,
): Promise<ChosenChip> {
  const isGiven = command.getOptionValueSource('chip') === 'cli';
  const kind = chipNamed(chip, chips, `--chip ${chip}`);
  if (spec === undefined) return { chip: kind };
  const named = await namedSpec(spec, chips);
  return { chip: isGiven ? kind : chipOfSpec(named, chips), named };
}

/** How a command compiles the model of a path, by its options. */
export interface Compiling {
  readonly command: Command;
  readonly path: string;
  readonly chip: Chip;
  /** What `--spec` names, where it was read to find the chip. */
  readonly named?: NamedSpec | undefined;
  /** Where the command has --seed for reasons of its own. */
  readonly seed?: number;
  readonly chips?: readonly Chip[];
}

/** What the options of {@link withChipOptions} say to a loader; they are refused for a file that is a program already. */
export function compileAsked({ command, path, chip, named, seed, chips = CHIPS }: Compiling): LoadOptions {
  const spec: unknown = command.getOptionValue('spec');
  // A seed nobody gave is the chip's own, and no part of how the program was compiled.
  const given = command.getOptionValueSource('seed') === 'cli' ? seed : undefined;
  return {
    ...{ chip, chips, spec: named ?? (typeof spec === 'string' ? spec : undefined) },
    values: async () => ({
      ...(given === undefined ? {} : seedFor(chip, given)),
      ...(await chipOptionValues(command, chip, 'options', chips)),
    }),
    command,
    onProgram: () => refuseCompileOptions(command, path, chips),
  };
}

/** The seed of the command, for chips that draw when they compile. */
const seedFor = (chip: Chip, seed: number): { readonly seed?: number } =>
  chip.options.some(({ key }) => key === 'seed') ? { seed } : {};
