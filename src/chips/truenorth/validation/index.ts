import type { TrueNorthProgram } from '../../../ir/program/truenorth.js';
import type { Chip, ChipValidation } from '../../chip.js';
import { nocRows } from './noc.js';
import { type MeasuredNetwork, TRUENORTH_FREE_CONSTANTS, VALIDATED_NETWORKS, validationRows } from './rows.js';

/** Networks, power, time and mesh of TrueNorth-style chips next to print. */
export const trueNorthValidation = (chip: Chip<TrueNorthProgram>): ChipValidation => ({
  constants: TRUENORTH_FREE_CONSTANTS,
  rows: async (host) => {
    const measured: MeasuredNetwork[] = [];
    for (const name of VALIDATED_NETWORKS) {
      const { program, result } = await host.runExample(name, chip);
      measured.push({ result, layers: program.layers });
    }
    return [...validationRows(measured), ...nocRows()];
  },
});
