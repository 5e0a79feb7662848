/** What an exploration would do: its points, what would be refused before anything is compiled, and how long it would take by a few samples. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PointLost } from '../experiments/points/run-points.js';
import { openProcess } from '../experiments/points/worker-process.js';
import { requestOf } from './evaluate/request.js';
import { chipFilesOf, type Experiment } from './experiment.js';
import { answerSchema } from './point-worker.js';
import { readNetworks, storeNetworks } from './read-networks.js';
import { labelOf, plannedPoints } from './run-exploration.js';
import { gridSearch, latinHypercubeSearch } from './search/sampling.js';
import { countPoints, type Unit } from './search/search.js';
import { type Candidate, candidateAt, designProblems, type Space, spacesOf } from './space/candidate.js';

/** What an exploration would do. */
export interface DryRun {
  readonly points: number;
  /** The first of them, in words. */
  readonly designs: readonly string[];
  /** Designs that were looked at: all, or so many drawn ones of a space that is larger. */
  readonly looked: number;
  /** Of these, those that no spec or constraint on parameters allows, by the reason of the first finding. */
  readonly refused: readonly { readonly reason: string; readonly designs: number; readonly example: string }[];
  /** One design of each network and chip, run for its time. */
  readonly samples: readonly { readonly design: string; readonly seconds: number; readonly outcome: string }[];
  /** Of all points, by these; undefined where none of them ran. */
  readonly seconds: number | undefined;
}

/** Designs that are listed. */
const LISTED = 20;
/** Designs of a space that are looked at, at most. */
const LOOKED = 10_000;

/** Looks at an exploration without leaving anything behind. @throws UserError as the run does for what is not there */
export async function dryRun(
  experiment: Experiment,
  { workers, signal }: { readonly workers: number; readonly signal?: AbortSignal | undefined },
): Promise<DryRun> {
  const spaces = spacesOf(experiment);
  const points = plannedPoints(experiment, spaces);
  const reasons = new Map<string, { designs: number; readonly example: string }>();
  const fitting = new Map<string, Candidate>();
  const designs: string[] = [];
  let looked = 0;
  for (const space of spaces) {
    for (const unit of someOf(space, experiment.seed)) {
      const candidate = candidateAt(space, unit);
      looked++;
      if (designs.length < LISTED) designs.push(labelOf(candidate));
      const [first] = designProblems(candidate, experiment);
      if (first === undefined) {
        const pair = `${candidate.network.name} on ${candidate.target.name}`;
        if (!fitting.has(pair)) fitting.set(pair, candidate);
        continue;
      }
      const reason = `${first.code}: ${first.message}`;
      const known = reasons.get(reason);
      if (known === undefined) reasons.set(reason, { designs: 1, example: labelOf(candidate) });
      else known.designs++;
    }
  }
  const samples = await runSamples([...fitting.values()], experiment, signal);
  const mean = samples.reduce((sum, { seconds }) => sum + seconds, 0) / Math.max(1, samples.length);
  const refusedShare = [...reasons.values()].reduce((sum, { designs }) => sum + designs, 0) / Math.max(1, looked);
  return {
    points,
    designs,
    looked,
    refused: [...reasons].map(([reason, rest]) => ({ reason, ...rest })).sort((a, b) => b.designs - a.designs),
    samples,
    seconds: samples.length === 0 ? undefined : (mean * points * (1 - refusedShare)) / workers,
  };
}

/** All designs of a small space, else some of them. */
function someOf({ axes }: Space, seed: number): readonly Unit[] {
  const request = { axes, nObjectives: 1, nConstraints: 0, points: LOOKED, seed };
  const search = countPoints(axes) <= LOOKED ? gridSearch(request) : latinHypercubeSearch(request);
  const units: Unit[] = [];
  for (let batch = search.ask(); batch.length > 0; batch = search.ask()) units.push(...batch);
  return units;
}

/** Runs designs in a process; what counts is compiling and running, not reading networks and images. */
async function runSamples(
  designs: readonly Candidate[],
  experiment: Experiment,
  signal: AbortSignal | undefined,
): Promise<DryRun['samples']> {
  const { images, limits } = experiment;
  const networks = await readNetworks(experiment, [images]);
  const folder = await mkdtemp(join(tmpdir(), 'lodestone-dry-run-'));
  const setup = {
    store: folder,
    data: networks.data,
    chipFiles: chipFilesOf(experiment),
    constraints: experiment.constraints.map(({ text }) => text),
  };
  const worker = openProcess({ file: 'explore/point-worker.js', setup, limits });
  try {
    await storeNetworks(networks, folder);
    const samples: { readonly design: string; readonly seconds: number; readonly outcome: string }[] = [];
    for (const candidate of designs) {
      const request = requestOf(candidate, experiment, networks.digestsOf(candidate.network, images), images);
      const began = performance.now();
      try {
        const { result } = await worker.run(request, signal);
        const { measured, seconds } = answerSchema.parse(result);
        const parts = (seconds.compileSeconds ?? 0) + (seconds.runSeconds ?? 0);
        samples.push({ design: labelOf(candidate), seconds: parts, outcome: measured.reason ?? measured.status });
      } catch (error) {
        if (!(error instanceof PointLost)) throw error;
        const seconds = (performance.now() - began) / 1000;
        samples.push({ design: labelOf(candidate), seconds, outcome: error.message });
      }
    }
    return samples;
  } finally {
    worker.close();
    await rm(folder, { recursive: true, force: true });
  }
}
