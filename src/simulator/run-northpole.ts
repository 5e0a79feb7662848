import type { NorthPoleProgram } from '../ir/program/northpole.js';
import {
  createNorthPoleRunner,
  type NorthPoleEvaluationOptions,
  type NorthPoleOutput,
} from './parallel/northpole-runner.js';
import type { LabelledImages } from '../evaluation/tasks/samples.js';

/** An evaluation with its own workers. */
export interface NorthPoleRunOptions extends NorthPoleEvaluationOptions {
  /** Worker threads; 1 runs in the calling thread. */
  readonly workers: number;
}

/**
 * Runs `program` over a data set on the functional engine: scores are the same for any number of workers. Rejects with a UserError for a program
 * or data that do not fit, and with the signal's reason when aborted; no thread is left behind.
 */
export async function runNorthPole(
  program: NorthPoleProgram,
  data: LabelledImages,
  options: NorthPoleRunOptions,
): Promise<NorthPoleOutput> {
  const runner = createNorthPoleRunner(program, options.workers);
  try {
    return await runner.run(data, options);
  } finally {
    await runner.close();
  }
}
