/** Options shared by the commands, and how their values are read. */
import { type Command, InvalidArgumentError } from 'commander';
import { type Diagnostic, errorAt, fail, throwIfErrors, UserError } from '../common/diagnostics.js';
import { beyondData } from '../data/asked.js';
import { nearest } from '../common/nearest.js';
import { FAULT_NAMES, type FaultName, isFaultName } from '../ir/faults/catalogue.js';
import { badLevel, isLevel, NO_NOISE, type NoiseSpec, unknownFault } from '../ir/faults/levels.js';
import { FAULT_MEMORIES, type FaultMemory, isFaultMemory } from '../ir/faults/memories.js';
import { type FaultScope, faultScope, SCOPE_PARTS, type ScopePart } from '../ir/faults/scope.js';
import type { CliContext } from './context.js';

/** An option of commands that draw. */
export interface SeedOption {
  readonly seed: number;
}

/** An option of commands that use threads. */
export interface WorkersOption {
  readonly workers: number;
}

/** Options of commands that go over samples. */
export interface DataOptions {
  readonly data: string;
  readonly limit?: number;
}

const MAX_WORKERS = 256;

/** What `--seed` is, wherever something is drawn. */
const SEED_TEXT = 'seed of everything random: the same seed gives the same bits';

/** Adds --seed; `otherwise` says what holds without it, where that is not 1. */
export function withSeed(command: Command, otherwise?: string): Command {
  return otherwise === undefined
    ? command.option('--seed <n>', SEED_TEXT, parseSeed, 1)
    : command.option('--seed <n>', `${SEED_TEXT} (default: ${otherwise})`, parseSeed);
}

/** Adds --workers: threads, or processes where points are measured one by one. */
export const withWorkers = (command: Command, context: CliContext): Command =>
  command.option(
    '--workers <n>',
    'workers side by side; results do not depend on it',
    parseWorkers,
    context.defaultWorkers,
  );

/** Adds --data. */
export const withData = (command: Command): Command => withOwnData(command, 'mnist');

/** Adds --data with another data set, or none, where it is not given. */
export const withOwnData = (command: Command, otherwise?: string): Command =>
  command.option('--data <name>', 'data set: name, file or folder', otherwise);

/** Adds --models; `otherwise` where it is not given. */
export const withModels = (command: Command, otherwise: string): Command =>
  command.option('--models <folder>', `folder of model files (default: ${otherwise})`);

/** Adds --limit; `otherwise` says what holds without it, where that is not all there are. */
export const withLimit = (command: Command, otherwise?: string): Command =>
  command.option(
    '--limit <n>',
    `only the first n samples${otherwise === undefined ? '' : ` (default: ${otherwise})`}`,
    parseLimit,
  );

/** Adds --noise. */
export const withNoise = (command: Command): Command =>
  command.option('--noise <k=v,...>', `noise, for example ber=0.01: ${FAULT_NAMES_TEXT}`);

function parseWhole(text: string, low: number, high: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(value) || value < low || value > high) {
    throw new InvalidArgumentError(`It must be a whole number from ${low} to ${high}.`);
  }
  return value;
}

/** A seed, from 0 on. */
export const parseSeed = (text: string): number => parseWhole(text, 0, Number.MAX_SAFE_INTEGER);
const parseWorkers = (text: string): number => parseWhole(text, 1, MAX_WORKERS);
/** A whole number of samples; zero is refused later with a diagnostic, see {@link checkLimit}. */
export const parseLimit = (text: string): number => parseWhole(text, 0, Number.MAX_SAFE_INTEGER);
/** Bits of a potential, 2..32. */
export const parsePotentialBits = (text: string): number => parseWhole(text, 2, 32);
/** A whole number of points, 1..100,000. */
export const parsePoints = (text: string): number => parseWhole(text, 1, 100_000);
/** A whole number of chips, 1..10,000. */
export const parseChips = (text: string): number => parseWhole(text, 1, 10_000);

/** Reads `0,5,17`: whole numbers from 0 on, each once. */
export const parseNumbers = (text: string): readonly number[] =>
  distinct(text.split(',').map((part) => parseWhole(part.trim(), 0, 1 << 24)));

/** What is named twice in a list is a mistake in typing more often than not. */
function distinct<T>(list: readonly T[]): readonly T[] {
  const twice = list.find((item, i) => list.indexOf(item) !== i);
  if (twice !== undefined) throw new InvalidArgumentError(`${String(twice)} is in the list twice.`);
  return list;
}

/** Options that say where faults are. */
export interface ScopeOptions {
  readonly protectedBits?: readonly number[];
  readonly faultMemories?: readonly FaultMemory[];
  readonly faultLayers?: readonly string[];
  readonly faultCores?: readonly number[];
  readonly known?: boolean;
}

