// Weights as a faulty chip reads them, drawn in place; the definition is src/hw-models/faults/weight-faults.ts.
import { below0, below1, drawBits, repeated } from './lib/bit-draws';
import { drawNormals, normalsHigh, normalsLow } from './lib/normal-draws';

const BIT_FLIP: u32 = 20;
const STUCK_BIT: u32 = 21;
const PROGRAMMING_ERROR: u32 = 52;

/**
 * Bit errors of `n` weights of i8 from weight `first` of their layer on; first * weightBits is a multiple of 64. Limits are rates times 2^32,
 * rounded up; `atRisk` has a bit per position.
 */
export function faultBits(
  weights: usize,
  n: u32,
  weightBits: u32,
  layer: u32,
  first: u32,
  seedLow: u32,
  seedHigh: u32,
  flip0to1: f64,
  flip1to0: f64,
  stuckAt0: f64,
  stuckAt1: f64,
  atRisk: u32,
): void {
  const up = <u64>flip0to1;
  const down = <u64>flip1to0;
  const zero = <u64>stuckAt0;
  const one = <u64>stuckAt1;
  const risk = repeated(atRisk, weightBits);
  const perDraw = 64 / weightBits;
  let block = <u32>((<u64>first * <u64>weightBits) >> 2);
  for (let i: u32 = 0; i < n; i += perDraw, block += 16) {
    let rising: u64 = 0;
    let falling: u64 = 0;
    let zeros: u64 = 0;
    let ones: u64 = 0;
    if (up | down) {
      drawBits(layer, block, 0, BIT_FLIP, seedLow, seedHigh, up, down, false);
      rising = below0 & risk;
      falling = below1 & risk;
    }
    if (zero | one) {
      drawBits(layer, block, 0, STUCK_BIT, seedLow, seedHigh, zero, one, true);
      zeros = below0 & risk;
      ones = below1 & risk;
    }
    if (rising | falling | zeros | ones) {
      readWeights(weights + i, min(perDraw, n - i), weightBits, rising, falling, zeros, ones);
    }
  }
}

/** Up to 64 bits of weights. A stuck bit does not flip; 0 wins where rounding lets both fractions meet. */
function readWeights(weights: usize, n: u32, weightBits: u32, rising: u64, falling: u64, zeros: u64, ones: u64): void {
  const mask = (1 << weightBits) - 1;
  const unused = 32 - weightBits;
  for (let k: u32 = 0; k < n; k++) {
    const shift = <u64>(k * weightBits);
    const weight = <u32>load<i8>(weights + k);
    const written = weightBits == 1 ? <u32>(<i32>weight > 0) : weight & mask;
    const flipped = (written & ~(<u32>(falling >> shift))) | (~written & (<u32>(rising >> shift)));
    const read = (flipped | (<u32>(ones >> shift))) & ~(<u32>(zeros >> shift)) & mask;
    const value = weightBits == 1 ? <i32>read * 2 - 1 : (<i32>(read << unused)) >> unused;
    store<i8>(weights + k, <i8>value);
  }
}

/** Deviations of `n` weights of i8 from weight `first` of their layer on; there is room for a multiple of 4. */
export function program(
  weights: usize,
  n: u32,
  weightBits: u32,
  layer: u32,
  first: u32,
  seedLow: u32,
  seedHigh: u32,
  deviation: f64,
): void {
  const most = f64x2.splat(<f64>((1 << (weightBits - 1)) - 1));
  const least = f64x2.splat(<f64>-(1 << (weightBits - 1)));
  const scale = f64x2.splat(deviation);
  for (let i: u32 = 0; i < n; i += 4) {
    drawNormals(layer, first + i, 0, PROGRAMMING_ERROR, seedLow, seedHigh);
    const at = weights + i;
    const low = f64x2.add(f64x2(<f64>load<i8>(at), <f64>load<i8>(at, 1)), f64x2.mul(scale, normalsLow));
    const high = f64x2.add(f64x2(<f64>load<i8>(at, 2), <f64>load<i8>(at, 3)), f64x2.mul(scale, normalsHigh));
    let values: v128;
    if (weightBits == 1) {
      const below = v128.shuffle<i32>(f64x2.lt(low, f64x2.splat(0)), f64x2.lt(high, f64x2.splat(0)), 0, 2, 4, 6);
      values = v128.or(below, i32x4.splat(1));
    } else {
      const first2 = i32x4.trunc_sat_f64x2_s_zero(f64x2.min(most, f64x2.max(least, f64x2.nearest(low))));
      const last2 = i32x4.trunc_sat_f64x2_s_zero(f64x2.min(most, f64x2.max(least, f64x2.nearest(high))));
      values = v128.shuffle<i64>(first2, last2, 0, 2);
    }
    store<i8>(at, <i8>i32x4.extract_lane(values, 0));
    store<i8>(at, <i8>i32x4.extract_lane(values, 1), 1);
    store<i8>(at, <i8>i32x4.extract_lane(values, 2), 2);
    store<i8>(at, <i8>i32x4.extract_lane(values, 3), 3);
  }
}
