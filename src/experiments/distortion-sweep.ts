/** Accuracy of a float network against distortions of its weights, over several simulated chips each. */
import { setMaxListeners } from 'node:events';
import { present } from '../common/assert.js';
import { throwIfErrors } from '../common/diagnostics.js';
import { type Interval, mean, sampleStandardDeviation, studentInterval } from '../common/statistics.js';
import {
  changesNothing,
  checkDistortable,
  checkLevel,
  type Distortion,
  distortWeights,
  isRandom,
} from '../compiler/passes/distort-weights.js';
import type { NetworkGraph } from '../ir/network/types.js';
import type { LabelledImages } from '../evaluation/tasks/samples.js';
import { settleAll } from '../evaluation/tasks/run-samples.js';
import { createDistortionRunner, type DistortionRunner } from './distortion-runner.js';
import { chipSeedOf } from './noise-sweep.js';

/** What to sweep. */
export interface DistortionSweepOptions {
  /** Points in this order; a distortion that changes nothing gives the undistorted accuracy. */
  readonly distortions: readonly Distortion[];
  /** Simulated chips of a random distortion, >= 10 for intervals worth printing. Others have one. */
  readonly chips: number;
  readonly limit?: number;
  readonly seed: number;
  /** Threads, 1 if absent; the points do not depend on it. */
  readonly workers?: number;
  /** A runner on the same data that is at hand, in the place of threads of its own. */
  readonly runner?: DistortionRunner;
  readonly signal?: AbortSignal;
  /** Counts chips that are done, over all distortions. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Accuracies, 0..1, of the chips of one distortion. */
export interface DistortionPoint {
  readonly network: string;
  readonly distortion: Distortion;
  /** Chips that differ: 1 where nothing is drawn. */
  readonly chips: number;
  readonly samples: number;
  readonly accuracies: readonly number[];
  readonly accuracyMean: number;
  /** Sample standard deviation over chips (n - 1), 0 for one chip. */
  readonly accuracyStd: number;
  /** 95 % interval of the mean over chips (Student t), a point for one chip; the samples are the same on all. */
  readonly interval: Interval;
}

/**
 * Runs the sweep, with the class scores of the interpreter bit for bit; a pure function of model, data, distortions, chips and seed.
 * Chip i has the same draws at every level. Rejects with the signal's reason when aborted.
 * @throws UserError with every distortion out of range and every layer that cannot be distorted, before anything runs.
 */
export async function sweepDistortions(
  model: NetworkGraph,
  data: LabelledImages,
  options: DistortionSweepOptions,
): Promise<readonly DistortionPoint[]> {
  throwIfErrors([...options.distortions.flatMap(checkLevel), ...checkDistortable(model)]);
  if (options.runner !== undefined) return sweepOn(options.runner, model, options);
  const runner = createDistortionRunner(data, options.workers ?? 1);
  try {
    return await sweepOn(runner, model, options);
  } finally {
    await runner.close();
  }
}

async function sweepOn(
  runner: DistortionRunner,
  model: NetworkGraph,
  options: DistortionSweepOptions,
): Promise<readonly DistortionPoint[]> {
  const { distortions, seed, onProgress, chips, limit, signal } = options;
  const differs = (distortion: Distortion): boolean => isRandom(distortion) && !changesNothing(distortion);
  const chipsOf = (distortion: Distortion): number => (differs(distortion) ? chips : 1);
  const total = distortions.reduce((sum, distortion) => sum + chipsOf(distortion), 0);
  let done = 0;
  // The first failure stops all chips.
  const stopped = new AbortController();
  // Every chip that waits listens: as many listeners are no leak.
  setMaxListeners(0, stopped.signal);
  const onAbort = (): void => stopped.abort(signal?.reason);
  signal?.throwIfAborted();
  signal?.addEventListener('abort', onAbort, { once: true });
  const common = { seed, signal: stopped.signal, ...(limit === undefined ? {} : { limit }) };
  const accuracyOf = async (distortion: Distortion, chip: number): Promise<ChipAccuracy> => {
    const variant = { distortion, chipSeed: chipSeedOf(seed, chip) };
    // Many chips are a thread's work each; the samples of a single one are spread over all threads.
    const { correct, nSamples } =
      chipsOf(distortion) > 1
        ? await runner.correctOf(model, { ...common, variant })
        : await runner.correctOf(distortWeights(model, distortion, variant.chipSeed), common);
    onProgress?.(++done, total);
    return { accuracy: correct / nSamples, samples: nSamples };
  };
  const runs = distortions.map((distortion) =>
    Array.from({ length: chipsOf(distortion) }, (_, chip) => accuracyOf(distortion, chip)),
  );
  try {
    await settleAll(runs.flat(), () => stopped.abort());
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
  const points: DistortionPoint[] = [];
  for (const [i, distortion] of distortions.entries()) {
    const found = await Promise.all(present(runs[i], 'chips'));
    const accuracies = found.map(({ accuracy }) => accuracy);
    points.push({
      network: model.name,
      distortion,
      chips: accuracies.length,
      samples: present(found[0], 'chip').samples,
      accuracies,
      accuracyMean: mean(accuracies),
      accuracyStd: sampleStandardDeviation(accuracies),
      interval: studentInterval(accuracies),
    });
  }
  return points;
}

interface ChipAccuracy {
  readonly accuracy: number;
  readonly samples: number;
}
