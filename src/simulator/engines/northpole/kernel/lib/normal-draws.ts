// Four nearly normal numbers at once; the definition is src/hw-models/faults/nearly-normal.ts.
import { drawCounters, lanes0, lanes1, lanes2, lanes3 } from '../../../fast/kernel/lib/philox-lanes';

/** Numbers 0 and 1, and 2 and 3, of the four drawn last. */
export let normalsLow: v128 = f64x2.splat(0);
export let normalsHigh: v128 = f64x2.splat(0);

/** Numbers index .. index + 3 of the stream (a, .., c). */
export function drawNormals(a: u32, index: u32, c: u32, purpose: u32, seedLow: u32, seedHigh: u32): void {
  const first = i32x4.splat(a);
  const third = i32x4.splat(c);
  let second = i32x4.add(i32x4.splat(index * 3), i32x4(0, 3, 6, 9));
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  for (let block = 0; block < 3; block++) {
    drawCounters(first, second, third, purpose, seedLow, seedHigh);
    second = i32x4.add(second, i32x4.splat(1));
    // Two words a 64-bit lane: sums of twelve words stay below 2^36.
    const even = i64x2.add(
      i64x2.add(i64x2.extend_low_i32x4_u(lanes0), i64x2.extend_low_i32x4_u(lanes1)),
      i64x2.add(i64x2.extend_low_i32x4_u(lanes2), i64x2.extend_low_i32x4_u(lanes3)),
    );
    const odd = i64x2.add(
      i64x2.add(i64x2.extend_high_i32x4_u(lanes0), i64x2.extend_high_i32x4_u(lanes1)),
      i64x2.add(i64x2.extend_high_i32x4_u(lanes2), i64x2.extend_high_i32x4_u(lanes3)),
    );
    low = i64x2.add(low, even);
    high = i64x2.add(high, odd);
  }
  normalsLow = normal(low);
  normalsHigh = normal(high);
}

/** total / 2^32 - 6. The bits of 2^52 + total are those of 2^52 with the total below them. */
function normal(totals: v128): v128 {
  const shifted = v128.or(totals, f64x2.splat(4503599627370496));
  const exact = f64x2.sub(shifted, f64x2.splat(4503599627370496));
  return f64x2.sub(f64x2.mul(exact, f64x2.splat(1.0 / 4294967296)), f64x2.splat(6));
}
