/** A program in the memory of the batch engine, with room for one state of 128 lanes per thread. */
import { sharedBuffer } from '../../../common/shared-memory.js';
import { assert } from '../../../common/assert.js';
import { seedKey } from '../../../common/rng.js';
import { type BitErrorSpec, faultSynapses } from '../../../hw-models/faults/bit-errors.js';
import { hops } from '../../../hw-models/truenorth/router.js';
import { CORE_BLOCK } from '../../../ir/program/core-arrays.js';
import { NEGATIVE, NO_TARGET, RESET, type CoreArrays, type TrueNorthProgram } from '../../../ir/program/truenorth.js';
import { loadKernel, startKernel } from '../../../common/kernel-module.js';
import type { BatchGeometry } from './geometry.js';
import { layOutBatch, type BatchLayout } from './layout.js';
import { batchSupports } from './support.js';

/** What threads share. Everything can be posted to a worker. */
export interface BatchImage {
  readonly memory: WebAssembly.Memory;
  readonly module: WebAssembly.Module;
  readonly layout: BatchLayout;
  readonly potentialMax: number;
  /** Potentials wrap instead of being clamped. */
  readonly wraps: boolean;
  readonly neuronsPerCore: number;
  /** [1] number of states taken. */
  readonly statesTaken: Int32Array;
  readonly nStates: number;
}

/** Packs a program that `batchSupports` for up to `nStates` threads; its own crossbars are loaded. */
export function createBatchImage(program: TrueNorthProgram, nStates: number): BatchImage {
  assert(batchSupports(program), `program ${program.name} does not fit the batch engine`);
  const layout = layOutBatch(program, nStates);
  const pages = Math.ceil(layout.totalBytes / 65_536);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  const image = {
    memory,
    module: compiled(layout.geometry.general ? 'batch-general' : 'batch'),
    layout,
    potentialMax: program.spec.potentialMax,
    wraps: program.spec.potentialOverflow === 'wrap',
    neuronsPerCore: program.spec.neuronsPerCore,
    statesTaken: new Int32Array(sharedBuffer(4)),
    nStates: Math.max(1, nStates),
  };
  packAxonTypes(image, program);
  packNeurons(image, program);
  packHost(image, program);
  loadBatchChip(image, program, { ber: 0, chipSeed: 0 });
  return image;
}

/** Writes the crossbars of a chip, flipped bits as `faultSynapses` draws them, and its index. No engine may run meanwhile. */
export function loadBatchChip(image: BatchImage, program: TrueNorthProgram, { ber, chipSeed }: BitErrorSpec): void {
  const { memory, layout } = image;
  const { general } = layout.geometry;
  // The kernel flips the bits of cores of one block.
  writeRows(image, program, general ? faultSynapses(program, { ber, chipSeed }) : program.cores.synapses);
  const kernel = startKernel(compiled(general ? 'index-chip-general' : 'index-chip'), memory);
  if (ber > 0 && !general) {
    const { axonsPerCore, neuronsPerCore } = program.spec;
    const limit = ber * 4294967296;
    kernel('flipBits')(layout.rows, layout.nCores, axonsPerCore, neuronsPerCore, ...seedKey(chipSeed), limit);
  }
  const { nCores, columns, typeMasks, connections, usedAxons, present, parameters, lists } = layout;
  kernel('indexChip')(...[nCores, layout.rows, columns, typeMasks, connections, usedAxons, present, parameters, lists]);
}

function writeRows({ memory, layout }: BatchImage, { spec }: TrueNorthProgram, synapses: Uint32Array): void {
  const { axonsPerCore, neuronsPerCore } = spec;
  const { axons, blocks } = layout.geometry;
  const words = Math.ceil(neuronsPerCore / 32);
  const rows = new Uint32Array(memory.buffer, layout.rows, layout.nCores * axons * ROW_WORDS);
  const lastMask = neuronsPerCore % 32 === 0 ? -1 : 2 ** (neuronsPerCore % 32) - 1;
  rows.fill(0);
  for (let row = 0; row < layout.nChipCores * axonsPerCore; row++) {
    const core = Math.floor(row / axonsPerCore);
    const axon = row % axonsPerCore;
    for (let word = 0; word < words; word++) {
      const kernelCore = core * blocks + Math.floor(word / ROW_WORDS);
      const to = (kernelCore * axons + axon) * ROW_WORDS + (word % ROW_WORDS);
      rows[to] = synapses[row * words + word]! & (word === words - 1 ? lastMask : -1);
    }
  }
}

function compiled(name: 'batch' | 'batch-general' | 'index-chip' | 'index-chip-general'): WebAssembly.Module {
  return loadKernel(`simulator/engines/batch/kernel/${name}`);
}

function packAxonTypes({ memory, layout }: BatchImage, { spec, cores }: TrueNorthProgram): void {
  const { axons, axonTypes, blocks } = layout.geometry;
  const maskBytes = axons / 8;
  const masks = new Uint8Array(memory.buffer, layout.typeMasks, layout.nCores * axonTypes * maskBytes);
  for (let kernelCore = 0; kernelCore < layout.nCores; kernelCore++) {
    const first = Math.floor(kernelCore / blocks) * spec.axonsPerCore;
    for (let axon = 0; axon < spec.axonsPerCore; axon++) {
      const type = cores.axonType[first + axon]!;
      masks[(kernelCore * axonTypes + type) * maskBytes + (axon >>> 3)]! |= 1 << (axon & 7);
    }
  }
}

