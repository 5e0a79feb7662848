// Stretches of random words, as `fillWords` of src/common/rng.ts draws them: Philox for eight counters at once.
import {
  drawEight,
  lanes0,
  lanes1,
  lanes2,
  lanes3,
  lanes4,
  lanes5,
  lanes6,
  lanes7,
} from '../../engines/fast/kernel/lib/philox-lanes';

/** Fills `count` words at `out`, a multiple of 32: word i is word i mod 4 of the draw at (a, floor(i / 4), c). */
export function fill(seedLow: u32, seedHigh: u32, purpose: u32, a: u32, c: u32, out: u32, count: u32): void {
  const first = i32x4.splat(a);
  const third = i32x4.splat(c);
  for (let b: u32 = 0; b < count >> 2; b += 8) {
    const low = i32x4.add(i32x4.splat(b), i32x4(0, 1, 2, 3));
    const high = i32x4.add(low, i32x4.splat(4));
    drawEight(first, low, first, high, third, purpose, seedLow, seedHigh);
    storeWords(out + b * 16, lanes0, lanes1, lanes2, lanes3);
    storeWords(out + b * 16 + 64, lanes4, lanes5, lanes6, lanes7);
  }
}

// Lane after lane, the words of each together.
function storeWords(out: u32, words0: v128, words1: v128, words2: v128, words3: v128): void {
  const low01 = i32x4.shuffle(words0, words1, 0, 4, 1, 5);
  const low23 = i32x4.shuffle(words2, words3, 0, 4, 1, 5);
  const high01 = i32x4.shuffle(words0, words1, 2, 6, 3, 7);
  const high23 = i32x4.shuffle(words2, words3, 2, 6, 3, 7);
  v128.store(out, i64x2.shuffle(low01, low23, 0, 2));
  v128.store(out, i64x2.shuffle(low01, low23, 1, 3), 16);
  v128.store(out, i64x2.shuffle(high01, high23, 0, 2), 32);
  v128.store(out, i64x2.shuffle(high01, high23, 1, 3), 48);
}
