/** The points of a study, one at a time, through its journal. */
import { present } from '../../common/assert.js';
import type { StudyRow } from '../../ir/trace/study.js';
import type { Journal, Outcome } from '../journal.js';
import { describePoint, pointKey, type StudyPoint } from '../point.js';
import type { StudyOptions } from '../progress.js';
import type { StudySpec } from '../spec.js';
import { messageOf } from '../training/train-networks.js';
import type { Bench } from './bench.js';
import { measurePoint } from './measure-point.js';

/** What points are measured with. */
export interface Measuring {
  readonly spec: StudySpec;
  readonly bench: Bench;
  readonly journal: Journal;
  readonly options: Pick<StudyOptions, 'signal' | 'onProgress'>;
}

/**
 * The outcomes of the points, in their order. What the journal has is not measured again. Rejects with the signal's reason when aborted.
 */
export async function measureAll(
  points: readonly StudyPoint[],
  { spec, bench, journal, options }: Measuring,
): Promise<readonly Outcome[]> {
  const { signal, onProgress } = options;
  const outcomes = new Map<number, Outcome>();
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

  async function attempt(measure: () => Promise<readonly StudyRow[]>): Promise<Outcome> {
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
    compile: spec.compiling[point.target],
    labels: { family, dataset, variant },
  });
}
