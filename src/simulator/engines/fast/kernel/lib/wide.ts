// Cores with 32-bit potentials: any parameters and modes. Only groups of four neurons that got a spike, or that may move on their
// own (`busy`), are updated.
import {
  AWAKE,
  busy,
  DRAWS,
  FIRED,
  firstSample,
  GENERAL,
  MASK_BYTES,
  MASKED_ROWS,
  modes,
  N_TYPES,
  operationCounts,
  POTENTIAL_BYTES,
  potentialMax,
  potentials,
  rhoMask,
  scratch,
  seedHigh,
  seedLow,
  states,
  stochasticSynapses,
  SUMS,
  targets,
  transposed,
  TYPE_ENDS,
  TYPE_LIST_BYTES,
  TYPE_LISTS,
  TYPE_MASK_BYTES,
  WIDE,
  wideBlocks,
  wrapShift,
} from './chip';
import { drawLanes } from './philox-lanes';
import { integrateStochastic, step } from './stochastic';

// A block: weights [types, 256] i16, parameters [64 groups, 5, 4] i32, threshold masks [256] i32.
const GROUP_BYTES: usize = 80;
const PARAMETERS: usize = N_TYPES * 512;
const THRESHOLD_MASKS: usize = PARAMETERS + 5120;

// Rows with at most this many connections are cheaper to walk bit by bit than to expand (measured on a 2.3 GHz Zen 4).
const SPARSE_ROW: i32 = 16;

// Bits of a core's mode.
const STOCHASTIC_NEURONS: u8 = 1;
const STOCHASTIC_SYNAPSES: u8 = 2;

/** One tick of a core; entries first..end of the axon list are its active axons. Leaves 256 bits of fired neurons with a target. */
export function tickWide(core: i32, row0: usize, first: usize, end: usize, now: i32): void {
  const block = <usize>load<u32>(wideBlocks + ((<usize>core) << 2));
  const awake = busy + <usize>core * MASK_BYTES;
  if (first < end) integrate(core, block, awake, row0, first, end, now);
  update(core, block, awake, now);
}

/** Adds the weights of every active, connected axon to the sums and wakes the neurons. */
function integrate(core: i32, weight0: usize, awake: usize, row0: usize, first: usize, end: usize, now: i32): void {
  const sums = scratch + SUMS;
  let wake0: u64 = 0;
  let wake1: u64 = 0;
  let wake2: u64 = 0;
  let wake3: u64 = 0;
  let operations: i64 = 0;
  const stochastic = (load<u8>(modes + core) & STOCHASTIC_SYNAPSES) != 0;
  if (stochastic) integrateStochastic(core, now, first, end, row0, weight0);
  // Dense rows wait in one list of row pointers per axon type.
  const lists = scratch + TYPE_LISTS;
  let end0 = lists;
  let end1 = lists + TYPE_LIST_BYTES;
  let end2 = lists + 2 * TYPE_LIST_BYTES;
  let end3 = lists + 3 * TYPE_LIST_BYTES;
  const ends = scratch + TYPE_ENDS;
  if (GENERAL) {
    for (let type: usize = 0; type < N_TYPES; type++) store<u32>(ends + (type << 2), lists + type * TYPE_LIST_BYTES);
  }
  for (let p = first; p < end; p += 4) {
    const type = (<usize>load<u32>(p)) & 31;
    let row = (<usize>load<u32>(p)) & ~31;
    let r0 = load<u64>(row);
    let r1 = load<u64>(row, 8);
    let r2 = load<u64>(row, 16);
    let r3 = load<u64>(row, 24);
    wake0 |= r0;
    wake1 |= r1;
    wake2 |= r2;
    wake3 |= r3;
    const connections = <i32>(popcnt(r0) + popcnt(r1) + popcnt(r2) + popcnt(r3));
    operations += connections;
    if (stochastic) {
      // What is left for the rest of this loop are the other synapses, as a row of their own.
      const mask = stochasticSynapses + <usize>core * TYPE_MASK_BYTES + (type << 5);
      row = scratch + MASKED_ROWS + (row - row0);
      store<u64>(row, (r0 &= ~load<u64>(mask)));
      store<u64>(row, (r1 &= ~load<u64>(mask, 8)), 8);
      store<u64>(row, (r2 &= ~load<u64>(mask, 16)), 16);
      store<u64>(row, (r3 &= ~load<u64>(mask, 24)), 24);
    }
    if (connections <= SPARSE_ROW) {
      const weight = weight0 + (type << 9);
      walk(r0, weight, sums);
      walk(r1, weight + 128, sums + 256);
      walk(r2, weight + 256, sums + 512);
      walk(r3, weight + 384, sums + 768);
    } else if (GENERAL) {
      const own = ends + (type << 2);
      const list = <usize>load<u32>(own);
      store<u32>(list, row);
      store<u32>(own, list + 4);
    } else if (type == 0) {
      store<u32>(end0, row);
      end0 += 4;
    } else if (type == 1) {
      store<u32>(end1, row);
      end1 += 4;
    } else if (type == 2) {
      store<u32>(end2, row);
      end2 += 4;
    } else {
      store<u32>(end3, row);
      end3 += 4;
    }
  }
  if (GENERAL) {
    for (let type: usize = 0; type < N_TYPES; type++) {
      expand(lists + type * TYPE_LIST_BYTES, load<u32>(ends + (type << 2)), weight0 + (type << 9));
    }
  } else {
    expand(lists, end0, weight0);
    expand(lists + TYPE_LIST_BYTES, end1, weight0 + 512);
    expand(lists + 2 * TYPE_LIST_BYTES, end2, weight0 + 1024);
    expand(lists + 3 * TYPE_LIST_BYTES, end3, weight0 + 1536);
  }
  store<u64>(awake, load<u64>(awake) | transposed(wake0));
  store<u64>(awake, load<u64>(awake, 8) | transposed(wake1), 8);
  store<u64>(awake, load<u64>(awake, 16) | transposed(wake2), 16);
  store<u64>(awake, load<u64>(awake, 24) | transposed(wake3), 24);
  const counter = operationCounts + ((<usize>core) << 3);
  store<f64>(counter, load<f64>(counter) + <f64>operations);
}

