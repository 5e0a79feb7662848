/**
 * The mesh of src/hw-models/truenorth/mesh-model.ts, cycle by cycle, in AssemblyScript. Same packets, same arrivals.
 *
 * Routers are bits of 64-bit words, and everything that is decided is decided for the 64 routers of a word at a time: who wants an
 * output, whose turn it is, how many places are taken. Only the packets themselves move one by one.
 *
 *   receive       planes of packets that were sent hopCycles ago: who came; new heads of queues look where they go
 *   count places  planes of packets that left creditCycles ago: places that are free again
 *   arbitrate     every output picks one of its wishes; the plane of what it sends is read by the neighbours hopCycles later
 *   move          the packets that were picked go from queue to queue; those at their core arrive
 *   enter         one waiting packet per router enters the core's buffer if there is a place
 *
 * Only active words are visited: those in which, or next to which, anything has moved in the last cycles. In any other word
 * nothing can change until a neighbour moves, an edge lets a packet pass or a packet is released.
 */
import { setupTurns } from './lib/arbitration';
import { arbitrateEdge, edgesToVisit, setupEdges } from './lib/edges';
import {
  active,
  activeUntil,
  nPackets,
  release,
  ringMask,
  setupMemory,
  source,
  states,
  width,
  WORD_BYTES,
  words,
} from './lib/memory';
import { queueUp } from './lib/packets';
import { stepWord } from './lib/word';

let now: u32 = 0;
let released: u32 = 0;
let arrived: u32 = 0;
/** Active words. */
let nActive: u32 = 0;

/** Reads the header the host has written at `base`; the memory behind it is zero. */
export function setup(base: u32): void {
  setupMemory(base);
  setupEdges();
  for (let word: u32 = 0; word < words; word++) setupTurns(states + word * WORD_BYTES);
  now = 0;
  released = 0;
  arrived = 0;
  nActive = 0;
}

/** Runs until cycle `until`, or until every packet has arrived; gives the cycle reached. */
export function run(until: u32): u32 {
  while (now < until && arrived < nPackets) {
    // Nothing on its way, no credit either: on to the next release.
    if (nActive == 0 && arrived == released && load<u32>(release + released * 4) > now) {
      now = min(until, load<u32>(release + released * 4));
      continue;
    }
    const nEdges = edgesToVisit();
    for (let edge: u32 = 0; edge < nEdges; edge++) {
      const r = arbitrateEdge(edge, now);
      if (r >= 0) activate((<u32>r) >> 6);
    }
    while (released < nPackets && load<u32>(release + released * 4) <= now) {
      const r = load<u32>(source + released * 4);
      queueUp(states + (r >> 6) * WORD_BYTES, r, released);
      activate(r >> 6);
      released++;
    }
    stepWords();
    now++;
  }
  return now;
}

/** Word `word` is visited for one round of the ring: until all that was begun in this cycle has had its effect and is forgotten. */
function activate(word: u32): void {
  store<u32>(activeUntil + word * 4, now + ringMask + 1);
  const at = active + (word >> 6) * 8;
  const old = load<u64>(at);
  const bit = (<u64>1) << (word & 63);
  nActive += old & bit ? 0 : 1;
  store<u64>(at, old | bit);
}

function activateAround(word: u32): void {
  if (words == 1) {
    store<u32>(activeUntil, now + ringMask + 1);
    return;
  }
  // A router's neighbours are up to `row` + 1 words away.
  const row = <i32>(width >> 6);
  for (let k = -2; k <= 2; k++) {
    const at = <i32>word + (k == -2 ? -row - 1 : k == 2 ? row + 1 : k == 0 ? 0 : k * max(row, 1));
    if (at >= 0 && at < <i32>words) activate(at);
  }
  if (row > 1) {
    if (word > 0) activate(word - 1);
    if (word + 1 < words) activate(word + 1);
  }
}

function stepWords(): void {
  const nGroups = (words + 63) >> 6;
  for (let group: u32 = 0; group < nGroups; group++) {
    const at = active + group * 8;
    for (let bits = load<u64>(at); bits; bits &= bits - 1) {
      const word = (group << 6) + <u32>ctz(bits);
      const result = stepWord(word, now);
      arrived += result & 0x7fffffff;
      if (result >> 31) activateAround(word);
      else if (load<u32>(activeUntil + word * 4) <= now) {
        store<u64>(at, load<u64>(at) & ~((<u64>1) << (word & 63)));
        nActive--;
      }
    }
  }
}
