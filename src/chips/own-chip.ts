/** A chip of a user: a file whose export `chip` (or default export) keeps the contract. */
import { platform } from '#platform';
import { type Diagnostic, errorAt, fail, throwIfErrors, UserError } from '../common/diagnostics.js';
import type { Chip } from './chip.js';

/** What each part of a chip is, so that a part that is missing is said by its name before anything is computed. */
const PARTS = {
  name: 'string',
  title: 'string',
  specs: 'object',
  options: 'list',
  passes: 'list',
  optionsSchema: 'object',
  faults: 'function',
  damages: 'list',
  engines: 'list',
  format: 'object',
  imports: 'list',
  costs: 'function',
  compile: 'function',
  isProgram: 'function',
  verify: 'function',
  deploy: 'function',
  damage: 'function',
  scopeProblems: 'function',
  open: 'function',
  measure: 'function',
  structure: 'function',
  view: 'function',
} as const satisfies Partial<Record<keyof Chip, 'string' | 'object' | 'list' | 'function'>>;

/** Parts that a chip may leave out. */
const OPTIONAL_PARTS = {
  adapt: 'function',
  moves: 'function',
  kit: 'function',
  validation: 'function',
  spikingPasses: 'list',
} as const satisfies Partial<Record<keyof Chip, 'list' | 'function'>>;

/** A name that fits `--chip`, files and the names of folders. */
const NAME = /^[a-z][a-z0-9-]{0,63}$/;
const REMEDY = 'see docs/add-a-chip.md; chipLike(...) of lodestone/chips has every part';

/** Everything of the contract that a value does not keep, as far as it can be seen without compiling. */
export function chipProblems(value: unknown, place: string): readonly Diagnostic[] {
  if (!isObject(value)) return [errorAt('no-chip', place, 'it exports no chip', 'export it as `chip`')];
  const wrong = (part: string, message: string): Diagnostic =>
    errorAt('bad-chip', `${place}: ${part}`, message, REMEDY);
  const kinds: readonly (readonly [string, string])[] = [
    ...Object.entries(PARTS),
    ...Object.entries(OPTIONAL_PARTS).filter(([part]) => entryOf(value, part) !== undefined),
  ];
  const found = kinds.flatMap(([part, kind]) => {
    const given = kindOf(entryOf(value, part));
    if (given === kind) return [];
    return [wrong(part, given === 'undefined' ? `it is missing (a ${kind})` : `it is a ${given}, no ${kind}`)];
  });
  const name = entryOf(value, 'name');
  if (typeof name === 'string' && !NAME.test(name)) {
    found.push(wrong('name', `${JSON.stringify(name)} is not lower case without spaces, at most 64 characters`));
  }
  const presets = entryOf(entryOf(value, 'specs'), 'presets');
  if (isObject(presets) && Object.keys(presets).length === 0) found.push(wrong('specs.presets', 'there is none'));
  else if (kindOf(entryOf(value, 'specs')) === 'object' && !isObject(presets)) {
    found.push(wrong('specs.presets', 'it is missing (an object)'));
  }
  const kind = entryOf(entryOf(value, 'format'), 'kind');
  if (typeof kind === 'string' && kind !== name) {
    found.push(wrong('format.kind', `programs are of kind "${kind}", and the chip is called ${JSON.stringify(name)}`));
  }
  return found;
}

/**
 * Runs the file of a chip of a user and gives the chip. Whoever calls it has been told to: the file may do whatever the process may.
 * @throws UserError for a file that cannot be loaded, with every part of the contract that is missing
 */
export async function loadChipFile(file: string): Promise<Chip> {
  let module: unknown;
  try {
    module = await platform.importFile(file);
  } catch (error) {
    // It says itself what is wrong with it.
    if (error instanceof UserError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    const isUnresolved = /Cannot find package 'lodestone'/.test(message);
    const remedy = isUnresolved
      ? 'install lodestone beside the chip: npm install lodestone, or npm link lodestone, in its folder'
      : 'node FILE shows where it fails';
    return fail('chip-not-loaded', file, message, remedy);
  }
  const chip = entryOf(module, 'chip') ?? entryOf(module, 'default');
  throwIfErrors(chipProblems(chip, file));
  if (!isChip(chip, file)) throw new Error('internal error: a chip without problems');
  return { ...chip, file };
}

const isChip = (value: unknown, place: string): value is Chip => chipProblems(value, place).length === 0;

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const entryOf = (value: unknown, key: string): unknown =>
  isObject(value) && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;

const kindOf = (value: unknown): string => (Array.isArray(value) ? 'list' : typeof value);
