/** Reads a specification of a study and checks it against its networks. */
import { checkSchema } from '../common/check-schema.js';
import { type Diagnostic, errorAt, throwIfErrors, UserError } from '../common/diagnostics.js';
import { nearest } from '../common/nearest.js';
import { parseYaml } from '../common/parse-yaml.js';
import { checkLevel, type Distortion } from '../compiler/passes/distort-weights.js';
import type { Chip } from '../chips/chip.js';
import { CHIPS } from '../chips/installed.js';
import type { FaultName } from '../ir/faults/catalogue.js';
import { unknownChip } from '../flow/chip-named.js';
import { faultProblems, type FaultRequest } from '../ir/faults/check.js';
import { checkVoltageRows } from '../hw-models/faults/voltage-table.js';
import { type FaultScope, faultScope, type ScopeFields } from '../ir/faults/scope.js';
import { isLevel, levelProblems, noiseOf } from '../ir/faults/levels.js';
import { readCompiling } from './compiling.js';
import { type PlannedNetwork, planNetworks, type ReadText, type StudyPlaces } from './networks.js';
import { matching } from './patterns.js';
import { KNOWN_KEYS, type Measure, type SpecText, specSchemaFor, type VoltageRow } from './spec-schema.js';
import { readVoltageTable } from './voltage-rows.js';

/** A specification whose references are known to be good. */
export interface StudySpec extends Omit<SpecText, 'voltage'> {
  readonly voltage: readonly (Omit<SpecText['voltage'][number], 'table'> & { readonly rows: readonly VoltageRow[] })[];
  readonly plannedNetworks: readonly PlannedNetwork[];
  /** The kinds of chips that its parts may name, in the order of their points. */
  readonly targets: readonly Chip[];
  /** How these are compiled for, by their names: what keys are made of. Nothing for a chip that is compiled for in the standard way. */
  readonly compiling: Readonly<Record<string, string>>;
  /** As it was written. */
  readonly text: string;
  readonly path: string;
}

const REMEDY = 'see docs/studies/README.md for every field';

/**
 * Reads a specification with its recipes.
 * @throws UserError with every problem: YAML syntax, or values and keys, or recipes, names and levels.
 */
export async function parseStudySpec(
  text: string,
  path: string,
  readText: ReadText,
  targets: readonly Chip[] = CHIPS,
  places: StudyPlaces = {},
): Promise<StudySpec> {
  const value = parseYaml(text, path);
  const spec = checkSchema(specSchemaFor(value), value, path, REMEDY, KNOWN_KEYS);
  const { networks, problems } = await planNetworks(spec, { path, ...places }, readText);
  const compiled = await readCompiling(spec, path, readText, targets);
  const found: Diagnostic[] = [
    ...problems,
    ...compiled.problems,
    ...checkReferences(spec, path, networks),
    ...checkLevels(spec, path, compiled.chips),
  ];
  const voltage: StudySpec['voltage'][number][] = [];
  for (const [index, { table, ...rest }] of spec.voltage.entries()) {
    try {
      const rows = typeof table === 'string' ? await readVoltageTable(table, path, readText) : table;
      voltage.push({ ...rest, rows });
      found.push(...checkVoltageRows(rows, () => `${path}: voltage.${index}.table`));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      found.push(...error.diagnostics);
    }
  }
  throwIfErrors(found);
  return {
    ...spec,
    voltage,
    plannedNetworks: networks,
    targets: compiled.chips,
    compiling: compiled.settings,
    text,
    path,
  };
}

/** Networks and distortions of an entry of `distortions`. */
export interface DistortionEntry {
  /** Where it stands in the specification. */
  readonly place: string;
  readonly networks: readonly string[];
  /** In the order of kinds and levels. */
  readonly distortions: readonly Distortion[];
}

/** The entries of `distortions`, which may be one. */
export function distortionsOf({ distortions = [] }: Pick<SpecText, 'distortions'>): readonly DistortionEntry[] {
  return 'networks' in distortions
    ? [{ place: 'distortions', networks: distortions.networks, distortions: listed(distortions.effects) }]
    : distortions.map(({ networks, effects }, index) => ({
        ...{ place: `distortions.${index}`, networks, distortions: listed(effects) },
      }));
}

