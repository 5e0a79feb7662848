/**
 * An exploration from its experiment file to its points:
 *
 *   1. parseExperiment   text -> networks, chips with what varies, objectives, all checked        experiment.ts, targets.ts
 *   2. readNetworks      files -> store, digests of networks and images                           read-networks.ts
 *   3. spacesOf          -> what is searched together                                             space/
 *   4. search            batches of points; designs that no spec allows are refused at once       search/
 *   5. runPoints         each in a process, through the journal                                   experiments/points, evaluate/
 *
 * Results are a function of experiment, networks and images: neither workers nor restarts nor the order of points show in them.
 */
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fail, formatDiagnostics } from '../common/diagnostics.js';
import { openBudget } from '../experiments/points/budget.js';
import { isFailure, type Journal, openJournal, type Outcome } from '../experiments/points/journal.js';
import { paceOf, type PointsProgress } from '../experiments/points/pace.js';
import { type Keyed, runPoints } from '../experiments/points/run-points.js';
import { storeOf, writeSetup } from './evaluate/setup.js';
import { type PointRequest, pointKeyOf, requestOf, runKeyOf } from './evaluate/request.js';
import { type PointRecord, recordSchema } from './evaluate/result.js';
import { chipFilesOf, type Experiment } from './experiment.js';
import { minimised, type Metrics } from './metrics.js';
import { type PlaceSetup, type PointPlace, processesHere } from './point-place.js';
import { answerSchema } from './point-worker.js';
import { type ReadNetworks, readNetworks, storeNetworks, storeSamples } from './read-networks.js';
import { SEARCHES } from './search/methods.js';
import { countPoints, type Evaluated, type Unit } from './search/search.js';
import { keptAfter } from './search/halving.js';
import { type Candidate, candidateAt, designProblems, namedIn, type Space, spacesOf } from './space/candidate.js';
import { excessOf } from './space/expression.js';

/** How to explore. */
export interface ExplorationOptions {
  /** Folder of the results, and of what a later run goes on from. */
  readonly output: string;
  readonly workers: number;
  /** Of the program: results of others are not taken over. */
  readonly version: string;
  /** Whether points of earlier runs may be there. */
  readonly resume: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: PointsProgress) => void) | undefined;
  /** Opens another place for points than processes here. */
  readonly openPlace?: ((setup: PlaceSetup) => Promise<PointPlace>) | undefined;
}

/** A point with what became of it. */
export interface ExploredPoint {
  readonly key: string;
  readonly group: string;
  readonly candidate: Candidate;
  /** A record, a failure, or why its design is none. */
  readonly outcome: Outcome<PointRecord> | { readonly refused: string };
  /** Images that it was measured with: fewer than all where it was left out on the way. */
  readonly images: number;
}

/** An exploration that has ended. */
export interface Exploration {
  /** In the order in which they were asked for. */
  readonly points: readonly ExploredPoint[];
  /** The budget that ended it; undefined where it came to its end. */
  readonly spent: string | undefined;
}

const REMEDY = 'choose another folder with -o';

/** The journal of an exploration's folder. */
export const journalPath = (output: string): string => join(output, 'points.jsonl');

/**
 * Explores, or goes on exploring. Rejects with the signal's reason when aborted: what was measured is kept.
 * @throws UserError for networks and data that are not there, for a folder with points of an earlier run without `resume`, and when it cannot be written
 */
export async function runExploration(experiment: Experiment, options: ExplorationOptions): Promise<Exploration> {
  const { images, search } = experiment;
  const rungs = [...(search.rungs ?? []), images];
  const networks = await readNetworks(experiment, rungs);
  const journal = await openJournal(journalPath(options.output), { schema: recordSchema, remedy: REMEDY });
  try {
    if (!options.resume && !journal.results().next().done) {
      const remedy = 'pass --resume to go on with them, or choose another folder with -o';
      fail('folder-has-points', options.output, 'it has points of an earlier run', remedy);
    }
    const store = storeOf(options.output);
    await storeNetworks(networks, store);
    if (options.openPlace !== undefined) await storeSamples(networks, store);
    const constraints = experiment.constraints.map(({ text }) => text);
    await writeSetup(options.output, { data: networks.data, constraints });
    return await explore(experiment, options, { journal, networks, store, rungs });
  } finally {
    await journal.close();
  }
}

