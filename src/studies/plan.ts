/** From a specification to its points, in the order of their rows. A pure function: nothing runs. */
import type { Chip, ChipStructure } from '../chips/chip.js';
import { assert } from '../common/assert.js';
import { type Diagnostic, errorAt, throwIfErrors } from '../common/diagnostics.js';
import { faultScope } from '../ir/faults/scope.js';
import type { FaultScope } from '../ir/faults/scope.js';
import { STUDY_PARTS, type StudyPart, type StudyTarget } from '../ir/trace/study.js';
import { chipNamed } from '../flow/chip-named.js';
import { matchingAny } from './patterns.js';
import { describePoint, type Disturbance, effectOf, scopeText, type StudyPoint } from './point.js';
import type { Measure } from './spec-schema.js';
import { distortionsOf, measureScope, type StudySpec } from './spec.js';
import { wordBits } from './structure.js';

/** What a plan has to know of a network: where faults can be alone. */
export interface NetworkStructure {
  /** Names of its layers with weights, in order. */
  readonly layers: readonly string[];
  /** Its programs; a chip that it does not fit, or that no point needs, is absent. */
  readonly chips: Readonly<Partial<Record<string, ChipStructure>>>;
}

/** Structure of a network by its name. */
export type StructureOf = (network: string) => NetworkStructure;

/** Programs that the plan or the costs of countermeasures have to know. */
export function neededPrograms(spec: StudySpec): readonly { readonly network: string; readonly chip: Chip }[] {
  const names = spec.plannedNetworks.map(({ name }) => name);
  const parts = [...spec.layers, ...spec.cores, ...spec.bits.filter(({ positions }) => positions === undefined)];
  const isNeeded = (network: string, chip: string): boolean =>
    parts.some((entry) => entry.chip === chip && matchingAny(entry.networks, names).includes(network)) ||
    isMember(spec, network, chip);
  return names.flatMap((network) =>
    spec.targets.filter(({ name }) => isNeeded(network, name)).map((chip) => ({ network, chip })),
  );
}

/** Whether countermeasures run a network on a chip. */
const isMember = ({ countermeasures }: StudySpec, network: string, chip: string): boolean =>
  countermeasures.some(
    ({ chip: own, baseline, measures }) =>
      own === chip &&
      (baseline === network ||
        Object.values(measures).some((measure) => membersOf(baseline, measure).includes(network))),
  );

/**
 * The points of a study: by part, then in the order of the specification. Points that say the same appear once.
 * @throws UserError for points that differ and whose rows would not
 */
export function planStudy(spec: StudySpec, structureOf: StructureOf): readonly StudyPoint[] {
  const names = spec.plannedNetworks.map(({ name }) => name);
  const points = STUDY_PARTS.flatMap((part) => partPoints(part, spec, names, structureOf));
  const seen = new Set<string>();
  const different = points.filter((point) => {
    const text = JSON.stringify(point);
    if (seen.has(text)) return false;
    seen.add(text);
    return true;
  });
  throwIfErrors(ambiguousRows(different, spec.path));
  return different;
}

/** Points whose rows look like those of a point before them. */
function ambiguousRows(points: readonly StudyPoint[], path: string): readonly Diagnostic[] {
  const rows = new Set<string>();
  return points.flatMap((point): readonly Diagnostic[] => {
    const { part, network, target, disturbance, where, countermeasure, voltage } = point;
    const key = JSON.stringify([part, network, target, effectOf(disturbance), where, countermeasure, voltage?.volts]);
    if (!rows.has(key)) {
      rows.add(key);
      return [];
    }
    const message = `another entry gives rows of the same name (${describePoint(point)})`;
    return [
      errorAt('ambiguous-rows', `${path}: ${part}`, message, 'put one of the two entries into a study of its own'),
    ];
  });
}

