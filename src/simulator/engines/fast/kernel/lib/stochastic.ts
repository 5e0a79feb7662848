// Stochastic synapses; the definition is src/hw-models/truenorth/draws.ts. One draw of four words serves a neuron and sixteen
// axons, so axons are taken sixteen at a time and neurons four at a time.
import {
  axonGroups,
  DRAWS,
  firstSample,
  GENERAL,
  MASK_BYTES,
  rhoMask,
  scratch,
  seedHigh,
  seedLow,
  stochasticSynapses,
  SUMS,
  TYPE_MASK_BYTES,
} from './chip';
import { drawLanes } from './philox-lanes';

/**
 * Adds the stochastic synapses of the active axons to the sums. Entries first..end of the axon list are rows with the axon type
 * in the low bits, ascending; `row0` is row 0 of the core, `weights` [types, 256] i16.
 */
export function integrateStochastic(core: u32, now: u32, first: usize, end: usize, row0: usize, weights: usize): void {
  const masks = stochasticSynapses + <usize>core * TYPE_MASK_BYTES;
  const draws = scratch + DRAWS;
  let from = first;
  while (from < end) {
    const group = <u32>((<usize>load<u32>(from) - row0) >> 9);
    let to = from + 4;
    while (to < end && <u32>((<usize>load<u32>(to) - row0) >> 9) == group) to += 4;
    for (let word: usize = 0; word < MASK_BYTES; word += 4) {
      let any: u32 = 0;
      for (let p = from; p < to; p += 4) any |= connections(load<u32>(p), masks, word);
      // Bit b of the word's four bytes are four neighbouring neurons.
      for (let b: u32 = 0; any; b++, any = (any >> 1) & 0x7f7f7f7f) {
        if ((any & 0x01010101) == 0) continue;
        const neuron = ((<u32>(word >> 3)) << 6) + (b << 3) + ((<u32>word) & 4);
        const sample = GENERAL ? firstSample * axonGroups : firstSample << 4;
        drawLanes((core << 8) + neuron, now, sample + group, 9, seedLow, seedHigh, draws);
        const at = scratch + SUMS + ((<usize>neuron) << 2);
        let sum = v128.load(at);
        for (let p = from; p < to; p += 4) {
          const entry = load<u32>(p);
          const connected = connections(entry, masks, word) >> b;
          if ((connected & 0x01010101) == 0) continue;
          const axon = (entry - <u32>row0) >> 5;
          const weight = v128.load16x4_s(weights + ((<usize>(entry & 31)) << 9) + ((<usize>neuron) << 1));
          const drawn = v128.load(draws + ((((<usize>axon) >> 2) & 3) << 4));
          const rho = v128.and(i32x4.shr_u(drawn, (axon & 3) << 3), i32x4.splat(GENERAL ? rhoMask : 255));
          const lanes = i32x4(1, 0x100, 0x10000, 0x1000000);
          const selected = i32x4.eq(v128.and(i32x4.splat(connected), lanes), lanes);
          sum = i32x4.add(sum, v128.and(step(weight, rho), selected));
        }
        v128.store(at, sum);
      }
    }
    from = to;
  }
}

/** 32 neurons of a row with a stochastic weight. */
function connections(entry: u32, masks: usize, word: usize): u32 {
  return load<u32>(((<usize>entry) & ~31) + word) & load<u32>(masks + ((<usize>(entry & 31)) << 5) + word);
}

/** The sign of `value` where its magnitude is at least `rho`, else 0. */
export function step(value: v128, rho: v128): v128 {
  const zero = i32x4.splat(0);
  const sign = i32x4.sub(i32x4.lt_s(value, zero), i32x4.gt_s(value, zero));
  return v128.andnot(sign, i32x4.gt_s(rho, i32x4.abs(value)));
}
