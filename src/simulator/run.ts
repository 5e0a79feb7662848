import type { TrueNorthProgram } from '../ir/program/truenorth.js';
import type { LabelledImages } from '../evaluation/tasks/samples.js';
import { createRunner, type EvaluationOptions, type SimulationOutput } from './parallel/runner.js';

/** An evaluation with its own workers. */
export interface RunOptions extends EvaluationOptions {
  /** Worker threads; 1 runs in the calling thread. */
  readonly workers: number;
}

/**
 * Runs `program` over a data set: scores and counters are the same for any number of workers. Rejects with a UserError for
 * a program or data that do not fit, and with the signal's reason when aborted; no thread is left behind.
 */
export async function runProgram(
  program: TrueNorthProgram,
  data: LabelledImages,
  options: RunOptions,
): Promise<SimulationOutput> {
  const runner = createRunner(program, options.workers);
  try {
    return await runner.run(data, options);
  } finally {
    await runner.close();
  }
}
