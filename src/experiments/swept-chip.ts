/**
 * A program on simulated chips. Each chip runs on one thread as a whole, from its draws to its decisions, and each thread keeps one runner, into
 * which the faults of every chip are loaded: threads and programs are opened once, not once per chip.
 */
import type { ChipFaults, ChipRunner, OpenProgram } from '../chips/chip.js';
import { CHIPS } from '../chips/installed.js';
import { loadChipFile } from '../chips/own-chip.js';
import { UserError } from '../common/diagnostics.js';
import { createThreads, type TaskPool } from '../evaluation/tasks/pool.js';
import type { LabelledImages } from '../evaluation/tasks/samples.js';
import { sharedBytes } from '../evaluation/tasks/shared.js';
import { chipNamed } from '../flow/chip-named.js';
import { deployOn } from '../flow/deploy.js';
import type { Runnable } from '../flow/runnable.js';
import { decisions } from '../flow.js';
import { checkFaults, type FaultRequest } from '../ir/faults/check.js';
import type { NoiseSpec } from '../ir/faults/levels.js';
import type { FaultScope } from '../ir/faults/scope.js';
import type { NetworkGraph } from '../ir/network/types.js';
import type { ChipProgram } from '../ir/program/chip-program.js';
import type { ChipMeasures } from '../ir/trace/measures.js';

/** Where to run. */
export interface SweptChipOptions {
  /** Where the faults are; everywhere without it. */
  readonly scope?: FaultScope;
  readonly limit?: number;
  readonly workers: number;
  readonly signal?: AbortSignal;
}

/** A data set on one chip. */
export interface ChipRun {
  readonly samples: number;
  /** Samples that are decided as labelled. */
  readonly correct: number;
  /** [samples] decided class. */
  readonly predictions: Uint16Array;
  readonly measures: ChipMeasures;
}

/** One program on simulated chips. Many runs may be in flight. */
export interface SweptChip {
  /** The program without faults. */
  readonly program: ChipProgram;
  /** Runs one chip; what changes per use is drawn from the same seed. The scope is that of `faults`, not the one of the options. */
  run(faults: ChipFaults): Promise<ChipRun>;
  /** Share of the samples that chip `chipSeed` decides as labelled, with the scope of the options. */
  accuracy(noise: NoiseSpec, chipSeed: number): Promise<number>;
  /** Ends the workers. */
  close(): Promise<void>;
}

/**
 * Opens a program. Threads (with one worker: the calling one) start with the first run; results do not depend on their number. A chip that
 * is neither installed nor has a file runs in the calling thread: others do not know it.
 */
export function createSweptChip(runnable: Runnable, data: LabelledImages, options: SweptChipOptions): SweptChip {
  const local = createLocalChip(runnable, data, options);
  const { chip } = runnable;
  const isKnown = chip.file !== undefined || CHIPS.includes(chip);
  return options.workers > 1 && isKnown ? onThreads(local, runnable, data, options) : local;
}

/** What a thread needs to run chips of a program: the chip itself it finds by the kind of the program, or in its file. */
export interface ChipSetup extends OpenProgram {
  readonly chipFile: string | undefined;
  readonly float?: NetworkGraph;
  readonly data: LabelledImages;
  readonly options: SweptChipOptions;
}

/** The same in a thread. */
export async function openSetup({ data, options, chipFile, ...file }: ChipSetup): Promise<SweptChip> {
  const chip = chipFile === undefined ? chipNamed(file.program.kind) : await loadChipFile(chipFile);
  return createLocalChip({ ...file, chip }, data, options);
}

/** What a thread sends back: a run, or what is wrong with the request. Errors lose their class between threads. */
export type ChipTaskResult = ChipRun | { readonly problem: UserError['diagnostics'] };

function createLocalChip(runnable: Runnable, data: LabelledImages, options: SweptChipOptions): SweptChip {
  const { chip, program: clean } = runnable;
  const { scope, limit, signal } = options;
  // Opened by the first run: where threads run the chips, the calling one opens nothing.
  let kept: ChipRunner | undefined;
  const runOn = async (program: ChipProgram, runner: ChipRunner, faults: ChipFaults): Promise<ChipRun> => {
    const { scores, nSamples, measures } = await runner.run(data, { ...faults, seed: faults.chipSeed, limit, signal });
    const predictions = decisions(program, scores, nSamples);
    const correct = predictions.reduce((n, p, s) => n + (p === data.labels[s] ? 1 : 0), 0);
    return { samples: nSamples, correct, predictions, measures };
  };
  const run = async (faults: ChipFaults): Promise<ChipRun> => {
    checkSweptNoise(runnable, faults.noise, faults);
    const program = deployOn(runnable, faults);
    if (program === clean) return runOn(clean, (kept ??= chip.open(clean, { workers: 1 })), faults);
    // Noise that acts before deployment, or that changes more than the runner loads: a program of its own.
    const runner = chip.open(program, { workers: 1 });
    try {
      return await runOn(program, runner, faults);
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

function onThreads(
  local: SweptChip,
  { chip, program, integer, compile, float }: Runnable,
  data: LabelledImages,
  options: SweptChipOptions,
): SweptChip {
  const { signal, workers, scope, limit } = options;
  let threads: TaskPool<ChipFaults, ChipTaskResult> | undefined;
  const open = (): TaskPool<ChipFaults, ChipTaskResult> => {
    const setup: ChipSetup = {
      chipFile: chip.file,
      ...{ program, integer, compile, ...(float === undefined ? {} : { float }) },
      data: { ...data, images: sharedBytes(data.images), labels: sharedBytes(data.labels) },
      options: { ...(scope === undefined ? {} : { scope }), ...(limit === undefined ? {} : { limit }), workers: 1 },
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

/** @throws UserError for noise that the chip of a program does not have */
export function checkSweptNoise(
  { chip, program }: Runnable,
  noise: NoiseSpec,
  { scope }: Pick<FaultRequest, 'scope'>,
): void {
  checkFaults({ noise, scope }, chip.faults(program.spec));
}
