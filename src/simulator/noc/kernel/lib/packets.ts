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

/** The packets that are first in `input` of the routers `which` (from router `first` on) want their outputs from now on. */
export function wantOutputs(state: u32, first: u32, input: u32, which: u64): void {
  const wants = state + WANTS + input * 40;
  while (which) {
    const bit = which & -which;
    const r = first + <u32>ctz(which);
    which ^= bit;
    const queue = (r << QUEUE_SHIFT) + input;
    const to = load<u32>(place(queue, load<u8>(firsts + queue)), 4);
    const at = load<u32>(positions + r * 4);
    // Along x first: 0 east, 1 west; then 2 north, 3 south; 4 core. No branches: they could not be foreseen.
    const output = <u32>(to < at) + (<u32>((to ^ at) < 0x10000) << 1) + (<u32>(to == at) << 1);
    store<u8>(outputs + queue, output);
    const want = wants + output * 8;
    store<u64>(want, load<u64>(want) | bit);
  }
}

/** The first packets of `input` of the routers `which` move to where their outputs lead. */
export function move(first: u32, input: u32, which: u64): void {
  const table = steps + input * 32;
  while (which) {
    const r = first + <u32>ctz(which);
    which &= which - 1;
    const queue = (r << QUEUE_SHIFT) + input;
    const index = <u32>load<u8>(firsts + queue);
    store<u8>(firsts + queue, (index + 1) & placeMask);
    const to = queue + load<u32>(table + <u32>load<u8>(outputs + queue) * 4);
    const end = <u32>load<u8>(ends + to);
    store<u8>(ends + to, (end + 1) & placeMask);
    store<u64>(place(to, end), load<u64>(place(queue, index)));
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
    store<u64>(place(queue, end), (<u64>to << 32) | packet);
  }
  store<u64>(state + WAITING, load<u64>(state + WAITING) & ~done);
}
