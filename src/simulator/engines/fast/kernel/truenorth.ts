// The TrueNorth kernel: one call computes one tick of every core of a chip. AssemblyScript, SIMD, raw pointers into one
// shared memory whose layout ../layout.ts draws; ../README.md says why it is exact.
//
// Work follows activity. A core whose axons are silent and whose neurons are all at rest costs two loads of 32 bytes. Else only
// groups of four neurons that got a spike, or that may move on their own (`busy`), are updated.
import { draw } from './lib/philox';
import { drawLanes } from './lib/philox-lanes';
import { integrateStochastic, setKey, step } from './lib/stochastic';

// Strides in bytes; ../layout.ts has the same numbers.
const ROW_BYTES: usize = 32;
const CROSSBAR_BYTES: usize = 8192;
const TYPE_BYTES: usize = 256;
const WEIGHT_BYTES: usize = 2048;
const PARAMETER_BYTES: usize = 5120;
const ROUTE_BYTES: usize = 2048;
const POTENTIAL_BYTES: usize = 1024;
const GROUP_BYTES: usize = 80;

// Rows with at most this many connections are cheaper to walk bit by bit than to expand (measured on a 2.3 GHz Zen 4).
const SPARSE_ROW: i32 = 16;

// Bits of a core's mode.
const STOCHASTIC_NEURONS: u8 = 1;
const STOCHASTIC_SYNAPSES: u8 = 2;

let nCores: i32 = 0;
let slotMask: i32 = 0;
let rows: usize = 0;
let types: usize = 0;
let weights: usize = 0;
let parameters: usize = 0;
let routes: usize = 0;
let initial: usize = 0;
let potentials: usize = 0;
let busy: usize = 0;
let ring: usize = 0;
let pins: usize = 0;
let nPins: i32 = 0;
let spikeCounts: usize = 0;
let operationCounts: usize = 0;
let hopCount: usize = 0;
let sums: usize = 0;
let lists: usize = 0;
let potentialMax: i32 = 0;
let modes: usize = 0;
let thresholdMasks: usize = 0;
let stochasticSynapses: usize = 0;
let masked: usize = 0;
let draws: usize = 0;

let dropLimit: f64 = 0;
let seedLow: u32 = 0;
let seedHigh: u32 = 0;
let firstSample: u32 = 0;

/** Reads the control block: the words in the order of the variables above. */
export function setup(control: usize): void {
  nCores = load<i32>(control);
  slotMask = load<i32>(control, 4);
  rows = load<u32>(control, 8);
  types = load<u32>(control, 12);
  weights = load<u32>(control, 16);
  parameters = load<u32>(control, 20);
  routes = load<u32>(control, 24);
  initial = load<u32>(control, 28);
  potentials = load<u32>(control, 32);
  busy = load<u32>(control, 36);
  ring = load<u32>(control, 40);
  pins = load<u32>(control, 44);
  nPins = load<i32>(control, 48);
  spikeCounts = load<u32>(control, 52);
  operationCounts = load<u32>(control, 56);
  hopCount = load<u32>(control, 60);
  sums = load<u32>(control, 64);
  lists = load<u32>(control, 68);
  potentialMax = load<i32>(control, 72);
  modes = load<u32>(control, 76);
  thresholdMasks = load<u32>(control, 80);
  stochasticSynapses = load<u32>(control, 84);
  masked = load<u32>(control, 88);
  draws = load<u32>(control, 92);
}

/** Tick 0: initial potentials, empty ring, every neuron to be looked at once. `limit` is drop probability times 2^32. */
export function reset(limit: f64, low: u32, high: u32, sample: u32): void {
  dropLimit = limit;
  seedLow = low;
  seedHigh = high;
  firstSample = sample;
  setKey(low, high, sample, draws);
  memory.copy(potentials, initial, <usize>nCores * POTENTIAL_BYTES);
  memory.fill(busy, 255, <usize>nCores * ROW_BYTES);
  memory.fill(ring, 0, <usize>(slotMask + 1) * nCores * ROW_BYTES);
  memory.fill(pins, 0, <usize>nPins * 4);
  memory.fill(sums, 0, 1024);
}

