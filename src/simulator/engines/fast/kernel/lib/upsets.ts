// Upsets of potentials; the definition is src/hw-models/faults/potential-upsets.ts.
import {
  AWAKE,
  busy,
  COMPACT_BYTES,
  compactPotentials,
  DRAWS,
  firstSample,
  GENERAL,
  MASK_BYTES,
  nBlocks,
  nNeurons,
  POTENTIAL_BYTES,
  potentialBits,
  potentials,
  protectedBits,
  scratch,
  seedHigh,
  seedLow,
  states,
  upsetCores,
  upsetLimit0,
  upsetLimit1,
  WIDE,
} from './chip';
import { SAFE, widen } from './compact';
import { draw } from './philox';
import { drawLanes, largestBelow } from './philox-lanes';

/** Flips what is hit in the potentials of cores core0..end - 1 before tick `now`. */
export function upset(core0: i32, end: i32, now: i32): void {
  const bound = largestBelow(max(upsetLimit0, upsetLimit1));
  const draws = scratch + DRAWS;
  for (let core = core0; core < end; core++) {
    if (load<u8>(upsetCores + core) == 0) continue;
    drawLanes(core << 2, now, firstSample, 31, seedLow, seedHigh, draws);
    for (let w: usize = 0; w < 4; w++) {
      let hits = i32x4.bitmask(i32x4.le_u(v128.load(draws + (w << 4)), bound));
      while (hits) {
        const lane = ctz(hits);
        hits &= hits - 1;
        hit(core, (lane << 2) + <i32>w, now, load<u32>(draws + (w << 4) + ((<usize>lane) << 2)));
      }
    }
  }
}

/** A hit on the 16 neurons of a group; whether it flips a bit depends on what the bit holds. */
function hit(core: i32, group: i32, now: i32, word: u32): void {
  const which = draw(((<u32>core) << 4) + group, now, firstSample, 32, seedLow, seedHigh);
  const index = <u32>((<u64>which * <u64>(potentialBits << 4)) >> 32);
  const neuron = (group << 4) + index / potentialBits;
  const bit = index % potentialBits;
  const stored = GENERAL ? nNeurons - ((core % nBlocks) << 8) : nNeurons;
  if (neuron >= stored || (protectedBits >> bit) & 1) return;
  const wide = (load<u8>(states + core) & WIDE) != 0;
  const at = wide
    ? potentials + <usize>core * POTENTIAL_BYTES + ((<usize>neuron) << 2)
    : compactPotentials + <usize>core * COMPACT_BYTES + ((<usize>neuron) << 1);
  const before = wide ? load<i32>(at) : <i32>load<i16>(at);
  if (<f64>word >= ((before >> bit) & 1 ? upsetLimit1 : upsetLimit0)) return;
  const unused = 32 - potentialBits;
  const after = ((before ^ (1 << bit)) << unused) >> unused;
  if (!wide && after <= SAFE && after >= -SAFE) {
    store<i16>(at, <i16>after);
    store<u8>(states + core, load<u8>(states + core) | AWAKE);
    return;
  }
  if (!wide) widen(core);
  store<i32>(potentials + <usize>core * POTENTIAL_BYTES + ((<usize>neuron) << 2), after);
  const awake = busy + <usize>core * MASK_BYTES + ((<usize>(neuron >> 5)) << 2);
  store<u32>(awake, load<u32>(awake) | (1 << (neuron & 31)));
  store<u8>(states + core, WIDE | AWAKE);
}
