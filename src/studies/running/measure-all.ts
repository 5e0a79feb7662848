/** The points of a study, one at a time, through its journal. */
import { z } from 'zod';
import type { Journal, Outcome } from '../../experiments/points/journal.js';
import { type Keyed, messageOf, runPoints } from '../../experiments/points/run-points.js';
import type { StudyRow } from '../../ir/trace/study.js';
import { rowSchema } from '../output/result-schema.js';
import { describePoint, pointKey, type StudyPoint } from '../point.js';
import type { StudyOptions } from '../progress.js';
import type { StudySpec } from '../spec.js';
import type { Bench } from './bench.js';
import { measurePoint } from './measure-point.js';

/** What was measured at a point. */
export interface Measured {
  readonly rows: readonly StudyRow[];
}

/** The same in a journal. */
export const measuredSchema: z.ZodType<Measured> = z.strictObject({ rows: z.array(rowSchema).min(1) });

/** What points are measured with. */
export interface Measuring {
  readonly spec: StudySpec;
  readonly bench: Bench;
  readonly journal: Journal<Measured>;
  readonly options: Pick<StudyOptions, 'signal' | 'onProgress'>;
}

/**
 * The outcomes of the points, in their order. What the journal has is not measured again. Rejects with the signal's reason when aborted.
 */
export async function measureAll(
  points: readonly StudyPoint[],
  { spec, bench, journal, options }: Measuring,
): Promise<readonly Outcome<Measured>[]> {
  const { signal, onProgress } = options;
  const failures = new Map<StudyPoint, string>();
  const open: (Keyed & { readonly point: StudyPoint })[] = [];
  for (const point of points) {
    const missing = bench.missing([point.network, ...point.members]);
    if (missing !== undefined) {
      failures.set(point, missing);
      continue;
    }
    try {
      const key = await keyOf(point, spec, bench);
      // Points that run on the same programs one after the other: opening one takes seconds.
      open.push({ point, key, label: describePoint(point), group: `${point.target} ${point.members.join(' ')}` });
    } catch (error) {
      // Data that are not there: there is nothing to run.
      failures.set(point, messageOf(error));
    }
  }
  const measured = await runPoints(open, {
    journal,
    // All threads work on one point.
    lanes: 1,
    signal,
    measure: async ({ point }, { onShare }) => ({
      rows: await measurePoint(point, spec, bench, { signal, onChip: (done, total) => onShare(done / total) }),
    }),
    onProgress: ({ done, total, before, running: [point], share, perMinute }) => {
      // Between two points there is nothing to say.
      if (point === undefined) return;
      const others = failures.size;
      onProgress?.({
        ...{ stage: 'measuring', done: done + others, total: total + others, before: before + others },
        ...{ point, share, perMinute },
      });
    },
  });
  const outcomes = new Map(open.map(({ point }, i) => [point, measured[i]]));
  return points.map((point) => outcomes.get(point) ?? { failure: failures.get(point) ?? 'it was not measured' });
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
