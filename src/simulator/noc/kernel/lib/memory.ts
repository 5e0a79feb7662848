// What the kernel works on. ../../dense-layout.ts has the same numbers and draws the memory.
//
// Routers are bits of 64-bit words: router r is bit r % 64 of word r / 64. A plane is one such word for one yes-or-no fact.

// Ports: east, west, north, south, core. An output leads to input port ^ 1 of the neighbour.
export const N_PORTS: u32 = 5;
export const CORE: u32 = 4;
/** Stands for the way out of the mesh: its queue holds packets for the rest of the cycle in which they arrive. */
export const SINK: u32 = 5;
/** Queues of a router, unused ones included, and bytes of what is known of a queue, as powers of two. */
export const QUEUE_SHIFT: u32 = 3;
export const RECORD_SHIFT: u32 = 4;

// A word's state: offsets of its planes in bytes.
/** [input, output] the packet at the head of an input that takes part in arbitration wants this output. */
export const WANTS: u32 = 0;
/** [input, 6] there is such a packet. */
export const HEADS: u32 = 200;
/** [17] who is looked at first, see ./arbitration.ts. */
export const TURNS: u32 = 248;
/** Binary numbers, [bit, number]: bytes from a bit to the next. */
export const BIT_BYTES: u32 = 96;
/** [bit, input, 6] packets that take part in arbitration, now or after those before them. */
export const READY: u32 = 384;
/** [bit, output; 4: of the core's own input, 6] places that are taken as the sender counts them. */
export const TAKEN: u32 = READY + 48;
/** [output, 6] all places are taken. */
export const FULL: u32 = READY + 8 * BIT_BYTES;
/** Packets wait before the router. */
export const WAITING: u32 = FULL + 48;
/** [output < 4] the output crosses a chip edge; the edge lets it pass in this cycle; it has asked. */
export const EDGES: u32 = WAITING + 8;
export const GRANTED: u32 = EDGES + 32;
export const ASKED: u32 = GRANTED + 32;
/** [input] packets that move in this cycle. */
export const MOVES: u32 = ASKED + 32;
export const WORD_BYTES: u32 = 1344;

// What a word did in a cycle: offsets of its planes in a slot of the ring.
/** [output < 4] a packet was sent, not over a chip edge; 4: one entered from the core. */
export const SENT: u32 = 0;
/** [input] a packet left the buffer. */
export const LEFT: u32 = 40;
/** [output < 4] a packet was sent over a chip edge. */
export const CROSSED: u32 = 80;
export const SLOT_BYTES: u32 = 112;

export let width: u32 = 0;
export let nRouters: u32 = 0;
export let words: u32 = 0;
/** Places of a buffer, planes of a number up to that, bytes of its ring: a power of two. */
export let depth: u32 = 0;
export let depthPlanes: u32 = 0;
export let ringBytes: u32 = 0;
/** Slots of the ring less 1: a power of two above every delay. */
export let ringMask: u32 = 0;
/** Words before and behind the words of a slot, always 0. */
export let margin: u32 = 0;
/** Bytes of a slot. */
export let slotBytes: u32 = 0;
export let injectCycles: u32 = 0;
export let hopCycles: u32 = 0;
export let ejectCycles: u32 = 0;
export let creditCycles: u32 = 0;
export let edgeCycles: u32 = 0;
export let nEdges: u32 = 0;
export let nPackets: u32 = 0;
/** Offsets of the arrays. */
export let states: u32 = 0;
export let ring: u32 = 0;
export let fifos: u32 = 0;
export let queues: u32 = 0;
export let steps: u32 = 0;
export let positions: u32 = 0;
export let lastEntered: u32 = 0;
export let lastWaiting: u32 = 0;
export let active: u32 = 0;
export let activeUntil: u32 = 0;
export let release: u32 = 0;
export let source: u32 = 0;
export let destination: u32 = 0;
export let following: u32 = 0;
export let arrival: u32 = 0;
export let edgeOf: u32 = 0;
export let edges: u32 = 0;

/** Reads the header the host has written at `base` and builds the tables; the memory behind it is zero. */
export function setupMemory(base: u32): void {
  width = load<u32>(base);
  nRouters = width * load<u32>(base, 4);
  words = load<u32>(base, 8);
  depth = load<u32>(base, 12);
  ringBytes = load<u32>(base, 16);
  depthPlanes = 32 - clz(depth);
  ringMask = load<u32>(base, 20) - 1;
  margin = load<u32>(base, 24);
  slotBytes = (words + 2 * margin) * SLOT_BYTES;
  injectCycles = load<u32>(base, 28);
  hopCycles = load<u32>(base, 32);
  ejectCycles = load<u32>(base, 36);
  creditCycles = load<u32>(base, 40);
  edgeCycles = load<u32>(base, 44);
  nEdges = load<u32>(base, 48);
  nPackets = load<u32>(base, 52);
  states = load<u32>(base, 56);
  ring = load<u32>(base, 60) + margin * SLOT_BYTES;
  fifos = load<u32>(base, 64);
  queues = load<u32>(base, 68);
  steps = load<u32>(base, 72);
  positions = load<u32>(base, 76);
  lastEntered = load<u32>(base, 80);
  lastWaiting = load<u32>(base, 84);
  active = load<u32>(base, 88);
  activeUntil = load<u32>(base, 92);
  release = load<u32>(base, 96);
  source = load<u32>(base, 100);
  destination = load<u32>(base, 104);
  following = load<u32>(base, 108);
  arrival = load<u32>(base, 112);
  edgeOf = load<u32>(base, 116);
  edges = load<u32>(base, 120);
  for (let r: u32 = 0; r < nRouters; r++) {
    store<u32>(positions + r * 4, ((r % width) << 16) | (r / width));
    store<u32>(lastEntered + r * 4, nPackets + r);
    store<u32>(lastWaiting + r * 4, nPackets + r);
    for (let port: u32 = 0; port <= SINK; port++) {
      const queue = (r << QUEUE_SHIFT) + port;
      const at = queues + (queue << RECORD_SHIFT);
      store<u32>(at, fifos + queue * ringBytes);
      store<u32>(at, fifos + queue * ringBytes, 4);
      store<u32>(at, ((r % width) << 16) | (r / width), 12);
    }
  }
  // steps[input * 8 + output]: from the record of an input to that of the queue an output leads to.
  for (let input: u32 = 0; input < N_PORTS; input++) {
    for (let output: u32 = 0; output < N_PORTS; output++) {
      const w = <i32>width;
      const routers = output == 0 ? 1 : output == 1 ? -1 : output == 2 ? w : output == 3 ? -w : 0;
      const queue = output == CORE ? SINK : output ^ 1;
      const records = (routers << QUEUE_SHIFT) + <i32>queue - <i32>input;
      store<i32>(steps + (input * 8 + output) * 4, records << RECORD_SHIFT);
    }
  }
}
