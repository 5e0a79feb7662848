/**
 * The network of a sweep on simulated chips. Each chip runs on one thread as a whole, from its draws to its decisions, and each thread keeps one
 * runner, into which the faults of every chip are loaded: threads and programs are opened once, not once per chip.
 */
import { UserError } from '../common/diagnostics.js';
import type { Unknown } from '../common/quantity.js';
import { addWeightNoise } from '../compiler/passes/weight-noise.js';
import { compileNetwork, decisions, northPolePerformance, toInteger } from '../flow.js';
import { avoidingDown, faultyTrueNorth, runnerFaults } from '../flow/faulty-truenorth.js';
import { FAULT_SUPPORT } from '../flow/fault-support.js';
import { northPoleFaults } from '../flow/northpole-faults.js';
import { NORTHPOLE } from '../hw-models/northpole/spec.js';
import { energyOptionsOf, energyPerSampleUj } from '../hw-models/truenorth/costs.js';
import type { NetworkGraph } from '../ir/network/types.js';
import type { KnownProgram } from '../ir/program/file.js';
import type { NorthPoleSpec } from '../ir/program/northpole.js';
import { checkFaults } from '../ir/faults/check.js';
import type { NoiseSpec } from '../ir/faults/levels.js';
import type { FaultScope } from '../ir/faults/scope.js';
import type { FaultSupport } from '../ir/faults/support.js';
import type { Energy } from '../ir/trace/run-result.js';
import { createNorthPoleRunner } from '../simulator/parallel/northpole-runner.js';
import { createThreads, type TaskPool } from '../evaluation/tasks/pool.js';
import type { LabelledImages } from '../evaluation/tasks/samples.js';
import { createRunner } from '../simulator/parallel/runner.js';
import { sharedBytes } from '../evaluation/tasks/shared.js';

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

/** One network on simulated chips of one kind. Many runs may be in flight. */
export interface SweptChip {
  /** The program without faults. */
  readonly program: KnownProgram;
  /** Runs one chip; spikes are dropped by draws of the same seed. The scope is that of `faults`, not the one of the options. */
  run(faults: ChipFaults): Promise<ChipRun>;
  /** Share of the samples that chip `chipSeed` decides as labelled, with the scope of the options. */
  accuracy(noise: NoiseSpec, chipSeed: number): Promise<number>;
  /** Ends the workers. */
  close(): Promise<void>;
}

/** What one kind of chip does: programs of a network, and runs that give class scores. */
interface Target<P extends KnownProgram> {
  readonly support: FaultSupport;
  /** The program of the network itself. */
  clean(model: NetworkGraph): P;
  compile(model: NetworkGraph): P;
  /** The program as the chip reads it, `model` compiled; the same object where runs bring all its faults. */
  deploy(program: P, faults: ChipFaults, model: NetworkGraph): P;
  open(program: P): TargetRunner;
}

/** Runs the chips of one program. */
interface TargetRunner {
  run(faults: ChipFaults): Promise<TargetRun>;
  close(): Promise<void>;
}

/** What a run on either kind of chip gives. */
interface TargetRun {
  readonly scores: Int32Array;
  readonly nSamples: number;
  readonly energyUj: Energy | Unknown;
}

/**
 * Compiles the network. Threads (with one worker: the calling one) start with the first run; results do not depend on their number.
 * @throws UserError for a network that does not fit the chip
 */
export function createSweptChip(model: NetworkGraph, data: LabelledImages, options: SweptChipOptions): SweptChip {
  const local = createLocalChip({ model, data, options });
  return options.workers > 1 ? onThreads(local, { model, data, options }) : local;
}

/** What a thread needs to run chips of a network. */
export interface ChipSetup {
  readonly model: NetworkGraph;
  readonly data: LabelledImages;
  readonly options: SweptChipOptions;
  /** The network compiled, if it is at hand. */
  readonly program?: KnownProgram;
}

/** A network on simulated chips, in the calling thread. @throws UserError for a network that does not fit the chip */
export function createLocalChip({ model, data, options: given, program }: ChipSetup): SweptChip {
  const options = { ...given, workers: 1 };
  return options.target === 'northpole'
    ? sweptChip(model, data, northPole(data, options, program), options)
    : sweptChip(model, data, trueNorth(data, options, program), options);
}

/** What a thread sends back: a run, or what is wrong with the request. Errors lose their class between threads. */
export type ChipTaskResult = ChipRun | { readonly problem: UserError['diagnostics'] };

