// One draw per stored bit, 64 bits at a time; the definition is src/hw-models/faults/{stored-bits,weight-faults,activation-faults}.ts.
import { drawCounters, lanes0, lanes1, lanes2, lanes3 } from '../../../fast/kernel/lib/philox-lanes';

/** Bit i of the mask is set iff word i of the 64 drawn last is below the limit. */
export let below0: u64 = 0;
export let below1: u64 = 0;

/** All lanes where all words are below the limit: 2^32 does not fit a lane. */
function always(limit: u64): v128 {
  return i32x4.splat(limit >> 32 ? -1 : 0);
}

/** Compares 16 words, word 4 n + k in lane n of vector k. */
function compare(w0: v128, w1: v128, w2: v128, w3: v128, limit: v128, all: v128): u64 {
  const m0 = v128.or(i32x4.lt_u(w0, limit), all);
  const m1 = v128.or(i32x4.lt_u(w1, limit), all);
  const m2 = v128.or(i32x4.lt_u(w2, limit), all);
  const m3 = v128.or(i32x4.lt_u(w3, limit), all);
  const bytes = i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(m0, m1), i16x8.narrow_i32x4_s(m2, m3));
  return <u64>(<u32>i8x16.bitmask(v128.shuffle<u8>(bytes, bytes, 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15)));
}

/**
 * Draws the 64 words of the blocks block .. block + 15 of the stream (a, .., c) and compares them with two limits, 0..2^32; with `reversed` set,
 * 2^32 - 1 - word is compared with the second one.
 */
export function drawBits(
  a: u32,
  block: u32,
  c: u32,
  purpose: u32,
  seedLow: u32,
  seedHigh: u32,
  limit0: u64,
  limit1: u64,
  reversed: bool,
): void {
  const first = i32x4.splat(a);
  const third = i32x4.splat(c);
  const l0 = i32x4.splat(<u32>limit0);
  const l1 = i32x4.splat(<u32>limit1);
  const all0 = always(limit0);
  const all1 = always(limit1);
  const other = i32x4.splat(reversed ? -1 : 0);
  const same = !reversed && limit0 == limit1;
  let second = i32x4.add(i32x4.splat(block), i32x4(0, 1, 2, 3));
  below0 = 0;
  below1 = 0;
  for (let shift: u64 = 0; shift < 64; shift += 16) {
    drawCounters(first, second, third, purpose, seedLow, seedHigh);
    second = i32x4.add(second, i32x4.splat(4));
    below0 |= compare(lanes0, lanes1, lanes2, lanes3, l0, all0) << shift;
    if (same || limit1 == 0) continue;
    const w0 = v128.xor(lanes0, other);
    const w1 = v128.xor(lanes1, other);
    below1 |= compare(w0, w1, v128.xor(lanes2, other), v128.xor(lanes3, other), l1, all1) << shift;
  }
  if (same) below1 = below0;
}

/** The mask of a word of `bits` (a power of two) as often as it fits 64 bits. */
export function repeated(mask: u32, bits: u32): u64 {
  let pattern = <u64>mask;
  for (let width = bits; width < 64; width <<= 1) pattern |= pattern << width;
  return pattern;
}