interface AtHand {
  readonly journal: Journal<PointRecord>;
  readonly networks: ReadNetworks;
  readonly store: string;
  readonly rungs: readonly number[];
}

/** A point on its way. */
interface Asked extends Keyed {
  readonly candidate: Candidate;
  readonly request: PointRequest;
}

async function explore(
  experiment: Experiment,
  { workers, version, signal, onProgress, openPlace }: ExplorationOptions,
  { journal, networks, store, rungs }: AtHand,
): Promise<Exploration> {
  const { budget: limits, limits: pointLimits, seed } = experiment;
  const spaces = spacesOf(experiment);
  const budget = openBudget({ minutes: limits.minutes, joules: limits.joules, wattsPerCore: limits.wattsPerCore });
  const setup = {
    store,
    data: networks.data,
    chipFiles: chipFilesOf(experiment),
    constraints: experiment.constraints.map(({ text }) => text),
    limits: pointLimits,
  };
  const place = await (openPlace?.(setup) ?? processesHere(workers, setup));
  const points: ExploredPoint[] = [];
  const watch = watchOf(plannedPoints(experiment, spaces), onProgress);

  const askedOf = (candidate: Candidate, images: number): Asked => {
    const request = requestOf(candidate, experiment, networks.digestsOf(candidate.network, images), images);
    const group = runKeyOf(request, candidate.target.chip.costParameters ?? []);
    return { key: pointKeyOf(request, version), label: labelOf(candidate), group, candidate, request };
  };
  const measure = async (asked: Asked, lane: number, stop: AbortSignal): Promise<PointRecord> => {
    const { candidate, request } = asked;
    const answer = await place.run(asked, lane, stop);
    budget.spend(answer.cpuSeconds);
    const { measured, seconds } = answerSchema.parse(answer.result);
    const { cpuSeconds, peakMiB } = answer;
    return {
      ...{
        network: candidate.network.name,
        target: candidate.target.name,
        request,
        version,
        node: process.version,
        measured,
      },
      host: {
        machine: answer.machine ?? hostname(),
        at: new Date().toISOString(),
        seconds: answer.seconds,
        ...seconds,
        cpuSeconds,
        peakMiB,
      },
    };
  };

  /** Measures designs with so many images; undefined where the budget left one out. */
  const measureAll = async (asked: readonly Asked[]): Promise<readonly (Outcome<PointRecord> | undefined)[]> =>
    runPoints(asked, {
      journal,
      measure: (point, { lane, signal: stop }) => measure(point, lane, stop),
      lanes: place.lanes,
      signal,
      budget,
      onProgress: watch.update,
    });

  /** A batch, from rung to rung. */
  const evaluate = async (space: Space, units: readonly Unit[]): Promise<readonly Evaluated[]> => {
    const designs = units.map((unit) => candidateAt(space, unit));
    const problems = designs.map((candidate) => designProblems(candidate, experiment));
    let open = designs.flatMap((candidate, i) => (problems[i]?.length === 0 ? [{ i, candidate }] : []));
    const outcomes = new Map<
      number,
      { readonly asked: Asked; readonly outcome: Outcome<PointRecord>; readonly images: number }
    >();
    for (const images of rungs) {
      const asked = open.map(({ candidate }) => askedOf(candidate, images));
      const found = await measureAll(asked);
      open.forEach(({ i }, at) => {
        const outcome = found[at];
        if (outcome !== undefined) outcomes.set(i, { asked: asked[at]!, outcome, images });
      });
      if (images === rungs.at(-1)) break;
      const standing = open.map(({ i }) => recordIn(outcomes.get(i)?.outcome));
      const kept = keptAfter(standing, experiment);
      open = open.filter((_, at) => kept[at]);
    }
    watch.ended(units.length);
    return units.map((unit, i): Evaluated => {
      const candidate = designs[i]!;
      const reached = outcomes.get(i);
      if (problems[i]?.length !== 0) {
        const refused = formatDiagnostics(problems[i] ?? []);
        points.push({ key: '', group: space.group, candidate, outcome: { refused }, images: 0 });
        return { unit };
      }
      if (reached === undefined) return { unit };
      const { asked, outcome, images } = reached;
      points.push({ key: asked.key, group: space.group, candidate, outcome, images });
      return { unit, ...worthOf(candidate, recordIn(outcome), experiment) };
    });
  };

  let spent: string | undefined;
  try {
    for (const [stream, space] of spaces.entries()) {
      const search = SEARCHES[experiment.search.method]({
        axes: space.axes,
        nObjectives: experiment.objectives.length,
        nConstraints: experiment.constraints.length,
        points: sharePoints(experiment, spaces, stream),
        ...{ seed, stream },
      });
      for (let batch = search.ask(); batch.length > 0; batch = search.ask()) {
        search.tell(await evaluate(space, batch));
        spent = budget.spent(0);
        if (spent !== undefined) return { points, spent };
      }
    }
  } finally {
    await place.close();
  }
  return { points, spent };
}