function onThreads(local: SweptChip, { model, data, options }: ChipSetup): SweptChip {
  const { signal, workers, target, spec, scope, limit } = options;
  let threads: TaskPool<ChipFaults, ChipTaskResult> | undefined;
  const open = (): TaskPool<ChipFaults, ChipTaskResult> => {
    const setup: ChipSetup = {
      model,
      data: { ...data, images: sharedBytes(data.images), labels: sharedBytes(data.labels) },
      options: {
        ...(target === undefined ? {} : { target }),
        ...(spec === undefined ? {} : { spec }),
        ...(scope === undefined ? {} : { scope }),
        ...(limit === undefined ? {} : { limit }),
        workers: 1,
      },
      program: local.program,
    };
    return createThreads({ workers, file: 'experiments/chip-worker.js', setup });
  };
  const run = async (faults: ChipFaults): Promise<ChipRun> => {
    signal?.throwIfAborted();
    threads ??= open();
    const result = await unlessAborted(threads.run(faults), signal);
    if ('problem' in result) throw new UserError(result.problem);
    return result;
  };
  return {
    program: local.program,
    run,
    accuracy: (noise, chipSeed) => shareOf(run({ noise, scope, chipSeed })),
    close: async () => {
      await Promise.all([local.close(), threads?.close()]);
      threads = undefined;
    },
  };
}

/** The promise, or a rejection with the signal's reason as soon as there is one. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  // Rejected once its threads end, when nobody waits for it any more.
  promise.catch(() => undefined);
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    if (stop !== undefined) signal.removeEventListener('abort', stop);
  }
}

const shareOf = async (run: Promise<ChipRun>): Promise<number> => {
  const { correct, samples } = await run;
  return correct / samples;
};

/** @throws UserError for noise that the chip of `options` does not have */
export function checkSweptNoise(noise: NoiseSpec, { target = 'truenorth', scope = {} }: SweptChipOptions): void {
  checkFaults({ noise, scope }, FAULT_SUPPORT[target]);
}

function sweptChip<P extends KnownProgram>(
  model: NetworkGraph,
  data: LabelledImages,
  target: Target<P>,
  { scope }: SweptChipOptions,
): SweptChip {
  const clean = target.clean(model);
  // Opened by the first run: where threads run the chips, the calling one only compiles.
  let kept: TargetRunner | undefined;
  const runOf = async (program: P, runner: TargetRunner, faults: ChipFaults): Promise<ChipRun> => {
    const { scores, nSamples, energyUj } = await runner.run(faults);
    const predictions = decisions(program, scores, nSamples);
    const correct = predictions.reduce((n, p, s) => n + (p === data.labels[s] ? 1 : 0), 0);
    return { samples: nSamples, correct, predictions, energyUj };
  };
  const run = async (faults: ChipFaults): Promise<ChipRun> => {
    checkFaults(faults, target.support);
    const noisy = addWeightNoise(model, faults.noise, faults.chipSeed);
    const program = target.deploy(noisy === model ? clean : target.compile(noisy), faults, noisy);
    if (program === clean) return runOf(clean, (kept ??= target.open(clean)), faults);
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
    accuracy: (noise, chipSeed) => shareOf(run({ noise, scope, chipSeed })),
    close: async () => {
      await kept?.close();
      kept = undefined;
    },
  };
}

function trueNorth(
  data: LabelledImages,
  options: SweptChipOptions,
  compiled?: KnownProgram,
): Target<Extract<KnownProgram, { kind: 'truenorth' }>> {
  return {
    support: FAULT_SUPPORT.truenorth,
    clean: (model) =>
      compiled?.kind === 'truenorth' ? compiled : compileNetwork(model, { chip: 'truenorth' }).program,
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
          const { spec, cores } = program;
          const energyUj = energyPerSampleUj(counters, cores.nCores, nSamples, energyOptionsOf(spec));
          return { scores, nSamples, energyUj };
        },
        close: () => runner.close(),
      };
    },
  };
}

function northPole(
  data: LabelledImages,
  options: SweptChipOptions,
  compiled?: KnownProgram,
): Target<Extract<KnownProgram, { kind: 'northpole' }>> {
  const { spec = NORTHPOLE } = options;
  return {
    support: FAULT_SUPPORT.northpole,
    clean: (model) =>
      compiled?.kind === 'northpole' ? compiled : compileNetwork(model, { chip: 'northpole', spec }).program,
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
