/** The chips of an experiment: what of each may vary, checked against its parameters, options and faults. */
import { dirname } from 'node:path';
import { z } from 'zod';
import type { Chip, ChipSpec } from '../chips/chip.js';
import { type Diagnostic, errorAt, UserError } from '../common/diagnostics.js';
import { nearest } from '../common/nearest.js';
import { valueAt } from '../common/parameters/value-tree.js';
import { parseYaml } from '../common/parse-yaml.js';
import { readBounded, textOf } from '../data/files/bounded.js';
import { pathFrom } from '../data/model-file.js';
import { unknownChip } from '../flow/chip-named.js';
import { kindOfPreset, specOfAnother } from '../flow/spec-kind.js';
import { checkVoltageRows, parseVoltageTable, type VoltageRow } from '../hw-models/faults/voltage-table.js';
import { isFaultName } from '../ir/faults/catalogue.js';
import { faultProblems } from '../ir/faults/check.js';
import { levelProblems, noiseOf, unknownFault } from '../ir/faults/levels.js';
import type { ChipEntry, SettingText } from './experiment-schema.js';
import { namesIn } from './space/expression.js';
import { type Json, jsonOf, readSetting, type Setting } from './space/setting.js';

/** A setting with its name: a parameter by its path, `compile.window`, `faults.ber`, `bits.weights`, `bits.layers.NAME`, `supply`. */
export interface NamedSetting {
  readonly name: string;
  readonly setting: Setting;
  readonly multipleOf?: number | undefined;
}

/** A chip of an experiment. */
export interface Target {
  /** In results. */
  readonly name: string;
  readonly chip: Chip;
  /** The values of its spec file, or the name of its preset: what parameters are set on. */
  readonly base: Readonly<Record<string, Json>>;
  readonly baseSpec: ChipSpec;
  readonly settings: readonly NamedSetting[];
  /** Where it stands, for messages. */
  readonly place: string;
}

/** What is read, and all that is wrong with it. */
export interface ReadTargets {
  readonly targets: readonly Target[];
  readonly problems: readonly Diagnostic[];
}

/** Names in expressions that are of no parameter. */
export const OTHER_NAMES = ['volts', 'images'] as const;

const MAX_SPEC = 1 << 20;

/** Reads the chips of an experiment at a path. */
export async function readTargets(
  entries: readonly ChipEntry[],
  path: string,
  chips: readonly Chip[],
): Promise<ReadTargets> {
  const targets: Target[] = [];
  const problems: Diagnostic[] = [];
  for (const [index, entry] of entries.entries()) {
    const place = `${path}: chips.${index}`;
    try {
      const found = await readTarget(entry, { place, folder: dirname(path), chips });
      targets.push(found.target);
      problems.push(...found.problems);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(...error.diagnostics);
    }
  }
  for (const [index, { name, place }] of targets.entries()) {
    if (targets.findIndex((one) => one.name === name) === index) continue;
    problems.push(
      errorAt('duplicate-chip', place, `two chips are called "${name}"`, 'give one of them a name: of its own'),
    );
  }
  return { targets, problems };
}

/** Findings of one setting that are told: a long range outside what is allowed must not hide the other mistakes of a file. */
const MOST_OF_A_SETTING = 3;

/** The first findings of a setting; the last of them says how many more there are. */
function someOf(found: readonly Diagnostic[]): readonly Diagnostic[] {
  const more = found.length - MOST_OF_A_SETTING;
  return found
    .slice(0, MOST_OF_A_SETTING)
    .map((one, i) =>
      more > 0 && i === MOST_OF_A_SETTING - 1
        ? { ...one, message: `${one.message}; and ${more} more of its values` }
        : one,
    );
}

interface TargetContext {
  readonly place: string;
  readonly folder: string;
  readonly chips: readonly Chip[];
}

