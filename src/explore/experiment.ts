/** Reads an experiment file, with all that is wrong with it at once. */
import { basename, dirname } from 'node:path';
import type { Chip } from '../chips/chip.js';
import { CHIPS } from '../chips/installed.js';
import { checkSchema } from '../common/check-schema.js';
import { type Diagnostic, errorAt, throwIfErrors } from '../common/diagnostics.js';
import { nearest } from '../common/nearest.js';
import { parseYaml } from '../common/parse-yaml.js';
import { namedData, nameFrom, placedData } from '../data/named-data.js';
import { type ImportText, pathFrom } from '../data/model-file.js';
import { faultProblems } from '../ir/faults/check.js';
import { noiseProblems, NO_NOISE } from '../ir/faults/levels.js';
import { type ExperimentText, experimentSchema, KNOWN_KEYS } from './experiment-schema.js';
import { cannotGive, isMetricName, METRIC_NAMES, METRICS, type Objective, OWN_METRIC } from './metrics.js';
import { MAX_SOBOL_AXES } from './search/sobol.js';
import { type Comparison, namesIn, parseComparison, valueOf } from './space/expression.js';
import { OTHER_NAMES, readTargets, type Target } from './targets.js';

/** A network of an experiment, before it is read. */
export interface ExplorationNetwork {
  readonly name: string;
  /** Networks of one group share fronts. */
  readonly group: string;
  readonly path: string;
  /** Of the files that `import` names. */
  readonly folder: string;
  readonly import?: ImportText | undefined;
  /** Name or path of the data set. */
  readonly data: string;
  readonly place: string;
}

/** An experiment whose references are known to be good. */
export interface Experiment extends Omit<ExperimentText, 'networks' | 'chips' | 'objectives' | 'constraints'> {
  readonly networks: readonly ExplorationNetwork[];
  readonly targets: readonly Target[];
  readonly objectives: readonly Objective[];
  readonly constraints: readonly Comparison[];
  /** As it was written. */
  readonly text: string;
  readonly path: string;
}

/** Paths of what is not beside the experiment file. */
export interface ExperimentPlaces {
  readonly models?: string | undefined;
  readonly data?: string | undefined;
}

const REMEDY = 'see docs/exploration.md for every field';

/** Reads the text of an experiment file. @throws UserError with every problem: of the YAML, or of keys and values, or of what they name */
export async function parseExperiment(
  text: string,
  path: string,
  { models, data }: ExperimentPlaces = {},
  chips: readonly Chip[] = CHIPS,
): Promise<Experiment> {
  const written = checkSchema(experimentSchema, parseYaml(text, path), path, REMEDY, KNOWN_KEYS);
  const folder = dirname(path);
  const named = await namedData(
    written.networks.map(({ dataset }) => dataset),
    data,
  );
  const networks = written.networks.map((entry, index): ExplorationNetwork => {
    const name = entry.name ?? nameFrom(basename(entry.model).replace(/\.[^.]*$/, ''));
    const at = models ?? folder;
    return {
      ...{ name, group: entry.group ?? name, path: pathFrom(at, entry.model), folder: at, import: entry.import },
      ...{ data: placedData(entry.dataset, folder, named).data, place: `${path}: networks.${index}` },
    };
  });
  const { targets, problems } = await readTargets(written.chips, path, chips);
  const objectives = readObjectives(written, targets, path);
  const constraints = readConstraints(written, targets, path);
  throwIfErrors([
    ...problems,
    ...duplicates(networks),
    ...robustProblems(written, targets, path),
    ...objectives.problems,
    ...constraints.problems,
    ...searchProblems(written, targets, path),
  ]);
  return { ...written, networks, targets, objectives: objectives.found, constraints: constraints.found, text, path };
}

const duplicates = (networks: readonly ExplorationNetwork[]): readonly Diagnostic[] =>
  networks.flatMap(({ name, place }, index) => {
    if (name === '') return [errorAt('bad-name', place, 'its file gives no name', 'give it a name: of its own')];
    if (networks.findIndex((one) => one.name === name) === index) return [];
    return [
      errorAt('duplicate-network', place, `two networks are called "${name}"`, 'give one of them a name: of its own'),
    ];
  });

