/** A kind of chip from its table of parameters: presets, schema, spec files, descriptions. `parameter.ts` shows how to use it. */
import type { z } from 'zod';
import { assert, present } from '../assert.js';
import { type Diagnostic, errorAt, fail, throwIfErrors, warningAt } from '../diagnostics.js';
import { nearest } from '../nearest.js';
import { parseYaml } from '../parse-yaml.js';
import type { ParameterStatus, ParameterTable, PartialValuesOf, SpecOf } from './parameter.js';
import { printSpecFile } from './print-spec.js';
import { isSpecOf, specSchema } from './spec-schema.js';
import {
  checkValues,
  entriesOf,
  mergeValues,
  parametersOf,
  type PlacedParameter,
  sameValue,
  standardValues,
  treeOf,
  valueAt,
  type ValueTree,
} from './value-tree.js';

/** A named chip: what it is, and what it changes about the standard values. */
export interface Preset<T> {
  readonly what: string;
  readonly values: PartialValuesOf<T>;
  /** Status and source of what it changes. */
  readonly status: ParameterStatus;
  readonly source: string;
}

/** A preset; without values it is the standard chip. */
export function preset<T>(
  what: string,
  values: PartialValuesOf<NoInfer<T>> = {},
  { status = 'assumed', source = what }: { readonly status?: ParameterStatus; readonly source?: string } = {},
): Preset<T> {
  return { what, values, status, source };
}

/** What two or more values, each in its range, have to be to each other. */
export interface SpecRule<S> {
  /** The paths it reads, the one to blame first; the rule is silent where one of them is wrong by itself. */
  readonly paths: readonly [string, ...string[]];
  /** What is wrong. */
  readonly check: (spec: S) => RuleFinding | undefined;
}

/** The finding of a {@link SpecRule}. */
export interface RuleFinding {
  readonly message: string;
  readonly remedy: string;
  /** `bad-spec` without it. */
  readonly code?: string;
  /** A chip that works, but is worth a second look. An error without it. */
  readonly severity?: 'warning';
}

/** What {@link defineSpec} makes a chip from. */
export interface SpecSource<T, P extends string> {
  /** What the chips are called in messages: `TrueNorth-style`. */
  readonly chip: string;
  readonly table: T;
  /** The first one is the standard chip. */
  readonly presets: Readonly<Record<P, Preset<NoInfer<T>>>>;
  readonly rules: readonly SpecRule<SpecOf<NoInfer<T>>>[];
  /** By path, a value for each parameter that follows from the others; it does not look at those. */
  readonly follows?: (spec: SpecOf<NoInfer<T>>) => ReadonlyMap<string, FollowingValue>;
}

/** A value that follows from the others, and how. */
export interface FollowingValue {
  readonly value: unknown;
  readonly status: ParameterStatus;
  readonly source: string;
}

/** A chip a user described. */
export interface ParsedSpec<S, P extends string> {
  readonly spec: S;
  readonly base: P;
  readonly warnings: readonly Diagnostic[];
}

/** One line of a description. `user`: changed by the user, so no source of ours holds. */
export interface SpecLine {
  /** As in a spec file, e.g. `networks.model.wires`. */
  readonly path: string;
  readonly what: string;
  readonly unit: string;
  readonly range: string;
  readonly value: string;
  readonly status: ParameterStatus | 'user';
  readonly source: string;
  /** It follows from the other values: a spec file need not say it. */
  readonly follows?: true;
}

/** Everything that follows from a table. */
export interface SpecDefinition<T, P extends string> {
  readonly chip: string;
  readonly table: T;
  /** The parameters of the table, in its order. */
  readonly parameters: readonly PlacedParameter[];
  readonly presets: Readonly<Record<P, SpecOf<T>>>;
  readonly presetNames: readonly P[];
  /** What each preset is. */
  readonly presetNotes: Readonly<Record<P, string>>;
  /** A whole spec of untrusted origin: every parameter, no other key. */
  readonly schema: z.ZodType<SpecOf<T>>;
  /** Whether a preset is called so. */
  isPreset(name: string): name is P;
  /** Values out of range, and contradictions between those that are in range. */
  check(spec: SpecOf<T>, place: string): readonly Diagnostic[];
  /** Reads a spec file. @throws UserError with everything that is wrong with it */
  parse(text: string, place: string): ParsedSpec<SpecOf<T>, P>;
  /** The spec file of a chip: every parameter with meaning, unit, range, status and source. `parse` reads it back. */
  print(spec: SpecOf<T>, base?: P): string;
  /** Every parameter with its value; what differs from `base` (by default the preset the name names, else the standard) is the user's. */
  describe(spec: SpecOf<T>, base?: P): readonly SpecLine[];
  /** The same table and rules with other presets. @throws UserError with every value that is out of range, and every rule that is broken */
  others(chip: string, presets: Readonly<Record<string, OtherPreset>>): SpecDefinition<T, string>;
}

