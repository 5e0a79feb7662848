import type { StoredBitFaults } from '../hw-models/faults/stored-bits.js';
import type { FaultRequest } from '../ir/faults/check.js';

/** The faults of the memory of chip `chipSeed`, where they are the same on all chips. */
export function storedBitFaults({ noise, scope = {} }: FaultRequest, chipSeed: number): StoredBitFaults {
  return {
    flip0to1: Math.max(noise.ber, noise.ber_0to1),
    flip1to0: Math.max(noise.ber, noise.ber_1to0),
    stuckAt0: noise.stuck_at_0,
    stuckAt1: noise.stuck_at_1,
    protectedBits: scope.protectedBits ?? [],
    chipSeed,
  };
}
