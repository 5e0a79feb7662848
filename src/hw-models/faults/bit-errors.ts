/**
 * Permanent bit errors of the crossbar memory: every stored bit of a used core flips with probability `ber`, drawn once per
 * chip. The draw of bit (core, axon, neuron) is one word of the stream of the chip seed, and the bit flips iff the word is
 * below ber * 2^32: the flips at a lower rate are a subset of those at a higher one, and no rate shifts another's draws.
 */
import { draw4, PURPOSE } from '../../common/rng.js';
import type { TrueNorthProgram } from '../../ir/program/truenorth.js';

/** One faulty chip. */
export interface BitErrorSpec {
  /** Probability per bit, 0..1. */
  readonly ber: number;
  readonly chipSeed: number;
}

/**
 * The crossbars [nCores, nAxons, words] of a faulty chip, a copy. Unused rows and columns are stored bits too and at risk
 * like the rest.
 */
export function faultSynapses({ spec, cores }: TrueNorthProgram, { ber, chipSeed }: BitErrorSpec): Uint32Array {
  const synapses = cores.synapses.slice();
  if (ber === 0) return synapses;
  const nWords = Math.ceil(spec.neuronsPerCore / 32);
  const limit = ber * 4294967296;
  const draws = new Uint32Array(4);
  for (let core = 0; core < cores.nCores; core++) {
    for (let axon = 0; axon < spec.axonsPerCore; axon++) {
      const row = (core * spec.axonsPerCore + axon) * nWords;
      for (let neuron = 0; neuron < spec.neuronsPerCore; neuron += 4) {
        draw4(chipSeed, PURPOSE.synapseBitError, core, axon, neuron / 4, draws);
        let flips = 0;
        for (let i = 0; i < 4 && neuron + i < spec.neuronsPerCore; i++) if (draws[i]! < limit) flips |= 1 << i;
        if (flips !== 0) synapses[row + (neuron >>> 5)]! ^= flips << (neuron & 31);
      }
    }
  }
  return synapses;
}
