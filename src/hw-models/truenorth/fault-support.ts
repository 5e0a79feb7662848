/** Which faults a TrueNorth-style chip has. The definitions: docs/faults.md. */
import type { FaultSupport } from '../../ir/faults/support.js';
import type { TrueNorthSpec } from '../../ir/program/truenorth.js';
import { potentialBits, UPSET_GROUP } from '../faults/potential-upsets.js';
import { destinationBits, thresholdBits } from '../faults/stored-words.js';
import { TRUENORTH } from './spec.js';

/** The faults of a chip of this spec, the published one without it; words are as wide as the spec makes them. */
export function trueNorthFaultSupport(spec: TrueNorthSpec = TRUENORTH): FaultSupport {
  const group = UPSET_GROUP * potentialBits(spec);
  return {
    chip: 'TrueNorth',
    chips: 'TrueNorth-style chips',
    faults: {
      ...{ ber: true, ber_0to1: true, ber_1to0: true, stuck_at_0: true, stuck_at_1: true },
      ...{ dead_neuron: true, saturated_neuron: true, threshold_mismatch: true, leak_mismatch: true },
      programming_error: true,
      read_noise: { reason: 'synapses are bits and weights are digital: every use reads the same value' },
      ...{ down_cores: true, down_links: true, down_chips: true, drop: true, spike_delay: true },
      ...{ additive: true, multiplicative: true },
    },
    memories: [
      { memory: 'synapses', wordBits: 0 },
      { memory: 'thresholds', wordBits: thresholdBits(spec) },
      { memory: 'destinations', wordBits: destinationBits(spec) },
      {
        memory: 'potentials',
        wordBits: potentialBits(spec),
        most: { level: 1 / group, reason: `of potentials at most one bit in ${group} flips in a tick` },
      },
    ],
    scope: { memories: true, protectedBits: true, layers: true, cores: true, known: true },
  };
}
