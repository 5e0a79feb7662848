// Permanent bit errors of crossbars in memory.
import { transposed } from './lib/chip';
import { drawRows, otherRow0, otherRow1, row0, row1, stored } from './lib/flips';
import { largestBelow } from './lib/philox-lanes';

const BIT_ERROR: u32 = 1;
const STUCK_BIT: u32 = 22;

/**
 * Flips bits of rows of 32 bytes in the engine's order of bits, [nCores, 256 rows]. Only nAxons rows and nNeurons columns are stored on the
 * chip.
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
  const last = largestBelow(limit);
  for (let core: u32 = 0; core < nCores; core++) {
    for (let axon: u32 = 0; axon < nAxons; axon += 2) {
      for (let neuron: u32 = 0; neuron < nNeurons; neuron += 64) {
        drawRows(core, axon, neuron, BIT_ERROR, seedLow, seedHigh, last, last, false);
        const at = rows + ((((<usize>core) << 8) + axon) << 5) + (neuron >> 3);
        const columns = stored(neuron, nNeurons);
        store<u64>(at, load<u64>(at) ^ transposed(row0 & columns));
        if (axon + 1 < nAxons) store<u64>(at, load<u64>(at, 32) ^ transposed(row1 & columns), 32);
      }
    }
  }
}

/**
 * Rows [nAxons, 32 bytes] of one core, bits in the order of neurons, become what a faulty chip reads. Limits are rates times 2^32.
 */
export function readCore(
  rows: usize,
  core: u32,
  nAxons: u32,
  nNeurons: u32,
  seedLow: u32,
  seedHigh: u32,
  flip0: f64,
  flip1: f64,
  stuck0: f64,
  stuck1: f64,
): void {
  for (let axon: u32 = 0; axon < nAxons; axon += 2) {
    for (let neuron: u32 = 0; neuron < nNeurons; neuron += 64) {
      const at = rows + ((<usize>axon) << 5) + (neuron >> 3);
      const columns = stored(neuron, nNeurons);
      const written0 = load<u64>(at);
      const written1 = load<u64>(at, 32);
      let read0 = written0;
      let read1 = written1;
      if (flip0 > 0) {
        drawRows(core, axon, neuron, BIT_ERROR, seedLow, seedHigh, largestBelow(flip0), largestBelow(1), false);
        read0 |= row0;
        read1 |= row1;
      }
      if (flip1 > 0) {
        if (flip1 != flip0) {
          drawRows(core, axon, neuron, BIT_ERROR, seedLow, seedHigh, largestBelow(flip1), largestBelow(1), false);
        }
        read0 &= ~(row0 & written0);
        read1 &= ~(row1 & written1);
      }
      if (stuck0 > 0 || stuck1 > 0) {
        const last0 = largestBelow(max(stuck0, 1));
        drawRows(core, axon, neuron, STUCK_BIT, seedLow, seedHigh, last0, largestBelow(max(stuck1, 1)), true);
        if (stuck0 > 0) {
          read0 &= ~row0;
          read1 &= ~row1;
        }
        if (stuck1 > 0) {
          read0 |= otherRow0;
          read1 |= otherRow1;
        }
      }
      store<u64>(at, read0 & columns);
      if (axon + 1 < nAxons) store<u64>(at, read1 & columns, 32);
    }
  }
}

/** Brings rows of 32 bytes from the order of neurons into the order of the engine: 8 x 8 bits of every 64 neurons transposed. */
export function transposeRows(rows: usize, nRows: u32): void {
  const end = rows + ((<usize>nRows) << 5);
  for (let at = rows; at < end; at += 8) store<u64>(at, transposed(load<u64>(at)));
}