type Effects = Extract<SpecText['distortions'], { effects: unknown }>['effects'];

function listed(effects: Effects): readonly Distortion[] {
  return [
    ...(effects.additive ?? []).map((sigma) => ({ kind: 'additive', sigma }) as const),
    ...(effects.multiplicative ?? []).map((sigma) => ({ kind: 'multiplicative', sigma }) as const),
    ...(effects.uniformLog ?? []).map((gamma) => ({ kind: 'uniformLog', gamma }) as const),
    ...(effects.power ?? []).map((beta) => ({ kind: 'power', beta }) as const),
    ...(effects.round ?? []).map((bits) => ({ kind: 'round', bits }) as const),
    ...(effects.sign === true ? [{ kind: 'sign' } as const] : []),
    ...(effects.stochastic === true ? [{ kind: 'stochastic' } as const] : []),
  ];
}

/** Every pattern and name of a network that names none. */
function checkReferences(spec: SpecText, path: string, networks: readonly PlannedNetwork[]): readonly Diagnostic[] {
  const names = networks.map(({ name }) => name);
  // Without a network every pattern would be wrong too: the cause is reported already.
  if (names.length === 0) return [];
  const unknown = (place: string, text: string): readonly Diagnostic[] => {
    if (matching(text, names).length > 0) return [];
    const suggestion = nearest(text, names);
    const hint = suggestion === undefined ? '' : ` (did you mean "${suggestion}"?)`;
    const message = `"${text}" is no network of this study${hint}`;
    return [errorAt('unknown-network', `${path}: ${place}`, message, `use ${names.join(', ')}, or patterns with *`)];
  };
  const patternsOf = (place: string, patterns: readonly string[]): readonly Diagnostic[] =>
    patterns.flatMap((pattern) => unknown(`${place}.networks`, pattern));
  return [
    ...distortionsOf(spec).flatMap((entry) => patternsOf(entry.place, entry.networks)),
    ...(['faults', 'layers', 'cores', 'bits', 'voltage'] as const).flatMap((part) =>
      spec[part].flatMap((entry, index) => patternsOf(`${part}.${index}`, entry.networks)),
    ),
    ...spec.countermeasures.flatMap(({ baseline, measures }, index) => {
      const place = `countermeasures.${index}`;
      const exact = (where: string, text: string): readonly Diagnostic[] =>
        text.includes('*')
          ? [errorAt('pattern', `${path}: ${where}`, `"${text}" is a pattern`, 'name one network')]
          : unknown(where, text);
      return [
        ...exact(`${place}.baseline`, baseline),
        ...otherData(`${path}: ${place}`, baseline, measures, networks),
        ...Object.entries(measures).flatMap(([measure, { network, ensemble = [] }]) =>
          [...(network === undefined ? [] : [network]), ...ensemble].flatMap((text) =>
            exact(`${place}.measures.${measure}`, text),
          ),
        ),
      ];
    }),
  ];
}

/** Networks of measures that are for other data than the baseline: their accuracies could not be compared. */
function otherData(
  place: string,
  baseline: string,
  measures: Readonly<Record<string, Measure>>,
  networks: readonly PlannedNetwork[],
): readonly Diagnostic[] {
  const dataOf = (name: string): string | undefined => networks.find((one) => one.name === name)?.data;
  const data = dataOf(baseline);
  return Object.entries(measures).flatMap(([measure, { network, ensemble = [] }]) =>
    [...(network === undefined ? [] : [network]), ...ensemble]
      .filter((name) => data !== undefined && dataOf(name) !== undefined && dataOf(name) !== data)
      .map((name) => {
        const message = `"${name}" is for the data set ${dataOf(name)}, the baseline for ${data}`;
        return errorAt('other-data', `${place}.measures.${measure}`, message, 'name a network for the same data set');
      }),
  );
}

