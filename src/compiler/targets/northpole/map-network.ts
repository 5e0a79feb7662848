/** Partitions, memory and schedule of a layered network. */
import { present } from '../../../common/assert.js';
import { type Diagnostic, errorAt } from '../../../common/diagnostics.js';
import { programCycles, weightStream } from '../../../hw-models/northpole/timing.js';
import { blockBytes } from '../../../hw-models/northpole/blocks.js';
import { tensorAt } from '../../../hw-models/northpole/regions.js';
import type {
  LayerMemory,
  LayerTiming,
  NorthPoleLayer,
  NorthPoleProgram,
  NorthPoleSpec,
} from '../../../ir/program/northpole.js';
import { UNMAPPED } from './layer-costs.js';
import { planMemory } from './memory-plan.js';
import { choosePartitions } from './partition.js';
import { scheduleLayer } from './schedule-layer.js';
import type { LayeredNetwork } from './to-layers.js';

/** What a byte of memory per core is worth in cycles, in the order in which it is tried. */
const CYCLES_PER_BYTE = [0, 0.001, 0.01, 0.1, 1];

/** Layers that ask for cores. */
export interface PartitionRequest {
  readonly network: LayeredNetwork;
  readonly spec: NorthPoleSpec;
  readonly batch: number;
}

/** Layers on cores and in memory, without a schedule; `attempts` counts the prices of memory that were tried. */
export interface PartitionedNetwork {
  readonly program: NorthPoleProgram;
  readonly attempts: number;
}

/** Partitions and memory; if the fastest partitions do not fit, smaller ones. */
export function mapNetwork({ network, spec, batch }: PartitionRequest): {
  readonly result?: PartitionedNetwork;
  readonly diagnostics: readonly Diagnostic[];
} {
  const unmapped: NorthPoleProgram = {
    ...network,
    kind: 'northpole',
    spec,
    batch,
    layers: network.layers.map((layer) => ({ ...layer, mapping: UNMAPPED, timing: UNTIMED, memory: UNPLACED })),
    cycles: NaN,
  };
  let problems: readonly Diagnostic[] = [];
  for (const [index, cyclesPerByte] of CYCLES_PER_BYTE.entries()) {
    const { mappings, diagnostics } = choosePartitions(unmapped, { cyclesPerByte });
    if (diagnostics.length > 0) return { diagnostics };
    const program = {
      ...unmapped,
      layers: unmapped.layers.map((layer, l) => ({ ...layer, mapping: present(mappings[l], 'mapping') })),
    };
    const plan = planMemory(program);
    if (plan.diagnostics.length === 0) {
      const layers = program.layers.map((layer, l) => ({ ...layer, memory: present(plan.memory[l], 'memory') }));
      return { result: { program: { ...program, layers }, attempts: index + 1 }, diagnostics };
    }
    if (problems.length === 0) problems = plan.diagnostics;
  }
  return { diagnostics: problems };
}

/** The timing of a layer that is not scheduled yet: whoever reads it sees it. */
export const UNTIMED: LayerTiming = {
  start: NaN,
  passPeriod: NaN,
  slot: NaN,
  packets: new Int32Array(),
  end: NaN,
  programStart: NaN,
  programEnd: NaN,
};
/** The places in memories of a layer that has none yet. */
const UNPLACED: LayerMemory = { operandBase: [], weightBase: new Int32Array(), resultBase: NaN, programBytes: NaN };

/** Schedules layer after layer: each starts when its operands, its program and its first weights are there. */
export function scheduleLayers(program: NorthPoleProgram): {
  readonly program: NorthPoleProgram;
  readonly diagnostics: readonly Diagnostic[];
} {
  const { spec } = program;
  const diagnostics: Diagnostic[] = [];
  const layers: NorthPoleLayer[] = [];
  let end = 0;
  let lastStart = 0;
  let lastSlot = 0;
  let programEnd = 0;
  program.layers.forEach((layer, l) => {
    const own = scheduleLayer(program, l);
    if (own === undefined) {
      diagnostics.push(
        errorAt(
          'output-buffer-too-small',
          `${program.name}: layer "${layer.name}"`,
          `its results cannot wait in ${spec.outputBufferBytes} bytes for the activation network`,
          'use a larger output buffer',
        ),
      );
      return;
    }
    const programStart = l === 0 ? 0 : Math.max(programEnd, lastStart);
    programEnd = l === 0 ? 0 : programStart + programCycles(spec, layer.memory.programBytes);
    let start = Math.max(l === 0 ? 0 : end + spec.layerSyncCycles, programEnd);
    if (layer.kind === 'vmm') {
      const bytes = blockBytes(spec, layer.weightBits, tensorAt(program, layer.operands[0] ?? -1).bits);
      const stream = weightStream(spec, layer.mapping, bytes);
      start = Math.max(start, lastSlot + stream.latency + stream.period);
      lastSlot = start + own.lastSlot;
    }
    lastStart = start;
    end = start + own.end;
    const { passPeriod, slot } = own;
    const packets = own.packets.map((t) => (t < 0 ? -1 : start + t));
    layers.push({ ...layer, timing: { start, passPeriod, slot, packets, end, programStart, programEnd } });
  });
  return { program: { ...program, layers, cycles: end }, diagnostics };
}
