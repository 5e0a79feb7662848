import { withCrossbarFaults, withNeuronFaults } from '../hw-models/faults/core-faults.js';
import type { TrueNorthProgram } from '../ir/program/truenorth.js';
import type { NoiseSpec } from '../ir/trace/run-result.js';
import { storedBitFaults } from './noise.js';

/**
 * The program as chip `chipSeed` reads it, but for what {@link runnerNoise} leaves to the runner; the same object where that is all that is wrong
 * with the chip.
 */
export function faultyTrueNorth(program: TrueNorthProgram, noise: NoiseSpec, chipSeed: number): TrueNorthProgram {
  const faulty = withNeuronFaults(program, {
    dead: noise.dead_neuron,
    saturated: noise.saturated_neuron,
    thresholdMismatch: noise.threshold_mismatch,
    chipSeed,
  });
  return hasPlainFlips(noise) ? faulty : withCrossbarFaults(faulty, storedBitFaults({ noise }, chipSeed));
}

/** What acts in the runner: dropped spikes, and bit errors where nothing else is wrong with the crossbars (a kernel draws the same bits). */
export function runnerNoise(noise: NoiseSpec): Pick<NoiseSpec, 'ber' | 'drop'> {
  return { ber: hasPlainFlips(noise) ? noise.ber : 0, drop: noise.drop };
}

const hasPlainFlips = (noise: NoiseSpec): boolean =>
  noise.ber_0to1 === 0 && noise.ber_1to0 === 0 && noise.stuck_at_0 === 0 && noise.stuck_at_1 === 0;
