// Cores with 16-bit potentials, updated whole: small weights, no stochastic modes, no leak reversal. ../../README.md says when a
// core qualifies and why nothing can overflow.
import {
  AWAKE,
  busy,
  COMPACT_BYTES,
  COMPACT_SUMS,
  compactBlocks,
  compactPotentials,
  FIRED,
  MASK_BYTES,
  N_TYPES,
  operationCounts,
  POTENTIAL_BYTES,
  potentials,
  scratch,
  states,
  targets,
  WIDE,
} from './chip';

// A core has two words. The first is the address of its weights: 16 (32) bytes of largest magnitudes (per axon type, then of all), then
// i8 [types, 256], or [types, 16] where bit 0 of the word says that all neurons have the same. The second is the address of records of eight
// neurons: leak, fireLimit, drop, subtract, floor as i16 vectors and, in the general form, dropBelow and subtractBelow.
const HEADER: usize = N_TYPES == 4 ? 16 : 32;
const ANY_WEIGHT: usize = N_TYPES;
/** Bit of both words: one for all neurons. */
const SHARED: usize = 1;
/** Bits of the second word: the general form; every neuron has a target. */
const GENERAL: usize = 2;
const ALL_TARGETS: usize = 4;
const ADDRESS: usize = ~63;

/** Potentials stay in -SAFE..SAFE between ticks, and the input of a tick in -INPUT..INPUT: the sum fits 16 bits. */
export const SAFE: i32 = 16383;
/** Largest sum of |weight| over the active axons; leaks are at most 255. */
const INPUT: u32 = 16000;
/** What eight signed bits count. */
const BYTE: u32 = 127;

/** One tick of a core; entries first..end of the axon list are its active axons. Returns false, having done nothing, if the sum
 * of the tick might not fit. Leaves 256 bits of fired neurons with a target. */
export function tickCompact(core: i32, first: usize, end: usize): bool {
  const words = compactBlocks + ((<usize>core) << 3);
  const shared = (load<u32>(words) & SHARED) != 0;
  const block = (<usize>load<u32>(words)) & ADDRESS;
  const weights = block + HEADER;
  const sums = scratch + COMPACT_SUMS;
  if (first == end) {
    memory.fill(sums, 0, COMPACT_BYTES);
  } else if (<u32>(end - first) * load<u8>(block + ANY_WEIGHT) <= BYTE) {
    accumulate(shared, first, end, weights, sums, false);
  } else {
    let input: u32 = 0;
    for (let p = first; p < end; p += 4) input += load<u8>(block + ((<usize>load<u32>(p)) & 31));
    if (input > INPUT) return false;
    let from = first;
    while (from < end) {
      let to = from;
      let bound: u32 = 0;
      while (to < end) {
        bound += load<u8>(block + ((<usize>load<u32>(to)) & 31));
        if (bound > BYTE) break;
        to += 4;
      }
      accumulate(shared, from, to, weights, sums, from != first);
      from = to;
    }
  }
  if (first < end) count(core, first, end);
  const flags = <usize>load<u32>(words, 4);
  const records = flags & ADDRESS;
  const at = compactPotentials + <usize>core * COMPACT_BYTES;
  const same = (flags & SHARED) != 0;
  let result: i32;
  if (flags & GENERAL) result = updateGeneral(at, sums, records, same ? 0 : 112);
  else if (first == end) result = updateSaturating<Quiet>(at, sums, records, same ? 0 : 80);
  else result = updateSaturating<Busy>(at, sums, records, same ? 0 : 80);
  finish(core, first == end, (flags & ALL_TARGETS) != 0, result);
  return true;
}

/** Spikes without a target are nobody's; a core that did nothing without input does nothing until there is some. */
function finish(core: i32, quiet: bool, allTargets: bool, result: i32): void {
  const fired = scratch + FIRED;
  if (!allTargets) {
    const target = targets + <usize>core * MASK_BYTES;
    v128.store(fired, v128.and(v128.load(fired), v128.load(target)));
    v128.store(fired, v128.and(v128.load(fired, 16), v128.load(target, 16)), 16);
  }
  const still = quiet && (result & CHANGED) == 0 && !v128.any_true(v128.or(v128.load(fired), v128.load(fired, 16)));
  store<u8>(states + core, still ? 0 : AWAKE);
  if (result & OUTSIDE) widen(core);
}

/** Goes on with 32-bit potentials, until the next reset. */
export function widen(core: i32): void {
  const from = compactPotentials + <usize>core * COMPACT_BYTES;
  const to = potentials + <usize>core * POTENTIAL_BYTES;
  for (let i: usize = 0; i < COMPACT_BYTES; i += 8) v128.store(to + (i << 1), v128.load16x4_s(from + i));
  memory.fill(busy + <usize>core * MASK_BYTES, 255, MASK_BYTES);
  store<u8>(states + core, WIDE | AWAKE);
}