/** A preset whose values nobody has checked, as {@link SpecDefinition.others} takes it; those of the first preset of the family where it says nothing. */
export interface OtherPreset {
  readonly what: string;
  /** As in a spec file. */
  readonly values?: object | undefined;
  /** Where the values come from; its own words without it. */
  readonly source?: string | undefined;
}

/** A spec file is a page or two; anything longer is not one. */
const MAX_CHARACTERS = 65_536;
const MAX_NAME = 64;

/** Derives everything from a table. */
export function defineSpec<T extends ParameterTable, P extends string>(source: SpecSource<T, P>): SpecDefinition<T, P> {
  const { chip, table, rules } = source;
  const standard = standardValues(table);
  const following = parametersOf(table).filter(({ parameter }) => parameter.follows === true);
  const followed = (spec: SpecOf<T>): ReadonlyMap<string, FollowingValue> => {
    const values = source.follows?.(spec) ?? new Map<string, FollowingValue>();
    for (const { path } of following) assert(values.has(path), `${chip}: ${path} follows from nothing`);
    return values;
  };
  const whole = (name: string, values: ValueTree): SpecOf<T> => {
    const spec: unknown = { name, ...values };
    assert(isSpecOf(table, spec), `a spec "${name}" out of the range of its table`);
    return spec;
  };
  /** The chip of these values; what follows from them does, where they do not set it. */
  const specOf = (name: string, values: unknown): SpecOf<T> => {
    const spec = whole(name, mergeValues(table, standard, values));
    const rest = [...followed(spec)].filter(([path]) => valueAt(values, path) === undefined);
    if (rest.length === 0) return spec;
    return whole(name, mergeValues(table, spec, treeOf(rest.map(([path, { value }]) => [path, value]))));
  };
  const isPreset = (name: string): name is P => Object.hasOwn(source.presets, name);
  const presetNames = Object.keys(source.presets).filter(isPreset);
  const [standardPreset] = presetNames;
  assert(standardPreset !== undefined, `${chip}: no presets`);
  const build = <V>(of: (name: P) => V): Readonly<Record<P, V>> => {
    const built: Partial<Record<P, V>> = {};
    for (const name of presetNames) built[name] = of(name);
    const isWhole = (record: Partial<Record<P, V>>): record is Record<P, V> => presetNames.every((n) => n in record);
    assert(isWhole(built), `${chip}: a preset is missing`);
    return built;
  };
  const presets = build((name) => specOf(name, source.presets[name].values));
  const baseOf = (spec: SpecOf<T>): P => (isPreset(spec.name) ? spec.name : standardPreset);

  const runRules = (spec: SpecOf<T>, place: string, wrong: ReadonlySet<string> = new Set()): Diagnostic[] =>
    rules.flatMap(({ paths, check }) => {
      const found = paths.some((path) => wrong.has(path)) ? undefined : check(spec);
      if (found === undefined) return [];
      const report = found.severity === 'warning' ? warningAt : errorAt;
      return [report(found.code ?? 'bad-spec', `${place}: ${paths[0]}`, found.message, found.remedy)];
    });

  const parse = (text: string, place: string): ParsedSpec<SpecOf<T>, P> => {
    if (text.length > MAX_CHARACTERS) {
      const message = `${text.length} characters are more than the ${MAX_CHARACTERS} of a spec file`;
      fail('bad-yaml', place, message, 'keep what differs from the base');
    }
    const file = parseYaml(text, place);
    const given = entriesOf(file);
    const checked = checkValues(table, file, { complete: false, place, otherKeys: ['base', 'name'] });
    const found = [...checked.diagnostics];
    const base = given.get('base');
    const known = typeof base === 'string' && isPreset(base) ? base : undefined;
    if (known === undefined) {
      const suggestion = typeof base === 'string' ? nearest(base, presetNames) : undefined;
      const hint = suggestion === undefined ? '' : `; did you mean "${suggestion}"?`;
      const message = base === undefined ? 'is missing' : `is ${JSON.stringify(base)}, no preset${hint}`;
      found.push(errorAt('bad-value', `${place}: base`, message, `use ${presetNames.join(', ')}`));
    }
    const from = known ?? standardPreset;
    const given0 = given.get('name');
    const name = given0 ?? (Object.keys(checked.values).length > 0 ? `${from}-changed` : from);
    const named = typeof name === 'string' && name.length >= 1 && name.length <= MAX_NAME ? name : undefined;
    if (named === undefined) {
      const message = `is ${JSON.stringify(given0)}, no text of 1..${MAX_NAME} characters`;
      found.push(errorAt('bad-value', `${place}: name`, message, 'give the chip a short name, or leave it out'));
    }
    const spec = specOf(named ?? from, mergeValues(table, source.presets[from].values, checked.values));
    found.push(...runRules(spec, place, checked.wrong));
    return { spec, base: from, warnings: throwIfErrors(found) };
  };

  const describe = (spec: SpecOf<T>, base: P = baseOf(spec)): readonly SpecLine[] => {
    const follows = followed(spec);
    return parametersOf(table).map(({ path, parameter }) => {
      const { what, unit, range } = parameter;
      const value = valueAt(spec, path);
      const line = { path, what, unit, range, value: textOf(value) };
      const own = source.presets[base];
      const mine = follows.get(path);
      if (mine !== undefined && valueAt(own.values, path) === undefined) {
        if (!sameValue(value, mine.value)) return { ...line, status: 'user', source: 'set by the user' };
        return { ...line, status: mine.status, source: mine.source, follows: true };
      }
      if (!sameValue(value, valueAt(presets[base], path)))
        return { ...line, status: 'user', source: 'set by the user' };
      if (valueAt(own.values, path) !== undefined && !sameValue(value, parameter.standard)) {
        return { ...line, status: own.status, source: own.source };
      }
      return { ...line, status: parameter.status, source: parameter.source };
    });
  };

  const others = (otherChip: string, added: Readonly<Record<string, OtherPreset>>): SpecDefinition<T, string> => {
    const found = Object.entries(added).map(([name, { what, values = {}, source: from = what }]) => {
      const place = `preset "${name}" of ${otherChip}`;
      const { diagnostics } = checkValues(table, values, { complete: false, place });
      const merged = mergeValues(table, source.presets[standardPreset].values, values);
      const set = parametersOf(table).map(({ path }): [string, unknown] => [path, valueAt(merged, path)]);
      const own = treeOf(set.filter(([, value]) => value !== undefined));
      return { name, diagnostics, preset: { what, values: own, status: 'assumed' as const, source: from } };
    });
    throwIfErrors(found.flatMap(({ diagnostics }) => diagnostics));
    const checked: Record<string, Preset<T>> = {};
    for (const { name, preset: one } of found) {
      assert(isPresetOf(table, one), `preset "${name}" is checked`);
      checked[name] = one;
    }
    const made = defineSpec<T, string>({ ...source, chip: otherChip, presets: checked });
    throwIfErrors(made.presetNames.flatMap((name) => made.check(presentOf(made.presets, name), `preset "${name}"`)));
    return made;
  };

  return {
    chip,
    others,
    table,
    parameters: parametersOf(table),
    presets,
    presetNames,
    presetNotes: build((name) => source.presets[name].what),
    schema: specSchema(table),
    isPreset,
    check: (spec, place) => {
      const { diagnostics, wrong } = checkValues(table, spec, { complete: true, place, otherKeys: ['name'] });
      return [...diagnostics, ...runRules(spec, place, wrong)];
    },
    parse,
    print: (spec, base = baseOf(spec)) =>
      printSpecFile({
        base,
        name: spec.name,
        note: source.presets[base].what,
        chip,
        values: spec,
        lines: describe(spec, base),
      }),
    describe,
  };
}

/** True where every value is one of the table, in its range. */
const isPresetOf = <T extends ParameterTable>(
  table: T,
  one: Omit<Preset<T>, 'values'> & { readonly values: unknown },
): one is Preset<T> => checkValues(table, one.values, { complete: false, place: '' }).diagnostics.length === 0;

const presentOf = <V>(record: Readonly<Record<string, V>>, name: string): V => present(record[name], name);

/** A value for people. */
function textOf(value: unknown): string {
  if (!Array.isArray(value)) return String(value);
  return value.map((inner: unknown) => (Array.isArray(inner) ? inner.join(' ') : String(inner))).join(', ');
}
