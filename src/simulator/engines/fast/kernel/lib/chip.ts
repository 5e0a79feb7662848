// What the kernel works on: addresses, the range of cores of this thread, and the key of the run. ../../layout.ts has the same
// strides and draws the memory.

//
// The kernel is built twice from these sources (scripts/build-kernels.mjs): `truenorth` for cores of at most 256 axons, 256 neurons and four axon
// types, and `truenorth-general`, with GENERAL_CORES defined, for cores of up to 1024 axons, 1024 neurons and 16 axon types, shorter draws and
// potentials that wrap. There a core of the chip is `nBlocks` cores of the kernel with 256 neurons each, which read the same axons.

/** Whether this is the build for all cores. */
export const GENERAL: bool = isDefined(GENERAL_CORES);
/** log2 of the axons of a core. */
export const AXON_BITS: i32 = GENERAL ? 10 : 8;
export const N_TYPES: usize = GENERAL ? 16 : 4;

// Strides in bytes.
export const ROW_BYTES: usize = 32;
/** A slot of the ring of a core of the chip: a bit per axon. */
export const SLOT_BYTES: usize = GENERAL ? 128 : 32;
export const CROSSBAR_BYTES: usize = GENERAL ? 32768 : 8192;
/** Two bits per axon, or a byte. */
export const TYPE_BYTES: usize = GENERAL ? 1024 : 64;
/** Masks of neurons by axon type. */
export const TYPE_MASK_BYTES: usize = GENERAL ? 512 : 128;
export const POTENTIAL_BYTES: usize = 1024;
export const COMPACT_BYTES: usize = 512;
export const MASK_BYTES: usize = 32;

// Bits of a core's state: its potentials have 32 bits; it may move without input.
export const WIDE: u8 = 1;
export const AWAKE: u8 = 2;

export let nCores: i32 = 0;
export let firstCore: i32 = 0;
export let endCore: i32 = 0;
export let slotMask: i32 = 0;
export let rows: usize = 0;
export let types: usize = 0;
export let targets: usize = 0;
export let routes: usize = 0;
export let positions: usize = 0;
export let initial: usize = 0;
export let compactBlocks: usize = 0;
export let wideBlocks: usize = 0;
export let modes: usize = 0;
export let stochasticSynapses: usize = 0;
export let potentials: usize = 0;
export let compactPotentials: usize = 0;
export let states: usize = 0;
export let busy: usize = 0;
export let rings: usize = 0;
export let ringBytes: usize = 0;
export let nRings: i32 = 0;
export let myRing: usize = 0;
export let pins: usize = 0;
export let nPins: i32 = 0;
export let spikeCounts: usize = 0;
export let operationCounts: usize = 0;
export let hopCount: usize = 0;
export let scratch: usize = 0;
export let potentialMax: i32 = 0;
export let nNeurons: i32 = 0;
export let maxDelay: u32 = 0;
export let upsetCores: usize = 0;
/** Cores of the kernel per core of the chip; 1, and not read, in the build for small cores. So are the next three. */
export let nBlocks: i32 = 1;
/** Groups of 16 axons that the draws of a sample are counted in. */
export let axonGroups: u32 = 16;
/** Largest rho. */
export let rhoMask: i32 = 255;
/** Bits of a 32-bit word that a potential does not have where it wraps; 0 where it is clamped. */
export let wrapShift: i32 = 0;
/** [nCores, 256] u16 hops of detours, or 0. */
export let extraHops: usize = 0;

export let dropLimit: f64 = 0;
export let lateLimit: f64 = 0;
export let upsetLimit0: f64 = 0;
export let upsetLimit1: f64 = 0;
export let protectedBits: u32 = 0;
/** Bits of a stored potential, the sign included. */
export let potentialBits: i32 = 0;
export let seedLow: u32 = 0;
export let seedHigh: u32 = 0;
export let firstSample: u32 = 0;

let cursor: usize = 0;

function next(): u32 {
  const value = load<u32>(cursor);
  cursor += 4;
  return value;
}

