/** The chips of the NorthPole family we model, and what a spec file of one has to hold. */
import { defineSpec, type FollowingValue, preset } from '../../common/parameters/spec-definition.js';
import { NORTHPOLE_PARAMETERS, type NorthPoleSpec } from '../../ir/program/northpole-parameters.js';
import { macPj, memoryBytePj, networkByteHopPj, northPoleCosts, vectorOperationPj } from './core-costs.js';
import { NORTHPOLE_RULES, portBytes } from './rules.js';

export { portBytes } from './rules.js';

/** Energies that nobody set follow from the other parameters. */
function energiesOf(spec: NorthPoleSpec): ReadonlyMap<string, FollowingValue> {
  const { table, static: watts } = northPoleCosts(spec);
  return new Map([
    ['energy.macPj.8', { value: table.macPj[8], status: 'derived', source: macPj(8).source }],
    ['energy.macPj.4', { value: table.macPj[4], status: 'derived', source: macPj(4).source }],
    ['energy.macPj.2', { value: table.macPj[2], status: 'derived', source: macPj(2).source }],
    ['energy.macPj.1', { value: table.macPj[1], status: 'derived', source: 'travels in the container of 2 bit' }],
    ['energy.memoryBytePj', { value: table.memoryBytePj, status: 'derived', source: memoryBytePj(spec).source }],
    [
      'energy.networkByteHopPj',
      { value: table.networkByteHopPj, status: 'derived', source: networkByteHopPj(spec).source },
    ],
    [
      'energy.vectorOperationPj',
      { value: table.vectorOperationPj, status: 'assumed', source: vectorOperationPj().source },
    ],
    ['energy.staticWatts', { value: table.staticWatts, status: 'calibrated', source: watts.source }],
  ]);
}

/** Everything about specs of NorthPole-style chips: presets, schema, spec files, descriptions. */
export const NORTHPOLE_SPECS = defineSpec({
  chip: 'NorthPole-style',
  table: NORTHPOLE_PARAMETERS,
  presets: {
    northpole: preset(
      'the published chip on its PCIe card: 16 x 16 cores, 192 MiB, 400 MHz (Modha et al., Science 382:329, 2023)',
    ),
    'northpole-vpx': preset('the same chip on a 3U VPX board; what differs on the board is not published'),
    // The ports are split accordingly, 128 bytes per cycle in all as before. Shows how little of the speed hangs on the shape.
    'northpole-32x256': preset('the other likely shape of the VMM: 32 outputs of twice the vector', {
      vmm: { outputs: 32, vectorBits: 256 },
      memory: { activationPortBytes: 32, dataPortBytes: 32 },
      networks: { partialSum: { wires: 1024 } },
    }),
    // The ratios are those of the published chip: a block needs 8 reuses to hide its refill, the buses carry two lines.
    'northpole-small': preset(
      'scaled down for tests and first steps, 4 x 4 cores, so that limits bite at sizes a person can follow',
      {
        gridWidth: 4,
        gridHeight: 4,
        vmm: { outputs: 8, vectorBits: 64 },
        memory: { bytes: 65_536, activationPortBytes: 8, weightPortBytes: 8, dataPortBytes: 8 },
        weightFillBytes: 16,
        partialSums: { bufferBytes: 2048 },
        vector: { lanes: 32 },
        outputBufferBytes: 1024,
        networks: {
          model: { wires: 256 },
          partialSum: { wires: 256 },
          activation: { wires: 128 },
          instruction: { wires: 128 },
        },
      },
    ),
  },
  rules: NORTHPOLE_RULES,
  follows: energiesOf,
});

/** The chips by name, as `base:` of a spec file takes them. */
export const NORTHPOLE_PRESETS = NORTHPOLE_SPECS.presets;
/** Name of a preset. */
export type NorthPolePreset = keyof typeof NORTHPOLE_PRESETS;
/** The names of all presets. */
export const NORTHPOLE_PRESET_NAMES = NORTHPOLE_SPECS.presetNames;

/** The published chip on its PCIe card. */
export const NORTHPOLE: NorthPoleSpec = NORTHPOLE_PRESETS.northpole;
/** The same chip on a 3U VPX board. */
export const NORTHPOLE_VPX: NorthPoleSpec = NORTHPOLE_PRESETS['northpole-vpx'];
/** The published chip with the other likely shape of its VMM. */
export const NORTHPOLE_32X256: NorthPoleSpec = NORTHPOLE_PRESETS['northpole-32x256'];
/** A chip for tests and first steps; not a product. */
export const NORTHPOLE_SMALL: NorthPoleSpec = NORTHPOLE_PRESETS['northpole-small'];

/** Reads a spec file: a base and what differs from it. @throws UserError with everything that is wrong with it */
export const parseNorthPoleSpec = NORTHPOLE_SPECS.parse;
/** The spec file of a chip, every parameter with comment, unit, range, status and source; {@link parseNorthPoleSpec} reads it back. */
export const printNorthPoleSpec = NORTHPOLE_SPECS.print;

/** Multiply-accumulates of a core per cycle at a width of the wider operand. */
export function macsPerCycle(spec: NorthPoleSpec, bits: number): number {
  return spec.vmm.outputs * (spec.vmm.vectorBits / bits);
}

/** Peak operations per second of the chip at a width, in units of 10^12. */
export function peakTops(spec: NorthPoleSpec, bits: number): number {
  const cores = spec.gridWidth * spec.gridHeight;
  return (cores * macsPerCycle(spec, bits) * spec.opsPerMac * spec.clockMhz) / 1e6;
}

/** Bandwidth of all memories together in bytes per second. */
export function memoryBandwidth(spec: NorthPoleSpec): number {
  return spec.gridWidth * spec.gridHeight * portBytes(spec) * spec.clockMhz * 1e6;
}
