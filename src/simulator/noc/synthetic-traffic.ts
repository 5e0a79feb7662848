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
  const trials = nRouters * cycles;
  const expected = Math.min(trials, Math.ceil(rate * trials + 10 * Math.sqrt(rate * trials) + 100));
  const release = new Int32Array(expected);
  const source = new Int32Array(expected);
  const words = openWords(seed, PURPOSE.test);
  const { most, start, atLeast } = gapTable(rate);
  let n = 0;
  // Routers of all cycles in one row: a word says how many of them release nothing before the next that does.
  let cycle = 0;
  let router = 0;
  for (let block = 0; cycle < cycles; block++) {
    const drawn = words(block, GAPS);
    for (let i = 0; i < WORDS && cycle < cycles; i++) {
      const word = drawn[i]!;
      const u = (word + 0.5) / 4294967296;
      let gap = start[word >>> 24]!;
      while (u < atLeast[gap + 1]!) gap++;
      router += gap;
      if (router >= nRouters) {
        const passed = Math.floor(router / nRouters);
        cycle += passed;
        router -= passed * nRouters;
      }
      // The longest gap of the table says only that it goes on.
      if (gap === most || cycle >= cycles || n === expected) continue;
      release[n] = cycle;
      source[n] = router;
      n++;
      router++;
    }
  }
  const sources = source.subarray(0, n);
  return { release: release.subarray(0, n), source: sources, destination: destinations(pattern, side, sources, words) };
}

function destinations(pattern: TrafficPattern, side: number, source: Int32Array, words: WordSource): Int32Array {
  const nRouters = side * side;
  const fixed = (target: (x: number, y: number) => number): Int32Array => {
    const table = Int32Array.from({ length: nRouters }, (_, r) => target(r % side, Math.floor(r / side)));
    const result = new Int32Array(source.length);
    for (let p = 0; p < result.length; p++) result[p] = table[source[p]!]!;
    return result;
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

/** Gaps: how many trials of probability `rate` fail before the next success. */
interface GapTable {
  /** The longest gap told apart: at least so many. */
  readonly most: number;
  /** [k] probability that at least k fail, for k up to `most`; then 0. */
  readonly atLeast: Float64Array;
  /** [word >>> 24] the smallest gap that such a word can mean. */
  readonly start: Int32Array;
}

/** A word means the largest k with (word + 0.5) / 2^32 < atLeast[k]. The table ends where that falls below 1 / 256. */
function gapTable(rate: number): GapTable {
  const probabilities = [1];
  for (let k = 1, p = 1 - rate; k === 1 || (p >= 1 / 256 && k < 4096); k++, p *= 1 - rate) probabilities.push(p);
  const atLeast = Float64Array.from([...probabilities, 0]);
  const start = Int32Array.from({ length: 256 }, (_, high) => {
    let k = 0;
    while ((high + 1) / 256 < atLeast[k + 1]!) k++;
    return k;
  });
  return { most: probabilities.length - 1, atLeast, start };
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
