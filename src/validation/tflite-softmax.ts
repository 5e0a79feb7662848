/**
 * The softmax of TFLite's reference kernels on int8 logits, to int8 probabilities (scale 1/256, zero point -128). Source: TensorFlow Lite
 * kernels/internal/reference/softmax.h, gemmlowp fixedpoint/fixedpoint.h. Raw 32-bit numbers; Qm.n has m integer bits.
 */
import { INT32_MAX, INT32_MIN, roundingDivideByPot, saturatingRoundingDoublingHighMul } from '../common/fixed-point.js';
import { quantiseMultiplier } from '../compiler/frontends/tflite/quantised.js';

const times = saturatingRoundingDoublingHighMul;
const saturate = (x: number): number => Math.min(Math.max(x, INT32_MIN), INT32_MAX);
const shiftLeft = (x: number, bits: number): number => saturate(x * 2 ** bits);

/** Parameters of the operator. */
export interface Softmax {
  readonly multiplier: number;
  readonly leftShift: number;
  /** Differences below weigh nothing. */
  readonly diffMin: number;
}

/**
 * Parameters for logits with this scale and a beta of 1: PreprocessSoftmaxScaling and CalculateInputRadius of kernels/internal/quantization_util.cc
 * with 5 integer bits.
 */
export function softmaxParameters(scale: number): Softmax {
  const { multiplier, exponent } = quantiseMultiplier(Math.min(scale * 2 ** 26, 2 ** 31 - 1));
  return { multiplier, leftShift: exponent, diffMin: 0 - Math.floor((31 * 2 ** 26) / 2 ** exponent) };
}

/** Probabilities of logits. */
export function softmax(logits: readonly number[], { multiplier, leftShift, diffMin }: Softmax): number[] {
  const most = Math.max(...logits);
  const exponentials = logits.map((x) => {
    const diff = x - most;
    return diff < diffMin ? undefined : expOfNegative(times(diff * 2 ** leftShift, multiplier));
  });
  const sum = exponentials.reduce<number>((total, e) => total + (e === undefined ? 0 : roundingDivideByPot(e, 12)), 0);
  const headroom = Math.clz32(sum);
  const scale = oneOverOnePlus(sum * 2 ** headroom - 2 ** 31);
  const exponent = 12 - headroom + 31 - 8;
  return exponentials.map((e) =>
    e === undefined ? -128 : Math.min(Math.max(roundingDivideByPot(times(scale, e), exponent) - 128, -128), 127),
  );
}

/** exp(a), a <= 0 in Q5.26; Q0.31. */
function expOfNegative(a: number): number {
  if (a === 0) return INT32_MAX;
  const quarter = 2 ** 24;
  const rest = (((a % quarter) + quarter) % quarter) - quarter;
  let result = expNearZero(shiftLeft(rest, 5));
  const remainder = rest - a;
  // exp(-2^e) for e = -2..4.
  const steps = [1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242];
  steps.forEach((factor, k) => {
    if (Math.floor(remainder / 2 ** (24 + k)) % 2 === 1) result = times(result, factor);
  });
  return result;
}

/** exp(a) for -1/4 <= a < 0, both Q0.31: a Taylor series around -1/8. */
function expNearZero(a: number): number {
  const constant = 1895147668;
  const third = 715827883;
  const x = a + 2 ** 28;
  const x2 = times(x, x);
  const x3 = times(x2, x);
  const x4 = times(x2, x2);
  const quarter = roundingDivideByPot(x4, 2);
  const tail = roundingDivideByPot(times(quarter + x3, third) + x2, 1);
  return saturate(constant + times(constant, x + tail));
}

/** 1 / (1 + x) for 0 <= x < 1, both Q0.31: three steps of Newton and Raphson in Q2.29. */
function oneOverOnePlus(a: number): number {
  const half = Math.floor((a + INT32_MAX + 1) / 2);
  let x = 1515870810 + times(half, -1010580540);
  for (let i = 0; i < 3; i++) {
    const rest = 2 ** 29 - times(half, x);
    x += shiftLeft(times(x, rest), 2);
  }
  return shiftLeft(x, 1);
}
