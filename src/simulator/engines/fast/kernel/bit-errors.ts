// Permanent bit errors of crossbars in memory; the definition is src/hw-models/faults/bit-errors.ts.
import { draw4, word0, word1, word2, word3 } from './lib/philox';

/**
 * Flips bits of rows of 32 bytes, [nCores, 256 rows]: bit (core, axon, neuron) iff its draw is below `limit` = rate * 2^32.
 * Only nAxons rows and nNeurons columns are stored on the chip.
 */
export function flipBits(
  rows: usize,
  nCores: u32,
  nAxons: u32,
  nNeurons: u32,
  seedLow: u32,
  seedHigh: u32,
  limit: f64,
): void {
  for (let core: u32 = 0; core < nCores; core++) {
    for (let axon: u32 = 0; axon < nAxons; axon++) {
      const row = rows + (((<usize>core) << 8) + axon) * 32;
      for (let neuron: u32 = 0; neuron < nNeurons; neuron += 4) {
        draw4(core, axon, neuron >> 2, 1, seedLow, seedHigh);
        let flips = (<u32>(<f64>word0 < limit)) | ((<u32>(<f64>word1 < limit)) << 1);
        flips |= ((<u32>(<f64>word2 < limit)) << 2) | ((<u32>(<f64>word3 < limit)) << 3);
        if (flips == 0) continue;
        if (nNeurons - neuron < 4) flips &= (1 << (nNeurons - neuron)) - 1;
        const at = row + ((neuron >> 5) << 2);
        store<u32>(at, load<u32>(at) ^ (flips << (neuron & 31)));
      }
    }
  }
}
