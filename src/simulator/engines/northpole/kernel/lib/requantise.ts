// Requantisation of panels: `rows` rows of i32 `bytes` apart with room for a multiple of 4 channels.
//
// float64 is exact here: products and quotients have at most 53 bits (../../README.md), a scale is an integer times a power of two.

const HALF_UP: i32 = 0;
const HALF_AWAY_FROM_ZERO: i32 = 1;
const HALF_EVEN: i32 = 2;

/** The roundings as type arguments: the compiler makes a loop for each. */
class HalfUp {}
class HalfAwayFromZero {}
class HalfEven {}
class Floor {}

/** 1/2 - 2^-54. */
const BEFORE_HALF: f64 = 0.49999999999999994;

/** 2^52 + 2^51: added to an integer of at most 51 bits it leaves that integer in the low bits of the float64. */
const TO_INTEGER: f64 = 6755399441055744;

/** Rounds the two quotients to integers. */
function round<R>(v: v128): v128 {
  if (idof<R>() == idof<HalfEven>()) return f64x2.nearest(v);
  if (idof<R>() == idof<HalfAwayFromZero>()) {
    // The float64 before 1/2: added to a magnitude below 1/2 the sum stays below 1, to one of 1/2 it rounds up to 1.
    const half = v128.or(v128.and(v, f64x2.splat(-0.0)), f64x2.splat(BEFORE_HALF));
    return f64x2.trunc(f64x2.add(v, half));
  }
  const whole = f64x2.floor(v);
  if (idof<R>() == idof<HalfUp>()) {
    // The fraction v - floor(v) is exact but for v in (-1, 0), where rounding it to 53 bits does not cross 1/2.
    const up = f64x2.ge(f64x2.sub(v, whole), f64x2.splat(0.5));
    return f64x2.add(whole, v128.and(up, f64x2.splat(1)));
  }
  return whole;
}

function pair<R>(
  x: v128,
  scale: usize,
  addend: usize,
  inputZeroPoint: v128,
  zeroPoint: v128,
  least: v128,
  most: v128,
): v128 {
  const value = f64x2.sub(f64x2.convert_low_i32x4_s(x), inputZeroPoint);
  const quotient = f64x2.add(f64x2.mul(value, v128.load(scale)), v128.load(addend));
  const shifted = f64x2.add(round<R>(quotient), zeroPoint);
  const clipped = f64x2.pmin(most, f64x2.pmax(least, shifted));
  return f64x2.add(clipped, f64x2.splat(TO_INTEGER));
}

function panel<R>(
  x: usize,
  bytes: usize,
  rows: i32,
  channels: i32,
  scales: usize,
  addends: usize,
  inputZeroPoint: f64,
  zeroPoint: f64,
  min: f64,
  max: f64,
): void {
  const from = f64x2.splat(inputZeroPoint);
  const to = f64x2.splat(zeroPoint);
  const least = f64x2.splat(min);
  const most = f64x2.splat(max);
  for (let r = 0; r < rows; r++, x += bytes) {
    for (let k: usize = 0; k < <usize>channels; k += 4) {
      const at = x + (k << 2);
      const scale = scales + (k << 3);
      const addend = addends + (k << 3);
      const value = v128.load(at);
      const low = pair<R>(value, scale, addend, from, to, least, most);
      const upper = v128.shuffle<i64>(value, value, 1, 1);
      const high = pair<R>(upper, scale + 16, addend + 16, from, to, least, most);
      v128.store(at, v128.shuffle<i32>(low, high, 0, 2, 4, 6));
    }
  }
}

/**
 * x = clip(round((x - inputZeroPoint) scale[k] + addend[k]) + zeroPoint, min, max). Scales (multiplier 2^(leftShift - shift)) and addends
 * (addend 2^-shift) are f64.
 */
export function requantise(
  x: usize,
  bytes: usize,
  rows: i32,
  channels: i32,
  scales: usize,
  addends: usize,
  inputZeroPoint: f64,
  zeroPoint: f64,
  min: f64,
  max: f64,
  rounding: i32,
): void {
  switch (rounding) {
    case HALF_UP:
      panel<HalfUp>(x, bytes, rows, channels, scales, addends, inputZeroPoint, zeroPoint, min, max);
      return;
    case HALF_AWAY_FROM_ZERO:
      panel<HalfAwayFromZero>(x, bytes, rows, channels, scales, addends, inputZeroPoint, zeroPoint, min, max);
      return;
    case HALF_EVEN:
      panel<HalfEven>(x, bytes, rows, channels, scales, addends, inputZeroPoint, zeroPoint, min, max);
      return;
    default:
      panel<Floor>(x, bytes, rows, channels, scales, addends, inputZeroPoint, zeroPoint, min, max);
  }
}

/**
 * x = ((x - inputZeroPoint) 2^leftShift multiplier[k] + 2^30) >> 31, exact in 64 bits: the first half of gemmlowp's requantisation (the second
 * is a division by a power of two). The left operand of the product and the result fit 32 bits.
 */
export function doublingHighProduct(
  x: usize,
  bytes: usize,
  rows: i32,
  channels: i32,
  multipliers: usize,
  inputZeroPoint: i32,
  leftShift: i32,
): void {
  const from = i32x4.splat(inputZeroPoint);
  const nudge = i64x2.splat(1 << 30);
  for (let r = 0; r < rows; r++, x += bytes) {
    for (let k: usize = 0; k < (<usize>channels) << 2; k += 16) {
      const value = i32x4.shl(i32x4.sub(v128.load(x + k), from), leftShift);
      const multiplier = v128.load(multipliers + k);
      // Only the low 32 bits of a shifted product are read, so a logical shift does.
      const low = i64x2.shr_u(i64x2.add(i64x2.extmul_low_i32x4_s(value, multiplier), nudge), 31);
      const high = i64x2.shr_u(i64x2.add(i64x2.extmul_high_i32x4_s(value, multiplier), nudge), 31);
      v128.store(x + k, v128.shuffle<i32>(low, high, 0, 2, 4, 6));
    }
  }
}
