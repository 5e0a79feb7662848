/**
 * Transient bit errors of stored activations. Every stored bit of every value can be written wrong, drawn anew at each write; who reads the value
 * later reads the same wrong bits. Values are two's complement or unsigned in the container of their tensor, as the program has it; sums and scores
 * that are stored have 32 bits. A concatenation stores nothing: its parts do. The coded input is a write too; tokens of
 * sequence models, which name a row of a table, stay what they are.
 *
 * The draw of bit b of value i of a tensor is word i * bits + b of the stream (tensor, .., sample) of the noise seed (PURPOSE.activationBitFlip).
 */
import { draw4, PURPOSE } from '../../common/rng.js';
import type { NorthPoleTensor } from '../../ir/program/northpole.js';
import { readBit, type StoredBitFaults } from './stored-bits.js';

/** Which write. */
export interface ActivationWrite extends Pick<NorthPoleTensor, 'bits' | 'signed'> {
  /** Index of the tensor in the program. */
  readonly tensor: number;
  /** Index of the sample in the data set, or of the token in all sequences. */
  readonly sample: number;
  readonly noiseSeed: number;
}

/** Values of a tensor as they are stored, a copy. Stuck bits of `faults` are not looked at. */
export function storedActivations(
  values: ArrayLike<number>,
  { bits, signed, tensor, sample, noiseSeed }: ActivationWrite,
  faults: StoredBitFaults,
): Int32Array {
  const stored = Int32Array.from(values);
  const flipping = { ...faults, stuckAt0: 0, stuckAt1: 0 };
  const words = new Uint32Array(4);
  const shift = 32 - bits;
  let drawn = -1;
  for (let i = 0; i < stored.length; i++) {
    let read = 0;
    for (let bit = 0; bit < bits; bit++) {
      const word = i * bits + bit;
      const block = Math.floor(word / 4);
      if (block !== drawn) draw4(noiseSeed, PURPOSE.activationBitFlip, tensor, block, sample, words);
      drawn = block;
      const written = (stored[i]! >>> bit) & 1;
      read |= (faults.protectedBits.includes(bit) ? written : readBit(written, words[word % 4]!, 0, flipping)) << bit;
    }
    // One bit holds 0 and 1.
    stored[i] = (signed && bits > 1) || bits === 32 ? (read << shift) >> shift : read;
  }
  return stored;
}
