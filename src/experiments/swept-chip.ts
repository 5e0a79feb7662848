/** The network of a sweep on a chip: one runner is kept, the faults of every chip are loaded into it. */
import { addWeightNoise } from '../compiler/passes/weight-noise.js';
import { compileNetwork, decisions } from '../flow.js';
import { faultyTrueNorth, runnerNoise } from '../flow/faulty-truenorth.js';
import { checkNoise, storedBitFaults } from '../flow/noise.js';
import { faultyLayers } from '../hw-models/faults/weight-faults.js';
import { NORTHPOLE } from '../hw-models/northpole/spec.js';
import type { NetworkGraph } from '../ir/network/types.js';
import type { ChipProgram } from '../ir/program/file.js';
import type { NorthPoleSpec } from '../ir/program/northpole.js';
import type { FaultScope, NoiseSpec } from '../ir/trace/run-result.js';
import { createNorthPoleRunner } from '../simulator/parallel/northpole-runner.js';
import { createRunner, type LabelledImages } from '../simulator/parallel/runner.js';

/** Where to run. */
export interface SweptChipOptions {
  /** Kind of chip; TrueNorth-style without it. */
  readonly target?: 'truenorth' | 'northpole';
  /** NorthPole: the chip, the standard one without it. */
  readonly spec?: NorthPoleSpec;
  /** Where the faults are; everywhere without it. */
  readonly scope?: FaultScope;
  readonly limit?: number;
  readonly workers: number;
  readonly signal?: AbortSignal;
}

/** One network on simulated chips of one kind. One accuracy at a time. */
export interface SweptChip {
  /** Share of the samples that chip `chipSeed` decides as labelled; spikes are dropped by draws of the same seed. */
  accuracy(noise: NoiseSpec, chipSeed: number): Promise<number>;
  /** Ends the workers. */
  close(): Promise<void>;
}

/** What one kind of chip does: programs of a network, and runs that give class scores. */
interface Target<P extends ChipProgram> {
  compile(model: NetworkGraph): P;
  /** The program as the chip reads it; the same object where runs bring all its faults. */
  deploy(program: P, noise: NoiseSpec, chipSeed: number): P;
  open(program: P): {
    run(noise: NoiseSpec, chipSeed: number): Promise<{ readonly scores: Int32Array; readonly nSamples: number }>;
    close(): Promise<void>;
  };
}

/** Compiles the network and starts the workers. @throws UserError for a network that does not fit the chip */
export function createSweptChip(model: NetworkGraph, data: LabelledImages, options: SweptChipOptions): SweptChip {
  return options.target === 'northpole'
    ? sweptChip(model, data, northPole(data, options))
    : sweptChip(model, data, trueNorth(data, options));
}

/** @throws UserError for noise that the chip of `options` does not have */
export function checkSweptNoise(noise: NoiseSpec, { target = 'truenorth', scope = {} }: SweptChipOptions): void {
  checkNoise({ noise, scope }, target);
}

function sweptChip<P extends ChipProgram>(model: NetworkGraph, data: LabelledImages, target: Target<P>): SweptChip {
  const clean = target.compile(model);
  const kept = target.open(clean);
  const accuracyOf = async (program: P, runner: typeof kept, noise: NoiseSpec, chipSeed: number): Promise<number> => {
    const { scores, nSamples } = await runner.run(noise, chipSeed);
    const predictions = decisions(program, scores, nSamples);
    return predictions.reduce((n, p, s) => n + (p === data.labels[s] ? 1 : 0), 0) / nSamples;
  };
  return {
    accuracy: async (noise, chipSeed) => {
      const noisy = addWeightNoise(model, noise, chipSeed);
      const program = target.deploy(noisy === model ? clean : target.compile(noisy), noise, chipSeed);
      if (program === clean) return accuracyOf(clean, kept, noise, chipSeed);
      // Noise that acts before deployment, or that changes more than the runner loads: a program of its own.
      const runner = target.open(program);
      try {
        return await accuracyOf(program, runner, noise, chipSeed);
      } finally {
        await runner.close();
      }
    },
    close: kept.close,
  };
}

function trueNorth(
  data: LabelledImages,
  options: SweptChipOptions,
): Target<Extract<ChipProgram, { kind: 'truenorth' }>> {
  return {
    compile: (model) => compileNetwork(model, { chip: 'truenorth' }).program,
    deploy: (program, noise, chipSeed) => faultyTrueNorth(program, noise, chipSeed),
    open: (program) => {
      const runner = createRunner(program, options.workers);
      return {
        run: (noise, chipSeed) => {
          const own = { seed: chipSeed, chipSeed, noise: runnerNoise(noise), engine: 'auto' } as const;
          return runner.run(data, { ...common(options), ...own });
        },
        close: () => runner.close(),
      };
    },
  };
}

function northPole(
  data: LabelledImages,
  options: SweptChipOptions,
): Target<Extract<ChipProgram, { kind: 'northpole' }>> {
  const { spec = NORTHPOLE, scope = {} } = options;
  return {
    compile: (model) => compileNetwork(model, { chip: 'northpole', spec }).program,
    deploy: (program) => program,
    open: (program) => {
      const runner = createNorthPoleRunner(program, options.workers);
      return {
        run: (noise, chipSeed) => {
          const deployed = faultyLayers(program, storedBitFaults({ noise, scope }, chipSeed));
          return runner.run(data, { ...common(options), seed: chipSeed, deployed });
        },
        close: () => runner.close(),
      };
    },
  };
}

function common({ limit, signal }: SweptChipOptions) {
  return { ...(limit === undefined ? {} : { limit }), ...(signal === undefined ? {} : { signal }) };
}
