/** The faults of one TrueNorth-style chip: those that are another program, and those that act in the runner. */
import { withCrossbarFaults, withNeuronFaults } from '../hw-models/faults/core-faults.js';
import { withDeviations } from '../hw-models/faults/parameter-deviations.js';
import { withDestinationFaults, withThresholdFaults } from '../hw-models/faults/stored-words.js';
import type { TrueNorthProgram } from '../ir/program/truenorth.js';
import type { EvaluationOptions } from '../simulator/parallel/runner.js';
import { memoriesOf, type NoiseRequest, storedBitFaults } from './noise.js';
import { coresAtRisk } from './truenorth-scope.js';

/**
 * The program as chip `chipSeed` reads it, but for what {@link runnerFaults} leaves to the runner; the same object where that is all that is wrong
 * with the chip. In this order: what is programmed deviates, stored bits are read wrongly, neurons are dead or saturated.
 * @throws UserError for layers and cores of the scope that do not exist
 */
export function faultyTrueNorth(program: TrueNorthProgram, request: NoiseRequest, chipSeed: number): TrueNorthProgram {
  const { noise, scope = {} } = request;
  const atRisk = coresAtRisk(program, scope);
  const where = { chipSeed, ...(atRisk === undefined ? {} : { cores: atRisk }) };
  const bits = { ...storedBitFaults(request, chipSeed), ...where };
  const memories = memoriesOf(scope, 'truenorth');
  let faulty = withDeviations(program, {
    thresholdMismatch: noise.threshold_mismatch,
    leakMismatch: noise.leak_mismatch,
    programmingError: noise.programming_error,
    ...where,
  });
  if (memories.includes('thresholds')) faulty = withThresholdFaults(faulty, bits);
  if (memories.includes('destinations')) faulty = withDestinationFaults(faulty, bits);
  if (memories.includes('synapses') && !hasPlainFlips(request)) faulty = withCrossbarFaults(faulty, bits);
  return withNeuronFaults(faulty, { dead: noise.dead_neuron, saturated: noise.saturated_neuron, ...where });
}

/**
 * What acts in the runner: transient faults, and bit errors where nothing else is wrong with the crossbars (a kernel draws the same bits).
 * @throws UserError for layers and cores of the scope that do not exist
 */
export function runnerFaults(
  program: TrueNorthProgram,
  request: NoiseRequest,
): Pick<EvaluationOptions, 'noise' | 'upsets'> {
  const { noise, scope = {} } = request;
  const acting = {
    ber: hasPlainFlips(request) ? noise.ber : 0,
    drop: noise.drop,
    spike_delay: noise.spike_delay,
  };
  const { flip0to1, flip1to0, protectedBits } = storedBitFaults(request, 0);
  if (!memoriesOf(scope, 'truenorth').includes('potentials') || flip0to1 + flip1to0 === 0) return { noise: acting };
  const cores = coresAtRisk(program, scope);
  const where = { protectedBits, ...(cores === undefined ? {} : { cores }) };
  return { noise: acting, upsets: { rate0to1: flip0to1, rate1to0: flip1to0, ...where } };
}

/** Flips at one rate in all crossbars, and nothing else wrong with them. */
const hasPlainFlips = ({ noise, scope = {} }: NoiseRequest): boolean =>
  memoriesOf(scope, 'truenorth').includes('synapses') &&
  [scope.layers, scope.cores].every((part) => part === undefined) &&
  [noise.ber_0to1, noise.ber_1to0, noise.stuck_at_0, noise.stuck_at_1].every((level) => level === 0);