async function readTarget(
  entry: ChipEntry,
  { place, folder, chips }: TargetContext,
): Promise<{ readonly target: Target; readonly problems: readonly Diagnostic[] }> {
  const chip = chips.find(({ name }) => name === entry.chip);
  if (chip === undefined) throw new UserError([unknownChip(entry.chip, place, chips)]);
  const base = await baseOf(chip, entry.spec, { place: `${place}.spec`, folder, chips });
  const { spec: baseSpec } = chip.specs.parse(JSON.stringify(base), `${place}.spec`);
  const problems: Diagnostic[] = [];
  const settings: NamedSetting[] = [];
  const add = (name: string, text: SettingText, at: string, check: ValueCheck, multipleOf?: number): void => {
    const setting = readSetting(text, { place: at, multipleOf });
    if ('code' in setting) {
      problems.push(setting);
      return;
    }
    problems.push(...someOf(valuesToCheck(setting).flatMap(check)));
    settings.push({ name, setting, ...(multipleOf === undefined ? {} : { multipleOf }) });
  };

  const parameters = new Map(chip.specs.parameters.map(({ path, parameter }) => [path, parameter]));
  for (const [path, text] of Object.entries(entry.parameters)) {
    const at = `${place}.parameters.${path}`;
    const parameter = parameters.get(path);
    if (parameter === undefined) {
      const known = [...parameters.keys()];
      const message = `${chip.title} have no parameter "${path}"${hintOf(path, known)}`;
      problems.push(
        errorAt('unknown-parameter', at, message, `see lodestone chip ${Object.keys(chip.specs.presets)[0]}`),
      );
      continue;
    }
    add(
      path,
      text,
      at,
      (value) => {
        if (parameter.schema.safeParse(value).success) return [];
        const message = `${JSON.stringify(value)} is outside ${parameter.range}; ${parameter.what}`;
        return [errorAt('bad-value', at, message, `use ${parameter.range}`)];
      },
      multipleOfSchema(parameter.schema),
    );
  }
  for (const [key, text] of Object.entries(entry.compile)) {
    const at = `${place}.compile.${key}`;
    const known = chip.options.map((option) => option.key);
    if (!known.includes(key)) {
      const message = `compiling for ${chip.title} has no option "${key}"${hintOf(key, known)}`;
      problems.push(errorAt('option-of-another-chip', at, message, `use ${known.join(', ')}`));
      continue;
    }
    const isNumber = chip.optionsSchema.safeParse({ [key]: 1 }).success;
    add(
      `compile.${key}`,
      text,
      at,
      (value) => {
        const read = chip.optionsSchema.safeParse({ [key]: value });
        return (read.error?.issues ?? []).map(({ message }) =>
          errorAt('bad-option', at, `${JSON.stringify(value)}: ${message}`, 'see lodestone compile --help'),
        );
      },
      isNumber ? 1 : undefined,
    );
  }
  for (const [fault, text] of Object.entries(entry.faults)) {
    const at = `${place}.faults.${fault}`;
    if (!isFaultName(fault)) {
      problems.push(unknownFault(fault, at));
      continue;
    }
    const support = chip.faults(baseSpec);
    problems.push(...faultProblems({ noise: noiseOf(fault, 1e-9) }, support).map((one) => ({ ...one, place: at })));
    add(`faults.${fault}`, text, at, (value) =>
      levelProblems(fault, typeof value === 'number' ? value : Number.NaN, at),
    );
  }
  if (entry.bits !== undefined) {
    const { weights, activations, layers } = entry.bits;
    const check =
      (at: string): ValueCheck =>
      (value) =>
        typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 8
          ? []
          : [errorAt('bad-value', at, `${JSON.stringify(value)} is no number of bits`, 'use 1 to 8')];
    const bits: readonly (readonly [string, SettingText | undefined])[] = [
      ['weights', weights ?? 8],
      ['activations', activations ?? 8],
      ...Object.entries(layers).map(([layer, text]) => [`layers.${layer}`, text] as const),
    ];
    for (const [key, text] of bits) {
      if (text !== undefined) add(`bits.${key}`, text, `${place}.bits.${key}`, check(`${place}.bits.${key}`), 1);
    }
  }
  if (entry.voltage !== undefined) {
    const rows = typeof entry.voltage === 'string' ? await voltageRows(pathFrom(folder, entry.voltage)) : entry.voltage;
    problems.push(...checkVoltageRows(rows, () => `${place}.voltage`));
    const values = rows.map(({ volts, ber, energyScale }): Json => ({ volts, ber, energyScale }));
    settings.push({ name: 'supply', setting: { kind: 'values', values, isOrdered: true } });
    if (settings.some(({ name }) => ['faults.ber', 'faults.ber_0to1', 'faults.ber_1to0'].includes(name))) {
      problems.push(
        errorAt(
          'noise-twice',
          `${place}.faults`,
          'the voltage table gives the rate of flipped bits',
          'use one of them',
        ),
      );
    }
  }
  problems.push(...expressionProblems(settings, [...parameters.keys()], place));
  return { target: { name: entry.name ?? chip.name, chip, base, baseSpec, settings, place }, problems };
}