interface Found<T> {
  readonly found: readonly T[];
  readonly problems: readonly Diagnostic[];
}

function readObjectives(
  { objectives, robust }: ExperimentText,
  targets: readonly Target[],
  path: string,
): Found<Objective> {
  const found: Objective[] = [];
  const problems: Diagnostic[] = [];
  for (const [index, text] of objectives.entries()) {
    const place = `${path}: objectives.${index}`;
    const [, direction, name = ''] = /^(?:(minimise|maximise)\s+)?(\S+)$/.exec(text.trim()) ?? [];
    const unknown = unknownMetric(name, place);
    if (unknown !== undefined) {
      problems.push(unknown);
      continue;
    }
    const standard = isMetricName(name) ? METRICS[name].better : undefined;
    const better = direction === undefined ? standard : direction === 'minimise' ? 'min' : 'max';
    if (better === undefined) {
      problems.push(
        errorAt(
          'no-direction',
          place,
          `whether ${name} is to be small or large is not said`,
          `write "minimise ${name}" or "maximise ${name}"`,
        ),
      );
      continue;
    }
    if (found.some(({ metric }) => metric === name)) {
      problems.push(errorAt('objective-twice', place, `${name} is an objective already`, 'remove one of them'));
    }
    problems.push(...notGiven(name, place, targets, robust !== undefined));
    found.push({ metric: name, better });
  }
  return { found, problems };
}

function unknownMetric(name: string, place: string): Diagnostic | undefined {
  if (isMetricName(name) || OWN_METRIC.test(name)) return undefined;
  const suggestion = nearest(name, METRIC_NAMES);
  const hint = suggestion === undefined ? '' : `; did you mean "${suggestion}"?`;
  return errorAt(
    'unknown-metric',
    place,
    `there is no measure "${name}"${hint}`,
    `use ${METRIC_NAMES.join(', ')}, or metrics.NAME of a chip`,
  );
}

const notGiven = (name: string, place: string, targets: readonly Target[], hasRobust: boolean): readonly Diagnostic[] =>
  targets.flatMap(({ chip, name: own }) => {
    const reason = cannotGive(chip, name, hasRobust);
    return reason === undefined
      ? []
      : [
          errorAt(
            'metric-not-given',
            place,
            `${own} cannot give ${name}: ${reason}`,
            'use another measure, or leave that chip out',
          ),
        ];
  });

function readConstraints(
  { constraints, robust }: ExperimentText,
  targets: readonly Target[],
  path: string,
): Found<Comparison> {
  const found: Comparison[] = [];
  const problems: Diagnostic[] = [];
  const parameters = targets.flatMap(({ chip, settings }) => [
    ...chip.specs.parameters.map(({ path: name }) => name),
    ...settings.map(({ name }) => name),
    ...OTHER_NAMES,
  ]);
  for (const [index, text] of constraints.entries()) {
    const place = `${path}: constraints.${index}`;
    const comparison = parseComparison(text, place);
    if ('code' in comparison) {
      problems.push(comparison);
      continue;
    }
    for (const name of new Set([...namesIn(comparison.left), ...namesIn(comparison.right)])) {
      if (isMetricName(name)) problems.push(...notGiven(name, place, targets, robust !== undefined));
      else if (!OWN_METRIC.test(name) && !parameters.includes(name)) {
        const suggestion = nearest(name, [...METRIC_NAMES, ...parameters]);
        const hint = suggestion === undefined ? '' : `; did you mean "${suggestion}"?`;
        problems.push(
          errorAt(
            'unknown-name',
            place,
            `there is no measure or parameter "${name}"${hint}`,
            `use ${METRIC_NAMES.join(', ')}, or a parameter of a chip`,
          ),
        );
      }
    }
    found.push(comparison);
  }
  return { found, problems: [...problems, ...contradictions(found, path)] };
}

