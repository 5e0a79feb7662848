/**
 * A study from its specification to its result:
 *
 *   1. parseStudySpec    text -> specification, networks and references checked     spec.ts
 *   2. readyNetworks     train, in threads, with checkpoints                        training/
 *   3. planStudy         -> points, each with its key                               plan.ts, point.ts
 *   4. measureAll        one point at a time, on all threads, into a journal        running/, experiments/points
 *   5. assemble          rows in the order of the plan, costs, failures             assemble.ts, costs.ts
 *
 * Everything is a function of specification, model files and images: neither workers nor restarts nor the order of points show in a result.
 */
import type { Chip } from '../chips/chip.js';
import { CHIPS } from '../chips/installed.js';
import { throwIfErrors } from '../common/diagnostics.js';
import { readBounded, textOf } from '../data/files/bounded.js';
import type { StudyResult } from '../ir/trace/study.js';
import { assemble } from './assemble.js';
import { absentFiles } from './absent-files.js';
import { imageProblems } from './check-images.js';
import { type Journal, openJournal } from '../experiments/points/journal.js';
import { FOLDER_REMEDY, readSpecText, readStudyText, studyFolder } from './files.js';
import type { StudyPlaces } from './networks.js';
import { parseStudyResult } from './output/result-schema.js';
import { writeStudy } from './output/write-study.js';
import { planStudy } from './plan.js';
import type { StudyOptions } from './progress.js';
import { createBench } from './running/bench.js';
import { type Measured, measureAll, measuredSchema } from './running/measure-all.js';
import { chipsOf, findStructures } from './running/structures.js';
import { parseStudySpec, type StudySpec } from './spec.js';
import { weightedLayers } from './structure.js';
import { type ReadyNetwork, readyNetworks } from './training/train-networks.js';

export type { StudyPlaces } from './networks.js';
export { planOnly } from './plan-only.js';
export type { StudyOptions, StudyProgress } from './progress.js';

/** Reads the specification at a path, which may name these kinds of chips. @throws UserError with every problem */
export async function readStudySpec(
  path: string,
  chips: readonly Chip[] = CHIPS,
  places: StudyPlaces = {},
): Promise<StudySpec> {
  const spec = await parseStudySpec(await readSpecText(path), path, readStudyText, chips, places);
  throwIfErrors(await absentFiles(spec, path));
  // Entries whose rows would look the same are found now, not after hours of training.
  planStudy(spec, () => ({ layers: ['all'], chips: {} }));
  throwIfErrors(await imageProblems(spec, path));
  return spec;
}

/**
 * Runs a study, or goes on with it. Rejects with the signal's reason when aborted; what was measured is kept.
 * @throws UserError when the folder cannot be written; what fails of the study itself is in its result.
 */
export async function runStudy(spec: StudySpec, options: StudyOptions): Promise<StudyResult> {
  const folder = studyFolder(options.output);
  const journal = await openJournal(folder.journal, { schema: measuredSchema, remedy: FOLDER_REMEDY });
  try {
    return await measuredStudy(spec, journal, options);
  } finally {
    await journal.close();
  }
}

async function measuredStudy(spec: StudySpec, journal: Journal<Measured>, options: StudyOptions): Promise<StudyResult> {
  const { signal, workers, onProgress } = options;
  const folder = studyFolder(options.output);
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
      chips: chipsOf(structures, name, spec.targets),
    }));
    const outcomes = await measureAll(points, { spec, bench, journal, options });
    return assemble({ spec, networks, points, outcomes, structures, command: options.command });
  } finally {
    await bench.close();
  }
}

/** The study in a folder. @throws UserError when there is none */
export async function readStudyResult(path: string): Promise<StudyResult> {
  const { result } = studyFolder(path);
  return parseStudyResult(textOf(await readBounded(result), result), result);
}

/** Writes the data of a study into its folder; the names of the files. */
export const writeStudyFiles = (result: StudyResult, path: string): Promise<readonly string[]> =>
  writeStudy(result, studyFolder(path));

/** Layers with weights; of a network that is not there one point stands for all. */
function layersOf(networks: readonly ReadyNetwork[], name: string): readonly string[] {
  const found = networks.find(({ plan }) => plan.name === name);
  return found?.kind === 'ready' ? weightedLayers(found.network.nodes) : ['all'];
}
