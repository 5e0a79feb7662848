/**
 * A study from its specification to its result:
 *
 *   1. parseStudySpec    text -> specification, networks and references checked     spec.ts
 *   2. readyNetworks     train, in threads, with checkpoints                        training/
 *   3. planStudy         -> points, each with its key                               plan.ts, point.ts
 *   4. measurePoint      one point at a time, on all threads, into a journal        running/, journal.ts
 *   5. StudyResult       rows in the order of the plan, costs, failures             ir/trace/study.ts
 *
 * Everything is a function of specification, model files and images: neither workers nor restarts nor the order of points show in a result.
 */
import { present } from '../common/assert.js';
import { UserError } from '../common/diagnostics.js';
import { readBounded, textOf } from '../data/files/bounded.js';
import { inferShapes, sizeOf } from '../ir/network/shapes.js';
import type { NetworkGraph } from '../ir/network/types.js';
import type { StudyFailure, StudyNetwork, StudyResult, StudyRow } from '../ir/trace/study.js';
import { costsOf } from './costs.js';
import { readStudyText, type StudyFolder, studyFolder } from './files.js';
import { openJournal } from './journal.js';
import { parseStudyResult } from './output/result-schema.js';
import { writeStudy } from './output/write-study.js';
import { neededPrograms, planStudy } from './plan.js';
import { describePoint, pointKey, type StudyPoint } from './point.js';
import { type Bench, createBench } from './running/bench.js';
import { networkFor } from './running/deploy.js';
import { measurePoint } from './running/measure-point.js';
import { findStructure } from './running/structures.js';
import { parseStudySpec, type StudySpec } from './spec.js';
import { type Chip, type ChipStructure, countWeights, structureOn, weightedLayers } from './structure.js';
import { firstNetworks } from './training/first-networks.js';
import { messageOf, type ReadyNetwork, readyNetworks, type TrainingsProgress } from './training/train-networks.js';

/** How to run a study. */
export interface StudyOptions {
  /** Folder of the results, and of what a later run goes on from. */
  readonly output: string;
  readonly workers: number;
  /** The command, for the record. */
  readonly command: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: StudyProgress) => void;
}

/** Where a study stands. */
export type StudyProgress =
  | (TrainingsProgress & { readonly stage: 'training' })
  /** Programs that the plan has to know. */
  | { readonly stage: 'compiling'; readonly network: string; readonly chip: Chip }
  | {
      readonly stage: 'measuring';
      /** Points of the plan with rows or a failure, those of earlier runs included. */
      readonly done: number;
      readonly total: number;
      /** Those that were there when this run began. */
      readonly before: number;
      readonly point: string;
      /** Share of this point that is done, 0..1. */
      readonly share: number;
    };

/** Reads the specification at a path. @throws UserError with every problem */
export async function readStudySpec(path: string): Promise<StudySpec> {
  return parseStudySpec(await readStudyText(path), path, readStudyText);
}

/**
 * Runs a study, or goes on with it. Rejects with the signal's reason when aborted; what was measured is kept.
 * @throws UserError when the folder cannot be written; what fails of the study itself is in its result.
 */
export async function runStudy(spec: StudySpec, options: StudyOptions): Promise<StudyResult> {
  const { signal, workers, onProgress } = options;
  const folder = studyFolder(options.output);
  const journal = await openJournal(folder.journal);
  const networks = await readyNetworks(spec.plannedNetworks, folder, {
    workers,
    signal,
    onProgress: (progress) => onProgress?.({ stage: 'training', ...progress }),
  });
  const bench = createBench(spec, networks, { workers, signal });
  try {
    const structures = await findStructures(spec, bench, folder, options);
    const points = planStudy(spec, (name) => ({
      layers: layersOf(networks, name),
      chips: chipsOf(structures, name),
    }));
    const outcomes = await measureAll(points, { spec, bench, journal, options });
    return assemble({ spec, networks, points, outcomes, structures, command: options.command });
  } finally {
    await bench.close();
  }
}

