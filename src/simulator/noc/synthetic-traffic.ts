/**
 * Traffic of the kinds that networks on chip are compared with, on square meshes: every router releases a packet with the same
 * probability in every cycle. The patterns are those of BookSim 2 (README and traffic.cpp of github.com/booksim/booksim2).
 */
import { PURPOSE } from '../../common/rng.js';
import type { MeshTraffic } from '../../hw-models/truenorth/mesh.js';
import { openWords, WORDS, type WordSource } from './random-words.js';

/** Where a packet of router (x, y) = y * side + x goes. */
export const TRAFFIC_PATTERNS = {
  /** Any router with equal probability, the sender included. */
  uniform: 'any router, the sender included',
  transpose: '(x, y) to (y, x)',
  /** All address bits turned, where the number of routers is a power of two. */
  bitcomp: 'to the opposite router',
  tornado: 'almost half the side on in both directions, around the end',
  hotspot: 'to one of the two routers in the middle of the diagonal',
} as const;

/** One of {@link TRAFFIC_PATTERNS}. */
export type TrafficPattern = keyof typeof TRAFFIC_PATTERNS;

/** What to draw. */
export interface SyntheticTraffic {
  readonly pattern: TrafficPattern;
  /** Routers per row and column, 2..256. */
  readonly side: number;
  /** Packets per router and cycle, 0..1. */
  readonly rate: number;
  readonly cycles: number;
  readonly seed: number;
}

/** Streams of the draws. */
const GAPS = 0;
const DESTINATIONS = 1;

/** Draws the packets, sorted by release, then by source. Deterministic from the seed. */
export function drawTraffic({ pattern, side, rate, cycles, seed }: SyntheticTraffic): MeshTraffic {
  const nRouters = side * side;
  const end = nRouters * cycles;
  const expected = Math.min(end, Math.ceil(rate * end + 10 * Math.sqrt(rate * end) + 100));
  const release = new Int32Array(expected);
  const source = new Int32Array(expected);
  const words = openWords(seed, PURPOSE.test);
  const gaps = new Gaps(rate, words);
  let n = 0;
  let cycle = 0;
  // Routers of all cycles in one row: only those that release are visited.
  for (let router = gaps.next(end); n < expected; router += 1 + gaps.next(end)) {
    if (router >= nRouters) {
      const passed = Math.floor(router / nRouters);
      cycle += passed;
      router -= passed * nRouters;
    }
    if (cycle >= cycles) break;
    release[n] = cycle;
    source[n] = router;
    n++;
  }
  const sources = source.subarray(0, n);
  return {
    release: release.slice(0, n),
    source: sources.slice(),
    destination: destinations(pattern, side, sources, words),
  };
}

function destinations(pattern: TrafficPattern, side: number, source: Int32Array, words: WordSource): Int32Array {
  const nRouters = side * side;
  const fixed = (target: (x: number, y: number) => number): Int32Array => {
    const table = Int32Array.from({ length: nRouters }, (_, r) => target(r % side, Math.floor(r / side)));
    return source.map((r) => table[r]!);
  };
  switch (pattern) {
    case 'uniform':
      return randomChoices(source.length, nRouters, words);
    case 'transpose':
      return fixed((x, y) => x * side + y);
    case 'bitcomp':
      return fixed((x, y) => nRouters - 1 - (y * side + x));
    case 'tornado': {
      const on = (d: number): number => (d + Math.ceil(side / 2) - 1) % side;
      return fixed((x, y) => on(y) * side + on(x));
    }
    case 'hotspot': {
      const middle = Math.floor(side / 2) * (side + 1);
      return randomChoices(source.length, 2, words).map((second) => middle - (1 - second) * (side + 1));
    }
  }
}

/** [n] numbers below `below`. */
function randomChoices(n: number, below: number, words: WordSource): Int32Array {
  const chosen = new Int32Array(n);
  for (let start = 0; start < n; start += WORDS) {
    const block = words(start / WORDS, DESTINATIONS);
    const count = Math.min(WORDS, n - start);
    for (let i = 0; i < count; i++) chosen[start + i] = Math.floor((block[i]! / 4294967296) * below);
  }
  return chosen;
}

/** How many trials of probability `rate` fail before the next success. */
class Gaps {
  /** [k] probability that at least k fail. Ends where it falls below 1 / 256: more trials start anew. */
  readonly #atLeast: Float64Array;
  readonly #most: number;
  /** [word >>> 24] the smallest gap that such a word can mean. */
  readonly #start: Int32Array;
  readonly #words: WordSource;
  #block: Uint32Array = new Uint32Array(0);
  #nBlocks = 0;
  #used = 0;

  constructor(rate: number, words: WordSource) {
    const atLeast = [1];
    for (let k = 1, p = 1 - rate; k === 1 || (p >= 1 / 256 && k < 4096); k++, p *= 1 - rate) atLeast.push(p);
    this.#atLeast = Float64Array.from([...atLeast, 0]);
    this.#most = atLeast.length - 1;
    this.#start = Int32Array.from({ length: 256 }, (_, high) => this.#gapOf((high + 1) / 256, 0));
    this.#words = words;
  }

  /** The next gap, or any number of at least `limit`. */
  next(limit: number): number {
    let gap = 0;
    for (;;) {
      if (this.#used === this.#block.length) {
        this.#block = this.#words(this.#nBlocks++, GAPS);
        this.#used = 0;
      }
      const word = this.#block[this.#used++]!;
      const found = this.#gapOf((word + 0.5) / 4294967296, this.#start[word >>> 24]!);
      gap += found;
      if (found < this.#most || gap >= limit) return gap;
    }
  }

  /** The largest k with u < atLeast[k], from `start` on. */
  #gapOf(u: number, start: number): number {
    let gap = start;
    while (u < this.#atLeast[gap + 1]!) gap++;
    return gap;
  }
}

/** Mean cycles from release to arrival over packets released in `from` <= cycle < `to`; NaN when one has not arrived. */
export function meanLatency({ release }: MeshTraffic, arrival: Int32Array, from: number, to: number): number {
  let sum = 0;
  let n = 0;
  for (let p = 0; p < release.length; p++) {
    if (release[p]! < from || release[p]! >= to) continue;
    sum += arrival[p]! < 0 ? Number.NaN : arrival[p]! - release[p]!;
    n++;
  }
  return sum / n;
}
