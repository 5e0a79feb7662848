/**
 * What every value of a spec means: unit, source, status. Table 1 of docs/northpole.md is printed from here.
 */
import type { NorthPoleSpec } from '../../ir/program/northpole.js';
import {
  energyTableOf,
  macPj,
  memoryBytePj,
  networkByteHopPj,
  northPoleCosts,
  vectorOperationPj,
} from './core-costs.js';
import { isPreset, NORTHPOLE, NORTHPOLE_PRESETS, type NorthPolePreset } from './spec.js';
import { SOURCES } from './sources.js';
import { PUBLISHED_STRUCTURE } from './structure.js';

/** `user`: changed by the user, so no source of ours holds. */
export type SpecStatus = 'published' | 'derived' | 'calibrated' | 'assumed' | 'user';

/** Meaning of a parameter, whatever its value. */
export interface SpecParameter {
  readonly what: string;
  readonly unit: string;
  readonly status: 'published' | 'derived' | 'calibrated' | 'assumed';
  readonly source: string;
}

/** One line of {@link describeSpec}. */
export interface SpecValue extends Omit<SpecParameter, 'status'> {
  /** As in a spec file, e.g. `networks.model.wires`. */
  readonly path: string;
  readonly value: string;
  readonly status: SpecStatus;
}

const published = (what: string, unit: string, source: string): SpecParameter => ({
  what,
  unit,
  status: 'published',
  source,
});
const calibrated = (what: string, unit: string, source: string): SpecParameter => ({
  what,
  unit,
  status: 'calibrated',
  source,
});
const derived = (what: string, unit: string, source: string): SpecParameter => ({
  what,
  unit,
  status: 'derived',
  source,
});
const assumed = (what: string, unit: string, source: string): SpecParameter => ({
  what,
  unit,
  status: 'assumed',
  source,
});

const SHAPE =
  `64 x 128 and 32 x 256 give the published operations per cycle (${SOURCES.vmmPatent}, ${SOURCES.precisionPatent}); ` +
  `the speed of ResNet-50 differs by 1 %`;
const PORTS = `split of the 128 bytes per core and cycle behind 3.7 PB/s of 288 cards (${SOURCES.rack})`;
const PIPELINE = 'a short pipeline; nothing is published';
const WIRES = 'ratio of the networks such that none but the published bottlenecks binds; nothing is published';

