// The vector unit: combines the pixels under a window channel by channel; pixels outside the image are left out.
import { listTaps, OUTPUT_WIDTH } from './window';

/** Four values of an operand of i16 or i32. */
function four<T>(source: usize, k: usize): v128 {
  if (sizeof<T>() == 2) return v128.load16x4_s(source + (k << 1));
  return v128.load(source + (k << 2));
}

/**
 * Sums (`sum` not 0) or maxima. `falling` holds -1 for channels that take the minimum, else 0, as i32; 0 if no channel does: not is a
 * falling function on integers, so the minimum is the maximum between two of them.
 */
function pool<T>(
  window: usize,
  input: usize,
  first: i32,
  rows: i32,
  channels: i32,
  sum: i32,
  falling: usize,
  c: usize,
  cBytes: usize,
  taps: usize,
): void {
  const outputWidth = load<i32>(window, OUTPUT_WIDTH);
  for (let r = 0; r < rows; r++, c += cBytes) {
    const position = first + r;
    const end = listTaps(window, input, position / outputWidth, position % outputWidth, 0, taps);
    for (let k: usize = 0; k < <usize>channels; k += 4) {
      let value: v128;
      if (sum != 0) {
        value = i32x4.splat(0);
        for (let tap = taps; tap < end; tap += 4) value = i32x4.add(value, four<T>(<usize>load<u32>(tap), k));
      } else if (falling != 0) {
        const not = v128.load(falling + (k << 2));
        value = i32x4.splat(i32.MIN_VALUE);
        for (let tap = taps; tap < end; tap += 4) {
          value = i32x4.max_s(value, v128.xor(not, four<T>(<usize>load<u32>(tap), k)));
        }
        value = v128.xor(not, value);
      } else {
        value = i32x4.splat(i32.MIN_VALUE);
        for (let tap = taps; tap < end; tap += 4) value = i32x4.max_s(value, four<T>(<usize>load<u32>(tap), k));
      }
      v128.store(c + (k << 2), value);
    }
  }
}

/** Pools an i16 operand into rows of i32 `cBytes` apart, with room for a multiple of 4 channels. */
export function pool16(
  window: usize,
  input: usize,
  first: i32,
  rows: i32,
  channels: i32,
  sum: i32,
  falling: usize,
  c: usize,
  cBytes: usize,
  taps: usize,
): void {
  pool<i16>(window, input, first, rows, channels, sum, falling, c, cBytes, taps);
}

/** Pools an i32 operand. */
export function pool32(
  window: usize,
  input: usize,
  first: i32,
  rows: i32,
  channels: i32,
  sum: i32,
  falling: usize,
  c: usize,
  cBytes: usize,
  taps: usize,
): void {
  pool<i32>(window, input, first, rows, channels, sum, falling, c, cBytes, taps);
}
