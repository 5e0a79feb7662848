/** How a specification compiles its networks: a spec and options for each chip, as `lodestone compile` takes them. */
import { dirname, isAbsolute, join } from 'node:path';
import type { Chip, ChipSpec } from '../chips/chip.js';
import { CHIPS } from '../chips/installed.js';
import { present } from '../common/assert.js';
import { toDiagnostic } from '../common/check-schema.js';
import { type Diagnostic, errorAt, UserError } from '../common/diagnostics.js';
import { nearest } from '../common/nearest.js';
import { unknownChip } from '../flow/chip-named.js';
import { baseOfSpec, kindOfPreset, specOfAnother } from '../flow/spec-kind.js';
import type { ReadText } from './networks.js';
import type { SpecText } from './spec-schema.js';

/** The chips of a study, and what was wrong with how they are to be compiled for. */
export interface CompiledChips {
  /** The chips; the standard spec and the options of each are those of the specification. */
  readonly chips: readonly Chip[];
  /** Spec and options of a chip by its name, for keys: nothing where the specification has none. */
  readonly settings: Readonly<Record<string, string>>;
  readonly problems: readonly Diagnostic[];
}

const REMEDY = 'write the options of lodestone compile in camelCase, and spec: PRESET or FILE';

/** Reads `compile` of a specification at a path; files of specs lie relative to its folder. */
export async function readCompiling(
  { compile = {} }: Pick<SpecText, 'compile'>,
  path: string,
  readText: ReadText,
  targets: readonly Chip[],
): Promise<CompiledChips> {
  const problems: Diagnostic[] = [];
  const settings: Record<string, string> = {};
  const chips = new Map(targets.map((chip) => [chip.name, chip]));
  for (const [name, { spec: nameOrPath, ...options }] of Object.entries(compile)) {
    const place = `compile.${name}`;
    const chip = targets.find((target) => target.name === name);
    if (chip === undefined) {
      problems.push(unknownChip(name, `${path}: ${place}`, targets));
      continue;
    }
    const read = chip.optionsSchema.safeParse(options);
    const known = ['spec', ...chip.options.map(({ key }) => key)];
    for (const { path: field, ...issue } of read.error?.issues ?? []) {
      const at = { ...issue, path: ['compile', name, ...field] };
      problems.push(toDiagnostic(at, { compile: { [name]: options } }, path, REMEDY, known));
    }
    try {
      const spec = nameOrPath === undefined ? undefined : await specOf(chip, nameOrPath, { path, place, readText });
      if (!read.success) continue;
      chips.set(name, withStandards(chip, { spec, options: read.data }));
      settings[name] = JSON.stringify({ spec, options: read.data });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(...error.diagnostics);
    }
  }
  return { chips: [...chips.values()], settings, problems };
}

/** A preset, else a file. @throws UserError with everything that is wrong with it, and for a spec of another kind of chip */
async function specOf(
  chip: Chip,
  nameOrPath: string,
  { path, place, readText }: { readonly path: string; readonly place: string; readonly readText: ReadText },
): Promise<ChipSpec> {
  const at = `${path}: ${place}.spec`;
  const { presets, parse } = chip.specs;
  const names = Object.keys(presets);
  const isPreset = kindOfPreset(nameOrPath, [chip, ...CHIPS]) !== undefined;
  const file = isAbsolute(nameOrPath) ? nameOrPath : join(dirname(path), nameOrPath);
  let text: string | undefined;
  try {
    text = isPreset ? undefined : await readText(file);
  } catch (error) {
    const suggestion = nearest(nameOrPath, names);
    if (!(error instanceof UserError) || suggestion === undefined) throw error;
    const message = `there is no such preset or file; did you mean "${suggestion}"?`;
    throw new UserError([errorAt('unknown-chip', at, message, `use ${names.join(', ')}`)]);
  }
  const base = text === undefined ? nameOrPath : baseOfSpec(text);
  const foreign = specOfAnother({ base, isFile: text !== undefined }, chip, CHIPS);
  if (foreign !== undefined) {
    const remedy = `write it under compile.${foreign.other.name}, or use ${names.join(', ')} or a file that starts from one`;
    throw new UserError([errorAt('spec-of-another-chip', at, foreign.message, remedy)]);
  }
  return text === undefined ? present(presets[nameOrPath], 'a preset') : parse(text, file).spec;
}

/** The chip with another standard spec, and options where none are given. */
const withStandards = (
  chip: Chip,
  standard: { readonly spec: ChipSpec | undefined; readonly options: object },
): Chip => ({
  ...chip,
  faults: (spec = standard.spec) => chip.faults(spec),
  ...(chip.adapt === undefined
    ? {}
    : {
        adapt: (integer, { spec = standard.spec, options, ...rest }) =>
          present(chip.adapt, 'adapt')(integer, { ...rest, spec, options: { ...standard.options, ...options } }),
      }),
  compile: (integer, { spec = standard.spec, options, ...rest }) =>
    chip.compile(integer, { ...rest, spec, options: { ...standard.options, ...options } }),
});
