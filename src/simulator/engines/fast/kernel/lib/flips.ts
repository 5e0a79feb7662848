// Which crossbar bits of a chip are wrong; the definition is src/hw-models/faults/bit-errors.ts.
import { draw4, word0, word1, word2, word3 } from './philox';

/**
 * Flips of the bits (core, axon, neuron..neuron + 3), bit i for neuron + i: set iff the draw is below `limit` = rate * 2^32.
 * `neuron` is a multiple of 4; columns from nNeurons on are not stored on the chip.
 */
export function flipsOfFour(
  core: u32,
  axon: u32,
  neuron: u32,
  nNeurons: u32,
  seedLow: u32,
  seedHigh: u32,
  limit: f64,
): u32 {
  draw4(core, axon, neuron >> 2, 1, seedLow, seedHigh);
  let flips = (<u32>(<f64>word0 < limit)) | ((<u32>(<f64>word1 < limit)) << 1);
  flips |= ((<u32>(<f64>word2 < limit)) << 2) | ((<u32>(<f64>word3 < limit)) << 3);
  return nNeurons - neuron < 4 ? flips & ((1 << (nNeurons - neuron)) - 1) : flips;
}
