import type { RunEngine } from '../../evaluation/tasks/run-engine.js';
import { createBatchEngine } from '../engines/batch/engine.js';
import { simulateBatch } from '../engines/batch/frames.js';
import type { Engine, EngineCounters } from '../engines/contract.js';
import { createFastEngine } from '../engines/fast/engine.js';
import { createReferenceEngine } from '../engines/reference/engine.js';
import { simulateFrames } from '../frames.js';
import type { RunTask, WorkerSetup } from './run-task.js';

/** The engines of a TrueNorth-style chip on one thread: one chip at a time, or up to 128 in lock step, behind one contract. */
export function trueNorthRuns(setup: WorkerSetup): RunEngine<RunTask, EngineCounters> {
  const { program } = setup;
  if (setup.engine === 'batch') {
    const batch = createBatchEngine(setup.image);
    return { run: (task, shouldStop) => simulateBatch(batch, program, task, shouldStop) };
  }
  if (setup.engine === 'fast') {
    const engine = createFastEngine(setup.image);
    return { run: (task, shouldStop) => oneByOne(engine, setup, task, shouldStop) };
  }
  // The fast engines read the chip from their image; the reference model is built anew for every chip.
  let chip = -1;
  let engine: Engine | undefined;
  return {
    run: (task, shouldStop) => {
      if (engine === undefined || chip !== task.chip) {
        engine = createReferenceEngine({ program, synapses: task.synapses ?? program.cores.synapses });
        chip = task.chip;
      }
      return oneByOne(engine, setup, task, shouldStop);
    },
  };
}

function oneByOne(
  engine: Engine,
  { program }: WorkerSetup,
  task: RunTask,
  shouldStop: () => boolean,
): EngineCounters | undefined {
  const done = simulateFrames(engine, program, task, shouldStop);
  // Counters of a stopped run are dropped with it.
  const counters = engine.takeCounters();
  return done ? counters : undefined;
}
