/**
 * What can be wrong with a stored bit of one chip. A faulty bit is drawn once per chip and stays so: the value that is read back differs from the
 * one that was written in the same way in every use.
 */

/** Fault rates of the stored bits of one chip; 0 is off. */
export interface StoredBitFaults {
  /** Probability that a bit that holds 0 is read as 1, 0..1. */
  readonly flip0to1: number;
  /** Probability that a bit that holds 1 is read as 0, 0..1. */
  readonly flip1to0: number;
  /** Fraction of the bits that read as 0 whatever was written, 0..1. */
  readonly stuckAt0: number;
  /** Fraction of the bits that read as 1 whatever was written, 0..1; with stuckAt0 at most 1. */
  readonly stuckAt1: number;
  /** Positions in their word, 0 = least significant, of the bits that have no fault at all. */
  readonly protectedBits: readonly number[];
  /** Seed of the chip, a safe integer >= 0. */
  readonly chipSeed: number;
}

/** Whether no bit can differ. */
export const isFaultless = ({ flip0to1, flip1to0, stuckAt0, stuckAt1 }: StoredBitFaults): boolean =>
  flip0to1 === 0 && flip1to0 === 0 && stuckAt0 === 0 && stuckAt1 === 0;

/** Draws are 32-bit words: an event of probability p happens iff the word is below p * DRAWS. */
const DRAWS = 4294967296;

/**
 * The bit that is read where `bit` was written. `flipWord` and `stuckWord` are two draws of that bit, the same at all rates: the flips at a
 * lower rate are a subset of those at a higher one, and so are the bits stuck at 0 (words from 0 up) and those stuck at 1 (words from 2^32
 * down). A stuck bit does not flip.
 */
export function readBit(bit: number, flipWord: number, stuckWord: number, faults: StoredBitFaults): number {
  if (stuckWord < faults.stuckAt0 * DRAWS) return 0;
  if (DRAWS - 1 - stuckWord < faults.stuckAt1 * DRAWS) return 1;
  return flipWord < (bit === 0 ? faults.flip0to1 : faults.flip1to0) * DRAWS ? 1 - bit : bit;
}
