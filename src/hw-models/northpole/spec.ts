/**
 * The chips of the NorthPole family we model. Values here are plain numbers; meaning, unit, source and status of each stand in
 * spec-parameters.ts and are printed by describeSpec.
 */
import type { NorthPoleSpec } from '../../ir/program/northpole.js';
import { energyTableOf } from './core-costs.js';
import { type NorthPoleStructure, PUBLISHED_STRUCTURE } from './structure.js';

/** A chip whose costs follow from its parameters. */
const priced = (chip: NorthPoleStructure & Pick<NorthPoleSpec, 'name'>): NorthPoleSpec => ({
  ...chip,
  energy: energyTableOf(chip),
});

/** The published chip on its PCIe card: 16 x 16 cores, 192 MiB, 400 MHz (Modha et al., Science 382:329, 2023). */
export const NORTHPOLE: NorthPoleSpec = priced({ name: 'northpole', ...PUBLISHED_STRUCTURE });

/** The same chip on a 3U VPX board; what differs on the board is not published, so only the name does here. */
export const NORTHPOLE_VPX: NorthPoleSpec = { ...NORTHPOLE, name: 'northpole-vpx' };

/**
 * The published chip with the other likely shape of its VMM: 32 outputs of twice the vector instead of 64, and the ports split
 * accordingly, 128 bytes per cycle in all as before. Shows how little of the speed hangs on a shape that is not published.
 */
export const NORTHPOLE_32X256: NorthPoleSpec = priced({
  ...NORTHPOLE,
  name: 'northpole-32x256',
  vmm: { ...NORTHPOLE.vmm, outputs: 32, vectorBits: 256 },
  memory: { ...NORTHPOLE.memory, activationPortBytes: 32, dataPortBytes: 32 },
  networks: { ...NORTHPOLE.networks, partialSum: { ...NORTHPOLE.networks.partialSum, wires: 1024 } },
});

/**
 * A chip for tests and first steps: 4 x 4 cores with every size scaled down, so that limits bite at sizes a person can follow. Not a
 * product. The ratios are those of the published chip: a block needs 8 reuses to hide its refill, the buses carry two lines.
 */
export const NORTHPOLE_SMALL: NorthPoleSpec = priced({
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
});

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
