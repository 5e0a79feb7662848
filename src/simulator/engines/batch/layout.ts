/**
 * Where things lie in the memory of the batch engine. Cores are cores of the kernel: 256 neurons of a core of the chip (`geometry.ts`), nA = 256
 * or 1024 axons, nT = 4 or 16 axon types; nChipCores are those of the chip. `vector` is 16 bytes, a bit per lane.
 *
 *   program (read by all threads)
 *     rows          [nCores, nA, 32 bytes]    crossbar bits of the chip, by axon
 *     columns       [nCores, 256, nA bits]    the same by neuron
 *     typeMasks     [nCores, nT, nA bits]     axons of each type
 *     connections   [nCores, nA] u16          neurons that an axon connects to
 *     usedAxons     [nCores] i32              axons with a connection
 *     present       [nCores, 32 bytes]        neurons with a target; nobody can see what others do
 *     parameters    [nCores, 256, 16 or 32] i32  see `image.ts`
 *     lists         u16                       axons of every neuron by type, see kernel/index-chip.ts
 *     inputStart    [nElements + 1] i32       entries of every input element
 *     inputAxons    [nEntries] u32            core of the chip << log2 nA | axon
 *     pinClass, pinCoefficient [nPins] i32, constants [nClasses] i32
 *   one state per thread
 *     control       64 i32                    addresses, read by the kernel's `setup`
 *     laneMask      vector                    lanes whose events count
 *     totals        [2] f64                   input spikes, hops
 *     potentials    [nCores, 256, potentialWidth] vectors
 *     widths        [nCores, 256] u8          planes in use, 0 for potential 0 in all lanes
 *     awake         [nCores, 32 bytes]        neurons that may act without input
 *     ring          [nSlots, nChipCores, nA + 1] vectors  axons by delivery tick mod nSlots; the last one is zero
 *     active        [nSlots, nChipCores, nA bits]  axons that are active in some lane
 *     pins          [nPins, pinWidth] vectors
 *     spikes, operations [nCores] f64
 *     counts        [nElements, 128] u8       coded inputs of the frame
 *     scores        [128, nClasses] i32
 *     scratch       2048 or 4096 bytes
 */
import { CORE_BLOCK } from '../../../ir/program/core-arrays.js';
import type { TrueNorthProgram } from '../../../ir/program/truenorth.js';
import { NO_TARGET } from '../../../ir/program/truenorth.js';
import { batchGeometry, type BatchGeometry } from './geometry.js';

/** Lanes of a state: independent chips in lock step. */
export const LANES = 128;

/** Sizes and byte addresses of the program region. */
export interface BatchLayout {
  readonly geometry: BatchGeometry;
  /** Cores of the kernel. */
  readonly nCores: number;
  /** Cores of the chip. */
  readonly nChipCores: number;
  readonly nPins: number;
  readonly nElements: number;
  readonly nClasses: number;
  /** Slots of the ring, a power of two above the largest delay in use. */
  readonly nSlots: number;
  /** Planes that hold -potentialMax..potentialMax. */
  readonly potentialWidth: number;
  /** Planes of a pin's spike count. */
  readonly pinWidth: number;
  readonly rows: number;
  readonly columns: number;
  readonly typeMasks: number;
  readonly connections: number;
  readonly usedAxons: number;
  readonly present: number;
  readonly parameters: number;
  readonly lists: number;
  readonly inputStart: number;
  readonly inputAxons: number;
  readonly pinClass: number;
  readonly pinCoefficient: number;
  readonly constants: number;
  /** Address of the first state. */
  readonly states: number;
  readonly stateBytes: number;
  readonly totalBytes: number;
}

/** Byte addresses of one state. */
export interface BatchStateLayout {
  readonly control: number;
  readonly laneMask: number;
  readonly totals: number;
  readonly potentials: number;
  readonly widths: number;
  readonly awake: number;
  readonly ring: number;
  readonly active: number;
  readonly pins: number;
  readonly spikes: number;
  readonly operations: number;
  readonly counts: number;
  readonly scores: number;
  readonly scratch: number;
  readonly end: number;
}