/** Every level out of range, and every fault and scope that the chip does not have. */
function checkLevels(spec: SpecText, path: string, targets: readonly Chip[]): readonly Diagnostic[] {
  const found: Diagnostic[] = distortionsOf(spec).flatMap(({ place, distortions }) =>
    distortions.flatMap(checkLevel).map((one) => ({ ...one, place: `${path}: ${place}.effects, ${one.place}` })),
  );
  const check = (place: string, asked: AskedFault): void => {
    found.push(
      ...chipProblems(asked, targets).map((one) => ({ ...one, place: `${path}: ${fieldOf(place, one, asked)}` })),
    );
  };
  spec.faults.forEach((entry, i) => check(`faults.${i}`, { ...entry, scope: faultScope(entry) }));
  // What a part varies is not written: any one stands for all.
  spec.layers.forEach((entry, i) => {
    const scope = { ...faultScope(entry), layers: ['*'] };
    check(`layers.${i}`, { ...entry, levels: [entry.level], scope });
  });
  spec.cores.forEach((entry, i) => {
    check(`cores.${i}`, { ...entry, levels: [entry.level], scope: { ...faultScope(entry), cores: [0] } });
  });
  spec.bits.forEach((entry, i) => {
    const scope = { ...faultScope(entry), protectedBits: [0] };
    check(`bits.${i}`, { ...entry, levels: [entry.level], scope });
  });
  spec.countermeasures.forEach((entry, i) => {
    const place = `countermeasures.${i}`;
    check(place, { ...entry, scope: faultScope(memoriesOf(entry)) });
    for (const [name, measure] of Object.entries(entry.measures)) {
      // Levels are reported at the entry.
      const levels = entry.levels.filter((level) => isLevel(entry.effect, level));
      check(`${place}.measures.${name}`, { ...measure, ...entry, levels, scope: measureScope(entry, measure) });
    }
  });
  return found;
}

/** A fault at some levels on one chip. */
interface AskedFault extends ScopeFields {
  readonly chip: string;
  readonly effect: FaultName;
  readonly levels: readonly number[];
  readonly scope: FaultScope | undefined;
}

/** Every level that is none, and what is wrong with the largest of the others: what is wrong with one of them is wrong with that. */
function chipProblems({ chip, effect, levels, scope }: AskedFault, targets: readonly Chip[]): readonly Diagnostic[] {
  // At a level of 0 nothing is asked for that a chip could lack.
  const largest = Math.max(1e-9, ...levels.filter((level) => isLevel(effect, level)));
  return [
    ...levels.flatMap((level) => levelProblems(effect, level)),
    ...faultProblemsOn(chip, { noise: noiseOf(effect, largest), scope }, targets),
  ];
}

function faultProblemsOn(name: string, request: FaultRequest, targets: readonly Chip[]): readonly Diagnostic[] {
  const chip = targets.find((target) => target.name === name);
  if (chip !== undefined) return faultProblems(request, chip.faults());
  return [unknownChip(name, 'chip', targets)];
}

const LEVEL_CODES = ['bad-noise-level', 'noise-range'];

/** The field of a specification that a field of a request comes from: `noise.ber` is the effect or its levels, `scope.cores[1]` is `cores.1`. */
function fieldOf(place: string, { place: field, code }: Diagnostic, asked: AskedFault): string {
  const [, part = '', index] = /^scope\.(\w+)(?:\[(\d+)\])?$/.exec(field) ?? [];
  if (field.startsWith('noise.')) {
    const level = 'level' in asked ? 'level' : 'levels';
    return `${place}.${LEVEL_CODES.includes(code) ? level : 'effect'}`;
  }
  if (field === 'chip') return `${place}.chip`;
  return part !== '' && part in asked ? `${place}.${part}${index === undefined ? '' : `.${index}`}` : place;
}

const memoriesOf = ({ memories }: Pick<FaultScope, 'memories'>): FaultScope =>
  memories === undefined ? {} : { memories };

/** The scope of the faults with a countermeasure: that of its entry, narrowed by the measure. */
export const measureScope = (entry: Pick<FaultScope, 'memories'>, measure: Measure): FaultScope | undefined =>
  faultScope({ ...memoriesOf(entry), ...faultScope(measure) });
