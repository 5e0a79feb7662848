// Packets in queues. Every input of a router has a ring of places; a place holds the number of a packet and, in its upper half, where
// it goes, x above y in 16 bits each.
import {
  arrival,
  CORE,
  destination,
  ejectCycles,
  ends,
  fifos,
  firsts,
  following,
  lastEntered,
  lastWaiting,
  outputs,
  placeMask,
  placeShift,
  positions,
  QUEUE_SHIFT,
  SINK,
  steps,
  WAITING,
  WANTS,
} from './memory';

function place(queue: u32, index: u32): u32 {
  return fifos + (((queue << placeShift) + index) << 3);
}

// The loops keep what they need of the module's variables in their own: those of a module are read anew every time.

/** The packets that are first in `input` of the routers `which` (from router `first` on) want their outputs from now on. */
export function wantOutputs(state: u32, first: u32, input: u32, which: u64): void {
  const wants = state + WANTS + input * 40;
  const inFirsts = firsts + (first << QUEUE_SHIFT) + input;
  const inOutputs = outputs + (first << QUEUE_SHIFT) + input;
  const inFifos = place((first << QUEUE_SHIFT) + input, 0);
  const shift = placeShift + QUEUE_SHIFT + 3;
  const at = positions + first * 4;
  while (which) {
    const bit = which & -which;
    const r = <u32>ctz(which);
    which ^= bit;
    const queue = r << QUEUE_SHIFT;
    const to = load<u32>(inFifos + (r << shift) + ((<u32>load<u8>(inFirsts + queue)) << 3), 4);
    const here = load<u32>(at + r * 4);
    // Along x first: 0 east, 1 west; then 2 north, 3 south; 4 core. No branches: they could not be foreseen.
    const output = <u32>(to < here) + ((<u32>((to ^ here) < 0x10000)) << 1) + ((<u32>(to == here)) << 1);
    store<u8>(inOutputs + queue, output);
    const want = wants + output * 8;
    store<u64>(want, load<u64>(want) | bit);
  }
}

/** The first packets of `input` of the routers `which` move to where their outputs lead. */
export function move(first: u32, input: u32, which: u64): void {
  const table = steps + input * 32;
  const mask = placeMask;
  const shift = placeShift;
  const base = fifos;
  const allFirsts = firsts;
  const allOutputs = outputs;
  const allEnds = ends;
  const from = (first << QUEUE_SHIFT) + input;
  while (which) {
    const queue = from + ((<u32>ctz(which)) << QUEUE_SHIFT);
    which &= which - 1;
    const index = <u32>load<u8>(allFirsts + queue);
    const to = queue + load<u32>(table + <u32>load<u8>(allOutputs + queue) * 4);
    const end = <u32>load<u8>(allEnds + to);
    store<u8>(allFirsts + queue, (index + 1) & mask);
    store<u8>(allEnds + to, (end + 1) & mask);
    store<u64>(base + (((to << shift) + end) << 3), load<u64>(base + (((queue << shift) + index) << 3)));
  }
}

/** The packets that have moved into the sinks of the routers `which` in this cycle arrive. */
export function arrive(first: u32, which: u64, now: u32): void {
  while (which) {
    const queue = ((first + <u32>ctz(which)) << QUEUE_SHIFT) + SINK;
    which &= which - 1;
    const packet = load<u32>(place(queue, (<u32>load<u8>(ends + queue) - 1) & placeMask));
    store<u32>(arrival + packet * 4, now + ejectCycles);
  }
}

/** Packet `packet` waits before router `r`. */
export function queueUp(state: u32, r: u32, packet: u32): void {
  const last = load<u32>(lastWaiting + r * 4);
  store<u32>(following + last * 4, packet);
  store<u32>(lastWaiting + r * 4, packet);
  store<u64>(state + WAITING, load<u64>(state + WAITING) | ((<u64>1) << (r & 63)));
}

/** The first packets that wait before the routers `which` enter them. */
export function enter(state: u32, first: u32, which: u64): void {
  let done: u64 = 0;
  while (which) {
    const bit = which & -which;
    const r = first + <u32>ctz(which);
    which ^= bit;
    const packet = load<u32>(following + load<u32>(lastEntered + r * 4) * 4);
    store<u32>(lastEntered + r * 4, packet);
    if (packet == load<u32>(lastWaiting + r * 4)) done |= bit;
    const queue = (r << QUEUE_SHIFT) + CORE;
    const end = <u32>load<u8>(ends + queue);
    store<u8>(ends + queue, (end + 1) & placeMask);
    const to = load<u32>(positions + load<u32>(destination + packet * 4) * 4);
    store<u64>(place(queue, end), ((<u64>to) << 32) | packet);
  }
  store<u64>(state + WAITING, load<u64>(state + WAITING) & ~done);
}