/** The kernel's own data, if any, lie below. */
const FIRST_ADDRESS = 65_536;
/** Largest list of a neuron: a count per type, an offset per axon, padding of the lists to blocks of 8. */
const listBytes = ({ axons, axonTypes }: BatchGeometry): number => axonTypes * 2 + (axons + axonTypes * 7) * 2;

/** Lays out a program for `nStates` threads. */
export function layOutBatch(program: TrueNorthProgram, nStates: number): BatchLayout {
  const { cores, spec, inputs, outputs, timing } = program;
  const geometry = batchGeometry(spec);
  const { axons, axonTypes, parameterWords } = geometry;
  const nChipCores = cores.nCores;
  const nCores = nChipCores * geometry.blocks;
  const nPins = outputs.pinClass.length;
  const driven = cores.target.filter((target) => target !== NO_TARGET).length;
  const largestDelay = cores.delay.reduce((largest, delay, i) => {
    return cores.target[i]! >= 0 ? Math.max(largest, delay) : largest;
  }, 1);
  const allocate = allocator(FIRST_ADDRESS);
  const shape = {
    geometry,
    nCores,
    nChipCores,
    nPins,
    nElements: inputs.nElements,
    nClasses: outputs.nClasses,
    nSlots: 2 ** Math.ceil(Math.log2(largestDelay + 1)),
    potentialWidth: 33 - Math.clz32(spec.potentialMax),
    pinWidth: 32 - Math.clz32(timing.outputTicks * driversOfAPin(program)),
    rows: allocate(nCores * axons * 32),
    columns: allocate(nCores * axons * 32),
    typeMasks: allocate((nCores * axonTypes * axons) / 8),
    connections: allocate(nCores * axons * 2),
    usedAxons: allocate(nCores * 4),
    present: allocate(nCores * 32),
    parameters: allocate(nCores * CORE_BLOCK * parameterWords * 4),
    lists: allocate(driven * listBytes(geometry)),
    inputStart: allocate((inputs.nElements + 1) * 4),
    inputAxons: allocate(inputs.core.length * 4),
    pinClass: allocate(nPins * 4),
    pinCoefficient: allocate(nPins * 4),
    constants: allocate(outputs.nClasses * 4),
    states: allocate(0),
  };
  const stateBytes = stateAt(shape, 0).end;
  return { ...shape, stateBytes, totalBytes: shape.states + Math.max(1, nStates) * stateBytes };
}

/** The addresses of state `index`. */
export function batchState(layout: BatchLayout, index: number): BatchStateLayout {
  return stateAt(layout, layout.states + index * layout.stateBytes);
}

function stateAt(shape: Omit<BatchLayout, 'stateBytes' | 'totalBytes'>, start: number): BatchStateLayout {
  const { nCores, nChipCores, nSlots, nPins, geometry } = shape;
  const { axons } = geometry;
  const allocate = allocator(start);
  return {
    control: allocate(256),
    laneMask: allocate(16),
    totals: allocate(16),
    potentials: allocate(nCores * CORE_BLOCK * shape.potentialWidth * 16),
    widths: allocate(nCores * CORE_BLOCK),
    awake: allocate(nCores * 32),
    ring: allocate(nSlots * nChipCores * (axons + 1) * 16),
    active: allocate((nSlots * nChipCores * axons) / 8),
    pins: allocate(nPins * shape.pinWidth * 16),
    spikes: allocate(nCores * 8),
    operations: allocate(nCores * 8),
    counts: allocate(shape.nElements * LANES),
    scores: allocate(LANES * shape.nClasses * 4),
    scratch: allocate(geometry.scratchBytes),
    end: allocate(0),
  };
}

/** The largest number of neurons that drive one pin, at least 1. */
function driversOfAPin({ cores, outputs }: TrueNorthProgram): number {
  const drivers = new Int32Array(outputs.pinClass.length);
  for (const target of cores.target) if (target < NO_TARGET) drivers[-2 - target]!++;
  return drivers.reduce((most, n) => Math.max(most, n), 1);
}

/** Hands out addresses in order, each at the start of a cache line. */
function allocator(first: number): (bytes: number) => number {
  let next = first;
  return (bytes) => {
    const address = next;
    next = Math.ceil((next + bytes) / 64) * 64;
    return address;
  };
}
