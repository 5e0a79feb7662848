/** Two result files side by side, B against A: what `lodestone diff` prints. */
import { percent } from '../../common/format.js';
import { type Interval, welchInterval } from '../../common/statistics.js';
import { FAULT } from '../../ir/faults/catalogue.js';
import type { NoisePoint, RunResult } from '../../ir/trace/run-result.js';
import type { ResultFile } from '../result-file.js';
import { noiseText } from '../summary-section.js';
import { changesOf } from './change.js';
import type { Subject } from './gate.js';
import { matchResults } from './match-results.js';
import { otherSamples, type PairedAccuracy, pairedAccuracy } from './paired-accuracy.js';
import { ratioOf } from './ratio.js';
import { type Reading, readingsOf } from './reading.js';

/** Two results of one network, or of what is compared with each other. */
export interface PairDiff extends Subject {
  readonly a: RunResult;
  readonly b: RunResult;
  /** Undefined where the samples are not the same. */
  readonly paired: PairedAccuracy | undefined;
}

/** Two points of noise curves: same fault, same level. */
export interface PointDiff extends Subject {
  readonly a: NoisePoint;
  readonly b: NoisePoint;
  /** 95 % interval of the mean of B minus that of A over independent chips (Welch); undefined for single chips. */
  readonly interval: Interval | undefined;
}

/** The comparison of two files. */
export interface FileDiff {
  readonly pairs: readonly PairDiff[];
  readonly points: readonly PointDiff[];
  /** What has no counterpart, by title; what only A has cannot have passed a gate. */
  readonly onlyA: readonly Subject[];
  readonly onlyB: readonly Subject[];
}

/** What gates are held against. */
export const subjectsOf = ({ pairs, points, onlyA }: FileDiff): readonly Subject[] => [...pairs, ...points, ...onlyA];

type Compared = Pick<ResultFile, 'results' | 'noise'>;

/** Compares the results and noise points of two files. */
export function diffFiles(a: Compared, b: Compared): FileDiff {
  const results = matchResults(a.results, b.results, RESULT_KEYS);
  const noise = matchPoints(a.noise, b.noise);
  return {
    pairs: results.pairs.map(([first, second]) => pairDiff(first, second)),
    points: noise.pairs.map(([first, second]) => pointDiff(first, second)),
    onlyA: [...results.onlyA.map(titleOf), ...noise.onlyA.map(titleOfPoint)].map(lost),
    onlyB: [...results.onlyB.map(titleOf), ...noise.onlyB.map(titleOfPoint)].map((title) => ({ title, changes: [] })),
  };
}

const lost = (title: string): Subject => ({ title, changes: [], missing: 'B has no such result' });

/** From the narrowest on: two specs of one kind of chip in one file find their own, a spec with a new name finds the old one. */
const RESULT_KEYS: readonly ((result: RunResult) => string)[] = [
  (r) => JSON.stringify([r.name, r.target, noiseText(r), r.chip, r.data, r.samples]),
  (r) => JSON.stringify([r.name, r.target, noiseText(r), r.chip]),
  (r) => JSON.stringify([r.name, r.target, noiseText(r)]),
];

/** Points by network, kind of chip, fault and level; by fault and level where each file has the curves of one network on one chip. */
function matchPoints(a: readonly NoisePoint[], b: readonly NoisePoint[]) {
  const curve = (p: NoisePoint): string => JSON.stringify([p.network, p.target]);
  const isOne = [a, b].every((points) => new Set(points.map(curve)).size === 1);
  const key = (p: NoisePoint): string => JSON.stringify([isOne ? '' : curve(p), p.distortion, p.level]);
  // Points of different levels are never meant, not even alone.
  const levels = [...new Set([...a, ...b].map(key))];
  const matched = levels.map((level) =>
    matchResults(
      a.filter((p) => key(p) === level),
      b.filter((p) => key(p) === level),
      [key],
    ),
  );
  return {
    pairs: matched.flatMap(({ pairs }) => pairs),
    onlyA: matched.flatMap(({ onlyA }) => onlyA),
    onlyB: matched.flatMap(({ onlyB }) => onlyB),
  };
}

function pairDiff(a: RunResult, b: RunResult): PairDiff {
  return {
    title: pairTitle(a, b),
    changes: changesOf(readingsOf(a), readingsOf(b), otherSamples(a, b)),
    paired: pairedAccuracy(a, b),
    a,
    b,
  };
}

const titleOf = (result: RunResult): string => `${result.name} on ${placeOf(result)}, ${result.data}`;

/** "chip", "chip with ber=0.01" */
function placeOf(result: RunResult): string {
  const noise = noiseText(result);
  return noise === 'none' ? result.chip : `${result.chip} with ${noise}`;
}

/** What both are, then what B is and what A is. */
function pairTitle(a: RunResult, b: RunResult): string {
  if (titleOf(a) === titleOf(b)) return titleOf(a);
  return a.name === b.name && a.data === b.data
    ? `${b.name}, ${b.data}: ${placeOf(b)} against ${placeOf(a)}`
    : `${titleOf(b)} against ${titleOf(a)}`;
}

function pointDiff(a: NoisePoint, b: NoisePoint): PointDiff {
  const [first, second] = [titleOfPoint(a), titleOfPoint(b)];
  const title = first === second ? first : `${second} against ${first}`;
  return {
    title,
    changes: changesOf([meanReading(a)], [meanReading(b)], undefined),
    interval: welchInterval(a.accuracies, b.accuracies),
    a,
    b,
  };
}

const titleOfPoint = ({ network, target, distortion, level }: NoisePoint): string =>
  `${network} on ${target}, ${distortion} (${FAULT[distortion].title}) at ${level}`;

const meanReading = ({ accuracyMean }: NoisePoint): Reading => ({
  ...{ key: 'noiseAccuracy', label: 'mean accuracy', unit: 'share', perRun: false },
  ...{ value: ratioOf(accuracyMean), text: percent(accuracyMean) },
});
