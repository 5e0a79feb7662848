/** `--spec`: a preset by its name, or a file, whose base says the kind of chip. */
import type { Chip, ChipSpec, SpecFamily } from '../chips/chip.js';
import { CHIPS } from '../chips/installed.js';
import { type Diagnostic, fail, UserError } from '../common/diagnostics.js';
import { nearest } from '../common/nearest.js';
import { parseYaml } from '../common/parse-yaml.js';
import { baseOfSpec, kindOfPreset, specOfAnother } from '../flow/spec-kind.js';
import { readText } from './io.js';

/** What a spec option names. */
export interface NamedSpec {
  /** As it was given. */
  readonly place: string;
  /** The preset that it is, or that its file starts from; a file may have none, or one that nobody knows. */
  readonly base: unknown;
  /** Of a file. */
  readonly text?: string;
}

/** A spec with what there is to say about it. */
export interface LoadedSpec<S extends ChipSpec = ChipSpec> {
  readonly spec: S | undefined;
  readonly warnings: readonly Diagnostic[];
}

/** A kind of chip as far as its specs go. */
type Kind<S extends ChipSpec> = Pick<Chip, 'name' | 'title'> & { readonly specs: SpecFamily<S> };

/** Reads what a spec option names, once. @throws UserError, with the nearest preset for a name that is no file */
export async function namedSpec(place: string, chips: readonly Chip[] = CHIPS): Promise<NamedSpec> {
  const presets = presetsOf(chips);
  if (presets.includes(place)) return { place, base: place };
  try {
    const text = await readText(place, 'spec');
    return { place, base: baseOfSpec(text), text };
  } catch (error) {
    const suggestion = nearest(place, presets);
    const isMissing = error instanceof UserError && error.diagnostics.some(({ code }) => code === 'file-missing');
    if (!isMissing || suggestion === undefined) throw error;
    const message = `there is no such preset or file; did you mean "${suggestion}"?`;
    return fail('unknown-chip', place, message, 'see lodestone chip');
  }
}

/** The kind of chip that a spec belongs to. @throws UserError for a base that is no preset of any, and for a text that is no YAML */
export function chipOfSpec({ base, place, text }: NamedSpec, chips: readonly Chip[]): Chip {
  const found = kindOfPreset(base, chips);
  if (found !== undefined) return found;
  if (text !== undefined) parseYaml(text, place);
  const presets = presetsOf(chips);
  const suggestion = typeof base === 'string' ? nearest(base, presets) : undefined;
  const hint = suggestion === undefined ? '' : `; did you mean "${suggestion}"?`;
  const message = base === undefined ? 'is missing' : `is ${JSON.stringify(base)}, no preset${hint}`;
  return fail('bad-value', `${place}: base`, message, `use ${presets.join(', ')}`);
}

/**
 * The spec of a chip that an option names; the standard one without it. @throws UserError with everything that is wrong with a file, and for
 * a spec of another kind of chip
 */
export async function loadSpec<S extends ChipSpec>(
  kind: Kind<S>,
  given: string | NamedSpec | undefined,
  chips: readonly Chip[] = CHIPS,
): Promise<LoadedSpec<S>> {
  if (given === undefined) return { spec: undefined, warnings: [] };
  const { place, base, text } = typeof given === 'string' ? await namedSpec(given, chips) : given;
  const foreign = specOfAnother({ base, isFile: text !== undefined }, kind, chips);
  if (foreign !== undefined) {
    const remedy = `use --chip ${foreign.other.name} where the command has it, or another spec`;
    fail('spec-of-another-chip', `--spec ${place}`, foreign.message, remedy);
  }
  const { presets, parse } = kind.specs;
  if (text !== undefined) return parse(text, place);
  return { spec: typeof base === 'string' ? presets[base] : undefined, warnings: [] };
}

const presetsOf = (chips: readonly Chip[]): readonly string[] =>
  chips.flatMap(({ specs }) => Object.keys(specs.presets));
