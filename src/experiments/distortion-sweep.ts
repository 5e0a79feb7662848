/** Accuracy of a float network against distortions of its weights, over several simulated chips each. */
import { throwIfErrors } from '../common/diagnostics.js';
import { type Interval, mean, sampleStandardDeviation, studentInterval } from '../common/statistics.js';
import {
  changesNothing,
  checkLevel,
  type Distortion,
  distortWeights,
  isRandom,
} from '../compiler/passes/distort-weights.js';
import type { NetworkGraph } from '../ir/network/types.js';
import { evaluateNetwork } from '../simulator/interpreter/evaluate.js';
import { chipSeedOf } from './noise-sweep.js';

/** What to sweep. */
export interface DistortionSweepOptions {
  /** Points in this order; a distortion that changes nothing gives the undistorted accuracy. */
  readonly distortions: readonly Distortion[];
  /** Simulated chips of a random distortion, >= 10 for intervals worth printing. Others have one. */
  readonly chips: number;
  readonly limit?: number;
  readonly seed: number;
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
 * Runs the sweep in the interpreter; a pure function of model, data, distortions, chips and seed. Chip i has the same draws at
 * every level.
 * @throws UserError with every distortion out of range, before anything runs.
 */
export async function sweepDistortions(
  model: NetworkGraph,
  data: Parameters<typeof evaluateNetwork>[1],
  options: DistortionSweepOptions,
): Promise<readonly DistortionPoint[]> {
  const { distortions, seed, onProgress, chips, limit, signal } = options;
  throwIfErrors(distortions.flatMap(checkLevel));
  const chipsOf = (distortion: Distortion): number => (isRandom(distortion) && !changesNothing(distortion) ? chips : 1);
  const total = distortions.reduce((sum, distortion) => sum + chipsOf(distortion), 0);
  const points: DistortionPoint[] = [];
  let done = 0;
  for (const distortion of distortions) {
    const nChips = chipsOf(distortion);
    const accuracies: number[] = [];
    let samples = 0;
    for (let chip = 0; chip < nChips; chip++) {
      const network = distortWeights(model, distortion, chipSeedOf(seed, chip));
      const { correct, nSamples } = await evaluateNetwork(network, data, {
        seed,
        ...(limit === undefined ? {} : { limit }),
        ...(signal === undefined ? {} : { signal }),
      });
      samples = nSamples;
      accuracies.push(correct / nSamples);
      onProgress?.(++done, total);
    }
    points.push({
      network: model.name,
      distortion,
      chips: nChips,
      samples,
      accuracies,
      accuracyMean: mean(accuracies),
      accuracyStd: sampleStandardDeviation(accuracies),
      interval: studentInterval(accuracies),
    });
  }
  return points;
}
