import { createReferenceEngine } from '../engines/reference/engine.js';
import type { Engine } from '../engines/contract.js';
import { simulateFrames } from '../frames.js';
import type { RunTask, RunTaskResult, WorkerSetup } from './run-task.js';

/** Keeps the engine of a thread between tasks and builds a new one for a new chip. */
export class RunTaskHost {
  readonly #setup: WorkerSetup;
  #engine: Engine | undefined;
  #chip = -1;

  constructor(setup: WorkerSetup) {
    this.#setup = setup;
  }

  /** Simulates the task's samples and writes their scores. */
  run(task: RunTask): RunTaskResult {
    const engine = this.#engineFor(task);
    const done = simulateFrames(engine, this.#setup.program, task, () => Atomics.load(task.stop, 0) !== 0);
    // Counters of a stopped run are dropped with it.
    const counters = engine.takeCounters();
    return done ? counters : undefined;
  }

  #engineFor(task: RunTask): Engine {
    if (this.#engine === undefined || this.#chip !== task.chip) {
      this.#engine = createReferenceEngine({ program: this.#setup.program, synapses: task.synapses });
      this.#chip = task.chip;
    }
    return this.#engine;
  }
}