/** Goes back to 16-bit potentials where the core can have them and all potentials are in the safe range. */
export function narrow(core: i32): void {
  if (load<u32>(compactBlocks + ((<usize>core) << 3)) == 0) return;
  const from = potentials + <usize>core * POTENTIAL_BYTES;
  let highest = i32x4.splat(0);
  let lowest = highest;
  for (let i: usize = 0; i < POTENTIAL_BYTES; i += 16) {
    const v = v128.load(from + i);
    highest = i32x4.max_s(highest, v);
    lowest = i32x4.min_s(lowest, v);
  }
  const limit = i32x4.splat(SAFE);
  if (v128.any_true(v128.or(i32x4.gt_s(highest, limit), i32x4.lt_s(lowest, i32x4.neg(limit))))) return;
  const to = compactPotentials + <usize>core * COMPACT_BYTES;
  for (let i: usize = 0; i < COMPACT_BYTES; i += 16) {
    v128.store(to + i, i16x8.narrow_i32x4_s(v128.load(from + (i << 1)), v128.load(from + (i << 1), 16)));
  }
  store<u8>(states + core, AWAKE);
}

/** Connections of the active axons. */
function count(core: i32, first: usize, end: usize): void {
  let operations: i64 = 0;
  for (let p = first; p < end; p += 4) {
    const row = (<usize>load<u32>(p)) & ~31;
    operations += popcnt(load<u64>(row)) + popcnt(load<u64>(row, 8));
    operations += popcnt(load<u64>(row, 16)) + popcnt(load<u64>(row, 24));
  }
  const counter = operationCounts + ((<usize>core) << 3);
  store<f64>(counter, load<f64>(counter) + <f64>operations);
}

function accumulate(shared: bool, first: usize, end: usize, weights: usize, sums: usize, add: bool): void {
  for (let block: usize = 0; block < 4; block++) {
    if (shared) accumulateShared(first, end, block << 3, weights, sums + (block << 7), add);
    else accumulateOwn(first, end, block << 3, weights + (block << 6), sums + (block << 7), add);
  }
}

/** 64 neurons: every row's bits become bytes 0 or -1 that select the weight of the row's type. */
function accumulateOwn(first: usize, end: usize, offset: usize, weights: usize, sums: usize, add: bool): void {
  const m0 = v128(1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2);
  const m1 = v128(4, 4, 4, 4, 4, 4, 4, 4, 8, 8, 8, 8, 8, 8, 8, 8);
  const m2 = v128(16, 16, 16, 16, 16, 16, 16, 16, 32, 32, 32, 32, 32, 32, 32, 32);
  const m3 = v128(64, 64, 64, 64, 64, 64, 64, 64, -128, -128, -128, -128, -128, -128, -128, -128);
  let a0 = i32x4.splat(0);
  let a1 = a0;
  let a2 = a0;
  let a3 = a0;
  for (let p = first; p < end; p += 4) {
    const entry = <usize>load<u32>(p);
    const x = v128.load64_splat((entry & ~31) + offset);
    const weight = weights + ((entry & 31) << 8);
    a0 = i8x16.add(a0, v128.and(i8x16.eq(v128.and(x, m0), m0), v128.load(weight)));
    a1 = i8x16.add(a1, v128.and(i8x16.eq(v128.and(x, m1), m1), v128.load(weight, 16)));
    a2 = i8x16.add(a2, v128.and(i8x16.eq(v128.and(x, m2), m2), v128.load(weight, 32)));
    a3 = i8x16.add(a3, v128.and(i8x16.eq(v128.and(x, m3), m3), v128.load(weight, 48)));
  }
  put(a0, sums, add);
  put(a1, sums + 32, add);
  put(a2, sums + 64, add);
  put(a3, sums + 96, add);
}

/** The same with one weight per type. */
function accumulateShared(first: usize, end: usize, offset: usize, weights: usize, sums: usize, add: bool): void {
  const m0 = v128(1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2);
  const m1 = v128(4, 4, 4, 4, 4, 4, 4, 4, 8, 8, 8, 8, 8, 8, 8, 8);
  const m2 = v128(16, 16, 16, 16, 16, 16, 16, 16, 32, 32, 32, 32, 32, 32, 32, 32);
  const m3 = v128(64, 64, 64, 64, 64, 64, 64, 64, -128, -128, -128, -128, -128, -128, -128, -128);
  let a0 = i32x4.splat(0);
  let a1 = a0;
  let a2 = a0;
  let a3 = a0;
  for (let p = first; p < end; p += 4) {
    const entry = <usize>load<u32>(p);
    const x = v128.load64_splat((entry & ~31) + offset);
    const w = v128.load(weights + ((entry & 31) << 4));
    a0 = i8x16.add(a0, v128.and(i8x16.eq(v128.and(x, m0), m0), w));
    a1 = i8x16.add(a1, v128.and(i8x16.eq(v128.and(x, m1), m1), w));
    a2 = i8x16.add(a2, v128.and(i8x16.eq(v128.and(x, m2), m2), w));
    a3 = i8x16.add(a3, v128.and(i8x16.eq(v128.and(x, m3), m3), w));
  }
  put(a0, sums, add);
  put(a1, sums + 32, add);
  put(a2, sums + 64, add);
  put(a3, sums + 96, add);
}