/** All parameters by path, in the order of the type. */
export const SPEC_PARAMETERS: Readonly<Record<string, SpecParameter>> = {
  gridWidth: published('cores in a row', 'cores', SOURCES.science),
  gridHeight: published('rows of cores', 'cores', SOURCES.science),
  clockMhz: published('clock', 'MHz', `${SOURCES.isscc}, nominal operating point`),
  opsPerMac: assumed(
    'operations that a multiply-accumulate counts as',
    'operations',
    'the usual count; the papers do not say',
  ),
  precisions: published('operand widths of the VMM', 'bits', SOURCES.science),
  'vmm.outputs': assumed('adder trees', 'outputs', SHAPE),
  'vmm.vectorBits': assumed('activation vector of a cycle', 'bits', SHAPE),
  'vmm.latency': assumed('from operands to partial sum', 'cycles', PIPELINE),
  'memory.bytes': published('unified memory of a core', 'B', SOURCES.science),
  'memory.activationPortBytes': assumed('port of the VMM', 'B/cycle', PORTS),
  'memory.weightPortBytes': assumed('port of the model network', 'B/cycle', PORTS),
  'memory.dataPortBytes': assumed('port of everything else', 'B/cycle', PORTS),
  weightFillBytes: assumed('into the weight buffer', 'B/cycle', `half of the model network; ${SOURCES.corePatent}`),
  'partialSums.bits': assumed('width of a partial sum', 'bits', 'exact for 8-bit operands up to 2^15 products'),
  'partialSums.bufferBytes': assumed(
    'both halves of the partial-sum buffer',
    'B',
    `128 positions a half; ${SOURCES.corePatent}`,
  ),
  'vector.lanes': assumed(
    'epilogue steps of one channel per cycle',
    'lanes',
    `256 operations per cycle (${SOURCES.hotChips}), two per step: multiply and add`,
  ),
  'vector.latency': assumed('from sum to result', 'cycles', PIPELINE),
  tableEntries: assumed('table of the activation unit', 'entries', 'every value of an 8-bit input'),
  outputBufferBytes: assumed('results that wait for the activation network', 'B', PIPELINE),
  programBufferBytes: assumed('program buffer, two layers', 'B', SOURCES.schedulePatent),
  threads: published('static threads of a core', 'threads', SOURCES.science),
  'networks.model.topology': assumed('how weights reach the cores', '', SOURCES.weightPatent),
  'networks.model.wires': assumed('wires of a segment', 'bits', WIRES),
  'networks.model.hopCycles': assumed('core to core', 'cycles', PIPELINE),
  'networks.partialSum.topology': published('how partial sums are added up', '', SOURCES.dataPatent),
  'networks.partialSum.wires': assumed('wires of a link', 'bits', `all sums of a cycle; ${WIRES}`),
  'networks.partialSum.hopCycles': assumed('core to core', 'cycles', PIPELINE),
  'networks.activation.topology': assumed('how activations travel between layers', '', SOURCES.dataPatent),
  'networks.activation.wires': assumed('wires of a link', 'bits', WIRES),
  'networks.activation.hopCycles': assumed('core to core', 'cycles', PIPELINE),
  'networks.instruction.topology': assumed('how programs reach the cores', '', SOURCES.schedulePatent),
  'networks.instruction.wires': assumed('wires of a bus', 'bits', WIRES),
  'networks.instruction.hopCycles': assumed('core to core', 'cycles', PIPELINE),
  layerSyncCycles: assumed('between layers', 'cycles', 'the schedule is static, so no handshake'),
  'host.linkGBps': assumed('card to host', 'GB/s', 'PCI Express 3.0 x8: 8 GT/s, 128b/130b, 8 lanes'),
  'host.linkLatencyUs': assumed('card to host', 'us', 'the order of a PCI Express write'),
  'host.frameBufferBytes': published('frame buffer beside the cores', 'B', SOURCES.science),
  'energy.macPj.8': derived('multiply-accumulate, 8 bit', 'pJ', macPj(8).source),
  'energy.macPj.4': derived('multiply-accumulate, 4 bit', 'pJ', macPj(4).source),
  'energy.macPj.2': derived('multiply-accumulate, 2 bit', 'pJ', macPj(2).source),
  'energy.macPj.1': derived('multiply-accumulate, 1 bit', 'pJ', 'travels in the container of 2 bit'),
  'energy.memoryBytePj': derived('byte read or written', 'pJ', memoryBytePj(PUBLISHED_STRUCTURE).source),
  'energy.networkByteHopPj': derived('byte over one link', 'pJ', networkByteHopPj(PUBLISHED_STRUCTURE).source),
  'energy.vectorOperationPj': assumed('lane operation', 'pJ', vectorOperationPj().source),
  'energy.staticWatts': calibrated(
    'what flows without any event: leakage, clock tree, card',
    'W',
    northPoleCosts(PUBLISHED_STRUCTURE).static.source,
  ),
};

/** Where values of a preset come from that differ from those of the published chip. */
const PRESET_SOURCES: Readonly<Record<NorthPolePreset, string>> = {
  northpole: '',
  'northpole-vpx': '',
  'northpole-32x256': 'the other likely shape of the VMM',
  'northpole-small': 'scaled down for tests',
};

/** Every value of a spec with its meaning and status. What differs from `base` (by default the preset the name names) is the user's. */
export function describeSpec(
  spec: NorthPoleSpec,
  base: NorthPolePreset = isPreset(spec.name) ? spec.name : 'northpole',
): readonly SpecValue[] {
  // Energies that follow from the other parameters are nobody's choice.
  const energy = energyTableOf(spec);
  const defaults = specValues({ ...NORTHPOLE_PRESETS[base], energy });
  const chip = specValues({ ...NORTHPOLE, energy });
  const values = specValues(spec);
  for (const path of values.keys()) {
    if (SPEC_PARAMETERS[path] === undefined) throw new Error(`internal error: parameter ${path} is not described`);
  }
  return Object.entries(SPEC_PARAMETERS).map(([path, { what, unit, status, source }]) => {
    const value = values.get(path);
    if (value === undefined) throw new Error(`internal error: a spec without ${path}`);
    if (value !== defaults.get(path)) return { path, what, unit, value, status: 'user', source: 'set by the user' };
    if (value !== chip.get(path)) return { path, what, unit, value, status: 'assumed', source: PRESET_SOURCES[base] };
    return { path, what, unit, value, status, source };
  });
}

/** The leaves of a spec by path, as text, without its name. Lists are one leaf. */
export function specValues(spec: NorthPoleSpec): ReadonlyMap<string, string> {
  const leaves = new Map<string, string>();
  const walk = (path: string, value: unknown): void => {
    if (typeof value === 'string' || typeof value === 'number') leaves.set(path, String(value));
    else if (Array.isArray(value)) leaves.set(path, value.join(', '));
    else if (typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value)) walk(path === '' ? key : `${path}.${key}`, inner);
    }
  };
  walk('', { ...spec, name: undefined });
  return leaves;
}
