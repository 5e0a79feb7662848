/**
 * Roundings of fixed-point arithmetic, exact on integers held in float64.
 *
 * x / 2^s is exact in float64 for every integer |x| < 2^53 and s <= 62 (only the exponent changes), so a rounding sees the true
 * quotient. Negative numbers are rounded by their magnitude: the fraction of a magnitude is exact, that of floor(x) is not.
 */
import { assertNever } from './assert.js';

/** Largest magnitude that float64 arithmetic treats exactly: integers below it are safe. */
export const EXACT_LIMIT = 2 ** 53;
/** Range of a 32-bit signed integer. */
export const INT32_MIN = -(2 ** 31);
export const INT32_MAX = 2 ** 31 - 1;

/** Powers of two: the power operator is far slower than the division it feeds. */
const POWERS = Float64Array.from({ length: 64 }, (_, s) => 2 ** s);

/** Nearest integer, ties upwards (towards +infinity): floor(v + 1/2). */
export function roundHalfUp(v: number): number {
  if (v >= 0) return halfAway(v);
  const whole = Math.floor(-v);
  return 0 - (-v - whole > 0.5 ? whole + 1 : whole);
}

/** Nearest integer, ties away from zero. */
export function roundHalfAwayFromZero(v: number): number {
  return v >= 0 ? halfAway(v) : 0 - halfAway(-v);
}

/** Nearest integer, ties to the even neighbour. */
export function roundHalfEven(v: number): number {
  const magnitude = Math.abs(v);
  const whole = Math.floor(magnitude);
  const fraction = magnitude - whole;
  const up = fraction > 0.5 || (fraction === 0.5 && whole % 2 === 1);
  const rounded = up ? whole + 1 : whole;
  return v >= 0 ? rounded : 0 - rounded;
}

/** Largest integer not above v. */
export function roundFloor(v: number): number {
  return Math.floor(v);
}

function halfAway(v: number): number {
  const whole = Math.floor(v);
  return v - whole >= 0.5 ? whole + 1 : whole;
}

/**
 * gemmlowp's SaturatingRoundingDoublingHighMul on 32-bit integers: the high half of 2ab, rounded to nearest with ties upwards,
 * and 2^31 - 1 where both are -2^31. The product has up to 63 bits, so it is taken in 16-bit limbs.
 * Source: gemmlowp fixedpoint/fixedpoint.h, which rounds (ab + nudge) / 2^31 towards zero with nudge 2^30 or 1 - 2^30.
 */
export function saturatingRoundingDoublingHighMul(a: number, b: number): number {
  const high = Math.floor(a / 65536);
  const low = a - high * 65536;
  // ab + 2^30 = (high b + carry) 2^16 + rest with rest in 0..2^16 - 1: the rest cannot reach the quotient by 2^31.
  const carry = Math.floor((low * b + 1073741824) / 65536);
  return Math.min(Math.floor((high * b + carry) / 32768), INT32_MAX);
}

/** gemmlowp's RoundingDivideByPOT: a 32-bit integer by 2^exponent (0..31), to nearest with ties away from zero. */
export function roundingDivideByPot(x: number, exponent: number): number {
  return roundHalfAwayFromZero(x / POWERS[exponent]!);
}

/** What {@link requantiseValue} needs: the fields of a `requantise` node of the network IR, which describes their meaning. */
export interface RequantiseParameters {
  readonly inputZeroPoint: number;
  readonly leftShift: number;
  readonly multiplier: Int32Array;
  readonly shift: Uint8Array;
  readonly addend?: Float64Array;
  readonly zeroPoint: number;
  readonly min: number;
  readonly max: number;
  readonly rounding: 'halfUp' | 'halfAwayFromZero' | 'halfEven' | 'floor' | 'gemmlowp';
}

/**
 * Requantises the integer x of a channel. Exact while |(x - inputZeroPoint) * 2^leftShift * multiplier + addend| < 2^53; with
 * `gemmlowp`, while (x - inputZeroPoint) * 2^leftShift is a 32-bit integer (TFLite's MultiplyByQuantizedMultiplier with its
 * shift = 31 - shift for shift >= 31). Parameter arrays of one element hold for every channel.
 */
export function requantiseValue(p: RequantiseParameters, x: number, channel: number): number {
  const multiplier = p.multiplier[p.multiplier.length === 1 ? 0 : channel]!;
  const shift = p.shift[p.shift.length === 1 ? 0 : channel]!;
  const addend = p.addend === undefined ? 0 : p.addend[p.addend.length === 1 ? 0 : channel]!;
  const shifted = (x - p.inputZeroPoint) * POWERS[p.leftShift]!;
  const rounded =
    p.rounding === 'gemmlowp'
      ? roundingDivideByPot(saturatingRoundingDoublingHighMul(shifted, multiplier), shift - 31)
      : roundedQuotient(p.rounding, (shifted * multiplier + addend) / POWERS[shift]!);
  return Math.min(Math.max(rounded + p.zeroPoint, p.min), p.max);
}

function roundedQuotient(rounding: Exclude<RequantiseParameters['rounding'], 'gemmlowp'>, v: number): number {
  switch (rounding) {
    case 'halfUp':
      return roundHalfUp(v);
    case 'halfAwayFromZero':
      return roundHalfAwayFromZero(v);
    case 'halfEven':
      return roundHalfEven(v);
    case 'floor':
      return roundFloor(v);
    default:
      return assertNever(rounding);
  }
}

/** Largest integer whose square is not above n, for integers 0 <= n < 2^53. */
export function isqrt(n: number): number {
  const root = Math.floor(Math.sqrt(n));
  // The square root is correctly rounded: it can only have been rounded up to an integer, never past one.
  return root * root > n ? root - 1 : root;
}

/** a / b to the nearest integer, ties away from zero; integers with |a| < 2^53 and 0 < b < 2^53. */
export function divideRoundHalfAway(a: number, b: number): number {
  const magnitude = Math.abs(a);
  const rest = magnitude % b;
  const whole = (magnitude - rest) / b;
  const rounded = 2 * rest >= b ? whole + 1 : whole;
  return a >= 0 ? rounded : 0 - rounded;
}
