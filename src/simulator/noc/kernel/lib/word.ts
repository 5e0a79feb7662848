// One cycle of the 64 routers of a word. All that is read of other words was written in earlier cycles.
import { arbitrateColumn, arbitrateCore, arbitrateRow } from './arbitration';
import { throughEdges } from './edges';
import {
  BIT_BYTES,
  CORE,
  creditCycles,
  CROSSED,
  depth,
  depthPlanes,
  EDGES,
  edgeCycles,
  FULL,
  HEADS,
  hopCycles,
  injectCycles,
  LEFT,
  MOVES,
  READY,
  ring,
  ringMask,
  SENT,
  SLOT_BYTES,
  slotBytes,
  states,
  TAKEN,
  WAITING,
  width,
  WORD_BYTES,
} from './memory';
import { arrive, enter, move, wantOutputs } from './packets';

/**
 * Adds 1 to two numbers side by side where `more` is set and takes 1 where `less` is. All bits of short numbers are gone through: the
 * cycles in which a carry ends early cannot be foreseen.
 */
function count(number: u32, more: v128, less: v128): void {
  let changed = v128.xor(more, less);
  let up = v128.andnot(more, less);
  let down = v128.andnot(less, more);
  for (let bit: u32 = 0; bit < 4; bit++) {
    const old = v128.load(number);
    v128.store(number, v128.xor(old, changed));
    up = v128.and(up, old);
    down = v128.andnot(down, old);
    changed = v128.or(up, down);
    number += BIT_BYTES;
  }
  for (let bit: u32 = 4; bit < depthPlanes; bit++) {
    const old = v128.load(number);
    v128.store(number, v128.xor(old, changed));
    up = v128.and(up, old);
    down = v128.andnot(down, old);
    changed = v128.or(up, down);
    number += BIT_BYTES;
  }
}

function isAboveZero(number: u32): v128 {
  let any = v128.or(v128.load(number), v128.load(number, BIT_BYTES));
  any = v128.or(any, v128.or(v128.load(number, 2 * BIT_BYTES), v128.load(number, 3 * BIT_BYTES)));
  for (let bit: u32 = 4; bit < depthPlanes; bit++) any = v128.or(any, v128.load(number + bit * BIT_BYTES));
  return any;
}

/** A number that is at most `depth` equals it where all bits of `depth` are set. */
function isDepth(number: u32): v128 {
  let all = i64x2.splat(-1);
  for (let bits = depth; bits; bits &= bits - 1) all = v128.and(all, v128.load(number + ctz(bits) * BIT_BYTES));
  return all;
}

/** The plane at `at`, moved to routers with numbers higher by `by`. */
function fromLower(at: u32, by: u32): u64 {
  at -= (by >> 6) * SLOT_BYTES;
  const bits: u64 = by & 63;
  return (load<u64>(at) << bits) | ((load<u64>(at - SLOT_BYTES) >> 1) >> (63 - bits));
}

/** The plane at `at`, moved to routers with numbers lower by `by`. */
function fromHigher(at: u32, by: u32): u64 {
  at += (by >> 6) * SLOT_BYTES;
  const bits: u64 = by & 63;
  return (load<u64>(at) >> bits) | ((load<u64>(at, SLOT_BYTES) << 1) << (63 - bits));
}

function slotOf(cycle: u32, word: u32): u32 {
  return ring + (cycle & ringMask) * slotBytes + word * SLOT_BYTES;
}

function pair(low: u64, high: u64): v128 {
  return i64x2.replace_lane(i64x2.splat(low), 1, high);
}

// Two inputs of the 64 routers: counts who came and who left, and gives where there are new heads.
function receive(state: u32, input: u32, came: v128, left: v128): v128 {
  const number = state + READY + input * 8;
  count(number, came, left);
  const heads = v128.load(state + HEADS + input * 8);
  const waiting = isAboveZero(number);
  v128.store(state + HEADS + input * 8, waiting);
  return v128.andnot(waiting, heads);
}

// Two outputs: counts places taken and given back.
function countPlaces(state: u32, output: u32, taken: v128, back: v128): void {
  const number = state + TAKEN + output * 8;
  count(number, taken, back);
  v128.store(state + FULL + output * 8, isDepth(number));
}

