/** The worker thread of simulated chips: one chip at a time. */
import { workerData } from 'node:worker_threads';
import { present } from '../common/assert.js';
import { UserError } from '../common/diagnostics.js';
import type { ChipFaults } from '../chips/chip.js';
import { type ChipSetup, type ChipTaskResult, openSetup, type SweptChip } from './swept-chip.js';

let chip: SweptChip | undefined;

/** Called by the pool for every chip. */
export async function runTask(faults: ChipFaults): Promise<ChipTaskResult> {
  try {
    chip ??= openSetup(present<ChipSetup>(workerData, 'worker setup'));
    return await chip.run(faults);
  } catch (error) {
    if (error instanceof UserError) return { problem: error.diagnostics };
    throw error;
  }
}
