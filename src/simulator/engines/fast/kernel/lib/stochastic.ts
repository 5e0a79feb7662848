// Stochastic synapses; the definition is src/hw-models/truenorth/draws.ts. One draw of four words serves a neuron and sixteen
// axons, so axons are taken sixteen at a time and neurons four at a time.
import { drawLanes } from './philox-lanes';

/** What the draws of a core in a tick depend on. */
let seedLow: u32 = 0;
let seedHigh: u32 = 0;
let firstSample: u32 = 0;
let draws: usize = 0;

/** Sets the key of the run, and 64 bytes of scratch. */
export function setKey(low: u32, high: u32, sample: u32, scratch: usize): void {
  seedLow = low;
  seedHigh = high;
  firstSample = sample;
  draws = scratch;
}

/**
 * Adds the stochastic synapses of the active axons (32 bytes of bits) to `sums`. `rows` and `types` are those of the core,
 * `weights` [4, 256] i16, `stochastic` [4, 32 bytes] the neurons whose weight of a type is stochastic.
 */
export function integrateStochastic(
  core: u32,
  now: u32,
  axons: usize,
  rows: usize,
  types: usize,
  weights: usize,
  stochastic: usize,
  sums: usize,
): void {
  for (let group: u32 = 0; group < 16; group++) {
    const active = <u32>load<u16>(axons + (group << 1));
    if (active == 0) continue;
    const row0 = rows + (<usize>group << 9);
    const type0 = types + (<usize>group << 4);
    for (let word: usize = 0; word < 32; word += 4) {
      let any: u32 = 0;
      for (let bits = active; bits; bits &= bits - 1) any |= connections(row0, type0, stochastic, ctz(bits), word);
      while (any) {
        const first = ctz(any) & 28;
        any &= ~(15 << first);
        const neuron = (<u32>word << 3) + first;
        drawLanes((core << 8) + neuron, now, (firstSample << 4) + group, 9, seedLow, seedHigh, draws);
        const at = sums + (<usize>neuron << 2);
        let sum = v128.load(at);
        for (let bits = active; bits; bits &= bits - 1) {
          const axon = ctz(bits);
          const connected = (connections(row0, type0, stochastic, axon, word) >> first) & 15;
          if (connected == 0) continue;
          const weight = v128.load16x4_s(weights + ((<usize>load<u8>(type0 + axon)) << 9) + (<usize>neuron << 1));
          const drawn = v128.load(draws + ((<usize>axon >> 2) << 4));
          const rho = v128.and(i32x4.shr_u(drawn, (axon & 3) << 3), i32x4.splat(255));
          const lanes = i32x4(1, 2, 4, 8);
          const selected = i32x4.eq(v128.and(i32x4.splat(connected), lanes), lanes);
          sum = i32x4.add(sum, v128.and(step(weight, rho), selected));
        }
        v128.store(at, sum);
      }
    }
  }
}

/** 32 neurons of the row of `axon` with a stochastic weight. */
function connections(rows: usize, types: usize, stochastic: usize, axon: u32, word: usize): u32 {
  const row = load<u32>(rows + (<usize>axon << 5) + word);
  return row & load<u32>(stochastic + (<usize>load<u8>(types + axon) << 5) + word);
}

/** The sign of `value` where its magnitude is at least `rho`, else 0. */
export function step(value: v128, rho: v128): v128 {
  const zero = i32x4.splat(0);
  const sign = i32x4.sub(i32x4.lt_s(value, zero), i32x4.gt_s(value, zero));
  return v128.andnot(sign, i32x4.gt_s(rho, i32x4.abs(value)));
}
