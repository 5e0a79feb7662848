import { countEvents } from '../../hw-models/northpole/counters.js';
import { byteHopsOf, memoryBytesOf, type NorthPoleEnergyParts, powerOf } from '../../hw-models/northpole/costs.js';
import type { NorthPoleProgram } from '../../ir/program/northpole.js';
import type { ByPrecision, NorthPoleCounters } from '../../ir/trace/northpole-counters.js';
import type { Quantity, Unknown } from '../../common/quantity.js';

/** What the static schedule of a program on a NorthPole-style chip says; the same for every run. */
export interface NorthPolePerformance {
  /** Frames that go through each layer together, and the cycles that takes. */
  readonly batch: number;
  readonly cycles: number;
  readonly clockMhz: number;
  /** batch * clock / cycles. */
  readonly framesPerSecond: number;
  /** From the first step to the last write of a batch. */
  readonly latencyUs: number;
  /** Cycles the whole array would need at its peak for the network's multiply-accumulates, over the cycles it takes; 0..1. */
  readonly utilisation: number;
  /** Cores in use. */
  readonly cores: number;
  /** Events of one batch. */
  readonly counters: NorthPoleCounters;
  readonly bytesMoved: NorthPoleBytes;
  /** Energy per sample. */
  readonly energyUj: Quantity | Unknown;
  /** Parts of energyUj, in its unit. */
  readonly energyParts: Readonly<Record<string, number>>;
  readonly watts: Quantity | Unknown;
}

/** Bytes moved for one frame: over each network (once per byte, however many hops) and through the memory ports. */
export interface NorthPoleBytes {
  readonly model: number;
  readonly partialSum: number;
  readonly activation: number;
  readonly instruction: number;
  readonly memory: number;
}

/** Name of the part of the energy that is drawn whatever the chip does. */
export const STATIC_PART = 'static power';

const sumOf = (counts: ByPrecision): number => Object.values(counts).reduce((sum: number, n: number) => sum + n, 0);

/** The parts of an energy as they are called, and the events of a batch behind each. */
export const ENERGY_PARTS: readonly {
  readonly name: string;
  readonly part: keyof NorthPoleEnergyParts;
  readonly events: string;
  readonly countOf: (counters: NorthPoleCounters) => number;
}[] = [
  { name: STATIC_PART, part: 'static', events: 'cycles', countOf: ({ cycles }) => cycles },
  { name: 'multiply-accumulates', part: 'macs', events: 'operations', countOf: ({ macs }) => sumOf(macs) },
  { name: 'memory ports', part: 'memory', events: 'bytes', countOf: memoryBytesOf },
  { name: 'networks', part: 'networks', events: 'byte-hops', countOf: byteHopsOf },
  {
    name: 'vector units',
    part: 'vector',
    events: 'lane operations',
    countOf: ({ vectorOperations }) => vectorOperations,
  },
];

/** What the static schedule of a program says about its speed and energy; no data are needed. */
export function northPolePerformance(program: NorthPoleProgram): NorthPolePerformance {
  const { spec, batch, cycles, layers } = program;
  const counters = countEvents(program);
  const seconds = cycles / (spec.clockMhz * 1e6);
  const { energyPerFrame, parts, watts } = powerOf(spec, counters);
  return {
    batch,
    cycles,
    clockMhz: spec.clockMhz,
    framesPerSecond: batch / seconds,
    latencyUs: seconds * 1e6,
    utilisation: neededCycles(program, counters.macs) / cycles,
    cores: new Set(layers.flatMap((layer) => [...layer.mapping.cores])).size,
    counters,
    bytesMoved: bytesPerFrame(counters),
    energyUj: energyPerFrame,
    energyParts: Object.fromEntries(ENERGY_PARTS.map(({ name, part }) => [name, parts[part] / batch])),
    watts,
  };
}

/** Cycles in which all cores of the array, each multiplying at its peak, would do these multiply-accumulates. */
function neededCycles({ spec }: NorthPoleProgram, macs: ByPrecision): number {
  const nCores = spec.gridWidth * spec.gridHeight;
  const { outputs, vectorBits } = spec.vmm;
  const widths = [8, 4, 2, 1] as const;
  return widths.reduce((sum, bits) => sum + macs[bits] / (nCores * outputs * (vectorBits / bits)), 0);
}

function bytesPerFrame(counters: NorthPoleCounters): NorthPoleBytes {
  const { frames, networks } = counters;
  return {
    model: networks.model.bytes / frames,
    partialSum: networks.partialSum.bytes / frames,
    activation: networks.activation.bytes / frames,
    instruction: networks.instruction.bytes / frames,
    memory: memoryBytesOf(counters) / frames,
  };
}