/**
 * The points of a study in words, without training: layers are those of the recipes, cores those of networks with their first weights.
 */
export async function planOnly(spec: StudySpec): Promise<readonly string[]> {
  const untrained = await firstNetworks(spec.plannedNetworks);
  const structures = new Map<string, ChipStructure>();
  for (const { network, chip } of neededPrograms(spec)) {
    try {
      const { network: graph, data } = present(untrained.get(network), 'network');
      const request = { network: graph, name: network, data, chip, quantiseBits: spec.quantise?.bits };
      structures.set(structureKey(network, chip), structureOn(await networkFor(request), chip));
    } catch (error) {
      // What does not fit a chip is a failure of its points.
      if (!(error instanceof UserError)) throw error;
    }
  }
  const points = planStudy(spec, (name) => ({
    layers: weightedLayers(untrained.get(name)?.network.nodes ?? []),
    chips: chipsOf(structures, name),
  }));
  return points.map(describePoint);
}

/** The study in a folder. @throws UserError when there is none */
export async function readStudyResult(path: string): Promise<StudyResult> {
  const { result } = studyFolder(path);
  return parseStudyResult(textOf(await readBounded(result), result), result);
}

/** Writes the data of a study into its folder; the names of the files. */
export const writeStudyFiles = (result: StudyResult, path: string): Promise<readonly string[]> =>
  writeStudy(result, studyFolder(path));

type Structures = ReadonlyMap<string, ChipStructure>;

const structureKey = (network: string, chip: Chip): string => `${network} on ${chip}`;

/** Programs that the plan or the costs have to know. */
async function findStructures(
  spec: StudySpec,
  bench: Bench,
  folder: StudyFolder,
  { signal, onProgress }: StudyOptions,
): Promise<Structures> {
  const found = new Map<string, ChipStructure>();
  for (const { network, chip } of neededPrograms(spec)) {
    signal?.throwIfAborted();
    onProgress?.({ stage: 'compiling', network, chip });
    const structure = await findStructure(bench, folder, network, chip, spec.quantise?.bits);
    if (structure !== undefined) found.set(structureKey(network, chip), structure);
  }
  return found;
}

function layersOf(networks: readonly ReadyNetwork[], name: string): readonly string[] {
  const found = networks.find(({ plan }) => plan.name === name);
  return found?.kind === 'ready' ? weightedLayers(found.network.nodes) : ['all'];
}

function chipsOf(structures: Structures, name: string): Readonly<Partial<Record<Chip, ChipStructure>>> {
  const truenorth = structures.get(structureKey(name, 'truenorth'));
  const northpole = structures.get(structureKey(name, 'northpole'));
  return {
    ...(truenorth === undefined ? {} : { truenorth }),
    ...(northpole === undefined ? {} : { northpole }),
  };
}

/** What became of a point. */
type PointOutcome = { readonly rows: readonly StudyRow[] } | { readonly failure: string };

interface Measuring {
  readonly spec: StudySpec;
  readonly bench: Bench;
  readonly journal: Awaited<ReturnType<typeof openJournal>>;
  readonly options: StudyOptions;
}

