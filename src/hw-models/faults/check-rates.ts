/** Rates and deviations of the fault models, as the catalogue limits them: for those who use the models without the checks of a chip. */
import { type Diagnostic, throwIfErrors } from '../../common/diagnostics.js';
import type { FaultName } from '../../ir/faults/catalogue.js';
import { levelProblems } from '../../ir/faults/levels.js';
import type { NorthPoleFaults } from './northpole-faults.js';
import type { StoredBitFaults } from './stored-bits.js';

/** A field, the fault it is a level of, and its value. */
export type Rate = readonly [field: string, fault: FaultName, level: number];

/** Every rate that is no number, negative or beyond the range of its fault. */
export const rateProblems = (rates: readonly Rate[]): readonly Diagnostic[] =>
  rates.flatMap(([field, fault, level]) => levelProblems(fault, level, field));

/** @throws UserError with every rate that is no level of its fault */
export function checkRates(rates: readonly Rate[]): void {
  throwIfErrors(rateProblems(rates));
}

const bitRates = ({ flip0to1, flip1to0, stuckAt0, stuckAt1 }: StoredBitFaults): readonly Rate[] => [
  ['flip0to1', 'ber_0to1', flip0to1],
  ['flip1to0', 'ber_1to0', flip1to0],
  ['stuckAt0', 'stuck_at_0', stuckAt0],
  ['stuckAt1', 'stuck_at_1', stuckAt1],
];

/** @throws UserError with every rate of stored bits that is none */
export function checkStoredBits(faults: StoredBitFaults): void {
  checkRates(bitRates(faults));
}

/** Every rate of a chip that is none. */
export const northPoleRateProblems = ({ bits, programmingError, readNoise }: NorthPoleFaults): readonly Diagnostic[] =>
  rateProblems([
    ...bitRates(bits).map(([field, ...rest]): Rate => [`bits.${field}`, ...rest]),
    ['programmingError', 'programming_error', programmingError],
    ['readNoise', 'read_noise', readNoise],
  ]);
