// The TrueNorth kernel: ticks of a range of cores of a chip. AssemblyScript, SIMD, raw pointers into one shared memory whose
// layout ../layout.ts draws; ../README.md says why it is exact.
//
// Cores are taken in batches, in three steps, so that memory is waited for many cores at a time:
//
//   gather     active axons of every core of the batch -> list of crossbar rows, each of which is touched
//   compute    integrate, leak, threshold -> list of neurons that fired
//   send       list -> routes -> ring of the delivery ticks, pins, counters
import {
  AXON_BITS,
  AXON_LIST,
  AWAKE,
  CROSSBAR_BYTES,
  dropLimit,
  endCore,
  extraHops,
  FIRED,
  firstCore,
  firstSample,
  GENERAL,
  hopCount,
  lateLimit,
  maxDelay,
  myRing,
  nBlocks,
  nCores,
  N_TYPES,
  nRings,
  pins,
  positions,
  RANGES,
  ringBytes,
  rings,
  ROW_BYTES,
  routes,
  rows,
  scratch,
  seedHigh,
  seedLow,
  SLOT_BYTES,
  slotMask,
  SPIKE_LIST,
  spikeCounts,
  states,
  TYPE_BYTES,
  types,
  upsetLimit0,
  upsetLimit1,
  WIDE,
} from './lib/chip';
import { narrow, tickCompact, widen } from './lib/compact';
import { drawEight, lanes0, lanes1, lanes4, lanes5, largestBelow } from './lib/philox-lanes';
import { upset } from './lib/upsets';
import { tickWide } from './lib/wide';

export { reset, setup } from './lib/chip';

/** Cores per batch: at a few active axons a core their rows and lists fit the first-level cache. */
const BATCH: i32 = GENERAL ? 8 : 32;

/** Computes tick `now` of this thread's cores. */
export function tick(now: i32): void {
  for (let core = firstCore; core < endCore; core += BATCH) {
    const end = min(core + BATCH, endCore);
    if (upsetLimit0 + upsetLimit1 > 0) upset(core, end, now);
    listRows(core, GENERAL ? gatherWide(core, end, now) : gather(core, end, now));
    send(compute(core, end, now), now);
  }
}

/** Computes ticks from..from + count - 1 in step with the other threads; `gate` are two zero words shared by all. */
export function run(from: i32, count: i32, gate: usize, nThreads: i32): void {
  for (let now = from; now < from + count; now++) {
    tick(now);
    if (nThreads > 1) meet(gate, nThreads);
  }
}

/** Spins before a thread goes to sleep: about 100 us. */
const SPINS: i32 = 50_000;

/** Waits until all threads are here: words are the number of arrivals and of meetings. Only worker threads may sleep. */
function meet(gate: usize, nThreads: i32): void {
  const meeting = atomic.load<i32>(gate, 4);
  if (atomic.add<i32>(gate, 1) == nThreads - 1) {
    atomic.store<i32>(gate, 0);
    atomic.store<i32>(gate, meeting + 1, 4);
    atomic.notify(gate + 4, nThreads);
    return;
  }
  let spins = 0;
  while (atomic.load<i32>(gate, 4) == meeting) {
    if (++spins > SPINS) atomic.wait<i32>(gate + 4, meeting, -1);
  }
}

/** Lists the active axons of the batch, as core in the batch << AXON_BITS | axon, and empties them. Returns the end of the list. */
function gather(core0: i32, end: i32, now: i32): usize {
  const slot = rings + <usize>(now & slotMask) * nCores * ROW_BYTES;
  const ranges = scratch + RANGES;
  let list = scratch + AXON_LIST;
  store<u32>(ranges, list);
  for (let core = core0; core < end; core++) {
    let axons = slot + <usize>core * ROW_BYTES;
    let low = v128.load(axons);
    let high = v128.load(axons, 16);
    for (let ring = 1; ring < nRings; ring++) {
      axons += ringBytes;
      low = v128.or(low, v128.load(axons));
      high = v128.or(high, v128.load(axons, 16));
    }
    if (v128.any_true(v128.or(low, high))) {
      for (let ring = 0; ring < nRings; ring++) {
        v128.store(axons, i32x4.splat(0));
        v128.store(axons, i32x4.splat(0), 16);
        axons -= ringBytes;
      }
      const id = (<u32>(core - core0)) << 8;
      list = listBits(i64x2.extract_lane(low, 0), id, list, 4);
      list = listBits(i64x2.extract_lane(low, 1), id + 64, list, 4);
      list = listBits(i64x2.extract_lane(high, 0), id + 128, list, 4);
      list = listBits(i64x2.extract_lane(high, 1), id + 192, list, 4);
    }
    store<u32>(ranges + ((<usize>(core - core0 + 1)) << 2), list);
  }
  return list;
}