/** Sixteen bytes to sums of 16 bits. */
function put(bytes: v128, at: usize, add: bool): void {
  let low = i16x8.extend_low_i8x16_s(bytes);
  let high = i16x8.extend_high_i8x16_s(bytes);
  if (add) {
    low = i16x8.add(low, v128.load(at));
    high = i16x8.add(high, v128.load(at, 16));
  }
  v128.store(at, low);
  v128.store(at, high, 16);
}

/** Bits of the result of an update. */
const CHANGED: i32 = 1;
const OUTSIDE: i32 = 2;

// Two copies of one function, told apart at compile time by the size of a type: only without input it matters whether V changed.
type Quiet = u8;
type Busy = u16;

/**
 * Leak, threshold and reset of a core whose neurons saturate at a negative threshold in the safe range, and whose resets do not end
 * below it:
 *
 *   fire when V > fireLimit: V -= (V & drop) + subtract
 *   V = max(V, floor)
 */
function updateSaturating<T>(potential: usize, sum: usize, record: usize, stride: usize): i32 {
  const fired = scratch + FIRED;
  let highest = i32x4.splat(0);
  let changed = highest;
  let p = record;
  for (let i: usize = 0; i < 32; i += 2) {
    const at = potential + (i << 4);
    const from = sum + (i << 4);
    const before0 = v128.load(at);
    const before1 = v128.load(at, 16);
    let v0 = i16x8.add(i16x8.add(before0, v128.load(from)), v128.load(p));
    const fire0 = i16x8.gt_s(v0, v128.load(p, 16));
    v0 = i16x8.sub(v0, v128.and(fire0, i16x8.add(v128.and(v0, v128.load(p, 32)), v128.load(p, 48))));
    v0 = i16x8.max_s(v0, v128.load(p, 64));
    p += stride;
    let v1 = i16x8.add(i16x8.add(before1, v128.load(from, 16)), v128.load(p));
    const fire1 = i16x8.gt_s(v1, v128.load(p, 16));
    v1 = i16x8.sub(v1, v128.and(fire1, i16x8.add(v128.and(v1, v128.load(p, 32)), v128.load(p, 48))));
    v1 = i16x8.max_s(v1, v128.load(p, 64));
    p += stride;
    v128.store(at, v0);
    v128.store(at, v1, 16);
    highest = i16x8.max_s(highest, i16x8.max_s(v0, v1));
    if (sizeof<T>() == sizeof<Quiet>())
      changed = v128.or(changed, v128.or(v128.xor(before0, v0), v128.xor(before1, v1)));
    store<u16>(fired + i, i8x16.bitmask(i8x16.narrow_i16x8_s(fire0, fire1)));
  }
  return resultOf(highest, highest, changed);
}

/** The same with any negative rule: below `floor`, V -= (V & dropBelow) + subtractBelow. */
function updateGeneral(potential: usize, sum: usize, record: usize, stride: usize): i32 {
  const fired = scratch + FIRED;
  let highest = i32x4.splat(0);
  let lowest = highest;
  let changed = highest;
  let p = record;
  for (let i: usize = 0; i < 32; i++) {
    const at = potential + (i << 4);
    const before = v128.load(at);
    const v = i16x8.add(i16x8.add(before, v128.load(sum + (i << 4))), v128.load(p));
    const fire = i16x8.gt_s(v, v128.load(p, 16));
    const below = v128.andnot(i16x8.lt_s(v, v128.load(p, 64)), fire);
    const dropAbove = v128.and(fire, i16x8.add(v128.and(v, v128.load(p, 32)), v128.load(p, 48)));
    const dropBelow = v128.and(below, i16x8.add(v128.and(v, v128.load(p, 80)), v128.load(p, 96)));
    const after = i16x8.sub(i16x8.sub(v, dropAbove), dropBelow);
    p += stride;
    v128.store(at, after);
    highest = i16x8.max_s(highest, after);
    lowest = i16x8.min_s(lowest, after);
    changed = v128.or(changed, v128.xor(before, after));
    store<u8>(fired + i, i16x8.bitmask(fire));
  }
  return resultOf(highest, lowest, changed);
}

function resultOf(highest: v128, lowest: v128, changed: v128): i32 {
  const limit = i16x8.splat(<i16>SAFE);
  const outside = v128.or(i16x8.gt_s(highest, limit), i16x8.lt_s(lowest, i16x8.neg(limit)));
  return (v128.any_true(changed) ? CHANGED : 0) | (v128.any_true(outside) ? OUTSIDE : 0);
}
