/** The worker thread of simulated chips: one chip at a time. */
import { UserError } from '../common/diagnostics.js';
import type { ChipFaults } from '../chips/chip.js';
import { type ChipSetup, type ChipTaskResult, openSetup, type SweptChip } from './swept-chip.js';

/** Answers the tasks of a pool, one for every chip. */
export function openTasks(setup: ChipSetup): (faults: ChipFaults) => Promise<ChipTaskResult> {
  let chip: SweptChip | undefined;
  return async (faults) => {
    try {
      chip ??= await openSetup(setup);
      return await chip.run(faults);
    } catch (error) {
      if (error instanceof UserError) return { problem: error.diagnostics };
      throw error;
    }
  };
}