/** The same for cores of up to 1024 axons; the last block of a core empties them. */
function gatherWide(core0: i32, end: i32, now: i32): usize {
  const slot = rings + <usize>(now & slotMask) * (nCores / nBlocks) * SLOT_BYTES;
  const ranges = scratch + RANGES;
  let list = scratch + AXON_LIST;
  store<u32>(ranges, list);
  for (let core = core0; core < end; core++) {
    const isLast = core % nBlocks == nBlocks - 1;
    const axons0 = slot + <usize>(core / nBlocks) * SLOT_BYTES;
    for (let word: usize = 0; word < SLOT_BYTES; word += 8) {
      let axons = axons0 + word;
      let active: u64 = 0;
      for (let ring = 0; ring < nRings; ring++) {
        active |= load<u64>(axons);
        if (isLast) store<u64>(axons, 0);
        axons += ringBytes;
      }
      if (active) list = listBits(active, ((<u32>(core - core0)) << AXON_BITS) + ((<u32>word) << 3), list, 4);
    }
    store<u32>(ranges + ((<usize>(core - core0 + 1)) << 2), list);
  }
  return list;
}

/**
 * Writes `id` plus the position of every set bit, `stride` bytes apart; returns the end. Three at a time, whether there are three or
 * not, because a branch per bit would be mispredicted more often than not: up to two words behind the end are overwritten.
 */
function listBits(set: u64, id: u32, list: usize, stride: usize): usize {
  const end = list + <usize>popcnt(set) * stride;
  let bits = set;
  let p = list;
  do {
    store<u32>(p, id + <u32>ctz(bits));
    bits &= bits - 1;
    store<u32>(p + stride, id + <u32>ctz(bits));
    bits &= bits - 1;
    store<u32>(p + 2 * stride, id + <u32>ctz(bits));
    bits &= bits - 1;
    p += 3 * stride;
  } while (p < end);
  return end;
}

/** Keeps the loads of `listRows` alive. */
let touched: u32 = 0;

/**
 * Axons become addresses of crossbar rows, with the axon type in the low bits. Then a byte of every row is loaded: nothing waits for
 * these loads, so their cache misses overlap.
 */
function listRows(core0: i32, end: usize): void {
  const row0 = rows + <usize>core0 * CROSSBAR_BYTES;
  const type0 = types + <usize>core0 * TYPE_BYTES;
  for (let p = scratch + AXON_LIST; p < end; p += 4) {
    const axon = <usize>load<u32>(p);
    const row = row0 + (axon << 5);
    const packed = GENERAL ? load<u8>(type0 + axon) : load<u8>(type0 + (axon >> 2)) >> (<u8>((axon & 3) << 1));
    store<u32>(p, row | (packed & (<u8>(N_TYPES - 1))));
  }
  let sum: u32 = 0;
  for (let p = scratch + AXON_LIST; p < end; p += 4) sum += load<u8>((<usize>load<u32>(p)) & ~31);
  touched = sum;
}

/** Every core of the batch that has input or may move on its own. Returns the end of the list of spikes. */
function compute(core0: i32, end: i32, now: i32): usize {
  const ranges = scratch + RANGES;
  let spikes = scratch + SPIKE_LIST;
  for (let core = core0; core < end; core++) {
    const range = ranges + ((<usize>(core - core0)) << 2);
    const first = <usize>load<u32>(range);
    const last = <usize>load<u32>(range, 4);
    const state = load<u8>(states + core);
    if (first == last && (state & AWAKE) == 0) continue;
    if (state & WIDE) {
      tickWide(core, rows + <usize>core * CROSSBAR_BYTES, first, last, now);
      // Upsets would leave all cores with 32 bits in the end.
      if (upsetLimit0 + upsetLimit1 > 0) narrow(core);
    } else if (!tickCompact(core, first, last)) {
      widen(core);
      tickWide(core, rows + <usize>core * CROSSBAR_BYTES, first, last, now);
    }
    const before = spikes;
    const fired = scratch + FIRED;
    const id = (<u32>core) << 8;
    spikes = listBits(load<u64>(fired), id, spikes, 8);
    spikes = listBits(load<u64>(fired, 8), id + 64, spikes, 8);
    spikes = listBits(load<u64>(fired, 16), id + 128, spikes, 8);
    spikes = listBits(load<u64>(fired, 24), id + 192, spikes, 8);
    if (dropLimit > 0) spikes = drop(before, spikes, now);
    if (spikes != before) {
      const counter = spikeCounts + ((<usize>core) << 3);
      store<f64>(counter, load<f64>(counter) + <f64>((spikes - before) >> 3));
    }
  }
  return spikes;
}

