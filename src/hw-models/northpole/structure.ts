import type { NorthPoleSpec } from '../../ir/program/northpole.js';

/** A chip without what it costs: its costs follow from this (core-costs.ts). */
export type NorthPoleStructure = Omit<NorthPoleSpec, 'name' | 'energy'>;

/** The published chip on its PCIe card: 16 x 16 cores, 192 MiB, 400 MHz (Modha et al., Science 382:329, 2023). */
export const PUBLISHED_STRUCTURE: NorthPoleStructure = {
  gridWidth: 16,
  gridHeight: 16,
  clockMhz: 400,
  opsPerMac: 2,
  precisions: [8, 4, 2],
  vmm: { outputs: 64, vectorBits: 128, latency: 4 },
  memory: { bytes: 786_432, activationPortBytes: 16, weightPortBytes: 64, dataPortBytes: 48 },
  weightFillBytes: 128,
  partialSums: { bits: 32, bufferBytes: 65_536 },
  vector: { lanes: 128, latency: 4 },
  tableEntries: 256,
  outputBufferBytes: 8192,
  programBufferBytes: 16_384,
  threads: 8,
  networks: {
    model: { topology: 'segmentedBus', wires: 2048, hopCycles: 1 },
    partialSum: { topology: 'neighbour', wires: 2048, hopCycles: 1 },
    activation: { topology: 'mesh', wires: 512, hopCycles: 1 },
    instruction: { topology: 'rowBus', wires: 512, hopCycles: 1 },
  },
  layerSyncCycles: 0,
  host: { linkGBps: 7.88, linkLatencyUs: 1, frameBufferBytes: 33_554_432 },
};
