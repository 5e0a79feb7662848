import { createBatchEngine, type BatchEngine } from '../engines/batch/engine.js';
import { simulateBatch } from '../engines/batch/frames.js';
import type { Engine } from '../engines/contract.js';
import { createFastEngine } from '../engines/fast/engine.js';
import { createReferenceEngine } from '../engines/reference/engine.js';
import { simulateFrames } from '../frames.js';
import type { RunTask, RunTaskResult, WorkerSetup } from './run-task.js';

/** Keeps the engine of a thread between tasks. */
export class RunTaskHost {
  readonly #setup: WorkerSetup;
  #engine: Engine | undefined;
  #batch: BatchEngine | undefined;
  #chip = -1;

  constructor(setup: WorkerSetup) {
    this.#setup = setup;
  }

  /** Simulates the task's samples and writes their scores. */
  run(task: RunTask): RunTaskResult {
    const setup = this.#setup;
    const shouldStop = (): boolean => Atomics.load(task.stop, 0) !== 0;
    if (setup.engine === 'batch') {
      this.#batch ??= createBatchEngine(setup.image);
      return simulateBatch(this.#batch, setup.program, task, shouldStop);
    }
    const engine = this.#engineFor(setup, task);
    const done = simulateFrames(engine, setup.program, task, shouldStop);
    // Counters of a stopped run are dropped with it.
    const counters = engine.takeCounters();
    return done ? counters : undefined;
  }

  /** The fast engine reads the chip from its image; the reference model is built anew for every chip. */
  #engineFor(setup: Exclude<WorkerSetup, { engine: 'batch' }>, { chip, synapses }: RunTask): Engine {
    if (setup.engine === 'fast') {
      this.#engine ??= createFastEngine(setup.image);
    } else if (this.#engine === undefined || this.#chip !== chip) {
      const { program } = setup;
      this.#engine = createReferenceEngine({ program, synapses: synapses ?? program.cores.synapses });
    }
    this.#chip = chip;
    return this.#engine;
  }
}
