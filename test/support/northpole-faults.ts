import { storedActivations } from '../../src/hw-models/faults/activation-faults.js';
import type { NorthPoleFaults } from '../../src/hw-models/faults/northpole-faults.js';
import type { StoredBitFaults } from '../../src/hw-models/faults/stored-bits.js';
import type { NorthPoleProgram } from '../../src/ir/program/northpole.js';
import type { OnValue } from '../../src/evaluation/interpreter/network.js';

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

/**
 * Bit errors of stored activations for the interpreter: values that a program stores, by the node they belong to. `sample` tells which sample or token
 * is computed.
 */
export function activationFaults(program: NorthPoleProgram, faults: NorthPoleFaults, sample: () => number): OnValue {
  const isSequence = program.layers.some(({ kind }) => kind === 'sequence');
  return (id, values) => {
    const tensor = program.tensors.findIndex(({ node, parts }) => node === id && parts.length === 0);
    const stored = program.tensors[tensor];
    // Tokens have no bit errors.
    if (stored === undefined || (tensor === 0 && isSequence)) return;
    const { noiseSeed, bits } = faults;
    values.set(storedActivations(values, { ...stored, tensor, sample: sample(), noiseSeed }, bits));
  };
}