/** Computes tick `now` of every core. */
export function tick(now: i32): void {
  let axons = ring + <usize>(now & slotMask) * nCores * ROW_BYTES;
  let awake = busy;
  for (let core = 0; core < nCores; core++) {
    const active = v128.or(v128.load(axons), v128.load(axons, 16));
    if (v128.any_true(v128.or(active, v128.or(v128.load(awake), v128.load(awake, 16))))) {
      if (v128.any_true(active)) integrate(core, axons, awake, now);
      update(core, awake, now);
    }
    axons += ROW_BYTES;
    awake += ROW_BYTES;
  }
}

/** Adds the weights of every active, connected axon to `sums`, wakes the neurons and empties the axons. */
function integrate(core: i32, axons: usize, awake: usize, now: i32): void {
  const row0 = rows + <usize>core * CROSSBAR_BYTES;
  const type0 = types + <usize>core * TYPE_BYTES;
  const weight0 = weights + <usize>core * WEIGHT_BYTES;
  let wake0 = load<u64>(awake);
  let wake1 = load<u64>(awake, 8);
  let wake2 = load<u64>(awake, 16);
  let wake3 = load<u64>(awake, 24);
  let operations: i64 = 0;
  const stochastic = (load<u8>(modes + core) & STOCHASTIC_SYNAPSES) != 0;
  const stochastic0 = stochasticSynapses + ((<usize>core) << 7);
  if (stochastic) integrateStochastic(core, now, axons, row0, type0, weight0, stochastic0, sums);
  // Dense rows wait in one list of row pointers per axon type.
  let end0 = lists;
  let end1 = lists + 1024;
  let end2 = lists + 2048;
  let end3 = lists + 3072;
  for (let word = 0; word < 8; word++) {
    let bits = load<u32>(axons + (word << 2));
    while (bits) {
      const axon = (word << 5) + ctz(bits);
      bits &= bits - 1;
      let row = row0 + <usize>axon * ROW_BYTES;
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
      const type = load<u8>(type0 + axon);
      if (stochastic) {
        // What is left for the rest of this loop are the other synapses, as a row of their own.
        const mask = stochastic0 + ((<usize>type) << 5);
        row = masked + ((<usize>axon) << 5);
        store<u64>(row, (r0 &= ~load<u64>(mask)));
        store<u64>(row, (r1 &= ~load<u64>(mask, 8)), 8);
        store<u64>(row, (r2 &= ~load<u64>(mask, 16)), 16);
        store<u64>(row, (r3 &= ~load<u64>(mask, 24)), 24);
      }
      if (connections <= SPARSE_ROW) {
        const weight = weight0 + ((<usize>type) << 9);
        walk(r0, weight, sums);
        walk(r1, weight + 128, sums + 256);
        walk(r2, weight + 256, sums + 512);
        walk(r3, weight + 384, sums + 768);
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
  }
  expand(lists, end0, weight0);
  expand(lists + 1024, end1, weight0 + 512);
  expand(lists + 2048, end2, weight0 + 1024);
  expand(lists + 3072, end3, weight0 + 1536);
  store<u64>(awake, wake0);
  store<u64>(awake, wake1, 8);
  store<u64>(awake, wake2, 16);
  store<u64>(awake, wake3, 24);
  v128.store(axons, i32x4.splat(0));
  v128.store(axons, i32x4.splat(0), 16);
  const counter = operationCounts + ((<usize>core) << 3);
  store<f64>(counter, load<f64>(counter) + <f64>operations);
}

/** One weight per set bit of 64 neurons. */
function walk(connected: u64, weight: usize, sum: usize): void {
  let bits = connected;
  while (bits) {
    const neuron = <usize>ctz(bits);
    bits &= bits - 1;
    const at = sum + (neuron << 2);
    store<i32>(at, load<i32>(at) + load<i16>(weight + (neuron << 1)));
  }
}

/** Counts the rows of one axon type per neuron, then adds count times weight. A byte counts 255 rows. */
function expand(first: usize, end: usize, weight: usize): void {
  while (first < end) {
    const stop = end - first > 1020 ? first + 1020 : end;
    expandHalf(first, stop, 0, weight, sums);
    expandHalf(first, stop, 16, weight + 256, sums + 512);
    first = stop;
  }
}

/** 128 neurons: every row's bits become bytes 0 or -1 (two bytes of the row spread over 16 lanes, masked, compared). */
function expandHalf(first: usize, end: usize, half: usize, weight: usize, sum: usize): void {
  const mask = v128(1, 2, 4, 8, 16, 32, 64, -128, 1, 2, 4, 8, 16, 32, 64, -128);
  let c0 = i32x4.splat(0);
  let c1 = c0;
  let c2 = c0;
  let c3 = c0;
  let c4 = c0;
  let c5 = c0;
  let c6 = c0;
  let c7 = c0;
  for (let p = first; p < end; p += 4) {
    const x = v128.load(<usize>load<u32>(p) + half);
    let y = i8x16.shuffle(x, x, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1);
    c0 = i8x16.sub(c0, i8x16.eq(v128.and(y, mask), mask));
    y = i8x16.shuffle(x, x, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3);
    c1 = i8x16.sub(c1, i8x16.eq(v128.and(y, mask), mask));
    y = i8x16.shuffle(x, x, 4, 4, 4, 4, 4, 4, 4, 4, 5, 5, 5, 5, 5, 5, 5, 5);
    c2 = i8x16.sub(c2, i8x16.eq(v128.and(y, mask), mask));
    y = i8x16.shuffle(x, x, 6, 6, 6, 6, 6, 6, 6, 6, 7, 7, 7, 7, 7, 7, 7, 7);
    c3 = i8x16.sub(c3, i8x16.eq(v128.and(y, mask), mask));
    y = i8x16.shuffle(x, x, 8, 8, 8, 8, 8, 8, 8, 8, 9, 9, 9, 9, 9, 9, 9, 9);
    c4 = i8x16.sub(c4, i8x16.eq(v128.and(y, mask), mask));
    y = i8x16.shuffle(x, x, 10, 10, 10, 10, 10, 10, 10, 10, 11, 11, 11, 11, 11, 11, 11, 11);
    c5 = i8x16.sub(c5, i8x16.eq(v128.and(y, mask), mask));
    y = i8x16.shuffle(x, x, 12, 12, 12, 12, 12, 12, 12, 12, 13, 13, 13, 13, 13, 13, 13, 13);
    c6 = i8x16.sub(c6, i8x16.eq(v128.and(y, mask), mask));
    y = i8x16.shuffle(x, x, 14, 14, 14, 14, 14, 14, 14, 14, 15, 15, 15, 15, 15, 15, 15, 15);
    c7 = i8x16.sub(c7, i8x16.eq(v128.and(y, mask), mask));
  }
  weigh(c0, weight, sum);
  weigh(c1, weight + 32, sum + 64);
  weigh(c2, weight + 64, sum + 128);
  weigh(c3, weight + 96, sum + 192);
  weigh(c4, weight + 128, sum + 256);
  weigh(c5, weight + 160, sum + 320);
  weigh(c6, weight + 192, sum + 384);
  weigh(c7, weight + 224, sum + 448);
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

/** Leak, threshold, reset and spikes of every group of four neurons with a bit in `awake`; writes who stays awake. */
function update(core: i32, awake: usize, now: i32): void {
  const parameter0 = parameters + <usize>core * PARAMETER_BYTES;
  const potential0 = potentials + <usize>core * POTENTIAL_BYTES;
  const zero = i32x4.splat(0);
  const maximum = i32x4.splat(potentialMax);
  const minimum = i32x4.splat(-potentialMax);
  const reversalFlag = i32x4.splat(0x10000000);
  const stochastic = (load<u8>(modes + core) & STOCHASTIC_NEURONS) != 0;
  for (let word = 0; word < 8; word++) {
    let pending = load<u32>(awake + (word << 2));
    if (pending == 0) continue;
    let stayAwake: u32 = 0;
    let fired: u32 = 0;
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
        mask = v128.load(thresholdMasks + ((((<usize>core) << 8) + neuron) << 2));
        stochasticLeak = i32x4.shr_s(i32x4.shl(flags, 4), 31);
        if (v128.any_true(v128.or(mask, stochasticLeak))) {
          drawLanes((core << 8) + <u32>neuron, now, firstSample, 10, seedLow, seedHigh, draws);
          eta = v128.and(v128.load(draws, 16), mask);
          const rho = v128.and(v128.load(draws), i32x4.splat(255));
          leak = v128.bitselect(step(leak, rho), leak, stochasticLeak);
        }
      }
      let v = i32x4.add(before, input);
      if (v128.any_true(v128.and(flags, reversalFlag))) {
        const reversal = i32x4.shr_s(i32x4.shl(flags, 3), 31);
        const signedLeak = i32x4.sub(v128.and(leak, i32x4.gt_s(v, zero)), v128.and(leak, i32x4.lt_s(v, zero)));
        const leaked = i32x4.add(v, signedLeak);
        const crossed = i32x4.shr_s(v128.xor(leaked, v), 31);
        v = v128.bitselect(v128.andnot(leaked, crossed), i32x4.add(v, leak), reversal);
      } else {
        v = i32x4.add(v, leak);
      }
      const fireLimit = v128.load(p, 16);
      const negativeLimit = v128.load(p, 48);
      const fire = i32x4.gt_s(v, i32x4.add(fireLimit, eta));
      const keep = i32x4.shr_s(flags, 31);
      const keepBelow = i32x4.shr_s(i32x4.shl(flags, 1), 31);
      const hasTarget = i32x4.shr_s(i32x4.shl(flags, 2), 31);
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
      after = i32x4.max_s(i32x4.min_s(after, maximum), minimum);
      v128.store(at, after);

      // At rest without input: the tick changed nothing, sent nothing and drew nothing, or there is no leak and V is between
      // the limits (a draw only moves them apart).
      const sent = v128.and(fire, hasTarget);
      const fixed = v128.and(
        v128.andnot(v128.and(i32x4.eq(after, before), i32x4.eq(input, zero)), sent),
        i32x4.eq(v128.or(mask, stochasticLeak), zero),
      );
      const outside = v128.or(i32x4.gt_s(after, fireLimit), i32x4.lt_s(after, negativeLimit));
      const calm = v128.andnot(i32x4.eq(fullLeak, zero), outside);
      stayAwake |= (i32x4.bitmask(v128.or(fixed, calm)) ^ 15) << first;
      fired |= i32x4.bitmask(sent) << first;
    }
    store<u32>(awake + (word << 2), stayAwake);
    if (fired) send(core, (<u32>word) << 5, fired, now);
  }
}

/** Routes the spikes of up to 32 neurons. A route is target core or pin, then axon, delay and hops packed in a word. */
function send(core: i32, firstNeuron: u32, fired: u32, now: i32): void {
  let bits = fired;
  let sent: i32 = 0;
  let hops: u32 = 0;
  while (bits) {
    const neuron = firstNeuron + ctz(bits);
    bits &= bits - 1;
    if (dropLimit > 0 && <f64>draw(((<u32>core) << 8) + neuron, now, firstSample, 2, seedLow, seedHigh) < dropLimit)
      continue;
    sent++;
    const route = routes + <usize>core * ROUTE_BYTES + ((<usize>neuron) << 3);
    const target = load<i32>(route);
    if (target < 0) {
      const pin = pins + ((<usize>(-2 - target)) << 2);
      store<i32>(pin, load<i32>(pin) + 1);
      continue;
    }
    const packed = load<u32>(route, 4);
    const axon = packed & 255;
    const slot = (now + ((packed >> 8) & 255)) & slotMask;
    const at = ring + (<usize>slot * nCores + target) * ROW_BYTES + ((axon >> 5) << 2);
    store<u32>(at, load<u32>(at) | (1 << (axon & 31)));
    hops += packed >> 16;
  }
  if (sent) {
    const counter = spikeCounts + ((<usize>core) << 3);
    store<f64>(counter, load<f64>(counter) + <f64>sent);
  }
  if (hops) store<f64>(hopCount, load<f64>(hopCount) + <f64>hops);
}