/** Without the spikes of the list that are dropped; returns the new end. Entries up to seven behind the end are read. */
function drop(first: usize, end: usize, now: i32): usize {
  const bound = largestBelow(dropLimit);
  let list = first;
  for (let p = first; p < end; p += 64) {
    drawSpikes(p, now);
    const kept = ~(i32x4.bitmask(i32x4.le_u(lanes0, bound)) | (i32x4.bitmask(i32x4.le_u(lanes4, bound)) << 4));
    const n = min((<u32>(end - p)) >> 3, 8);
    for (let lane: u32 = 0; lane < n; lane++) {
      // Written whether it is kept or not: a branch per spike would be mispredicted.
      store<u32>(list, load<u32>(p + ((<usize>lane) << 3)));
      list += (<usize>((kept >> lane) & 1)) << 3;
    }
  }
  return list;
}

/** Draws for the neurons of eight entries of a list of spikes. */
function drawSpikes(p: usize, now: i32): void {
  const low = i32x4.shuffle(v128.load(p), v128.load(p, 16), 0, 2, 4, 6);
  const high = i32x4.shuffle(v128.load(p, 32), v128.load(p, 48), 0, 2, 4, 6);
  const tick = i32x4.splat(now);
  drawEight(low, tick, high, tick, i32x4.splat(firstSample), 2, seedLow, seedHigh);
}

/**
 * A route is axon (8 bits), delay (6) and target core (17), or bit 31 and a pin; in the general build axon (10), delay (6), core of the chip (15). All routes are loaded before the first is used, so
 * that their cache misses overlap.
 */
function send(end: usize, now: i32): void {
  const first = scratch + SPIKE_LIST;
  for (let p = first; p < end; p += 8) store<u32>(p, load<u32>(routes + ((<usize>load<u32>(p)) << 2)), 4);
  if (lateLimit > 0) delaySome(first, end, now);
  let hops: u32 = 0;
  for (let p = first; p < end; p += 8) {
    const neuron = <usize>load<u32>(p);
    const route = load<u32>(p, 4);
    if (<i32>route < 0) {
      const pin = pins + ((<usize>(route & 0x7fffffff)) << 2);
      store<i32>(pin, load<i32>(pin) + 1);
      continue;
    }
    const target = <usize>(route >> (AXON_BITS + 6));
    const slot = (now + ((route >> AXON_BITS) & 63)) & slotMask;
    const at =
      myRing +
      (<usize>slot * (GENERAL ? nCores / nBlocks : nCores) + target) * SLOT_BYTES +
      ((<usize>((route >> 5) & (GENERAL ? 31 : 7))) << 2);
    store<u32>(at, load<u32>(at) | (1 << (route & 31)));
    const from = positions + ((neuron >> 8) << 2);
    const to = positions + ((GENERAL ? target * nBlocks : target) << 2);
    hops += abs<i32>(<i32>load<i16>(to) - load<i16>(from)) + abs<i32>(<i32>load<i16>(to, 2) - load<i16>(from, 2));
  }
  if (extraHops) {
    for (let p = first; p < end; p += 8) hops += load<u16>(extraHops + ((<usize>load<u32>(p)) << 1));
  }
  if (hops) store<f64>(hopCount, load<f64>(hopCount) + <f64>hops);
}

/** Adds a tick to the delay of the routes of late spikes, but to the largest delay, after which the scheduler has no slot. */
function delaySome(first: usize, end: usize, now: i32): void {
  const bound = largestBelow(lateLimit);
  for (let p = first; p < end; p += 64) {
    drawSpikes(p, now);
    let late = i32x4.bitmask(i32x4.le_u(lanes1, bound)) | (i32x4.bitmask(i32x4.le_u(lanes5, bound)) << 4);
    for (; late; late &= late - 1) {
      const at = p + ((<usize>ctz(late)) << 3);
      if (at >= end) break;
      const route = load<u32>(at, 4);
      if (<i32>route >= 0 && ((route >> AXON_BITS) & 63) != maxDelay) store<u32>(at, route + (1 << AXON_BITS), 4);
    }
  }
}
