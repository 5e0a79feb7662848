import type { NorthPoleFaults } from '../../src/hw-models/faults/northpole-faults.js';
import type { StoredBitFaults } from '../../src/hw-models/faults/stored-bits.js';

/** No faults of stored bits. */
export const NO_BIT_FAULTS: StoredBitFaults = {
  ...{ flip0to1: 0, flip1to0: 0, stuckAt0: 0, stuckAt1: 0, protectedBits: [], chipSeed: 7 },
};

/** A chip with these faults and no others; bits fail in weights. */
export const faultsOf = (
  bits: Partial<StoredBitFaults>,
  others: Partial<Omit<NorthPoleFaults, 'bits'>> = {},
): NorthPoleFaults => ({
  bits: { ...NO_BIT_FAULTS, ...bits },
  ...{ memories: ['weights'], programmingError: 0, readNoise: 0, noiseSeed: 11 },
  ...others,
});
