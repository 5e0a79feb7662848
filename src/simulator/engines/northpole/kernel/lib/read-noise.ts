// Noise of the sums of a panel; the definition is src/hw-models/faults/read-noise.ts.
import { drawNormals, normalsHigh, normalsLow } from './normal-draws';
import { listTaps, OUTPUT_WIDTH, PAD } from './window';

const READ_NOISE: u32 = 54;

/** Sums of squares of `rows` rows of `n` i16, `bytes` apart, as f64. */
export function squares(a: usize, bytes: usize, rows: i32, n: i32, sums: usize): void {
  for (let r = 0; r < rows; r++, a += bytes) {
    let total = i64x2.splat(0);
    let k = 0;
    for (; k + 8 <= n; k += 8) {
      const x = v128.load(a + ((<usize>k) << 1));
      // Pairs of squares are positive and below 2^31.
      const pairs = i32x4.dot_i16x8_s(x, x);
      total = i64x2.add(total, i64x2.add(i64x2.extend_low_i32x4_u(pairs), i64x2.extend_high_i32x4_u(pairs)));
    }
    let sum = i64x2.extract_lane(total, 0) + i64x2.extract_lane(total, 1);
    for (; k < n; k++) {
      const x = <i64>load<i16>(a + ((<usize>k) << 1));
      sum += x * x;
    }
    store<f64>(sums + ((<usize>r) << 3), <f64>sum);
  }
}

/** Counts of ones as sums of squares: i32 to f64. */
export function squaresOfBits(ones: usize, rows: i32, sums: usize): void {
  for (let r: usize = 0; r < <usize>rows; r++) store<f64>(sums + (r << 3), <f64>load<i32>(ones + (r << 2)));
}

/** Two sums with noise, clipped to 32 bits. */
function noisy(sums: v128, amplitude: v128, normals: v128): v128 {
  const noise = f64x2.nearest(f64x2.mul(amplitude, normals));
  return i32x4.trunc_sat_f64x2_s_zero(f64x2.add(f64x2.convert_low_i32x4_s(sums), noise));
}

function noisyFour(c: usize, low: v128, high: v128): void {
  const sums = v128.load(c);
  const first = noisy(sums, low, normalsLow);
  const last = noisy(v128.shuffle<i64>(sums, sums, 1, 1), high, normalsHigh);
  v128.store(c, v128.shuffle<i64>(first, last, 0, 2));
}

/**
 * Adds noise to `rows` rows of `outputs` i32, `cBytes` apart, with room for a multiple of 4. `element` is that of the first sum in the output,
 * `rowElements` those from a row to the next.
 */
export function readNoise(
  c: usize,
  cBytes: usize,
  rows: i32,
  outputs: i32,
  sums: usize,
  deviation: f64,
  element: u32,
  rowElements: u32,
  layer: u32,
  sample: u32,
  seedLow: u32,
  seedHigh: u32,
): void {
  for (let r = 0; r < rows; r++, c += cBytes, element += rowElements) {
    const amplitude = f64x2.splat(deviation * Math.sqrt(load<f64>(sums + ((<usize>r) << 3))));
    for (let o = 0; o < outputs; o += 4) {
      drawNormals(layer, element + o, sample, READ_NOISE, seedLow, seedHigh);
      noisyFour(c + ((<usize>o) << 2), amplitude, amplitude);
    }
  }
}

/** The same for a convolution channel by channel: every channel has squares of its own. */
export function depthwiseReadNoise(
  window: usize,
  input: usize,
  first: i32,
  rows: i32,
  channels: i32,
  c: usize,
  cBytes: usize,
  taps: usize,
  deviation: f64,
  layer: u32,
  sample: u32,
  seedLow: u32,
  seedHigh: u32,
): void {
  const outputWidth = load<i32>(window, OUTPUT_WIDTH);
  const pad = load<u32>(window, PAD);
  const scale = f64x2.splat(deviation);
  for (let r = 0; r < rows; r++, c += cBytes) {
    const position = first + r;
    const end = listTaps(window, input, position / outputWidth, position % outputWidth, pad, taps);
    for (let k = 0; k < channels; k += 4) {
      let sum = i32x4.splat(0);
      for (let tap = taps; tap < end; tap += 4) {
        const x = v128.load16x4_s(<usize>load<u32>(tap) + ((<usize>k) << 1));
        sum = i32x4.add(sum, i32x4.mul(x, x));
      }
      const low = f64x2.sqrt(f64x2.convert_low_i32x4_u(sum));
      const high = f64x2.sqrt(f64x2.convert_low_i32x4_u(v128.shuffle<i64>(sum, sum, 1, 1)));
      drawNormals(layer, <u32>(position * channels + k), sample, READ_NOISE, seedLow, seedHigh);
      noisyFour(c + ((<usize>k) << 2), f64x2.mul(scale, low), f64x2.mul(scale, high));
    }
  }
}