/** One weight per set bit of 64 neurons. */
function walk(connected: u64, weight: usize, sum: usize): void {
  let bits = connected;
  while (bits) {
    const bit = <usize>ctz(bits);
    bits &= bits - 1;
    const neuron = ((bit & 7) << 3) | (bit >> 3);
    const at = sum + (neuron << 2);
    store<i32>(at, load<i32>(at) + load<i16>(weight + (neuron << 1)));
  }
}

/** Counts the rows of one axon type per neuron, then adds count times weight. A byte counts 255 rows. */
function expand(first: usize, end: usize, weight: usize): void {
  const sums = scratch + SUMS;
  while (first < end) {
    const stop = end - first > 1020 ? first + 1020 : end;
    for (let block: usize = 0; block < 4; block++) {
      expandBlock(first, stop, block << 3, weight + (block << 7), sums + (block << 8));
    }
    first = stop;
  }
}

/** 64 neurons: every row's bits become bytes 0 or -1. */
function expandBlock(first: usize, end: usize, offset: usize, weight: usize, sum: usize): void {
  const m0 = v128(1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2);
  const m1 = v128(4, 4, 4, 4, 4, 4, 4, 4, 8, 8, 8, 8, 8, 8, 8, 8);
  const m2 = v128(16, 16, 16, 16, 16, 16, 16, 16, 32, 32, 32, 32, 32, 32, 32, 32);
  const m3 = v128(64, 64, 64, 64, 64, 64, 64, 64, -128, -128, -128, -128, -128, -128, -128, -128);
  let c0 = i32x4.splat(0);
  let c1 = c0;
  let c2 = c0;
  let c3 = c0;
  for (let p = first; p < end; p += 4) {
    const x = v128.load64_splat(<usize>load<u32>(p) + offset);
    c0 = i8x16.sub(c0, i8x16.eq(v128.and(x, m0), m0));
    c1 = i8x16.sub(c1, i8x16.eq(v128.and(x, m1), m1));
    c2 = i8x16.sub(c2, i8x16.eq(v128.and(x, m2), m2));
    c3 = i8x16.sub(c3, i8x16.eq(v128.and(x, m3), m3));
  }
  weigh(c0, weight, sum);
  weigh(c1, weight + 32, sum + 64);
  weigh(c2, weight + 64, sum + 128);
  weigh(c3, weight + 96, sum + 192);
}

/** sum += count * weight for 16 neurons. */
function weigh(counts: v128, weight: usize, sum: usize): void {
  const low = i16x8.extend_low_i8x16_u(counts);
  const high = i16x8.extend_high_i8x16_u(counts);
  const w0 = v128.load(weight);
  const w1 = v128.load(weight, 16);
  v128.store(sum, i32x4.add(v128.load(sum), i32x4.extmul_low_i16x8_s(low, w0)));
  v128.store(sum, i32x4.add(v128.load(sum, 16), i32x4.extmul_high_i16x8_s(low, w0)), 16);
  v128.store(sum, i32x4.add(v128.load(sum, 32), i32x4.extmul_low_i16x8_s(high, w1)), 32);
  v128.store(sum, i32x4.add(v128.load(sum, 48), i32x4.extmul_high_i16x8_s(high, w1)), 48);
}

/** What a register that wraps keeps; the same where potentials are clamped. */
function wrap(v: v128): v128 {
  return i32x4.shr_s(i32x4.shl(v, wrapShift), wrapShift);
}

