// One cycle of the 64 routers of a word. All that is read of other words was written in earlier cycles.
import { arbitrateColumn, arbitrateCore, arbitrateRow } from './arbitration';
import { throughEdges } from './edges';
import {
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

/** Adds 1 where `more` is set and takes 1 where `less` is; numbers of 8 planes. */
function count(number: u32, more: u64, less: u64): void {
  const both = more & less;
  more ^= both;
  less ^= both;
  let changed = more | less;
  while (changed) {
    const old = load<u64>(number);
    store<u64>(number, old ^ changed);
    more &= old;
    less &= ~old;
    changed = more | less;
    number += 8;
  }
}

function isAboveZero(number: u32): u64 {
  let any: u64 = 0;
  for (let k: u32 = 0; k < depthPlanes; k++) any |= load<u64>(number + k * 8);
  return any;
}

/** A number that is at most `depth` equals it where all bits of `depth` are set. */
function isDepth(number: u32): u64 {
  let all: u64 = -1;
  for (let bits = depth; bits; bits &= bits - 1) all &= load<u64>(number + ctz(bits) * 8);
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

// Input `input` of the 64 routers: counts who came and who left, and looks where the new heads go.
function receive(state: u32, first: u32, input: u32, came: u64, left: u64): void {
  if (!(came | left)) return;
  const number = state + READY + input * 64;
  count(number, came, left);
  const heads = load<u64>(state + HEADS + input * 8);
  const waiting = isAboveZero(number);
  store<u64>(state + HEADS + input * 8, waiting);
  wantOutputs(state, first, input, waiting & ~heads);
}

// Counts places taken and given back behind output `output`.
function countPlaces(state: u32, output: u32, taken: u64, back: u64): void {
  if (!(taken | back)) return;
  const number = state + TAKEN + output * 64;
  count(number, taken, back);
  store<u64>(state + FULL + output * 8, isDepth(number));
}

function receiveAll(state: u32, word: u32, now: u32): void {
  const first = word << 6;
  const before = slotOf(now - 1, word);
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
  const entered = load<u64>(slotOf(now - injectCycles, word) + SENT, 32);
  receive(state, first, 0, east, load<u64>(before + LEFT));
  receive(state, first, 1, west, load<u64>(before + LEFT, 8));
  receive(state, first, 2, north, load<u64>(before + LEFT, 16));
  receive(state, first, 3, south, load<u64>(before + LEFT, 24));
  receive(state, first, CORE, entered, load<u64>(before + LEFT, 32));
}

function sentBefore(slot: u32, output: u32): u64 {
  const sent = load<u64>(slot + SENT + output * 8);
  return edgeCycles ? sent | load<u64>(slot + CROSSED + output * 8) : sent;
}

function countAllPlaces(state: u32, word: u32, now: u32): void {
  const before = slotOf(now - 1, word);
  const credits = slotOf(now - creditCycles, word) + LEFT;
  countPlaces(state, 0, sentBefore(before, 0), fromHigher(credits + 8, 1));
  countPlaces(state, 1, sentBefore(before, 1), fromLower(credits, 1));
  countPlaces(state, 2, sentBefore(before, 2), fromHigher(credits + 24, width));
  countPlaces(state, 3, sentBefore(before, 3), fromLower(credits + 16, width));
  countPlaces(state, CORE, load<u64>(before + SENT, 32), load<u64>(credits, 32));
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
