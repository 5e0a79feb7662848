/** Evaluates a program of a NorthPole-style chip over data sets, on worker threads that stay between evaluations. */
import { fail, throwIfErrors } from '../../common/diagnostics.js';
import { sizeOf } from '../../ir/network/shapes.js';
import type { NorthPoleFaults } from '../../hw-models/faults/northpole-faults.js';
import type { NorthPoleProgram } from '../../ir/program/northpole.js';
import { deployedLayers, openWeightDrawing } from '../engines/northpole/chip-faults.js';
import { faultRangeProblems } from '../engines/northpole/fault-range.js';
import { createNorthPoleImage, loadNorthPoleChip, type NorthPoleImage } from '../engines/northpole/image.js';
import { useFaults } from '../engines/northpole/use-faults.js';
import { northPoleRuns, type NorthPoleSetup, type NorthPoleTask } from './northpole-task.js';
import { countOf, createPool, type TaskPool, type Workers } from '../../evaluation/tasks/pool.js';
import { taskHost } from '../../evaluation/tasks/run-engine.js';
import { type DataSetOptions, runSamples } from '../../evaluation/tasks/run-samples.js';
import { badSeeds, countSamples, type LabelledImages } from '../../evaluation/tasks/samples.js';
import { sharedBytes, sharedInt32 } from '../../evaluation/tasks/shared.js';

/** How to evaluate. */
export interface NorthPoleEvaluationOptions extends DataSetOptions {
  /** Only the first `limit` samples. */
  readonly limit?: number;
  /** Draws of Bernoulli inputs. A safe integer >= 0. */
  readonly seed: number;
  /** What is wrong with the chip at hand. `run` rejects with a UserError where sums could become inexact. */
  readonly faults?: NorthPoleFaults;
}

/** What an evaluation gives. All but the wall clock depends on program, data, weights and seed only. */
export interface NorthPoleOutput {
  readonly nSamples: number;
  readonly nClasses: number;
  /** [nSamples, nClasses] class scores. */
  readonly scores: Int32Array;
  /** Batches of program.batch frames; the last one may not be full. */
  readonly batches: number;
  /** Cycles of the chip for all batches, one after the other: the schedule has no stalls, so they are those of the program. */
  readonly cycles: number;
  /** Wall clock of the evaluation. */
  readonly seconds: number;
}

/** Evaluates a program again and again: data sets, chips. One evaluation at a time; more are queued. */
export interface NorthPoleRunner {
  run(data: LabelledImages, options: NorthPoleEvaluationOptions): Promise<NorthPoleOutput>;
  /** Ends the workers. */
  close(): Promise<void>;
}

/** Most samples of a task. */
const TASK_SAMPLES = 64;

/** Program, image and threads of a runner. */
interface Running {
  readonly program: NorthPoleProgram;
  readonly image: NorthPoleImage;
  readonly pool: TaskPool<NorthPoleTask, number | undefined>;
  readonly workers: number;
  /** Loads a chip unless it is loaded. */
  readonly load: (faults: NorthPoleFaults | undefined) => void;
}

/**
 * A runner on its threads (1: the calling thread) or those of others. Weights are packed once, here. Throws as createNorthPoleImage does; `run` rejects with
 * a UserError for data that do not fit.
 */
export function createNorthPoleRunner(program: NorthPoleProgram, workers: Workers): NorthPoleRunner {
  const nWorkers = countOf(workers);
  const image = createNorthPoleImage(program, nWorkers);
  const setup: NorthPoleSetup = { image, inputCode: program.inputCode, nPixels: sizeOf(program.inputShape) };
  const pool = createPool<NorthPoleTask, number | undefined>({
    workers,
    file: 'simulator/parallel/northpole-worker.js',
    setup,
    local: () => taskHost(() => northPoleRuns(setup)),
  });
  const draw = openWeightDrawing();
  let loaded: NorthPoleFaults | undefined;
  const load = (faults: NorthPoleFaults | undefined): void => {
    if (faults === loaded) return;
    if (faults !== undefined) throwIfErrors(faultRangeProblems(program, faults));
    loadNorthPoleChip(image, program, deployedLayers(program, faults, draw));
    loaded = faults;
  };
  const running = { program, image, pool, workers: nWorkers, load };
  let last: Promise<unknown> = Promise.resolve();
  return {
    run: (data, options) => {
      const result = last.then(() => evaluate(running, data, options));
      last = result.catch(() => undefined);
      return result;
    },
    close: () => pool.close(),
  };
}

async function evaluate(
  { program, image, pool, workers, load }: Running,
  data: LabelledImages,
  options: NorthPoleEvaluationOptions,
): Promise<NorthPoleOutput> {
  const { seed, signal, onProgress } = options;
  throwIfErrors(badSeeds({ seed }));
  if (image.plan.context !== Infinity) {
    fail(
      'sequence-model',
      `program ${program.name}`,
      `it takes sequences of up to ${image.plan.context} tokens, not samples of a data set.`,
      'Run it with runSequences.',
    );
  }
  const nSamples = countSamples(
    { inputShape: program.inputShape, nClasses: program.outputs.nClasses },
    data,
    options.limit,
  );
  signal?.throwIfAborted();
  const started = performance.now();
  load(options.faults);
  const use = useFaults(program, options.faults);
  const { nClasses } = program.outputs;
  const scores = sharedInt32(nSamples * nClasses);
  const images = sharedBytes(data.images);
  const waited = await runSamples({
    ...{ nSamples, pool, signal, onProgress },
    // Enough tasks that threads end together and progress moves.
    samplesPerTask: Math.min(TASK_SAMPLES, Math.ceil(nSamples / (8 * workers)), Math.ceil(nSamples / 100)),
    taskOf: (part) => ({ ...part, images, scores, seed, use }),
    add: () => undefined,
  });
  const batches = Math.ceil(nSamples / program.batch);
  const seconds = (performance.now() - started - waited) / 1000;
  return { nSamples, nClasses, scores, batches, cycles: batches * program.cycles, seconds };
}