/** Bounds of single names that leave nothing between them, and shares that no share reaches. */
function contradictions(constraints: readonly Comparison[], path: string): readonly Diagnostic[] {
  const bounds = new Map<string, { low: number; high: number; texts: string[] }>();
  const none = (): undefined => undefined;
  const problems: Diagnostic[] = [];
  for (const { left, operator, right, text } of constraints) {
    const [name, number, sign] =
      left.kind === 'name'
        ? [left.name, valueOf(right, none), operator]
        : right.kind === 'name'
          ? [right.name, valueOf(left, none), MIRRORED[operator]]
          : [];
    if (name === undefined || number === undefined || sign === undefined) continue;
    const isShare = isMetricName(name) && METRICS[name].unit === '' && /ccuracy|parsity|utilisation/.test(name);
    const own = bounds.get(name) ?? { low: isShare ? 0 : -Infinity, high: isShare ? 1 : Infinity, texts: [] };
    if (sign !== '<=' && sign !== '<') own.low = Math.max(own.low, number);
    if (sign !== '>=' && sign !== '>') own.high = Math.min(own.high, number);
    own.texts.push(text);
    bounds.set(name, own);
  }
  for (const [name, { low, high, texts }] of bounds) {
    if (low <= high) continue;
    const message = `no ${name} fulfils ${texts.map((one) => `"${one}"`).join(' and ')}`;
    problems.push(errorAt('contradiction', `${path}: constraints`, message, 'relax one of them'));
  }
  return problems;
}

const MIRRORED = { '<=': '>=', '>=': '<=', '<': '>', '>': '<', '==': '==' } as const;

function robustProblems({ robust }: ExperimentText, targets: readonly Target[], path: string): readonly Diagnostic[] {
  if (robust === undefined) return [];
  const place = `${path}: robust.faults`;
  const found = noiseProblems(robust.faults);
  if (found.length > 0) return found.map((one) => ({ ...one, place }));
  return targets.flatMap(({ chip, baseSpec }) =>
    faultProblems({ noise: { ...NO_NOISE, ...robust.faults } }, chip.faults(baseSpec)).map((one) => ({
      ...one,
      place,
    })),
  );
}

function searchProblems(
  { search: { method, rungs = [] }, budget, images }: ExperimentText,
  targets: readonly Target[],
  path: string,
): readonly Diagnostic[] {
  const problems: Diagnostic[] = [];
  for (const { place, settings } of targets) {
    for (const { name, setting } of settings) {
      if (method !== 'grid' || setting.kind !== 'range') continue;
      const remedy = 'give step, factor or levels, or take another search';
      problems.push(
        errorAt(
          'grid-without-levels',
          `${place}: ${name}`,
          'a grid has levels, and this is any number between two',
          remedy,
        ),
      );
    }
  }
  const varying = targets.reduce((sum, { settings }) => sum + settings.filter(isVarying).length, 2);
  if (method === 'sobol' && varying > MAX_SOBOL_AXES) {
    problems.push(
      errorAt(
        'too-many-axes',
        `${path}: search`,
        `${varying} parameters, and Sobol points have ${MAX_SOBOL_AXES}`,
        'use latinHypercube',
      ),
    );
  }
  if (method !== 'grid' && budget.points === undefined) {
    problems.push(
      errorAt(
        'no-budget',
        `${path}: budget`,
        `${method} has no end of its own`,
        'say how many points: budget: { points: 200 }',
      ),
    );
  }
  if (budget.joules !== undefined && budget.wattsPerCore === undefined) {
    problems.push(
      errorAt(
        'joules-without-watts',
        `${path}: budget`,
        'what a second of a core takes is not said',
        'add wattsPerCore, for example 10',
      ),
    );
  }
  if (rungs.some((n, i) => n >= (rungs[i + 1] ?? images))) {
    problems.push(
      errorAt(
        'bad-rungs',
        `${path}: search.rungs`,
        `${rungs.join(', ')} before ${images} images`,
        'write them from few to many',
      ),
    );
  }
  return problems;
}

/** Whether a setting has more than one value. */
export const isVarying = ({ setting }: Target['settings'][number]): boolean =>
  setting.kind === 'range' || (setting.kind === 'values' && setting.values.length > 1);

/** Files of the chips of a user that an experiment names. */
export const chipFilesOf = ({ targets }: Pick<Experiment, 'targets'>): string[] => [
  ...new Set(targets.flatMap(({ chip: { file } }) => (file === undefined ? [] : [file]))),
];
