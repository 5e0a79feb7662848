// Convolution channel by channel: a weight per tap and channel.
import { listTaps, OUTPUT_WIDTH, PAD } from './window';

/**
 * c[m, k] = bias[k] + sum over taps of pixel[tap, k] w[tap, k]. Weights are [taps] rows of i16, `weightBytes` apart; rows of c are i32, `cBytes`
 * apart, with room for a multiple of 8 channels. `taps` has room for an address per tap.
 */
export function depthwise(
  window: usize,
  input: usize,
  first: i32,
  rows: i32,
  channels: i32,
  weights: usize,
  weightBytes: usize,
  bias: usize,
  c: usize,
  cBytes: usize,
  taps: usize,
): void {
  const outputWidth = load<i32>(window, OUTPUT_WIDTH);
  const pad = load<u32>(window, PAD);
  for (let r = 0; r < rows; r++, c += cBytes) {
    const position = first + r;
    const end = listTaps(window, input, position / outputWidth, position % outputWidth, pad, taps);
    for (let k = 0; k < channels; k += 8) {
      const at = (<usize>k) << 1;
      let low = v128.load(bias + (at << 1));
      let high = v128.load(bias + (at << 1), 16);
      let w = weights + at;
      for (let tap = taps; tap < end; tap += 4, w += weightBytes) {
        const x = v128.load(<usize>load<u32>(tap) + at);
        const y = v128.load(w);
        low = i32x4.add(low, i32x4.extmul_low_i16x8_s(x, y));
        high = i32x4.add(high, i32x4.extmul_high_i16x8_s(x, y));
      }
      v128.store(c + (at << 1), low);
      v128.store(c + (at << 1), high, 16);
    }
  }
}
