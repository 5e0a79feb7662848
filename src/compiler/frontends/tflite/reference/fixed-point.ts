/**
 * Rescaling of integers in fixed point, and rounding (tensorflow/lite/kernels/internal/quantization_util.cc, common.h). This folder writes the
 * reference kernels of TensorFlow Lite out again, with loops over stored numbers (q, not q - zero point): what the networks are compared with
 * that the importer makes. It shares with the importer the parser of files, and nothing of what the importer makes of operators.
 */

/** A real multiplier m / 2^31 2^e: 31 bits and an exponent. */
export interface FixedMultiplier {
  /** 2^30..2^31 - 1, or 0. */
  readonly m: number;
  readonly e: number;
}

/** The multiplier of a real number above 0, taken from its binary digits; 0 for what is below 2^-32. */
export function fixedMultiplier(real: number): FixedMultiplier {
  if (real === 0) return { m: 0, e: 0 };
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, real);
  const bits = view.getBigUint64(0);
  let e = Number((bits >> 52n) & 2047n) - 1022;
  const mantissa = (bits & ((1n << 52n) - 1n)) | (1n << 52n);
  let m = Number((mantissa + (1n << 21n)) >> 22n);
  if (m === 2 ** 31) {
    m = 2 ** 30;
    e++;
  }
  return e < -31 ? { m: 0, e: 0 } : { m, e };
}

/** x times a multiplier with both roundings: of the upper half of the doubled product, and of the shift to the right. */
export function rescale(x: number, { m, e }: FixedMultiplier): number {
  const high = upperHalf(x * 2 ** Math.max(e, 0), m);
  const right = Math.max(-e, 0);
  if (right === 0) return high;
  const whole = Math.floor(high / 2 ** right);
  // Halves away from zero.
  const threshold = Math.floor((2 ** right - 1) / 2) + (high < 0 ? 1 : 0);
  return whole + (high - whole * 2 ** right > threshold ? 1 : 0);
}

/** The product over 2^31, rounded: towards zero after a nudge away from it. */
function upperHalf(x: number, m: number): number {
  const nudge = x >= 0 ? 2 ** 30 : 2 ** 30 - 1;
  const size = Math.abs(x);
  let high: number;
  if (size < 2 ** 37) {
    // In two parts, so that no product has more than 53 bits.
    const [upper, lower] = [Math.floor(size / 2 ** 16) * m, (size % 2 ** 16) * m];
    const rest = (upper % 2 ** 15) * 2 ** 16 + lower + nudge;
    high = Math.floor(upper / 2 ** 15) + Math.floor(rest / 2 ** 31);
  } else high = Number((BigInt(size) * BigInt(m) + BigInt(nudge)) >> 31n);
  return x < 0 ? 0 - high : high;
}

export const f32 = Math.fround;

/** std::round: halves away from zero. */
export const roundAway = (x: number): number => (x < 0 ? 0 - Math.round(-x) : Math.round(x));

/** Upper half of the doubled product of two 16-bit integers: rounded, or cut off towards zero. */
export function upperHalf16(a: number, b: number, isRounded: boolean): number {
  if (a === -32768 && b === -32768) return 32767;
  const product = a * b;
  const nudge = !isRounded ? 0 : product >= 0 ? 2 ** 14 : 1 - 2 ** 14;
  return Math.trunc((product + nudge) / 2 ** 15) + 0;
}
