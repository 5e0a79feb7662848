/** Accuracy against the level of one kind of noise, over several simulated chips per level. */
import { mean, sampleStandardDeviation, studentInterval } from '../common/statistics.js';
import { addWeightNoise } from '../compiler/passes/weight-noise.js';
import { compileNetwork, decisions } from '../flow.js';
import type { NetworkGraph } from '../ir/network/types.js';
import type { TrueNorthProgram } from '../ir/program/truenorth.js';
import { NO_NOISE, type NoisePoint, type NoiseSpec } from '../ir/trace/run-result.js';
import { createRunner, type LabelledImages, type Runner } from '../simulator/parallel/runner.js';

/** What to sweep. */
export interface SweepOptions {
  readonly distortion: keyof NoiseSpec;
  /** Levels in the order of the points. */
  readonly levels: readonly number[];
  /** Simulated chips per level; >= 10 for intervals worth printing. */
  readonly chips: number;
  readonly limit?: number;
  readonly workers: number;
  readonly seed: number;
  readonly signal?: AbortSignal;
  /** Counts chips that are done, over all levels. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Seed of chip i of a sweep. Chip i is the same chip at every level, so bit errors are nested along a curve. */
export const chipSeedOf = (seed: number, chip: number): number => seed * 65536 + chip;

/** Runs the sweep; points are a pure function of model, data, levels, chips and seed. */
export async function sweepNoise(
  model: NetworkGraph,
  data: LabelledImages,
  options: SweepOptions,
): Promise<NoisePoint[]> {
  const { distortion, levels, chips, seed } = options;
  const beforeDeployment = distortion === 'additive' || distortion === 'multiplicative';
  const clean = compileNetwork(model, { chip: 'truenorth' }).program;
  const runner = createRunner(clean, options.workers);
  const points: NoisePoint[] = [];
  try {
    for (const level of levels) {
      const accuracies: number[] = [];
      for (let chip = 0; chip < chips; chip++) {
        const chipSeed = chipSeedOf(seed, chip);
        const noise = { ...NO_NOISE, [distortion]: level };
        // Without noise every chip is the same chip.
        const known = level === 0 ? accuracies[0] : undefined;
        accuracies.push(
          known ??
            (beforeDeployment && level > 0
              ? await noisyModelAccuracy(model, data, noise, chipSeed, options)
              : await accuracyOf(clean, runner, data, noise, chipSeed, options)),
        );
        options.onProgress?.(points.length * chips + chip + 1, levels.length * chips);
      }
      points.push({
        network: model.name,
        distortion,
        level,
        chips,
        accuracies,
        accuracyMean: mean(accuracies),
        accuracyStd: sampleStandardDeviation(accuracies),
        interval: studentInterval(accuracies),
      });
    }
  } finally {
    await runner.close();
  }
  return points;
}

async function noisyModelAccuracy(
  model: NetworkGraph,
  data: LabelledImages,
  noise: NoiseSpec,
  chipSeed: number,
  options: SweepOptions,
): Promise<number> {
  const program = compileNetwork(addWeightNoise(model, noise, chipSeed), { chip: 'truenorth' }).program;
  const runner = createRunner(program, options.workers);
  try {
    return await accuracyOf(program, runner, data, noise, chipSeed, options);
  } finally {
    await runner.close();
  }
}

async function accuracyOf(
  program: TrueNorthProgram,
  runner: Runner,
  data: LabelledImages,
  noise: NoiseSpec,
  chipSeed: number,
  options: SweepOptions,
): Promise<number> {
  const { limit, signal } = options;
  const output = await runner.run(data, {
    // Dropped spikes are drawn anew on every chip.
    seed: chipSeed,
    chipSeed,
    noise,
    engine: 'auto',
    ...(limit === undefined ? {} : { limit }),
    ...(signal === undefined ? {} : { signal }),
  });
  const predictions = decisions(program, output.scores, output.nSamples);
  return predictions.reduce((n, p, s) => n + (p === data.labels[s] ? 1 : 0), 0) / output.nSamples;
}
