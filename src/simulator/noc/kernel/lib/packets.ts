// Packets in queues. Every input of a router has a ring of places with the numbers of packets, and a record of 16 bytes: where in the
// ring its first packet is and where the next one goes, the record of the queue the first packet goes to, the position of the router.
// Positions are x above y, in 16 bits each.
import {
  arrival,
  CORE,
  destination,
  ejectCycles,
  following,
  lastEntered,
  lastWaiting,
  positions,
  QUEUE_SHIFT,
  queues,
  RECORD_SHIFT,
  ringBytes,
  SINK,
  steps,
  WAITING,
  WANTS,
} from './memory';

const ROUTER_SHIFT: u64 = QUEUE_SHIFT + RECORD_SHIFT;

function record(r: u32, input: u32): u32 {
  return queues + (((r << QUEUE_SHIFT) + input) << RECORD_SHIFT);
}

/** The place after `place`; `wrap` is the bytes of a ring less 1, rings are aligned to that. */
function after(place: u32, wrap: u32): u32 {
  return place ^ ((place ^ (place + 4)) & wrap);
}

// The loops keep what they need of the module's variables in their own: those of a module are read anew every time.

/** The packets that are first in `input` of the routers `which` (from router `first` on) want their outputs from now on. */
export function wantOutputs(state: u32, first: u32, input: u32, which: u64): void {
  const wants = state + WANTS + input * 40;
  const base = record(first, input);
  const goals = destination;
  const table = steps + input * 32;
  while (which) {
    const bit = which & -which;
    const queue = base + <u32>(ctz(which) << ROUTER_SHIFT);
    which ^= bit;
    const to = load<u32>(goals + load<u32>(load<u32>(queue)) * 4);
    const here = load<u32>(queue, 12);
    // Along x first: 0 east, 1 west; then 2 north, 3 south; 4 core. No branches: they could not be foreseen.
    const output = <u32>(to < here) + ((<u32>((to ^ here) < 0x10000)) << 1) + ((<u32>(to == here)) << 1);
    store<u32>(queue, queue + load<u32>(table + output * 4), 8);
    const want = wants + output * 8;
    store<u64>(want, load<u64>(want) | bit);
  }
}

/** The first packets of `input` of the routers `which` move to where they want to go. */
export function move(first: u32, input: u32, which: u64): void {
  const base = record(first, input);
  const wrap = ringBytes - 1;
  while (which) {
    const queue = base + <u32>(ctz(which) << ROUTER_SHIFT);
    which &= which - 1;
    const from = load<u32>(queue);
    const next = load<u32>(queue, 8);
    const to = load<u32>(next, 4);
    store<u32>(queue, after(from, wrap));
    store<u32>(next, after(to, wrap), 4);
    store<u32>(to, load<u32>(from));
  }
}

/** The packets that have moved into the sinks of the routers `which` in this cycle arrive. */
export function arrive(first: u32, which: u64, now: u32): void {
  const base = record(first, SINK);
  const wrap = ringBytes - 1;
  const arrivals = arrival;
  const cycle = now + ejectCycles;
  while (which) {
    const end = load<u32>(base + <u32>(ctz(which) << ROUTER_SHIFT), 4);
    which &= which - 1;
    store<u32>(arrivals + load<u32>(end ^ ((end ^ (end - 4)) & wrap)) * 4, cycle);
  }
}

/** Packet `packet` waits before router `r`. */
export function queueUp(state: u32, r: u32, packet: u32): void {
  const goal = destination + packet * 4;
  store<u32>(goal, load<u32>(positions + load<u32>(goal) * 4));
  const last = load<u32>(lastWaiting + r * 4);
  store<u32>(following + last * 4, packet);
  store<u32>(lastWaiting + r * 4, packet);
  store<u64>(state + WAITING, load<u64>(state + WAITING) | ((<u64>1) << (r & 63)));
}

/** The first packets that wait before the routers `which` enter them. */
export function enter(state: u32, first: u32, which: u64): void {
  const wrap = ringBytes - 1;
  let done: u64 = 0;
  while (which) {
    const bit = which & -which;
    const r = first + <u32>ctz(which);
    which ^= bit;
    const packet = load<u32>(following + load<u32>(lastEntered + r * 4) * 4);
    store<u32>(lastEntered + r * 4, packet);
    if (packet == load<u32>(lastWaiting + r * 4)) done |= bit;
    const queue = record(r, CORE);
    const end = load<u32>(queue, 4);
    store<u32>(queue, after(end, wrap), 4);
    store<u32>(end, packet);
  }
  store<u64>(state + WAITING, load<u64>(state + WAITING) & ~done);
}
