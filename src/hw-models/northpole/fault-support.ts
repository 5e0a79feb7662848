/** Which faults a NorthPole-style chip has. The definitions: docs/faults.md. */
import type { FaultSupport } from '../../ir/faults/support.js';

const NO_NEURONS = { reason: 'NorthPole-style chips have no neurons' };
const NO_SPIKES = { reason: 'NorthPole-style chips have no spikes' };

/** The faults of every chip of this kind. */
export const NORTHPOLE_FAULT_SUPPORT: FaultSupport = {
  chip: 'NorthPole',
  chips: 'NorthPole-style chips',
  faults: {
    ...{ ber: true, ber_0to1: true, ber_1to0: true, stuck_at_0: true, stuck_at_1: true },
    ...{ programming_error: true, read_noise: true, additive: true, multiplicative: true },
    ...{ dead_neuron: NO_NEURONS, saturated_neuron: NO_NEURONS },
    ...{ threshold_mismatch: NO_NEURONS, leak_mismatch: NO_NEURONS },
    ...{ drop: NO_SPIKES, spike_delay: NO_SPIKES },
    down_cores: {
      reason:
        'on a static schedule nobody waits for a core that is down: what its neighbours read instead is not defined',
    },
    down_links: {
      reason: 'on a static schedule nobody waits for what a link loses: what is read instead is not defined',
    },
    down_chips: { reason: 'a program is for one chip' },
  },
  // Widest words: containers of 8 bits, addends of up to 7 bytes, stored sums and scores of 32 bits.
  memories: [
    { memory: 'weights', wordBits: 8 },
    { memory: 'biases', wordBits: 56 },
    { memory: 'activations', wordBits: 32 },
  ],
  scope: {
    ...{ memories: true, protectedBits: true, layers: true },
    cores: {
      reason: 'a part of the weights is stored on several cores, and what one of them reads wrong is not modelled',
    },
    known: { reason: 'a static schedule takes whole rectangles of cores' },
  },
};