/** Adds the options of {@link ScopeOptions}. */
export function withScopeOptions(command: Command): Command {
  return command
    .option(
      '--protected-bits <list>',
      'bits without faults in memories that hold numbers, 0 = least significant',
      parseNumbers,
    )
    .option('--fault-memories <list>', `memories with bit faults: ${FAULT_MEMORIES.join(', ')}`, parseMemories)
    .option('--fault-layers <list>', 'names of the only layers with faults', parseNames)
    .option('--fault-cores <list>', 'indices of the only cores with faults', parseNumbers)
    .option('--known', 'the compiler knows what is down and avoids it');
}

/** The option of each part of a scope. */
export const SCOPE_FLAGS: Readonly<Record<ScopePart, string>> = {
  memories: '--fault-memories',
  protectedBits: '--protected-bits',
  layers: '--fault-layers',
  cores: '--fault-cores',
  known: '--known',
};

/** @throws UserError with every option that says where faults are, for a run that is asked for no faults */
export function refuseIdleScope(options: ScopeOptions): void {
  const { scope = {} } = scopeOf(options);
  const message = 'it says where faults are, and the run is asked for none';
  throwIfErrors(
    SCOPE_PARTS.filter(({ name }) => scope[name] !== undefined).map(({ name }) =>
      errorAt('scope-without-noise', SCOPE_FLAGS[name], message, 'add --noise, or leave the option out'),
    ),
  );
}

/** Help of an option that takes names of faults. */
export const FAULT_NAMES_TEXT = FAULT_NAMES.join(', ');

/** The scope that the options ask for; none without them. */
export function scopeOf(options: ScopeOptions): { readonly scope?: FaultScope } {
  const { faultMemories, faultLayers, faultCores, protectedBits, known } = options;
  const scope = faultScope({
    memories: faultMemories,
    protectedBits,
    layers: faultLayers,
    cores: faultCores,
    known,
  });
  return scope === undefined ? {} : { scope };
}

const parseNames = (text: string): readonly string[] => distinct(text.split(',').map((name) => name.trim()));

function parseMemories(text: string): readonly FaultMemory[] {
  return parseNames(text).map((name) => {
    if (isFaultMemory(name)) return name;
    const suggestion = nearest(name, FAULT_MEMORIES);
    const hint = suggestion === undefined ? '' : ` Did you mean "${suggestion}"?`;
    throw new InvalidArgumentError(`There is no memory "${name}".${hint} Use ${FAULT_MEMORIES.join(', ')}.`);
  });
}

/** @throws UserError for a run over no samples at all. */
export function checkLimit(limit: number | undefined): void {
  if (limit === 0)
    fail('no-samples', '--limit 0', 'a run needs at least one sample', 'pass --limit 1 or more, or no --limit');
}

/** @throws UserError for more samples than there are. `option` is the one that asked. */
export function checkAsked(asked: number | undefined, there: number, data: string, option = '--limit'): void {
  throwIfErrors(beyondData({ asked, place: `${option} ${asked ?? ''}` }, { there, data }));
}

/** Reads `ber=0.01,drop=0.1`. @throws UserError with every problem. */
export function parseNoise(text: string): NoiseSpec {
  const problems: Diagnostic[] = [];
  const seen = new Set<string>();
  let noise: NoiseSpec = NO_NOISE;
  for (const part of text.split(',')) {
    // All behind the first "=" is the level: "0.1=0.2" is none.
    const [, name = '', level = ''] = /^([^=]*)=?(.*)$/s.exec(part)?.map((piece) => piece.trim()) ?? [];
    const place = `--noise ${part.trim()}`;
    if (!isFaultName(name)) {
      problems.push(unknownFault(name, place));
    } else if (seen.has(name)) {
      problems.push(errorAt('duplicate-noise', place, `"${name}" is given twice`, 'give each kind of noise once'));
    } else {
      seen.add(name);
      const value = readLevel(level, name);
      if (value === undefined) problems.push(badLevel(name, level, place));
      else noise = { ...noise, [name]: value };
    }
  }
  throwIfErrors(problems);
  return noise;
}

/** Reads the name of one kind of noise. @throws UserError */
export function parseDistortion(name: string): FaultName {
  if (isFaultName(name)) return name;
  throw new UserError([unknownFault(name, `--distortion ${name}`)]);
}

/** Reads `0,0.01,0.1`: levels, each once; gives them in ascending order. @throws UserError with every problem. */
export function parseLevels(text: string, distortion: FaultName): readonly number[] {
  const place = `--levels ${text}`;
  const levels = new Set<number>();
  const problems = text.split(',').flatMap((part) => {
    const level = readLevel(part.trim(), distortion);
    if (level === undefined) return [badLevel(distortion, part.trim(), place)];
    if (levels.has(level))
      return [errorAt('duplicate-level', place, `${level} is given twice`, 'give each level once')];
    levels.add(level);
    return [];
  });
  throwIfErrors(problems);
  return [...levels].sort((a, b) => a - b);
}

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** A decimal number as people write it, NaN for anything else: also for the hexadecimal and binary ones that `Number` reads. */
export const decimal = (text: string): number => (DECIMAL.test(text) ? Number(text) : Number.NaN);

function readLevel(text: string, name: FaultName): number | undefined {
  const value = decimal(text);
  return isLevel(name, value) ? value : undefined;
}
