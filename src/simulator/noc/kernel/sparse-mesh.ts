/**
 * The mesh of src/hw-models/truenorth/mesh-model.ts, router by router, in AssemblyScript: for traffic so sparse that a word of 64
 * routers (./dense-mesh.ts) has a few packets at a time. Same packets, same arrivals.
 *
 * One FIFO per port. Every place of a FIFO carries its own cycle: while it is full, the cycle from which the packet takes
 * part in arbitration; while it is free, the cycle in which its credit is back at the sender. So there are no credit
 * messages. Routers are visited only when a bit of a wheel of bitmaps (one per coming cycle) says that something may move, and
 * a second wheel says the same of packets before their first router: who waits sleeps until a place or an edge gets free. The host
 * lays out the memory, see ../sparse-layout.ts.
 */

const WHEEL: i32 = 64;
const N_PORTS: u32 = 5;
const CORE: u32 = 4;

let width: i32 = 0;
let nRouters: i32 = 0;
let words: i32 = 0;
let depth: i32 = 0;
let portBytes: u32 = 0;
let injectCycles: i32 = 0;
let hopCycles: i32 = 0;
let ejectCycles: i32 = 0;
let creditCycles: i32 = 0;
let edgeCycles: i32 = 0;
let nEdges: i32 = 0;
let nPackets: i32 = 0;
/** Offsets of the arrays. */
let ports: u32 = 0;
let turns: u32 = 0;
let wheel: u32 = 0;
let waiting: u32 = 0;
let positions: u32 = 0;
let picks: u32 = 0;
let queueHead: u32 = 0;
let queueLength: u32 = 0;
let release: u32 = 0;
let source: u32 = 0;
let target: u32 = 0;
let following: u32 = 0;
let arrival: u32 = 0;
let edgePorts: u32 = 0;
let edgeOf: u32 = 0;
let edges: u32 = 0;

let now: i32 = 0;
let released: i32 = 0;
let arrived: i32 = 0;

function field(base: u32, index: i32): i32 {
  return load<i32>(base + <u32>index * 4);
}

/** Reads the header the host has written at `base` and builds the tables; the memory behind it is zero. */
export function setup(base: u32): void {
  width = field(base, 0);
  nRouters = width * field(base, 1);
  words = (nRouters + 31) >> 5;
  depth = field(base, 2);
  portBytes = field(base, 3);
  injectCycles = field(base, 4);
  hopCycles = field(base, 5);
  ejectCycles = field(base, 6);
  creditCycles = field(base, 7);
  edgeCycles = field(base, 8);
  nEdges = field(base, 9);
  nPackets = field(base, 10);
  ports = field(base, 11);
  turns = field(base, 12);
  wheel = field(base, 13);
  waiting = field(base, 14);
  positions = field(base, 15);
  picks = field(base, 16);
  queueHead = field(base, 17);
  queueLength = field(base, 18);
  release = field(base, 19);
  source = field(base, 20);
  target = field(base, 21);
  following = field(base, 22);
  arrival = field(base, 23);
  edgePorts = field(base, 24);
  edgeOf = field(base, 25);
  edges = field(base, 26);
  now = 0;
  released = 0;
  arrived = 0;
  // picks[first * 32 + wishes]: the first wish in round-robin order.
  for (let first: u32 = 0; first < N_PORTS; first++) {
    for (let wishes: u32 = 1; wishes < 32; wishes++) {
      let input = first;
      while (((wishes >> input) & 1) == 0) input = (input + 1) % N_PORTS;
      store<u8>(picks + first * 32 + wishes, <u8>input);
    }
  }
  for (let r: i32 = 0; r < nRouters; r++) {
    store<u16>(positions + <u32>r * 4, <u16>(r % width));
    store<u16>(positions + <u32>r * 4, <u16>(r / width), 2);
  }
}

/** Runs until cycle `until`, or until every packet has arrived; gives the cycle reached. */
export function run(until: i32): i32 {
  while (now < until && arrived < nPackets) {
    // Nothing on its way: on to the next release.
    if (arrived == released && load<i32>(release + <u32>released * 4) > now) {
      now = min(until, load<i32>(release + <u32>released * 4));
      continue;
    }
    if (edgeCycles > 0) arbitrateEdges();
    inject();
    visitRouters();
    now++;
  }
  return now;
}

