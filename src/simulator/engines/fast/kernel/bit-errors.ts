// Permanent bit errors of crossbars in memory, in the engine's order of bits.
import { transposed } from './lib/chip';
import { flipsOfFour } from './lib/flips';

/**
 * Flips bits of rows of 32 bytes, [nCores, 256 rows]. Only nAxons rows and nNeurons columns are stored on the chip.
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
        const flips = flipsOfFour(core, axon, neuron, nNeurons, seedLow, seedHigh, limit);
        if (flips == 0) continue;
        // Neuron 64 k + 8 b + l is bit b of byte 8 k + l.
        const at = row + ((neuron >> 6) << 3) + (neuron & 7);
        const spread = (flips * 0x00204081) & 0x01010101;
        store<u32>(at, load<u32>(at) ^ (spread << ((neuron >> 3) & 7)));
      }
    }
  }
}

/** Brings rows of 32 bytes from the order of neurons into the order of the engine: 8 x 8 bits of every 64 neurons transposed. */
export function transposeRows(rows: usize, nRows: u32): void {
  const end = rows + ((<usize>nRows) << 5);
  for (let at = rows; at < end; at += 8) store<u64>(at, transposed(load<u64>(at)));
}
