// Who gets an output, for 64 routers at a time: round-robin among the inputs that can want it. TURNS of a word's state has planes of
// who is looked at first: east 1, west 1 (the core before the other), north 4, south 4, core 5 (one of them is set).
import { CORE, MOVES, TURNS, WANTS } from './memory';

const NORTH_TURNS: u32 = TURNS + 16;
const SOUTH_TURNS: u32 = NORTH_TURNS + 32;
const CORE_TURNS: u32 = SOUTH_TURNS + 32;

/** Before the first cycle the first input of the five is looked at first. */
export function setupTurns(state: u32): void {
  store<u64>(state + NORTH_TURNS, -1);
  store<u64>(state + SOUTH_TURNS, -1);
  store<u64>(state + CORE_TURNS, -1);
}

function wants(state: u32, input: u32, output: u32): u32 {
  return state + WANTS + (input * 5 + output) * 8;
}

// The packet of `input` moves where the bits of `granted` are set.
function grant(state: u32, input: u32, output: u32, granted: u64): void {
  const at = wants(state, input, output);
  store<u64>(at, load<u64>(at) & ~granted);
  const moves = state + MOVES + input * 8;
  store<u64>(moves, load<u64>(moves) | granted);
}

/** Output 0 or 1, wanted by the input at the other side and by the core; gives the routers that send. */
export function arbitrateRow(state: u32, output: u32, free: u64): u64 {
  const across = output ^ 1;
  const a = load<u64>(wants(state, across, output)) & free;
  const b = load<u64>(wants(state, CORE, output)) & free;
  const turn = state + TURNS + output * 8;
  const coreFirst = load<u64>(turn);
  const toA = a & ~(b & coreFirst);
  const toB = b & ~toA;
  store<u64>(turn, (coreFirst & ~toB) | toA);
  grant(state, across, output, toA);
  grant(state, CORE, output, toB);
  return a | b;
}

/** Output 2 or 3, wanted by east, west, the input at the other side and the core; gives the routers that send. */
export function arbitrateColumn(state: u32, output: u32, free: u64): u64 {
  const across = output ^ 1;
  const turns = state + (output == 2 ? NORTH_TURNS : SOUTH_TURNS);
  const a = load<u64>(wants(state, 0, output)) & free;
  const b = load<u64>(wants(state, 1, output)) & free;
  const c = load<u64>(wants(state, across, output)) & free;
  const d = load<u64>(wants(state, CORE, output)) & free;
  const firstA = load<u64>(turns);
  const firstB = load<u64>(turns, 8);
  const firstC = load<u64>(turns, 16);
  const firstD = load<u64>(turns, 24);
  // The look goes round from whoever is first until it finds a wish.
  const lookC = firstC | (firstB & ~b);
  const lookD = firstD | (lookC & ~c);
  const lookA = firstA | (lookD & ~d);
  const lookB = firstB | (lookA & ~a);
  const toA = a & lookA;
  const toB = b & lookB;
  const toC = c & (lookC | (lookB & ~b));
  const toD = d & (lookD | (lookB & ~b & ~c));
  const none = ~(a | b | c | d);
  store<u64>(turns, (firstA & none) | toD);
  store<u64>(turns, (firstB & none) | toA, 8);
  store<u64>(turns, (firstC & none) | toB, 16);
  store<u64>(turns, (firstD & none) | toC, 24);
  grant(state, 0, output, toA);
  grant(state, 1, output, toB);
  grant(state, across, output, toC);
  grant(state, CORE, output, toD);
  return ~none;
}

/** The core's output, wanted by all; gives the routers in which a packet arrives. */
export function arbitrateCore(state: u32): u64 {
  const turns = state + CORE_TURNS;
  const a = load<u64>(wants(state, 0, CORE));
  const b = load<u64>(wants(state, 1, CORE));
  const c = load<u64>(wants(state, 2, CORE));
  const d = load<u64>(wants(state, 3, CORE));
  const e = load<u64>(wants(state, 4, CORE));
  const firstA = load<u64>(turns);
  const firstB = load<u64>(turns, 8);
  const firstC = load<u64>(turns, 16);
  const firstD = load<u64>(turns, 24);
  const firstE = load<u64>(turns, 32);
  const lookC = firstC | (firstB & ~b);
  const lookD = firstD | (lookC & ~c);
  const lookE = firstE | (lookD & ~d);
  const lookA = firstA | (lookE & ~e);
  const lookB = firstB | (lookA & ~a);
  const passedB = lookB & ~b;
  const toA = a & lookA;
  const toB = b & lookB;
  const toC = c & (lookC | passedB);
  const toD = d & (lookD | (passedB & ~c));
  const toE = e & (lookE | (passedB & ~c & ~d));
  const none = ~(a | b | c | d | e);
  store<u64>(turns, (firstA & none) | toE);
  store<u64>(turns, (firstB & none) | toA, 8);
  store<u64>(turns, (firstC & none) | toB, 16);
  store<u64>(turns, (firstD & none) | toC, 24);
  store<u64>(turns, (firstE & none) | toD, 32);
  grant(state, 0, CORE, toA);
  grant(state, 1, CORE, toB);
  grant(state, 2, CORE, toC);
  grant(state, 3, CORE, toD);
  grant(state, 4, CORE, toE);
  return ~none;
}