function partPoints(
  part: StudyPart,
  spec: StudySpec,
  names: readonly string[],
  structureOf: StructureOf,
): readonly StudyPoint[] {
  const of = (patterns: readonly string[]): readonly string[] => matchingAny(patterns, names);
  switch (part) {
    case 'golden':
      return names.flatMap((name) =>
        targetsOf(spec, name, names).map((target) => single('golden', name, target, { kind: 'none' })),
      );
    case 'distortions':
      return distortionsOf(spec).flatMap(({ networks, distortions }) =>
        of(networks).flatMap((name) =>
          distortions.map((distortion) => single('distortions', name, 'network', { kind: 'distortion', distortion })),
        ),
      );
    case 'faults':
      return spec.faults.flatMap((entry) =>
        of(entry.networks).flatMap((name) =>
          entry.levels.map((level) =>
            single('faults', name, entry.chip, fault(entry, level, faultScope(entry)), scopeText(faultScope(entry))),
          ),
        ),
      );
    case 'layers':
      return spec.layers.flatMap((entry) =>
        of(entry.networks).flatMap((name) =>
          layersOn(structureOf(name), entry.chip).map((layer) =>
            single(
              'layers',
              name,
              entry.chip,
              fault(entry, entry.level, { ...faultScope(entry), layers: [layer] }),
              layer,
            ),
          ),
        ),
      );
    case 'cores':
      return spec.cores.flatMap((entry) =>
        of(entry.networks).flatMap((name) =>
          coresOf(structureOf(name).chips[entry.chip], entry.atMost).map((core) =>
            single(
              'cores',
              name,
              entry.chip,
              fault(entry, entry.level, { ...faultScope(entry), cores: [core] }),
              `${core}`,
            ),
          ),
        ),
      );
    case 'bits':
      return spec.bits.flatMap((entry) =>
        of(entry.networks).flatMap((name) => {
          const width = wordBits(
            structureOf(name).chips[entry.chip],
            chipNamed(entry.chip, spec.targets),
            faultScope(entry) ?? {},
          );
          const all = Array.from({ length: width }, (_, bit) => bit);
          return (entry.positions ?? all).map((bit) => {
            const protectedBits = protectedBut(bit, Math.max(width, ...(entry.positions ?? [0]).map((p) => p + 1)));
            return single(
              'bits',
              name,
              entry.chip,
              fault(entry, entry.level, { ...faultScope(entry), protectedBits }),
              `${bit}`,
            );
          });
        }),
      );
    case 'voltage':
      return spec.voltage.flatMap((entry) =>
        of(entry.networks).flatMap((name) =>
          entry.rows.map(({ volts, ber, energyScale }) => ({
            ...single('voltage', name, entry.chip, { kind: 'fault', effect: 'ber', level: ber }),
            voltage: { volts, energyScale },
          })),
        ),
      );
    case 'countermeasures':
      return spec.countermeasures.flatMap(countermeasurePoints);
  }
}

/** The levels of an entry without a measure, then with each. */
function countermeasurePoints(entry: StudySpec['countermeasures'][number]): readonly StudyPoint[] {
  const own = faultScope(entry.memories === undefined ? {} : { memories: entry.memories });
  const at = (members: readonly string[], countermeasure: string, scope: FaultScope | undefined) =>
    entry.levels.map((level) => ({
      ...single('countermeasures', entry.baseline, entry.chip, fault(entry, level, scope)),
      members,
      countermeasure,
    }));
  return [
    ...at([entry.baseline], '', own),
    ...Object.entries(entry.measures).flatMap(([name, measure]) =>
      at(membersOf(entry.baseline, measure), name, measureScope(entry, measure)),
    ),
  ];
}

/** Networks that run with a measure. */
export const membersOf = (baseline: string, { network, ensemble }: Measure): readonly string[] =>
  ensemble ?? [network ?? baseline];

function single(
  part: StudyPart,
  network: string,
  target: StudyTarget,
  disturbance: Disturbance,
  where = '',
): StudyPoint {
  return { part, network, members: [network], target, disturbance, where, countermeasure: '' };
}

const fault = (
  { effect }: Pick<StudySpec['faults'][number], 'effect'>,
  level: number,
  scope: FaultScope | undefined,
): Disturbance => ({ kind: 'fault', effect, level, ...(scope === undefined ? {} : { scope }) });

/** The network itself, and every chip that a part of the study runs it on. */
function targetsOf(spec: StudySpec, name: string, names: readonly string[]): readonly StudyTarget[] {
  const entries = [...spec.faults, ...spec.layers, ...spec.cores, ...spec.bits, ...spec.voltage];
  const runsOn = (chip: string): boolean =>
    entries.some((entry) => entry.chip === chip && matchingAny(entry.networks, names).includes(name)) ||
    isMember(spec, name, chip);
  return ['network', ...spec.targets.map((chip) => chip.name).filter(runsOn)];
}

/** Layers with weights that are on the chip under their own name; all of them where the program is not known. */
function layersOn({ layers, chips }: NetworkStructure, chip: string): readonly string[] {
  const program = chips[chip];
  return program === undefined ? layers : program.layers.filter((layer) => layers.includes(layer));
}

/**
 * Indices of the cores, at most so many, spread evenly. A program that is not known has core 0: running it says what is wrong.
 */
function coresOf(program: ChipStructure | undefined, atMost: number | undefined): readonly number[] {
  const nCores = program?.nCores ?? 1;
  const n = Math.min(nCores, atMost ?? nCores);
  return Array.from({ length: n }, (_, i) => Math.floor((i * nCores) / n));
}

function protectedBut(bit: number, width: number): readonly number[] {
  assert(bit < width, `bit ${bit} of ${width}`);
  return Array.from({ length: width }, (_, other) => other).filter((other) => other !== bit);
}