/** Number of packets that have arrived. */
export function arrivals(): i32 {
  return arrived;
}

function wake(cycle: i32, word: u32, bit: u32): void {
  const at = wheel + (<u32>(cycle & (WHEEL - 1)) * <u32>words + word) * 4;
  store<u32>(at, load<u32>(at) | bit);
}

// Wakes a packet before its router, in cycle `cycle`.
function wakeSource(cycle: i32, word: u32, bit: u32): void {
  const at = waiting + (<u32>(cycle & (WHEEL - 1)) * <u32>words + word) * 4;
  store<u32>(at, load<u32>(at) | bit);
}

/** Packets whose time has come queue up; one per router enters the core's buffer if there is a place. */
function inject(): void {
  while (released < nPackets && load<i32>(release + <u32>released * 4) <= now) {
    const r = load<u32>(source + <u32>released * 4);
    const n = queueLength + r * 4;
    if (load<i32>(n) == 0) wakeSource(now, r >> 5, 1 << (r & 31));
    store<i32>(n, load<i32>(n) + 1);
    released++;
  }
  const due = waiting + <u32>(now & (WHEEL - 1)) * <u32>words * 4;
  for (let w: u32 = 0; w < <u32>words; w++) {
    let bits = load<u32>(due + w * 4);
    if (!bits) continue;
    store<u32>(due + w * 4, 0);
    while (bits) {
      const bit = bits & -bits;
      bits ^= bit;
      const r = (w << 5) + ctz<u32>(bit);
      // Woken for a place that nobody waits for any more.
      if (load<i32>(queueLength + r * 4) == 0) continue;
      const port = ports + (r * N_PORTS + CORE) * portBytes;
      const count = load<i32>(port, 4);
      // The packet that leaves a full buffer wakes us.
      if (count >= depth) continue;
      let slot = load<i32>(port) + count;
      if (slot >= depth) slot -= depth;
      const place = port + 8 + <u32>slot * 12;
      const free = load<i32>(place);
      if (free > now) {
        wakeSource(free, w, bit);
        continue;
      }
      const packet = load<i32>(queueHead + r * 4);
      store<i32>(place, now + injectCycles);
      store<u32>(place, load<u32>(target + <u32>packet * 4), 4);
      store<i32>(place, packet, 8);
      store<i32>(port, count + 1, 4);
      store<i32>(queueHead + r * 4, load<i32>(following + <u32>packet * 4));
      const left = load<i32>(queueLength + r * 4) - 1;
      store<i32>(queueLength + r * 4, left);
      if (left > 0) wakeSource(now + 1, w, bit);
      wake(now + injectCycles, w, bit);
    }
  }
}

/**
 * Per edge 32 bytes: wishes of its rows (64 bits; they stand until granted), granted row or -1, first row of the next turn, cycle
 * from which the edge is free, router of row 0, step to the router of the next row. A wish of this cycle is seen in the next.
 */
function arbitrateEdges(): void {
  for (let e: i32 = 0; e < nEdges; e++) {
    const edge = edges + <u32>e * 32;
    store<i32>(edge, -1, 8);
    const wishes = load<u64>(edge);
    if (wishes == 0 || load<i32>(edge, 16) > now) continue;
    const first = load<i32>(edge, 12);
    const later = first > 63 ? 0 : wishes & ((<u64>-1) << (<u64>first));
    const row = <i32>ctz<u64>(later ? later : wishes);
    store<u64>(edge, wishes & ~((<u64>1) << (<u64>row)));
    store<i32>(edge, row, 8);
    store<i32>(edge, row + 1, 12);
    store<i32>(edge, now + edgeCycles, 16);
    const r = load<u32>(edge, 20) + <u32>row * load<u32>(edge, 24);
    wake(now, r >> 5, 1 << (r & 31));
  }
}

function visitRouters(): void {
  const due = wheel + <u32>(now & (WHEEL - 1)) * <u32>words * 4;
  for (let w: u32 = 0; w < <u32>words; w++) {
    let bits = load<u32>(due + w * 4);
    if (!bits) continue;
    store<u32>(due + w * 4, 0);
    while (bits) {
      const bit = bits & -bits;
      bits ^= bit;
      if (visit((w << 5) + ctz<u32>(bit))) wake(now + 1, w, bit);
    }
  }
}

