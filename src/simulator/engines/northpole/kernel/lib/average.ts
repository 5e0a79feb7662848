// Averages of the sums of a pool: `rows` rows of i32 `bytes` apart with room for a multiple of 4 channels.
//
// float64 is exact here: the products stay below 2^52, so a quotient is never rounded onto or over a half (../../README.md).

/** 1/2 - 2^-54. */
const BEFORE_HALF: f64 = 0.49999999999999994;

/** 2^52 + 2^51: added to an integer of at most 51 bits it leaves that integer in the low bits of the float64. */
const TO_INTEGER: f64 = 6755399441055744;

function pair(x: v128, offset: v128, factor: v128, count: v128): v128 {
  const sum = f64x2.sub(f64x2.convert_low_i32x4_s(x), offset);
  const quotient = f64x2.div(f64x2.mul(sum, factor), count);
  const half = v128.or(v128.and(quotient, f64x2.splat(-0.0)), f64x2.splat(BEFORE_HALF));
  return f64x2.add(f64x2.trunc(f64x2.add(quotient, half)), f64x2.splat(TO_INTEGER));
}

/**
 * x = round half away from zero(factor (x - offset[r]) / count[r]). `windows` holds the pair offset, count (at least 1) of each row as f64.
 */
export function average(x: usize, bytes: usize, rows: i32, channels: i32, windows: usize, factor: f64): void {
  const scale = f64x2.splat(factor);
  for (let r = 0; r < rows; r++, x += bytes, windows += 16) {
    const offset = f64x2.splat(load<f64>(windows));
    const count = f64x2.splat(load<f64>(windows, 8));
    for (let k: usize = 0; k < <usize>channels; k += 4) {
      const at = x + (k << 2);
      const value = v128.load(at);
      const low = pair(value, offset, scale, count);
      const high = pair(v128.shuffle<i64>(value, value, 1, 1), offset, scale, count);
      v128.store(at, v128.shuffle<i32>(low, high, 0, 2, 4, 6));
    }
  }
}
