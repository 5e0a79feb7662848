/** What crosses between the thread that asks for a data set and the threads that simulate it. */
import type { TrueNorthProgram } from '../../ir/program/truenorth.js';
import type { Stoppable } from '../../evaluation/tasks/run-engine.js';
import type { BatchImage } from '../engines/batch/image.js';
import type { EngineCounters } from '../engines/contract.js';
import type { FastImage } from '../engines/fast/image.js';
import type { FrameRun } from '../frames.js';

/** What a worker knows from its start. Arrays are in shared memory. */
export type WorkerSetup =
  | { readonly engine: 'reference'; readonly program: TrueNorthProgram }
  | { readonly engine: 'fast'; readonly program: TrueNorthProgram; readonly image: FastImage }
  | { readonly engine: 'batch'; readonly program: TrueNorthProgram; readonly image: BatchImage };

/** Consecutive samples from a reset chip, or several such runs for the batch engine. Arrays are in shared memory. */
export interface RunTask extends FrameRun, Stoppable {
  /** A new run, from a reset chip, begins after so many samples. */
  readonly samplesPerRun: number;
  /** Crossbars of the chip, [nCores, nAxons, words], for the reference engine; the images of the others hold their own. */
  readonly synapses?: Uint32Array;
  /** Identifies the chip: tasks of one chip share `synapses`. */
  readonly chip: number;
}

/** Counters of the run, or `undefined` when it was stopped. */
export type RunTaskResult = EngineCounters | undefined;