/**
 * Sixteen words per neuron (32 in the general build), with V after the leak:
 *
 *   flags, list, width (both by kernel/index-chip.ts), leak
 *   fireAt: fires when V >= fireAt; below: negative rule when V < below
 *   subtract, subtractBelow: the reset is V = (keep ? V : 0) - subtract
 *   a weight per axon type
 *   target, axon | delay << log2 nA | hops << 16, initial potential, zeros
 */
function packNeurons({ memory, layout }: BatchImage, { spec, cores }: TrueNorthProgram): void {
  const { parameterWords, blocks } = layout.geometry;
  const parameters = new Int32Array(memory.buffer, layout.parameters, layout.nCores * CORE_BLOCK * parameterWords);
  const present = new Uint8Array(memory.buffer, layout.present, layout.nCores * 32);
  for (let i = 0; i < cores.target.length; i++) {
    const target = cores.target[i]!;
    if (target === NO_TARGET) continue;
    const core = Math.floor(i / spec.neuronsPerCore);
    const neuron = i % spec.neuronsPerCore;
    // The number of the neuron among those of the kernel's cores.
    const at = core * blocks * CORE_BLOCK + neuron;
    present[at >>> 3]! |= 1 << (at & 7);
    const distance = target >= 0 ? hops(cores, core, target) + (cores.extraHops?.[i] ?? 0) : 0;
    assert(target < cores.nCores && distance < 65_536, `route of core ${core}, neuron ${neuron}`);
    parameters.set(neuronWords({ spec, cores }, layout.geometry, i, distance), at * parameterWords);
  }
}

/** Words of a row of the kernel; 256 neurons. */
const ROW_WORDS = 8;
const FLAG = { keep: 1, keepBelow: 2, memoryless: 4 } as const;

function neuronWords(
  { spec, cores }: Pick<TrueNorthProgram, 'spec' | 'cores'>,
  geometry: BatchGeometry,
  i: number,
  distance: number,
): number[] {
  const { axonTypes } = spec;
  const fireAt = cores.threshold[i]! + (spec.positiveComparison === 'atLeast' ? 0 : 1);
  const below = -cores.negativeThreshold[i]! + (spec.negativeComparison === 'below' ? 0 : 1);
  const above = resetAbove(cores, i);
  const under = resetBelow(cores, i);
  const initial = cores.initialPotential[i]!;
  // Every way through a tick ends at 0: the next tick does not depend on this one.
  const leavesZero = !above.keep && above.subtract === 0 && !under.keep && under.subtract === 0;
  const memoryless = spec.potentialOverflow === 'clamp' && leavesZero && initial === 0 && fireAt <= 1 && below >= 0;
  const flags = (above.keep ? FLAG.keep : 0) | (under.keep ? FLAG.keepBelow : 0) | (memoryless ? FLAG.memoryless : 0);
  return [
    ...[flags, 0, 0, cores.leak[i]!, fireAt, below, above.subtract, under.subtract],
    ...Array.from({ length: geometry.axonTypes }, (_, type) =>
      type < axonTypes ? cores.weights[i * axonTypes + type]! : 0,
    ),
    ...[
      cores.target[i]!,
      cores.targetAxon[i]! | (cores.delay[i]! << Math.log2(geometry.axons)) | (distance << 16),
      initial,
      0,
    ],
  ];
}

/** A reset as V = (keep ? V : 0) - subtract. */
interface Reset {
  readonly keep: boolean;
  readonly subtract: number;
}

function resetAbove(cores: CoreArrays, i: number): Reset {
  const alpha = cores.threshold[i]!;
  if (cores.resetMode[i] === RESET.normal) return { keep: false, subtract: -cores.resetPotential[i]! };
  if (cores.resetMode[i] === RESET.linear) return { keep: true, subtract: alpha };
  // Without draws a neuron that saturates and fires is at alpha or above, so it ends at alpha.
  return cores.negativeMode[i] === NEGATIVE.saturate ? { keep: false, subtract: -alpha } : { keep: true, subtract: 0 };
}

function resetBelow(cores: CoreArrays, i: number): Reset {
  const beta = cores.negativeThreshold[i]!;
  if (cores.negativeMode[i] === NEGATIVE.saturate) return { keep: false, subtract: beta };
  if (cores.resetMode[i] === RESET.normal) return { keep: false, subtract: cores.resetPotential[i]! };
  return { keep: true, subtract: cores.resetMode[i] === RESET.linear ? -beta : 0 };
}

function packHost({ memory, layout }: BatchImage, { inputs, outputs }: TrueNorthProgram): void {
  const words = (address: number, values: ArrayLike<number>): void =>
    new Int32Array(memory.buffer, address, values.length).set(values);
  words(layout.inputStart, inputs.rowStart);
  words(
    layout.inputAxons,
    inputs.core.map((core, entry) => (core << Math.log2(layout.geometry.axons)) | inputs.axon[entry]!),
  );
  words(layout.pinClass, outputs.pinClass);
  words(layout.pinCoefficient, outputs.pinCoefficient);
  words(layout.constants, outputs.constant);
}
