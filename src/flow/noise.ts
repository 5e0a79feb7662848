/** What levels of the fault catalogue stand for, where it is the same on all chips. */
import { fail } from '../common/diagnostics.js';
import { addWeightNoise } from '../compiler/passes/weight-noise.js';
import { lowerToInteger } from '../compiler/pipelines.js';
import type { StoredBitFaults } from '../hw-models/faults/stored-bits.js';
import type { FaultRequest } from '../ir/faults/check.js';
import type { NoiseSpec } from '../ir/faults/levels.js';
import type { NetworkGraph } from '../ir/network/types.js';
import type { Runnable } from './runnable.js';

/** The faults of the memory of chip `chipSeed`. */
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

/**
 * The integer network of a model whose weights have noise before deployment; undefined without such noise.
 * @throws UserError if the model is not at hand.
 */
export function noisyNetwork(
  { float }: Pick<Runnable, 'float'>,
  noise: NoiseSpec,
  chipSeed: number,
): NetworkGraph | undefined {
  if (noise.additive === 0 && noise.multiplicative === 0) return undefined;
  if (float === undefined) {
    fail(
      'noise-needs-model',
      noise.additive > 0 ? 'noise.additive' : 'noise.multiplicative',
      'weight noise acts before deployment, and a program file holds deployed weights only',
      'pass the model file (.lsn) instead of the program file',
    );
  }
  return lowerToInteger(addWeightNoise(float, noise, chipSeed));
}
