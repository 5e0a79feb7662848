// What the batch kernel reads of a chip, made from its crossbar rows: columns, connections, and lists of axons per neuron.
import { drawRows, row0, row1, stored } from '../../fast/kernel/lib/flips';
import { largestBelow } from '../../fast/kernel/lib/philox-lanes';
import {
  AXON_BYTES,
  AXONS,
  COLUMN_BYTES,
  CONNECTION_BYTES,
  CROSSBAR_BYTES,
  N_TYPES,
  PARAMETER_BYTES,
  TYPE_MASK_BYTES,
  ZEROS,
} from './lib/geometry';
import { signedWidth } from './lib/planes';

const MEMORYLESS: u32 = 4;

/**
 * Reads rows [nCores, axons, 32 bytes], typeMasks [nCores, types, a bit per axon], present [nCores, 32 bytes] and the parameters; writes
 * columns [nCores, 256, a bit per axon], connections [nCores, axons] u16, usedAxons [nCores] i32, the lists, and the list addresses and
 * widths of the parameters.
 */
export function indexChip(
  nCores: i32,
  rows: usize,
  columns: usize,
  typeMasks: usize,
  connections: usize,
  usedAxons: usize,
  present: usize,
  parameters: usize,
  lists: usize,
): void {
  memory.fill(columns, 0, <usize>nCores * COLUMN_BYTES);
  let at = lists;
  for (let core = 0; core < nCores; core++) {
    let used = 0;
    const column0 = columns + <usize>core * COLUMN_BYTES;
    for (let axon: usize = 0; axon < AXONS; axon++) {
      const row = rows + <usize>core * CROSSBAR_BYTES + (axon << 5);
      let n = 0;
      for (let word: usize = 0; word < 32; word += 8) {
        let bits = load<u64>(row + word);
        n += <i32>popcnt(bits);
        while (bits) {
          const byte = column0 + (((<usize>word) << 3) + <usize>ctz(bits)) * AXON_BYTES + (axon >> 3);
          store<u8>(byte, load<u8>(byte) | (1 << ((<u8>axon) & 7)));
          bits &= bits - 1;
        }
      }
      store<u16>(connections + <usize>core * CONNECTION_BYTES + (axon << 1), <u16>n);
      if (n) used++;
    }
    store<i32>(usedAxons + ((<usize>core) << 2), used);
    for (let neuron: usize = 0; neuron < 256; neuron++) {
      if (((load<u8>(present + ((<usize>core) << 5) + (neuron >> 3)) >> ((<u8>neuron) & 7)) & 1) == 0) continue;
      const p = parameters + (((<usize>core) << 8) + neuron) * PARAMETER_BYTES;
      at = listNeuron(p, column0 + neuron * AXON_BYTES, typeMasks + <usize>core * TYPE_MASK_BYTES, at);
    }
  }
}

/** Per axon type: u16 n, then n offsets in blocks of 8; free places point at the vector of zeros. Returns the end. */
function listNeuron(p: usize, column: usize, masks: usize, start: usize): usize {
  let at = start;
  let lowest = 0;
  let highest = 0;
  for (let type: usize = 0; type < N_TYPES; type++) {
    const head = at;
    const weight = load<i32>(p + (type << 2), 32);
    let n = 0;
    at += 2;
    for (let word: usize = 0; word < AXON_BYTES && weight != 0; word += 8) {
      let bits = load<u64>(column + word) & load<u64>(masks + type * AXON_BYTES + word);
      while (bits) {
        store<u16>(at, <u16>(((word << 3) + <usize>ctz(bits)) << 4));
        at += 2;
        n++;
        bits &= bits - 1;
      }
    }
    store<u16>(head, <u16>n);
    for (let k = n; k & 7; k++, at += 2) store<u16>(at, ZEROS);
    if (weight < 0) lowest += n * weight;
    else highest += n * weight;
  }
  const leak = load<i32>(p, 12);
  if (load<u32>(p) & MEMORYLESS) {
    const offset = leak - load<i32>(p, 16);
    lowest += offset;
    highest += offset;
  } else {
    lowest += min(leak, 0);
    highest += max(leak, 0);
  }
  store<u32>(p, <u32>start, 4);
  store<i32>(p, max(signedWidth(lowest), signedWidth(highest)), 8);
  return at;
}

/**
 * Flips bits of rows [nCores, 256, 32 bytes], bits in the order of neurons. Only nAxons rows and nNeurons columns are stored on
 * the chip.
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
        drawRows(core, axon, neuron, 1, seedLow, seedHigh, last, last, false);
        const at = rows + ((((<usize>core) << 8) + axon) << 5) + (neuron >> 3);
        store<u64>(at, load<u64>(at) ^ (row0 & stored(neuron, nNeurons)));
        if (axon + 1 < nAxons) store<u64>(at, load<u64>(at, 32) ^ (row1 & stored(neuron, nNeurons)), 32);
      }
    }
  }
}
