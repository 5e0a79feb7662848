// One draw per stored bit, 64 bits at a time; the definition is src/hw-models/faults/{stored-bits,weight-faults,activation-faults}.ts.
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
  upTo,
  upToOf,
} from '../../../fast/kernel/lib/philox-lanes';

/** Bit i of the mask is set iff word i of the 64 drawn last is below the limit. */
export let below0: u64 = 0;
export let below1: u64 = 0;

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
  // 2^32 does not fit a lane, the largest word below it does.
  const last0 = i32x4.splat(<u32>(limit0 - 1));
  const last1 = i32x4.splat(<u32>(limit1 - 1));
  const other = i32x4.splat(reversed ? -1 : 0);
  const any0 = limit0 != 0;
  const any1 = limit1 != 0 && (reversed || limit0 != limit1);
  let second = i32x4.add(i32x4.splat(block), i32x4(0, 1, 2, 3));
  below0 = 0;
  below1 = 0;
  for (let shift: u64 = 0; shift < 64; shift += 32) {
    const next = i32x4.add(second, i32x4.splat(4));
    drawEight(first, second, first, next, third, purpose, seedLow, seedHigh);
    second = i32x4.add(next, i32x4.splat(4));
    if (any0) {
      below0 |= upTo(lanes0, lanes1, lanes2, lanes3, last0) << shift;
      below0 |= upTo(lanes4, lanes5, lanes6, lanes7, last0) << (shift + 16);
    }
    if (any1) {
      below1 |= upToOf(lanes0, lanes1, lanes2, lanes3, other, last1) << shift;
      below1 |= upToOf(lanes4, lanes5, lanes6, lanes7, other, last1) << (shift + 16);
    }
  }
  if (!reversed && limit0 == limit1) below1 = below0;
}

/** The lowest `bits` (a power of two) of a mask as often as they fit 64 bits. */
export function repeated(mask: u32, bits: u32): u64 {
  let pattern = (<u64>mask) & (((<u64>1) << (<u64>bits)) - 1);
  for (let width = bits; width < 64; width <<= 1) pattern |= pattern << width;
  return pattern;
}