/** Moves what may move in router r; true if something stays that may move in the next cycle without being woken by a place or an edge. */
function visit(r: u32): bool {
  const inputs = ports + r * N_PORTS * portBytes;
  const x: i32 = load<u16>(positions + r * 4);
  const y: i32 = load<u16>(positions + r * 4, 2);
  // Five masks of five bits: inputs that want output o at bit 5 o.
  let wishes: u32 = 0;
  for (let i: u32 = 0; i < N_PORTS; i++) {
    const port = inputs + i * portBytes;
    if (load<i32>(port, 4) == 0) continue;
    const place = port + 8 + <u32>load<i32>(port) * 12;
    if (load<i32>(place) > now) continue;
    const toX: i32 = load<u16>(place, 4);
    const toY: i32 = load<u16>(place, 6);
    const o: u32 = toX > x ? 0 : toX < x ? 1 : toY > y ? 2 : toY < y ? 3 : CORE;
    wishes |= 1 << (o * N_PORTS + i);
  }
  let stays = false;
  while (wishes) {
    const o = ctz<u32>(wishes) / N_PORTS;
    const mask = (wishes >> (o * N_PORTS)) & 31;
    wishes &= ~(31 << (o * N_PORTS));
    let neighbour = r;
    let place: u32 = 0;
    let latency = hopCycles;
    if (o != CORE) {
      neighbour = o == 0 ? r + 1 : o == 1 ? r - 1 : o == 2 ? r + <u32>width : r - <u32>width;
      const port = ports + (neighbour * N_PORTS + (o ^ 1)) * portBytes;
      const count = load<i32>(port, 4);
      // The packet that leaves a full buffer wakes us.
      if (count >= depth) continue;
      let slot = load<i32>(port) + count;
      if (slot >= depth) slot -= depth;
      place = port + 8 + <u32>slot * 12;
      const free = load<i32>(place);
      if (free > now) {
        wake(free, r >> 5, 1 << (r & 31));
        continue;
      }
      if (edgeCycles > 0 && ((load<u8>(edgePorts + r) >> (<u8>o)) & 1) != 0) {
        const entry = load<u32>(edgeOf + (r * 4 + o) * 4);
        const edge = edges + (entry >> 8) * 32;
        const row = entry & 255;
        if (load<i32>(edge, 8) != <i32>row) {
          store<u64>(edge, load<u64>(edge) | ((<u64>1) << (<u64>row)));
          continue;
        }
        latency += edgeCycles;
      }
      store<i32>(port, count + 1, 4);
    }
    const turn = turns + r * N_PORTS + o;
    const input: u32 = load<u8>(picks + <u32>load<u8>(turn) * 32 + mask);
    store<u8>(turn, input == 4 ? 0 : <u8>(input + 1));
    const from = inputs + input * portBytes;
    const head = load<i32>(from);
    const flit = from + 8 + <u32>head * 12;
    if (o != CORE) {
      store<i32>(place, now + latency);
      store<u64>(place, load<u64>(flit, 4), 4);
      wake(now + latency, neighbour >> 5, 1 << (neighbour & 31));
    } else {
      store<i32>(arrival + load<u32>(flit, 8) * 4, now + ejectCycles);
      arrived++;
    }
    store<i32>(flit, now + creditCycles);
    const nextHead = head + 1 == depth ? 0 : head + 1;
    const count = load<i32>(from, 4) - 1;
    store<i32>(from, nextHead);
    store<i32>(from, count, 4);
    if (count + 1 == depth) {
      // Whoever sends into this buffer may have been waiting for a place.
      if (input == CORE) wakeSource(now + creditCycles, r >> 5, 1 << (r & 31));
      else {
        const sender = input == 0 ? r + 1 : input == 1 ? r - 1 : input == 2 ? r + <u32>width : r - <u32>width;
        wake(now + creditCycles, sender >> 5, 1 << (sender & 31));
      }
    }
    if (mask & (mask - 1)) stays = true;
    else if (count && load<i32>(from + 8 + <u32>nextHead * 12) <= now + 1) stays = true;
  }
  return stays;
}