function receiveAll(state: u32, word: u32, now: u32): void {
  const first = word << 6;
  const before = slotOf(now - 1, word) + LEFT;
  const hop = slotOf(now - hopCycles, word) + SENT;
  let east = fromHigher(hop + 8, 1);
  let west = fromLower(hop, 1);
  let north = fromHigher(hop + 24, width);
  let south = fromLower(hop + 16, width);
  if (edgeCycles) {
    const crossed = slotOf(now - hopCycles - edgeCycles, word) + CROSSED;
    east |= fromHigher(crossed + 8, 1);
    west |= fromLower(crossed, 1);
    north |= fromHigher(crossed + 24, width);
    south |= fromLower(crossed + 16, width);
  }
  const entered = v128.load64_zero(slotOf(now - injectCycles, word) + SENT + 32);
  const eastWest = receive(state, 0, pair(east, west), v128.load(before));
  const northSouth = receive(state, 2, pair(north, south), v128.load(before, 16));
  const core = receive(state, 4, entered, v128.load64_zero(before, 32));
  wantOutputs(state, first, 0, i64x2.extract_lane(eastWest, 0));
  wantOutputs(state, first, 1, i64x2.extract_lane(eastWest, 1));
  wantOutputs(state, first, 2, i64x2.extract_lane(northSouth, 0));
  wantOutputs(state, first, 3, i64x2.extract_lane(northSouth, 1));
  wantOutputs(state, first, 4, i64x2.extract_lane(core, 0));
}

function countAllPlaces(state: u32, word: u32, now: u32): void {
  const before = slotOf(now - 1, word);
  const credits = slotOf(now - creditCycles, word) + LEFT;
  let row = v128.load(before + SENT);
  let column = v128.load(before + SENT, 16);
  if (edgeCycles) {
    row = v128.or(row, v128.load(before + CROSSED));
    column = v128.or(column, v128.load(before + CROSSED, 16));
  }
  countPlaces(state, 0, row, pair(fromHigher(credits + 8, 1), fromLower(credits, 1)));
  countPlaces(state, 2, column, pair(fromHigher(credits + 24, width), fromLower(credits + 16, width)));
  countPlaces(state, CORE, v128.load64_zero(before + SENT + 32), v128.load64_zero(credits + 32));
}

/** Cycle `now` of a word; gives how many packets arrived in it, plus 2^31 where anything moved. */
export function stepWord(word: u32, now: u32): u32 {
  const state = states + word * WORD_BYTES;
  const first = word << 6;
  receiveAll(state, word, now);
  countAllPlaces(state, word, now);
  for (let input: u32 = 0; input <= CORE; input++) store<u64>(state + MOVES + input * 8, 0);
  const slot = slotOf(now, word);
  for (let output: u32 = 0; output < CORE; output++) {
    let free = ~load<u64>(state + FULL + output * 8);
    if (edgeCycles) free = throughEdges(state, first, output, free);
    const sent = output < 2 ? arbitrateRow(state, output, free) : arbitrateColumn(state, output, free);
    const crossing = edgeCycles ? load<u64>(state + EDGES + output * 8) : 0;
    store<u64>(slot + SENT + output * 8, sent & ~crossing);
    if (edgeCycles) store<u64>(slot + CROSSED + output * 8, sent & crossing);
  }
  const arrived = arbitrateCore(state);
  let moved: u64 = 0;
  for (let input: u32 = 0; input <= CORE; input++) {
    const moves = load<u64>(state + MOVES + input * 8);
    moved |= moves;
    store<u64>(slot + LEFT + input * 8, moves);
    const heads = state + HEADS + input * 8;
    store<u64>(heads, load<u64>(heads) & ~moves);
    move(first, input, moves);
  }
  arrive(first, arrived, now);
  const entering = load<u64>(state + WAITING) & ~load<u64>(state + FULL + CORE * 8);
  store<u64>(slot + SENT + CORE * 8, entering);
  enter(state, first, entering);
  return (<u32>popcnt(arrived)) | (moved | entering ? 0x80000000 : 0);
}