/** Leak, threshold, reset and spikes of every group of four neurons with a bit in `awake`; writes who stays awake. */
function update(core: i32, block: usize, awake: usize, now: i32): void {
  const parameter0 = block + PARAMETERS;
  const target0 = targets + <usize>core * MASK_BYTES;
  const sums = scratch + SUMS;
  const draws = scratch + DRAWS;
  const potential0 = potentials + <usize>core * POTENTIAL_BYTES;
  const zero = i32x4.splat(0);
  const maximum = i32x4.splat(potentialMax);
  const minimum = i32x4.splat(GENERAL && wrapShift ? -potentialMax - 1 : -potentialMax);
  const reversalFlag = i32x4.splat(0x10000000);
  const stochastic = (load<u8>(modes + core) & STOCHASTIC_NEURONS) != 0;
  let anyAwake: u32 = 0;
  for (let word = 0; word < 8; word++) {
    let pending = load<u32>(awake + (word << 2));
    let stayAwake: u32 = 0;
    let fired: u32 = 0;
    const hasTarget = load<u32>(target0 + (word << 2));
    while (pending) {
      const first = ctz(pending) & 28;
      pending &= ~(15 << first);
      const neuron = <usize>((word << 5) + first);
      const p = parameter0 + (neuron >> 2) * GROUP_BYTES;
      const at = potential0 + (neuron << 2);
      const sum = sums + (neuron << 2);

      const before = v128.load(at);
      const input = v128.load(sum);
      v128.store(sum, zero);
      const flags = v128.load(p);
      const fullLeak = i32x4.shr_s(i32x4.shl(flags, 16), 16);
      let leak = fullLeak;
      let eta = zero;
      let mask = zero;
      let stochasticLeak = zero;
      if (stochastic) {
        mask = v128.load(block + THRESHOLD_MASKS + (neuron << 2));
        stochasticLeak = i32x4.shr_s(i32x4.shl(flags, 4), 31);
        if (v128.any_true(v128.or(mask, stochasticLeak))) {
          drawLanes((core << 8) + <u32>neuron, now, firstSample, 10, seedLow, seedHigh, draws);
          eta = v128.and(v128.load(draws, 16), mask);
          const rho = v128.and(v128.load(draws), i32x4.splat(GENERAL ? rhoMask : 255));
          leak = v128.bitselect(step(leak, rho), leak, stochasticLeak);
        }
      }
      let v = i32x4.add(before, input);
      if (GENERAL) v = wrap(v);
      if (v128.any_true(v128.and(flags, reversalFlag))) {
        const reversal = i32x4.shr_s(i32x4.shl(flags, 3), 31);
        const signedLeak = i32x4.sub(v128.and(leak, i32x4.gt_s(v, zero)), v128.and(leak, i32x4.lt_s(v, zero)));
        const leaked = i32x4.add(v, signedLeak);
        const crossed = i32x4.shr_s(v128.xor(leaked, v), 31);
        v = v128.bitselect(v128.andnot(leaked, crossed), i32x4.add(v, leak), reversal);
      } else {
        v = i32x4.add(v, leak);
      }
      if (GENERAL) v = wrap(v);
      const fireLimit = v128.load(p, 16);
      const negativeLimit = v128.load(p, 48);
      const fire = i32x4.gt_s(v, i32x4.add(fireLimit, eta));
      const keep = i32x4.shr_s(flags, 31);
      const keepBelow = i32x4.shr_s(i32x4.shl(flags, 1), 31);
      const subtract = v128.load(p, 32);
      let above = i32x4.sub(v128.and(v, keep), subtract);
      let below = i32x4.sub(v128.and(v, keepBelow), v128.load(p, 64));
      let negative = negativeLimit;
      if (stochastic) {
        above = i32x4.sub(above, v128.and(eta, i32x4.shr_s(i32x4.shl(flags, 5), 31)));
        negative = i32x4.sub(negative, v128.and(eta, i32x4.shr_s(i32x4.shl(flags, 6), 31)));
        below = i32x4.add(below, v128.and(eta, i32x4.shr_s(i32x4.shl(flags, 7), 31)));
        const top = i32x4.min_s(v, i32x4.sub(mask, subtract));
        above = v128.bitselect(top, above, i32x4.shr_s(i32x4.shl(flags, 8), 31));
      }
      let after = v128.bitselect(below, v, i32x4.lt_s(v, negative));
      after = v128.bitselect(above, after, fire);
      if (GENERAL) after = wrap(after);
      after = i32x4.max_s(i32x4.min_s(after, maximum), minimum);
      v128.store(at, after);

      // At rest without input: the tick changed nothing, sent nothing and drew nothing, or there is no leak and V is between
      // the limits (a draw only moves them apart).
      const sent = (<u32>i32x4.bitmask(fire)) & (hasTarget >> first) & 15;
      const fixed = v128.and(
        v128.and(i32x4.eq(after, before), i32x4.eq(input, zero)),
        i32x4.eq(v128.or(mask, stochasticLeak), zero),
      );
      const outside = v128.or(i32x4.gt_s(after, fireLimit), i32x4.lt_s(after, negativeLimit));
      const calm = v128.andnot(i32x4.eq(fullLeak, zero), outside);
      const still = ((<u32>i32x4.bitmask(fixed)) & ~sent) | (<u32>i32x4.bitmask(calm));
      stayAwake |= (still ^ 15) << first;
      fired |= sent << first;
    }
    store<u32>(awake + (word << 2), stayAwake);
    anyAwake |= stayAwake;
    store<u32>(scratch + FIRED + (word << 2), fired);
  }
  store<u8>(states + core, anyAwake ? WIDE | AWAKE : WIDE);
}
