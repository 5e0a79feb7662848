import type { Engine } from '../engines/contract.js';
import { createFastEngine } from '../engines/fast/engine.js';
import { createReferenceEngine } from '../engines/reference/engine.js';
import { simulateFrames } from '../frames.js';
import type { RunTask, RunTaskResult, WorkerSetup } from './run-task.js';

/** Keeps the engine of a thread between tasks. */
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

  /** The fast engine reads the chip from its image; the reference model is built anew for every chip. */
  #engineFor({ chip, synapses }: RunTask): Engine {
    const setup = this.#setup;
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
