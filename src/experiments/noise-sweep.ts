/** Accuracy against the level of one kind of noise, over several simulated chips per level. */
import { mean, sampleStandardDeviation, studentInterval } from '../common/statistics.js';
import type { Runnable } from '../flow/runnable.js';
import type { FaultName } from '../ir/faults/catalogue.js';
import { noiseOf } from '../ir/faults/levels.js';
import type { NoisePoint } from '../ir/trace/run-result.js';
import type { LabelledImages } from '../evaluation/tasks/samples.js';
import { checkSweptNoise, createSweptChip, type SweptChipOptions } from './swept-chip.js';

/** What to sweep. */
export interface SweepOptions extends SweptChipOptions {
  readonly distortion: FaultName;
  /** Levels in the order of the points. */
  readonly levels: readonly number[];
  /** Simulated chips per level; >= 10 for intervals worth printing. */
  readonly chips: number;
  readonly seed: number;
  /** Counts chips that are done, over all levels. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** The interval of a mean of shares, cut to what shares can be. */
function shareInterval(accuracies: readonly number[]): readonly [number, number] {
  const [low, high] = studentInterval(accuracies);
  return [Math.max(0, low), Math.min(1, high)];
}

/** The point of the accuracies of `chips` chips. */
export function noisePoint(
  where: Pick<NoisePoint, 'network' | 'target' | 'distortion' | 'level' | 'chips'>,
  accuracies: readonly number[],
): NoisePoint {
  return {
    ...where,
    accuracies,
    accuracyMean: mean(accuracies),
    accuracyStd: sampleStandardDeviation(accuracies),
    interval: shareInterval(accuracies),
  };
}

/** Seed of chip i of a sweep. Chip i is the same chip at every level, so bit errors are nested along a curve. */
export const chipSeedOf = (seed: number, chip: number): number => seed * 65536 + chip;

/**
 * Runs the sweep; points are a pure function of program, data, levels, number of chips and seed. Rejects with a UserError for noise that the chip
 * does not have, and for networks that do not fit what is left of it.
 */
export async function sweepNoise(
  runnable: Runnable,
  data: LabelledImages,
  options: SweepOptions,
): Promise<NoisePoint[]> {
  const { distortion, levels, chips, seed } = options;
  for (const level of levels) checkSweptNoise(runnable, noiseOf(distortion, level), options);
  const chip = createSweptChip(runnable, data, options);
  const points: NoisePoint[] = [];
  try {
    for (const level of levels) {
      // Without noise every chip is the same chip.
      const nDifferent = level === 0 ? 1 : chips;
      let done = points.length * chips;
      const measured = await Promise.all(
        Array.from({ length: nDifferent }, async (_, i) => {
          const accuracy = await chip.accuracy(noiseOf(distortion, level), chipSeedOf(seed, i));
          options.onProgress?.((done += chips / nDifferent), levels.length * chips);
          return accuracy;
        }),
      );
      const accuracies = Array.from({ length: chips }, (_, i) => measured[i % nDifferent]!);
      const where = { network: runnable.program.name, target: runnable.chip.name };
      points.push(noisePoint({ ...where, distortion, level, chips }, accuracies));
    }
  } finally {
    await chip.close();
  }
  return points;
}