/** The record of a point; undefined for a failure. */
const recordIn = (outcome: Outcome<PointRecord> | undefined): PointRecord | undefined =>
  outcome === undefined || isFailure(outcome) ? undefined : outcome;

/** What a search hears of a point. */
function worthOf(
  { target, values }: Candidate,
  record: PointRecord | undefined,
  { objectives, constraints }: Experiment,
): Pick<Evaluated, 'objectives' | 'excess'> {
  if (record === undefined || record.measured.status === 'refused') return {};
  const { metrics } = record.measured;
  const named = namedIn(target, values);
  const excess = constraints.map((one) => excessOf(one, (name) => metrics[name] ?? named(name)) ?? 0);
  const found = objectives.map((objective) => minimised(objective, metrics));
  const known = found.filter((value) => value !== undefined);
  const isWhole = record.measured.status === 'measured' && known.length === found.length;
  return { excess, ...(isWhole ? { objectives: known } : {}) };
}

/** Whether all constraints hold, by what was measured. */
export const isFeasible = ({ candidate, outcome }: ExploredPoint, { constraints }: Experiment): boolean => {
  const metrics = metricsOf(outcome);
  if (metrics === undefined) return false;
  const named = namedIn(candidate.target, candidate.values);
  return constraints.every((one) => (excessOf(one, (name) => metrics[name] ?? named(name)) ?? 0) <= 0);
};

/** The measures of a point that was measured to its end; undefined for others. */
export function metricsOf(outcome: ExploredPoint['outcome']): Metrics | undefined {
  if ('refused' in outcome || isFailure(outcome) || outcome.measured.status !== 'measured') return undefined;
  return outcome.measured.metrics;
}

/** Points of an experiment, as far as it says so before. */
export const plannedPoints = (experiment: Experiment, spaces: readonly Space[]): number =>
  spaces.reduce((sum, space, i) => sum + Math.min(countPoints(space.axes), sharePoints(experiment, spaces, i)), 0);

/** How many of the points of the budget a space gets: as many as any other, the first ones the rest. */
function sharePoints({ budget: { points } }: Experiment, spaces: readonly Space[], stream: number): number {
  if (points === undefined) return Number.MAX_SAFE_INTEGER;
  const [each, rest] = [Math.floor(points / spaces.length), points % spaces.length];
  return each + (stream < rest ? 1 : 0);
}

/** A design in words: its network, its chip and what varies. */
export function labelOf({ network, target, values }: Candidate): string {
  const varying = target.settings.filter(({ setting }) => setting.kind !== 'values' || setting.values.length > 1);
  const said = varying.map(({ name }) => {
    const value = values.get(name) ?? null;
    return `${name} ${typeof value === 'object' ? JSON.stringify(value) : value}`;
  });
  return [`${network.name} on ${target.name}`, ...said].join(', ');
}

/** Progress over all batches: each of them knows its own points only. */
function watchOf(total: number, onProgress: ((progress: PointsProgress) => void) | undefined) {
  const started = performance.now();
  let [before, done, failed] = [0, 0, 0];
  let last: PointsProgress | undefined;
  return {
    update: (progress: PointsProgress): void => {
      last = progress;
      const [all, old] = [done + progress.done, before + progress.before];
      const seconds = (performance.now() - started) / 1000;
      const pace = paceOf({ done: all - old, total: total - old }, seconds);
      onProgress?.({ ...progress, done: all, total, before: old, failed: failed + progress.failed, ...pace });
    },
    /** A batch of so many points has ended, those included that were refused at once. */
    ended: (points: number): void => {
      done += points;
      before += (last?.before ?? 0) + points - (last?.total ?? 0);
      failed += last?.failed ?? 0;
      last = undefined;
    },
  };
}
