/** Random numbers that are nearly normal and the same on every machine. */
import { draw4, type Purpose } from '../../common/rng.js';

/** Where a number is drawn. */
export interface NormalPlace {
  readonly seed: number;
  readonly purpose: Purpose;
  /** First coordinate of the draws. */
  readonly a: number;
  /** Which number of the stream (a, c): its draws have the second coordinates 3 index .. 3 index + 2. */
  readonly index: number;
  /** Third coordinate of the draws. */
  readonly c: number;
}

const words = new Uint32Array(4);

/**
 * The sum of twelve uniform draws minus 6: mean 0, standard deviation 1, within -6..6. Its distribution function is within 0.0025 of the normal
 * one. Sums of twelve 32-bit words are exact in float64, so nothing is rounded. `drawBlock` writes four words for each of the blocks 0, 1 and 2.
 */
export function nearlyNormalOf(drawBlock: (block: number, out: Uint32Array) => void): number {
  let sum = 0;
  for (let block = 0; block < 3; block++) {
    drawBlock(block, words);
    sum += words[0]! + words[1]! + words[2]! + words[3]!;
  }
  return sum / 4294967296 - 6;
}

/** {@link nearlyNormalOf} of the draws of a place. */
export const nearlyNormalAt = ({ seed, purpose, a, index, c }: NormalPlace): number =>
  nearlyNormalOf((block, out) => draw4(seed, purpose, a, index * 3 + block, c, out));