/** The outcomes of the points, in their order. */
async function measureAll(
  points: readonly StudyPoint[],
  { spec, bench, journal, options }: Measuring,
): Promise<readonly PointOutcome[]> {
  const { signal, onProgress } = options;
  const outcomes = new Map<number, PointOutcome>();
  const open: { readonly index: number; readonly point: StudyPoint; readonly key: string }[] = [];
  for (const [index, point] of points.entries()) {
    const missing = bench.missing([point.network, ...point.members]);
    if (missing !== undefined) {
      outcomes.set(index, { failure: missing });
      continue;
    }
    try {
      const key = await keyOf(point, spec, bench);
      const rows = journal.rowsOf(key);
      if (rows === undefined) open.push({ index, point, key });
      else outcomes.set(index, { rows });
    } catch (error) {
      // Data that are not there: there is nothing to run.
      outcomes.set(index, { failure: messageOf(error) });
    }
  }
  const before = outcomes.size;
  for (const { index, point, key } of byPrograms(open)) {
    signal?.throwIfAborted();
    const report = (share: number): void =>
      onProgress?.({
        stage: 'measuring',
        done: outcomes.size,
        total: points.length,
        before,
        point: describePoint(point),
        share,
      });
    report(0);
    const outcome = await attempt(() =>
      measurePoint(point, spec, bench, { signal, onChip: (done, total) => report(done / total) }),
    );
    await journal.add(key, outcome);
    outcomes.set(index, outcome);
  }
  return points.map((_, index) => present(outcomes.get(index), 'outcome'));

  async function attempt(measure: () => Promise<readonly StudyRow[]>): Promise<PointOutcome> {
    try {
      return { rows: await measure() };
    } catch (error) {
      signal?.throwIfAborted();
      return { failure: messageOf(error) };
    }
  }
}

/** Points that run on the same programs one after the other: opening one takes seconds. */
function byPrograms<T extends { readonly point: StudyPoint }>(open: readonly T[]): readonly T[] {
  const groups = new Map<string, T[]>();
  for (const one of open) {
    const key = `${one.point.target} ${one.point.members.join(' ')}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return [...groups.values()].flat();
}

/** @throws UserError when the images of a network are not at hand */
async function keyOf(point: StudyPoint, spec: StudySpec, bench: Bench): Promise<string> {
  const { family, dataset, variant } = bench.network(point.network).plan;
  const { digest: images } = await bench.images(point.network);
  return pointKey(point, {
    seed: spec.seed,
    chips: spec.chips,
    models: point.members.map((member) => bench.network(member).digest),
    images,
    quantiseBits: spec.quantise?.bits,
    labels: { family, dataset, variant },
  });
}

interface Finished {
  readonly spec: StudySpec;
  readonly networks: readonly ReadyNetwork[];
  readonly points: readonly StudyPoint[];
  readonly outcomes: readonly PointOutcome[];
  readonly structures: Structures;
  readonly command: string;
}

function assemble({ spec, networks, points, outcomes, structures, command }: Finished): StudyResult {
  const rows = outcomes.flatMap((outcome) => ('rows' in outcome ? outcome.rows : []));
  const failures = outcomes.flatMap((outcome, index): readonly StudyFailure[] => {
    const point = present(points[index], 'point');
    return 'rows' in outcome ? [] : [{ part: point.part, point: describePoint(point), message: outcome.failure }];
  });
  const epochs = new Map(
    networks.flatMap((one) =>
      one.kind === 'ready' && one.facts !== undefined ? [[one.plan.name, one.facts.epochs]] : [],
    ),
  );
  return {
    kind: 'lodestone-study',
    version: 1,
    name: spec.name,
    seed: spec.seed,
    chips: spec.chips,
    images: spec.images,
    networks: networks.flatMap(networkLine),
    rows,
    costs: costsOf(spec, {
      structureOf: (network, chip) => structures.get(structureKey(network, chip)),
      golden: rows.filter(({ part }) => part === 'golden'),
      epochsOf: (network) => epochs.get(network),
    }),
    failures,
    specification: spec.text,
    command,
  };
}

function networkLine(ready: ReadyNetwork): readonly StudyNetwork[] {
  // One that is not there is told by the failures of its points.
  if (ready.kind === 'failed') return [];
  const { plan, network, facts } = ready;
  const { name, family, dataset, variant } = plan;
  return [
    {
      name,
      family,
      dataset,
      variant,
      nClasses: classesOf(network),
      nWeights: countWeights(network),
      ...(facts === undefined ? {} : { validationAccuracy: facts.validationAccuracy, epochs: facts.epochs }),
    },
  ];
}

/** Class scores of the output. */
function classesOf(network: NetworkGraph): number {
  const output = present(network.nodes.at(-1), 'output');
  return sizeOf(present(inferShapes(network).get(output.id), 'shape'));
}