/** What is wrong with a value. */
type ValueCheck = (value: Json) => readonly Diagnostic[];

/** All values, or the ends of a range. */
const valuesToCheck = (setting: Setting): readonly Json[] => {
  if (setting.kind === 'expression') return [];
  return setting.kind === 'values' ? setting.values : [setting.from, setting.to];
};

const hintOf = (name: string, known: readonly string[]): string => {
  const suggestion = nearest(name, known) ?? known.find((path) => path.split('.').at(-1) === name);
  return suggestion === undefined ? '' : `; did you mean "${suggestion}"?`;
};

/** What whole numbers of a schema are multiples of; undefined where it takes others. */
function multipleOfSchema(schema: z.ZodType): number | undefined {
  const { type, multipleOf } = z.toJSONSchema(schema, { unrepresentable: 'any', io: 'input' });
  return type === 'integer' ? (multipleOf ?? 1) : undefined;
}

/** The preset, or the values of the file, that a spec names. @throws UserError */
async function baseOf(
  chip: Chip,
  nameOrPath: string | undefined,
  { place, folder, chips }: TargetContext,
): Promise<Readonly<Record<string, Json>>> {
  const presets = Object.keys(chip.specs.presets);
  const isPreset = nameOrPath !== undefined && kindOfPreset(nameOrPath, chips) !== undefined;
  const values =
    nameOrPath === undefined || isPreset ? undefined : await specFile(nameOrPath, { place, folder, presets });
  const base = values === undefined ? (nameOrPath ?? presets[0]) : values['base'];
  const foreign = specOfAnother({ base, isFile: values !== undefined }, chip, chips);
  if (foreign !== undefined) {
    throw new UserError([
      errorAt(
        'spec-of-another-chip',
        place,
        foreign.message,
        `use ${presets.join(', ')} or a file that starts from one`,
      ),
    ]);
  }
  return values ?? { base: jsonOf(base) };
}

async function specFile(
  nameOrPath: string,
  { place, folder, presets }: { readonly place: string; readonly folder: string; readonly presets: readonly string[] },
): Promise<Readonly<Record<string, Json>>> {
  const path = pathFrom(folder, nameOrPath);
  try {
    const value: unknown = parseYaml(textOf(await readBounded(path, MAX_SPEC), path), path);
    return Object.fromEntries(Object.entries(Object(value)).map(([key, inner]) => [key, jsonOf(inner)]));
  } catch (error) {
    const suggestion = nearest(nameOrPath, presets);
    if (!(error instanceof UserError) || suggestion === undefined) throw error;
    const message = `there is no such preset or file; did you mean "${suggestion}"?`;
    throw new UserError([errorAt('unknown-chip', place, message, `use ${presets.join(', ')}`)]);
  }
}

const voltageRows = async (path: string): Promise<readonly VoltageRow[]> =>
  parseVoltageTable(textOf(await readBounded(path, MAX_SPEC), path), path).rows;

/** Names that expressions use and that there are not, and expressions that go round in a circle. */
function expressionProblems(
  settings: readonly NamedSetting[],
  parameters: readonly string[],
  place: string,
): readonly Diagnostic[] {
  const known = [...parameters, ...settings.map(({ name }) => name), ...OTHER_NAMES];
  const uses = new Map(
    settings.flatMap(({ name, setting }) =>
      setting.kind === 'expression' ? [[name, [...namesIn(setting.expression)]] as const] : [],
    ),
  );
  const problems: Diagnostic[] = [];
  for (const [name, used] of uses) {
    for (const other of used.filter((one) => !known.includes(one))) {
      const message = `there is no parameter "${other}"${hintOf(other, known)}`;
      problems.push(
        errorAt(
          'unknown-name',
          `${place}: ${name}`,
          message,
          'name parameters as in `parameters`, or compile., faults., bits. and volts',
        ),
      );
    }
    const seen = new Set<string>();
    const reaches = (from: string): boolean =>
      (uses.get(from) ?? []).some((next) => next === name || (!seen.has(next) && seen.add(next) && reaches(next)));
    if (reaches(name))
      problems.push(errorAt('circular', `${place}: ${name}`, 'it follows from itself', 'break the circle'));
  }
  return problems;
}

/** The value of a parameter that an experiment leaves as its base has it. */
export const baseValue = ({ baseSpec }: Target, path: string): number | undefined => {
  const value = valueAt(baseSpec, path);
  return typeof value === 'number' ? value : undefined;
};
