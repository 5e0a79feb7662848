/** The comparison as JSON: docs/files.md describes it. */
import type { Unknown } from '../../common/quantity.js';
import type { NoisePoint, RunResult } from '../../ir/trace/run-result.js';
import { noiseText } from '../summary-section.js';
import type { Change } from './change.js';
import type { FileDiff, PairDiff, PointDiff } from './diff-files.js';
import type { GateVerdict } from './gate.js';
import { type Ratio, toNumber } from './ratio.js';
import type { Reading } from './reading.js';

/** What a comparison is about. */
export interface DiffReport {
  /** Paths of the files. */
  readonly a: string;
  readonly b: string;
  readonly diff: FileDiff;
  readonly verdicts: readonly GateVerdict[];
}

/** True where every gate passed; one that cannot be decided has not. */
export const hasPassed = (verdicts: readonly GateVerdict[]): boolean =>
  verdicts.every(({ verdict }) => verdict === 'passed');

/** The object; the same files and gates give the same one. */
export function diffJson({ a, b, diff, verdicts }: DiffReport) {
  const all = [
    ...diff.pairs.flatMap((pair) => [pair.a, pair.b]),
    ...diff.points.flatMap((point) => [point.a, point.b]),
  ];
  const distinct = (texts: readonly string[]): string => [...new Set(texts)].join(', ');
  return {
    name: distinct(all.map((of) => ('name' in of ? of.name : of.network))),
    chip: distinct(all.map(({ target }) => target)),
    files: { a, b },
    pairs: diff.pairs.map(pairJson),
    noise: diff.points.map(pointJson),
    onlyA: diff.onlyA.map(({ title }) => title),
    onlyB: diff.onlyB.map(({ title }) => title),
    gates: verdicts,
    passed: hasPassed(verdicts),
  };
}

const pairJson = ({ title, a, b, paired, changes }: PairDiff): object => ({
  title,
  a: sideJson(a),
  b: sideJson(b),
  accuracy: paired ?? { unknown: true, reason: 'not of the same samples' },
  metrics: Object.fromEntries(changes.map((change) => [change.key, changeJson(change)])),
});

const sideJson = (result: RunResult): object => {
  const { name, target, chip, data, samples, engine, seed } = result;
  return { name, target, chip, data, samples, noise: noiseText(result), engine, seed };
};

const pointJson = ({ title, a, b, interval, changes }: PointDiff): object => ({
  title,
  a: pointSide(a),
  b: pointSide(b),
  distortion: a.distortion,
  level: a.level,
  interval: interval ?? { unknown: true, reason: 'it takes at least two chips on each side' },
  metrics: Object.fromEntries(changes.map((change) => [change.key, changeJson(change)])),
});

const pointSide = ({ network, target, chips }: NoisePoint): object => ({ name: network, target, chips });

const changeJson = ({ label, unit, a, b, difference, relative }: Change): object => ({
  label,
  unit,
  a: valueJson(a),
  b: valueJson(b),
  difference: numberJson(difference),
  relative: numberJson(relative),
});

const valueJson = (reading: Reading | undefined): number | Unknown | null =>
  reading === undefined ? null : numberJson(reading.value);

const numberJson = (value: Ratio | Unknown): number | Unknown => ('unknown' in value ? value : toNumber(value));