/** Reads the control block of a thread: the words in the order of the variables above. */
export function setup(control: usize): void {
  cursor = control;
  nCores = next();
  firstCore = next();
  endCore = next();
  slotMask = next();
  rows = next();
  types = next();
  targets = next();
  routes = next();
  positions = next();
  initial = next();
  compactBlocks = next();
  wideBlocks = next();
  modes = next();
  stochasticSynapses = next();
  potentials = next();
  compactPotentials = next();
  states = next();
  busy = next();
  rings = next();
  ringBytes = next();
  nRings = next();
  myRing = next();
  pins = next();
  nPins = next();
  spikeCounts = next();
  operationCounts = next();
  hopCount = next();
  scratch = next();
  potentialMax = next();
  nNeurons = next();
  maxDelay = next();
  upsetCores = next();
  extraHops = next();
  potentialBits = 33 - clz(potentialMax);
  if (!GENERAL) return;
  nBlocks = next();
  axonGroups = next();
  rhoMask = next();
  wrapShift = next();
}

/**
 * Tick 0 of this thread's cores: initial potentials, every neuron to be looked at once; empty ring and pins of this thread.
 * Limits are probabilities times 2^32: of a spike to be dropped and to be late, of 16 potentials to be hit where a bit holds 0 and
 * where it holds 1.
 */
export function reset(
  drop: f64,
  late: f64,
  upset0: f64,
  upset1: f64,
  safeBits: u32,
  low: u32,
  high: u32,
  sample: u32,
): void {
  dropLimit = drop;
  lateLimit = late;
  upsetLimit0 = upset0;
  upsetLimit1 = upset1;
  protectedBits = safeBits;
  seedLow = low;
  seedHigh = high;
  firstSample = sample;
  for (let core = firstCore; core < endCore; core++) {
    const from = initial + <usize>core * POTENTIAL_BYTES;
    const compact = load<u32>(compactBlocks + ((<usize>core) << 3)) != 0;
    store<u8>(states + core, compact ? AWAKE : AWAKE | WIDE);
    if (compact) {
      const to = compactPotentials + <usize>core * COMPACT_BYTES;
      for (let i: usize = 0; i < COMPACT_BYTES; i += 16) {
        v128.store(to + i, i16x8.narrow_i32x4_s(v128.load(from + (i << 1)), v128.load(from + (i << 1), 16)));
      }
    } else {
      memory.copy(potentials + <usize>core * POTENTIAL_BYTES, from, POTENTIAL_BYTES);
    }
  }
  const nMine = <usize>(endCore - firstCore);
  memory.fill(busy + <usize>firstCore * MASK_BYTES, 255, nMine * MASK_BYTES);
  memory.fill(myRing, 0, ringBytes);
  memory.fill(pins, 0, <usize>nPins * 4);
  memory.fill(scratch, 0, 1024);
}

/** Lists of a batch of cores, in the scratch of the thread. The first 1 KiB are the sums of the wide cores, zero between them. */
export const SUMS: usize = 0;
export const COMPACT_SUMS: usize = 1024;
export const DRAWS: usize = 1536;
export const FIRED: usize = 1600;
/** Ends of the lists by type; GENERAL only. */
export const TYPE_ENDS: usize = 1664;
export const TYPE_LISTS: usize = 2048;
export const TYPE_LIST_BYTES: usize = GENERAL ? 4096 : 1024;
export const MASKED_ROWS: usize = GENERAL ? 67584 : 6144;
export const RANGES: usize = GENERAL ? 100352 : 14336;
export const AXON_LIST: usize = GENERAL ? 100480 : 16384;
export const SPIKE_LIST: usize = GENERAL ? 133376 : 49152;

/** The 8 x 8 bits of a block of 64 neurons between the order of rows (bit b of byte l) and the order of neurons (8 b + l). */
export function transposed(bits: u64): u64 {
  let x = bits;
  let t = (x ^ (x >> 7)) & 0x00aa00aa00aa00aa;
  x ^= t ^ (t << 7);
  t = (x ^ (x >> 14)) & 0x0000cccc0000cccc;
  x ^= t ^ (t << 14);
  t = (x ^ (x >> 28)) & 0x00000000f0f0f0f0;
  return x ^ t ^ (t << 28);
}
