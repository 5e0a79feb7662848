/** The NorthPole target: integer network -> layers -> partitions -> memory -> static schedule -> verified program. */
import { present } from '../../../common/assert.js';
import { type Diagnostic, errorAt, throwIfErrors } from '../../../common/diagnostics.js';
import { checkSpec } from '../../../hw-models/northpole/check-spec.js';
import { programCycles, weightStream } from '../../../hw-models/northpole/timing.js';
import { blockBytes } from '../../../hw-models/northpole/blocks.js';
import { tensorAt } from '../../../hw-models/northpole/regions.js';
import type { NetworkGraph } from '../../../ir/network/types.js';
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
import { sequenceProblems } from './sequence-layer.js';
import { type LayeredNetwork, toLayers } from './to-layers.js';
import { verifyNorthPole } from './verify.js';

export interface NorthPoleOptions {
  readonly spec: NorthPoleSpec;
  /** Frames that go through each layer together; 1 if absent. More frames hide more of what every layer costs once. */
  readonly batch?: number;
}

export interface NorthPoleCompilation {
  readonly program: NorthPoleProgram;
  readonly warnings: readonly Diagnostic[];
}

/** What a byte of memory per core is worth in cycles, in the order in which it is tried. */
const CYCLES_PER_BYTE = [0, 0.001, 0.01, 0.1, 1];

/**
 * Compiles a verified integer network.
 * @throws UserError with every layer that does not fit and every limit of the chip that is exceeded.
 */
export function compileNorthPole(graph: NetworkGraph, { spec, batch = 1 }: NorthPoleOptions): NorthPoleCompilation {
  const warnings = throwIfErrors([...checkSpec(spec, `chip "${spec.name}"`), ...checkBatch(graph.name, batch)]);
  const { network, diagnostics } = toLayers(graph, spec);
  throwIfErrors([...diagnostics, ...sequenceProblems(graph, batch)]);
  const program = schedule(mapNetwork(present(network, 'network'), spec, batch));
  throwIfErrors(verifyNorthPole(program));
  return { program, warnings };
}

function checkBatch(name: string, batch: number): readonly Diagnostic[] {
  if (Number.isInteger(batch) && batch >= 1) return [];
  return [errorAt('bad-batch', name, `a batch of ${batch} frames`, 'use a whole number from 1 on')];
}

/** Partitions and memory; if the fastest partitions do not fit, smaller ones. */
function mapNetwork(network: LayeredNetwork, spec: NorthPoleSpec, batch: number): NorthPoleProgram {
  const unmapped: NorthPoleProgram = {
    ...network,
    kind: 'northpole',
    spec,
    batch,
    layers: network.layers.map((layer) => ({ ...layer, mapping: UNMAPPED, timing: UNTIMED, memory: UNPLACED })),
    cycles: 0,
  };
  let problems: readonly Diagnostic[] = [];
  for (const cyclesPerByte of CYCLES_PER_BYTE) {
    const { mappings, diagnostics } = choosePartitions(unmapped, { cyclesPerByte });
    throwIfErrors(diagnostics);
    const program = {
      ...unmapped,
      layers: unmapped.layers.map((layer, l) => ({ ...layer, mapping: present(mappings[l], 'mapping') })),
    };
    const plan = planMemory(program);
    if (plan.diagnostics.length === 0) {
      const layers = program.layers.map((layer, l) => ({ ...layer, memory: present(plan.memory[l], 'memory') }));
      return { ...program, layers };
    }
    if (problems.length === 0) problems = plan.diagnostics;
  }
  throwIfErrors(problems);
  throw new Error('internal error: no plan and no problem');
}

const UNTIMED: LayerTiming = {
  start: 0,
  passPeriod: 0,
  slot: 0,
  packets: new Int32Array(0),
  end: 0,
  programStart: 0,
  programEnd: 0,
};
const UNPLACED: LayerMemory = { operandBase: [], weightBase: new Int32Array(0), resultBase: -1, programBytes: 0 };

/** Schedules layer after layer: each starts when its operands, its program and its first weights are there. */
function schedule(program: NorthPoleProgram): NorthPoleProgram {
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
  throwIfErrors(diagnostics);
  return { ...program, layers, cycles: end };
}
