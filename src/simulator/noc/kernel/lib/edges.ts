// Chip edges: all rows (or columns) of a chip that cross to the next chip share one port.
//
// Per edge 32 bytes: wishes of its rows (64 bits; they stand until granted), 8 bytes unused, first row of the next turn, cycle from which
// the edge is free, router of row 0, step to the router of the next row. A wish of this cycle is seen in the next.
import { ASKED, edgeCycles, edgeOf, edges, EDGES, GRANTED, N_PORTS, nEdges, states, WANTS, WORD_BYTES } from './memory';

/** Wishes that stand. */
let wishing: u32 = 0;

export function setupEdges(): void {
  wishing = 0;
}

/** Edge `edge` picks the row that crosses in this cycle; gives its router, or -1. */
export function arbitrateEdge(edge: u32, now: i32): i32 {
  const at = edges + edge * 32;
  const wishes = load<u64>(at);
  if (wishes == 0 || load<i32>(at, 16) > now) return -1;
  const first = load<i32>(at, 12);
  const later = first > 63 ? 0 : wishes & ((<u64>-1) << (<u64>first));
  const row = <i32>ctz<u64>(later ? later : wishes);
  store<u64>(at, wishes & ~((<u64>1) << (<u64>row)));
  store<i32>(at, row + 1, 12);
  store<i32>(at, now + <i32>edgeCycles, 16);
  wishing--;
  const r = load<u32>(at, 20) + <u32>row * load<u32>(at, 24);
  const granted = states + (r >> 6) * WORD_BYTES + GRANTED + (edge & 3) * 8;
  store<u64>(granted, load<u64>(granted) | ((<u64>1) << (r & 63)));
  return r;
}

/** Number of edges that have to be looked at: 0 when nobody wishes to cross one. */
export function edgesToVisit(): u32 {
  return wishing ? nEdges : 0;
}

/** Which routers (of a word from router `first` on) may send through `output`; those whose edge does not let them pass ask it. */
export function throughEdges(state: u32, first: u32, output: u32, free: u64): u64 {
  const crossing = load<u64>(state + EDGES + output * 8);
  const granted = load<u64>(state + GRANTED + output * 8);
  const asked = load<u64>(state + ASKED + output * 8);
  let wanted: u64 = 0;
  for (let input: u32 = 0; input < N_PORTS; input++) wanted |= load<u64>(state + WANTS + (input * 5 + output) * 8);
  let asking = wanted & free & crossing & ~granted & ~asked;
  store<u64>(state + GRANTED + output * 8, 0);
  store<u64>(state + ASKED + output * 8, (asked & ~granted) | asking);
  while (asking) {
    const r = first + <u32>ctz(asking);
    asking &= asking - 1;
    const entry = load<u32>(edgeOf + (r * 4 + output) * 4);
    const at = edges + (entry >> 8) * 32;
    const row: u64 = entry & 255;
    store<u64>(at, load<u64>(at) | ((<u64>1) << row));
    wishing++;
  }
  return free & (~crossing | granted);
}
