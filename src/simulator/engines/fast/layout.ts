/**
 * Where things lie in the memory of the fast engine. Cores are cores of the kernel: 256 neurons of a core of the chip (`geometry.ts`) and
 * nA = 256 or 1024 axons, nT = 4 or 16 axon types; nChipCores are those of the chip.
 *
 *   program (read by all threads)
 *     rows           [nCores, nA, 32 bytes]      crossbar bits of the chip (faults change them), in the order of the kernel:
 *                                                neuron 64 k + 8 b + l is bit b of byte 8 k + l
 *     types          [nCores, nA]                axon types, 2 bits each (nT = 4) or a byte
 *     targets        [nCores, 32 bytes]          neurons that have a target, 1 bit each
 *     routes         [nCores, 256] u32           axon, delay << log2 nA, core of the chip << log2 nA + 6; or pin | 1 << 31
 *     positions      [nCores, 2] i16             x, y
 *     initial        [nCores, 256] i32           potentials
 *     compactBlocks  [nCores, 2] u32             addresses of parameters with flags, 0 for a core that needs 32 bits
 *     wideBlocks     [nCores] u32                address of parameters
 *     modes          [nCores] u8                 bit 0: neurons draw, bit 1: synapses draw
 *     stochasticSynapses  [nCores, nT, 32 bytes] neurons with a stochastic weight, by axon type, ordered like a row; only in a
 *                                                program with stochastic modes
 *     extraHops      [nCores, 256] u16           hops of detours; only in a program with detours, else its address is 0
 *     blocks                                     parameters, see `blocks.ts`; cores with equal neurons share them
 *   states: one chip each, for one or more threads that divide its cores
 *     potentials     [nCores, 256] i32           of cores in use with 32 bits
 *     compact        [nCores, 256] i16           of the others
 *     cores          [nCores] u8                 bit 0: potentials have 32 bits, bit 1: may move without input
 *     busy           [nCores, 32 bytes]          neurons that may move without input, of cores with 32 bits
 *     upsetCores     [nCores] u8                 1: potentials may be upset
 *     spikes         [nCores] f64
 *     operations     [nCores] f64
 *     rings          [nThreads, nSlots, nChipCores, nA bits]  axons by delivery tick mod nSlots, one ring per sending thread
 *     gate           2 i32                       where the threads meet
 *     per thread
 *       control      64 i32                      addresses, read by the kernel's `setup`
 *       pins         [nPins] i32
 *       hops         f64
 *       scratch      112 KiB                      see `kernel/lib/chip.ts`
 */
import type { KernelGeometry } from './geometry.js';

/** Byte addresses of the program region, and the shape of the rest. */
export interface FastLayout {
  readonly geometry: KernelGeometry;
  /** Cores of the kernel. */
  readonly nCores: number;
  /** Cores of the chip. */
  readonly nChipCores: number;
  readonly nPins: number;
  /** Slots of a ring, a power of two above the largest delay. */
  readonly nSlots: number;
  /** Threads of a state. */
  readonly nThreads: number;
  readonly rows: number;
  readonly types: number;
  readonly targets: number;
  readonly routes: number;
  readonly positions: number;
  readonly initial: number;
  readonly compactBlocks: number;
  readonly wideBlocks: number;
  readonly modes: number;
  readonly stochasticSynapses: number;
  readonly extraHops: number;
  readonly blocks: number;
  /** Address of the first state. */
  readonly states: number;
  readonly stateBytes: number;
  readonly totalBytes: number;
}

/** Byte addresses of one state. */
export interface FastStateLayout {
  readonly potentials: number;
  readonly compact: number;
  readonly cores: number;
  readonly busy: number;
  readonly upsetCores: number;
  readonly spikes: number;
  readonly operations: number;
  readonly rings: number;
  readonly ringBytes: number;
  readonly gate: number;
  readonly threads: readonly FastThreadLayout[];
}

/** Byte addresses of what one thread writes alone. */
export interface FastThreadLayout {
  readonly control: number;
  readonly ring: number;
  readonly pins: number;
  readonly hops: number;
  readonly scratch: number;
}

/** What decides the layout. */
export interface FastShape {
  readonly geometry: KernelGeometry;
  /** Cores of the chip. */
  readonly nChipCores: number;
  readonly nPins: number;
  readonly maxDelay: number;
  /** Whether the program uses a stochastic mode. */
  readonly stochastic: boolean;
  /** Whether the program has detours. */
  readonly detours: boolean;
  readonly blockBytes: number;
}

/** Bytes of a crossbar row, or of any bits of 256 neurons. */
export const ROW_BYTES = 32;

/** The kernel's own data, if any, lie below. */
const FIRST_ADDRESS = 65_536;

/** Lays out a program for `nStates` chips of `nThreads` threads each. */
export function layOut(shape: FastShape, nStates: number, nThreads: number): FastLayout {
  const { geometry, nChipCores, nPins } = shape;
  const nCores = nChipCores * geometry.blocks;
  const nSlots = 2 ** Math.ceil(Math.log2(shape.maxDelay + 1));
  const take = allocator(FIRST_ADDRESS);
  const program = {
    rows: take(nCores * geometry.axons * ROW_BYTES),
    types: take(nCores * geometry.typeBytes),
    targets: take(nCores * ROW_BYTES),
    routes: take(nCores * 1024),
    positions: take(nCores * 4),
    initial: take(nCores * 1024),
    compactBlocks: take(nCores * 8),
    wideBlocks: take(nCores * 4),
    modes: take(nCores),
    stochasticSynapses: take(shape.stochastic ? nCores * geometry.axonTypes * ROW_BYTES : 0),
    extraHops: shape.detours ? take(nCores * 512) : 0,
    blocks: take(shape.blockBytes),
    states: take(0),
  };
  const sizes = { geometry, nCores, nChipCores, nPins, nSlots, nThreads };
  const stateBytes = stateAt(sizes, 0).end;
  return { ...sizes, ...program, stateBytes, totalBytes: program.states + nStates * stateBytes };
}

/** The addresses of state `index`. */
export function stateLayout(layout: FastLayout, index: number): FastStateLayout {
  return stateAt(layout, layout.states + index * layout.stateBytes);
}

function stateAt(
  {
    geometry,
    nCores,
    nChipCores,
    nPins,
    nSlots,
    nThreads,
  }: Pick<FastLayout, 'geometry' | 'nCores' | 'nChipCores' | 'nPins' | 'nSlots' | 'nThreads'>,
  start: number,
): FastStateLayout & { readonly end: number } {
  const take = allocator(start);
  const ringBytes = (nSlots * nChipCores * geometry.axons) / 8;
  const state = {
    potentials: take(nCores * 1024),
    compact: take(nCores * 512),
    cores: take(nCores),
    busy: take(nCores * ROW_BYTES),
    upsetCores: take(nCores),
    spikes: take(nCores * 8),
    operations: take(nCores * 8),
    rings: take(nThreads * ringBytes),
    ringBytes,
    gate: take(8),
  };
  const threads = Array.from({ length: nThreads }, (_, thread) => ({
    control: take(256),
    ring: state.rings + thread * ringBytes,
    pins: take(nPins * 4),
    hops: take(8),
    scratch: take(geometry.scratchBytes),
  }));
  return { ...state, threads, end: take(0) };
}

/** Hands out addresses, each at the start of a cache line. */
function allocator(start: number): (bytes: number) => number {
  let free = start;
  return (bytes) => {
    const address = free;
    free += Math.ceil(bytes / 64) * 64;
    return address;
  };
}
