/** The network of a sweep on a chip: one runner is kept, the faults of every chip are loaded into it. */
import type { Unknown } from '../common/quantity.js';
import { addWeightNoise } from '../compiler/passes/weight-noise.js';
import { compileNetwork, decisions, northPolePerformance, toInteger } from '../flow.js';
import { avoidingDown, faultyTrueNorth, runnerFaults } from '../flow/faulty-truenorth.js';
import { checkNoise } from '../flow/noise.js';
import { northPoleFaults } from '../flow/northpole-faults.js';
import { NORTHPOLE } from '../hw-models/northpole/spec.js';
import { energyPerSampleUj } from '../hw-models/truenorth/costs.js';
import type { NetworkGraph } from '../ir/network/types.js';
import type { ChipProgram } from '../ir/program/file.js';
import type { NorthPoleSpec } from '../ir/program/northpole.js';
import type { Energy, FaultScope, NoiseSpec } from '../ir/trace/run-result.js';
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

/** The faults of one chip: what, how much, where, and the seed of its draws. */
export interface ChipFaults {
  readonly noise: NoiseSpec;
  /** Everywhere without it. */
  readonly scope?: FaultScope | undefined;
  readonly chipSeed: number;
}

/** A data set on one chip. */
export interface ChipRun {
  readonly samples: number;
  /** Samples that are decided as labelled. */
  readonly correct: number;
  /** [samples] decided class. */
  readonly predictions: Uint16Array;
  /** Energy per sample, by the cost model of the chip. */
  readonly energyUj: Energy | Unknown;
}

/** One network on simulated chips of one kind. One run at a time. */
export interface SweptChip {
  /** The program without faults. */
  readonly program: ChipProgram;
  /** Runs one chip; spikes are dropped by draws of the same seed. The scope is that of `faults`, not the one of the options. */
  run(faults: ChipFaults): Promise<ChipRun>;
  /** Share of the samples that chip `chipSeed` decides as labelled, with the scope of the options. */
  accuracy(noise: NoiseSpec, chipSeed: number): Promise<number>;
  /** Ends the workers. */
  close(): Promise<void>;
}

/** What one kind of chip does: programs of a network, and runs that give class scores. */
interface Target<P extends ChipProgram> {
  compile(model: NetworkGraph): P;
  /** The program as the chip reads it, `model` compiled; the same object where runs bring all its faults. */
  deploy(program: P, faults: ChipFaults, model: NetworkGraph): P;
  open(program: P): {
    run(faults: ChipFaults): Promise<TargetRun>;
    close(): Promise<void>;
  };
}

/** What a run on either kind of chip gives. */
interface TargetRun {
  readonly scores: Int32Array;
  readonly nSamples: number;
  readonly energyUj: Energy | Unknown;
}

/** Compiles the network and starts the workers. @throws UserError for a network that does not fit the chip */
export function createSweptChip(model: NetworkGraph, data: LabelledImages, options: SweptChipOptions): SweptChip {
  return options.target === 'northpole'
    ? sweptChip(model, data, northPole(data, options), options)
    : sweptChip(model, data, trueNorth(data, options), options);
}

/** @throws UserError for noise that the chip of `options` does not have */
export function checkSweptNoise(noise: NoiseSpec, { target = 'truenorth', scope = {} }: SweptChipOptions): void {
  checkNoise({ noise, scope }, target);
}

function sweptChip<P extends ChipProgram>(
  model: NetworkGraph,
  data: LabelledImages,
  target: Target<P>,
  { scope }: SweptChipOptions,
): SweptChip {
  const clean = target.compile(model);
  const kept = target.open(clean);
  const runOf = async (program: P, runner: typeof kept, faults: ChipFaults): Promise<ChipRun> => {
    const { scores, nSamples, energyUj } = await runner.run(faults);
    const predictions = decisions(program, scores, nSamples);
    const correct = predictions.reduce((n, p, s) => n + (p === data.labels[s] ? 1 : 0), 0);
    return { samples: nSamples, correct, predictions, energyUj };
  };
  const run = async (faults: ChipFaults): Promise<ChipRun> => {
    const noisy = addWeightNoise(model, faults.noise, faults.chipSeed);
    const program = target.deploy(noisy === model ? clean : target.compile(noisy), faults, noisy);
    if (program === clean) return runOf(clean, kept, faults);
    // Noise that acts before deployment, or that changes more than the runner loads: a program of its own.
    const runner = target.open(program);
    try {
      return await runOf(program, runner, faults);
    } finally {
      await runner.close();
    }
  };
  return {
    program: clean,
    run,
    accuracy: async (noise, chipSeed) => {
      const { correct, samples } = await run({ noise, scope, chipSeed });
      return correct / samples;
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
    deploy: (program, { noise, scope = {}, chipSeed }, model) => {
      const request = { noise, scope };
      const placed = avoidingDown(program, () => toInteger(model), request, chipSeed);
      return faultyTrueNorth(placed, request, chipSeed);
    },
    open: (program) => {
      const runner = createRunner(program, options.workers);
      return {
        run: async ({ noise, scope = {}, chipSeed }) => {
          const own = { seed: chipSeed, chipSeed, ...runnerFaults(program, { noise, scope }), engine: 'auto' } as const;
          const { scores, nSamples, counters } = await runner.run(data, { ...common(options), ...own });
          return { scores, nSamples, energyUj: energyPerSampleUj(counters, program.cores.nCores, nSamples) };
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
  const { spec = NORTHPOLE } = options;
  return {
    compile: (model) => compileNetwork(model, { chip: 'northpole', spec }).program,
    deploy: (program) => program,
    open: (program) => {
      const runner = createNorthPoleRunner(program, options.workers);
      const { energyUj } = northPolePerformance(program);
      return {
        run: async ({ noise, scope = {}, chipSeed }) => {
          const faults = northPoleFaults(program, { noise, scope }, { chipSeed, noiseSeed: chipSeed });
          const own = { seed: chipSeed, ...(faults === undefined ? {} : { faults }) };
          const { scores, nSamples } = await runner.run(data, { ...common(options), ...own });
          return { scores, nSamples, energyUj };
        },
        close: () => runner.close(),
      };
    },
  };
}

function common({ limit, signal }: SweptChipOptions) {
  return { ...(limit === undefined ? {} : { limit }), ...(signal === undefined ? {} : { signal }) };
}
