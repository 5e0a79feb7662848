import { faultSynapses, type BitErrorSpec } from '../../hw-models/faults/bit-errors.js';
import { countOf, createPool, type TaskPool, type Workers } from '../../evaluation/tasks/pool.js';
import { taskHost } from '../../evaluation/tasks/run-engine.js';
import { sharedWords } from '../../evaluation/tasks/shared.js';
import type { TrueNorthProgram } from '../../ir/program/truenorth.js';
import { createBatchImage, loadBatchChip } from '../engines/batch/image.js';
import { LANES } from '../engines/batch/layout.js';
import type { EngineName } from '../engines/contract.js';
import { createFastImage, loadFaultyCrossbars } from '../engines/fast/image.js';
import type { RunTask, RunTaskResult, WorkerSetup } from './run-task.js';
import { trueNorthRuns } from './truenorth-runs.js';

/** One engine on all its threads. */
export interface Evaluator {
  readonly engine: EngineName | 'batch';
  readonly pool: TaskPool<RunTask, RunTaskResult>;
  /** Largest number of runs in one task. */
  readonly runsPerTask: number;
  /** Makes the tasks to come run on this chip. Nothing may run meanwhile. Returns what its tasks carry. */
  loadChip(chip: BitErrorSpec): Pick<RunTask, 'chip' | 'synapses'>;
}

/** `program` is in shared memory when there is more than one worker. */
export function createEvaluator(program: TrueNorthProgram, engine: Evaluator['engine'], workers: Workers): Evaluator {
  let loaded: BitErrorSpec = { ber: 0, chipSeed: 0 };
  let chip = 0;
  /** Whether another chip than the last one is asked for; all chips without errors are the same. */
  const changes = ({ ber, chipSeed }: BitErrorSpec): boolean => {
    if (ber === loaded.ber && (ber === 0 || chipSeed === loaded.chipSeed)) return false;
    loaded = { ber, chipSeed };
    chip++;
    return true;
  };
  if (engine === 'fast') {
    const image = createFastImage(program, countOf(workers));
    return {
      engine,
      pool: createTaskPool({ engine, program, image }, workers),
      runsPerTask: 1,
      loadChip: (spec) => {
        if (changes(spec)) loadFaultyCrossbars(image, program, spec);
        return { chip };
      },
    };
  }
  if (engine === 'batch') {
    const image = createBatchImage(program, countOf(workers));
    return {
      engine,
      pool: createTaskPool({ engine, program, image }, workers),
      runsPerTask: LANES,
      loadChip: (spec) => {
        if (changes(spec)) loadBatchChip(image, program, spec);
        return { chip };
      },
    };
  }
  let synapses = program.cores.synapses;
  return {
    engine,
    pool: createTaskPool({ engine, program }, workers),
    runsPerTask: 1,
    loadChip: (spec) => {
      if (changes(spec)) synapses = sharedWords(faultSynapses(program, spec));
      return { chip, synapses };
    },
  };
}

function createTaskPool(setup: WorkerSetup, workers: Workers): TaskPool<RunTask, RunTaskResult> {
  const local = (): ((task: RunTask) => RunTaskResult) => taskHost(() => trueNorthRuns(setup));
  return createPool({ workers, file: 'simulator/parallel/worker.js', setup, local });
}
