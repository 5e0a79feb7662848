/**
 * The chips of the NorthPole family we model. Values here are plain numbers; meaning, unit, source and status of each stand in
 * spec-parameters.ts and are printed by describeSpec.
 */
import type { NorthPoleSpec } from '../../ir/program/northpole.js';

/** The published chip on its PCIe card: 16 x 16 cores, 192 MiB, 400 MHz (Modha et al., Science 382:329, 2023). */
export const NORTHPOLE: NorthPoleSpec = {
  name: 'northpole',
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
  energy: {
    macPj: { 8: 0.12, 4: 0.036, 2: 0.014, 1: 0.014 },
    memoryBytePj: 1.4,
    networkByteHopPj: 1,
    vectorOperationPj: 0.5,
    staticWatts: 41.8,
  },
};

/** The same chip on a 3U VPX board; what differs on the board is not published, so only the name does here. */
export const NORTHPOLE_VPX: NorthPoleSpec = { ...NORTHPOLE, name: 'northpole-vpx' };

/**
 * The published chip with the other likely shape of its VMM: 32 outputs of twice the vector instead of 64, and the ports split
 * accordingly, 128 bytes per cycle in all as before. Shows how little of the speed hangs on a shape that is not published.
 */
export const NORTHPOLE_32X256: NorthPoleSpec = {
  ...NORTHPOLE,
  name: 'northpole-32x256',
  vmm: { ...NORTHPOLE.vmm, outputs: 32, vectorBits: 256 },
  memory: { ...NORTHPOLE.memory, activationPortBytes: 32, dataPortBytes: 32 },
  networks: { ...NORTHPOLE.networks, partialSum: { ...NORTHPOLE.networks.partialSum, wires: 1024 } },
};

/**
 * A chip for tests and first steps: 4 x 4 cores with every size scaled down, so that limits bite at sizes a person can follow. Not a
 * product. The ratios are those of the published chip: a block needs 8 reuses to hide its refill, the buses carry two lines.
 */
export const NORTHPOLE_SMALL: NorthPoleSpec = {
  ...NORTHPOLE,
  name: 'northpole-small',
  gridWidth: 4,
  gridHeight: 4,
  vmm: { outputs: 8, vectorBits: 64, latency: 4 },
  memory: { bytes: 65_536, activationPortBytes: 8, weightPortBytes: 8, dataPortBytes: 8 },
  weightFillBytes: 16,
  partialSums: { bits: 32, bufferBytes: 2048 },
  vector: { lanes: 32, latency: 4 },
  outputBufferBytes: 1024,
  networks: {
    model: { topology: 'segmentedBus', wires: 256, hopCycles: 1 },
    partialSum: { topology: 'neighbour', wires: 256, hopCycles: 1 },
    activation: { topology: 'mesh', wires: 128, hopCycles: 1 },
    instruction: { topology: 'rowBus', wires: 128, hopCycles: 1 },
  },
};

/** Presets by name, as `base:` of a spec file takes them. */
export const NORTHPOLE_PRESETS = {
  northpole: NORTHPOLE,
  'northpole-vpx': NORTHPOLE_VPX,
  'northpole-32x256': NORTHPOLE_32X256,
  'northpole-small': NORTHPOLE_SMALL,
} as const;

/** Name of a preset. */
export type NorthPolePreset = keyof typeof NORTHPOLE_PRESETS;

/** The names of all presets. */
export const NORTHPOLE_PRESET_NAMES = [
  'northpole',
  'northpole-vpx',
  'northpole-32x256',
  'northpole-small',
] as const satisfies NorthPolePreset[];

/** True for the name of a preset. */
export function isPreset(name: string): name is NorthPolePreset {
  return NORTHPOLE_PRESET_NAMES.some((preset) => preset === name);
}

/** Multiply-accumulates of a core per cycle at a width of the wider operand. */
export function macsPerCycle(spec: NorthPoleSpec, bits: number): number {
  return spec.vmm.outputs * (spec.vmm.vectorBits / bits);
}

/** Peak operations per second of the chip at a width, in units of 10^12. */
export function peakTops(spec: NorthPoleSpec, bits: number): number {
  const cores = spec.gridWidth * spec.gridHeight;
  return (cores * macsPerCycle(spec, bits) * spec.opsPerMac * spec.clockMhz) / 1e6;
}

/** Bytes per cycle of the three ports of a core's memory together. */
export function portBytes({ memory }: Pick<NorthPoleSpec, 'memory'>): number {
  return memory.activationPortBytes + memory.weightPortBytes + memory.dataPortBytes;
}

/** Bandwidth of all memories together in bytes per second. */
export function memoryBandwidth(spec: NorthPoleSpec): number {
  return spec.gridWidth * spec.gridHeight * portBytes(spec) * spec.clockMhz * 1e6;
}
