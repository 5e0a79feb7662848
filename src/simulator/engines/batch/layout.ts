/**
 * Where things lie in the memory of the batch engine. Cores are padded to 256 axons and 256 neurons; `vector` is 16 bytes, a bit
 * per lane.
 *
 *   program (read by all threads)
 *     rows          [nCores, 256, 32 bytes]   crossbar bits of the chip, by axon
 *     columns       [nCores, 256, 32 bytes]   the same by neuron
 *     typeMasks     [nCores, 4, 32 bytes]     axons of each type
 *     connections   [nCores, 256] u16         neurons that an axon connects to
 *     usedAxons     [nCores] i32              axons with a connection
 *     present       [nCores, 32 bytes]        neurons with a target; nobody can see what others do
 *     parameters    [nCores, 256, 16] i32     see `image.ts`
 *     lists         u16                       axons of every neuron by type, see kernel/index-chip.ts
 *     inputStart    [nElements + 1] i32       entries of every input element
 *     inputAxons    [nEntries] u32            core << 8 | axon
 *     pinClass, pinCoefficient [nPins] i32, constants [nClasses] i32
 *   one state per thread
 *     control       64 i32                    addresses, read by the kernel's `setup`
 *     laneMask      vector                    lanes whose events count
 *     totals        [2] f64                   input spikes, hops
 *     potentials    [nCores, 256, potentialWidth] vectors
 *     widths        [nCores, 256] u8          planes in use, 0 for potential 0 in all lanes
 *     awake         [nCores, 32 bytes]        neurons that may act without input
 *     ring          [nSlots, nCores, 257] vectors  axons by delivery tick mod nSlots; the last one is zero
 *     active        [nSlots, nCores, 32 bytes]     axons that are active in some lane
 *     pins          [nPins, pinWidth] vectors
 *     spikes, operations [nCores] f64
 *     counts        [nElements, 128] u8       coded inputs of the frame
 *     scores        [128, nClasses] i32
 *     scratch       2048 bytes
 */
import type { TrueNorthProgram } from '../../../ir/program/truenorth.js';
import { NO_TARGET } from '../../../ir/program/truenorth.js';

/** Lanes of a state: independent chips in lock step. */
export const LANES = 128;

/** Sizes and byte addresses of the program region. */
export interface BatchLayout {
  readonly nCores: number;
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
/** Largest list of a neuron: four counts, 256 offsets, padding of four lists to blocks of 8. */
const LIST_BYTES = 4 * 2 + (256 + 4 * 7) * 2;

/** Lays out a program for `nStates` threads. */
export function layOutBatch(program: TrueNorthProgram, nStates: number): BatchLayout {
  const { cores, spec, inputs, outputs, timing } = program;
  const { nCores } = cores;
  const nPins = outputs.pinClass.length;
  const driven = cores.target.filter((target) => target !== NO_TARGET).length;
  const largestDelay = cores.delay.reduce((largest, delay, i) => {
    return cores.target[i]! >= 0 ? Math.max(largest, delay) : largest;
  }, 1);
  const allocate = allocator(FIRST_ADDRESS);
  const shape = {
    nCores,
    nPins,
    nElements: inputs.nElements,
    nClasses: outputs.nClasses,
    nSlots: 2 ** Math.ceil(Math.log2(largestDelay + 1)),
    potentialWidth: 33 - Math.clz32(spec.potentialMax),
    pinWidth: 32 - Math.clz32(timing.outputTicks * driversOfAPin(program)),
    rows: allocate(nCores * 8192),
    columns: allocate(nCores * 8192),
    typeMasks: allocate(nCores * 128),
    connections: allocate(nCores * 512),
    usedAxons: allocate(nCores * 4),
    present: allocate(nCores * 32),
    parameters: allocate(nCores * 16_384),
    lists: allocate(driven * LIST_BYTES),
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
  const { nCores, nSlots, nPins } = shape;
  const allocate = allocator(start);
  return {
    control: allocate(256),
    laneMask: allocate(16),
    totals: allocate(16),
    potentials: allocate(nCores * 256 * shape.potentialWidth * 16),
    widths: allocate(nCores * 256),
    awake: allocate(nCores * 32),
    ring: allocate(nSlots * nCores * 257 * 16),
    active: allocate(nSlots * nCores * 32),
    pins: allocate(nPins * shape.pinWidth * 16),
    spikes: allocate(nCores * 8),
    operations: allocate(nCores * 8),
    counts: allocate(shape.nElements * LANES),
    scores: allocate(LANES * shape.nClasses * 4),
    scratch: allocate(2048),
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
