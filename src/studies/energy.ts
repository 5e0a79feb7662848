/** Energies of a study: of a chip, and of several that work together. */
import { bandOf, hasBand, type Quantity, type Unknown } from '../common/quantity.js';
import type { StudyEnergy } from '../ir/trace/study.js';

/** The energy of a chip per sample, in microjoules; nothing where it is not known, no band where it has none. */
export function studyEnergy(energyUj: Quantity | Unknown): StudyEnergy {
  if ('unknown' in energyUj) return {};
  const { low, high } = bandOf(energyUj);
  return { energyUj: energyUj.value, ...(hasBand(energyUj) ? { energyLowUj: low, energyHighUj: high } : {}) };
}

/**
 * The energies of chips that work together; nothing where one of them is not known. The cost table of a kind of chip is one table, whose errors are
 * the same for all of them: low ends add, and high ends.
 */
export function sumOfEnergies(energies: readonly StudyEnergy[]): StudyEnergy {
  let value = 0;
  let low = 0;
  let high = 0;
  for (const { energyUj, energyLowUj = energyUj, energyHighUj = energyUj } of energies) {
    if (energyUj === undefined || energyLowUj === undefined || energyHighUj === undefined) return {};
    value += energyUj;
    low += energyLowUj;
    high += energyHighUj;
  }
  return { energyUj: value, ...(low < high ? { energyLowUj: low, energyHighUj: high } : {}) };
}
