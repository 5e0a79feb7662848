/**
 * Numbers of quantised tensors as TensorFlow Lite's kernels use them. A value of the network is q - zero point: what kernels compute with, so that
 * padding is 0 and every layer reads plain products. Scales are float32 in the file; where kernels compute with float32, so does this.
 */
import { roundingDivideByPot, saturatingRoundingDoublingHighMul } from '../../../common/fixed-point.js';
import type { Tensor } from './model.js';
import { Refusal } from './refusal.js';

/** A tensor with one scale; `low` and `high` bound q - zeroPoint. */
export interface Quant {
  readonly scale: number;
  readonly zeroPoint: number;
  readonly low: number;
  readonly high: number;
}

/** Limits of q. */
const LIMITS = { int8: [-128, 127], uint8: [0, 255], int4: [-8, 7], int2: [-2, 1] } as const;

/** How an activation is quantised. @throws Refusal for types and zero points that the kernels of 8-bit networks do not take */
export function quantOf(tensor: Tensor): Quant {
  const { type, quantisation } = tensor;
  if (type !== 'int8' && type !== 'uint8') {
    throw new Refusal(`"${tensor.name}" is of type ${type}`, 'export the model with int8 or uint8 activations');
  }
  const [scale, zeroPoint] = [quantisation?.scale[0], quantisation?.zeroPoint[0]];
  if (scale === undefined || zeroPoint === undefined || quantisation?.scale.length !== 1) {
    throw new Refusal(
      `"${tensor.name}" has ${quantisation?.scale.length ?? 0} scales, not one`,
      'export the model again',
    );
  }
  const [low, high] = LIMITS[type];
  if (!(scale > 0 && scale < Infinity) || !(zeroPoint >= low && zeroPoint <= high)) {
    throw new Refusal(`"${tensor.name}" has scale ${scale} and zero point ${zeroPoint}`, 'export the model again');
  }
  return { scale, zeroPoint, low: low - zeroPoint, high: high - zeroPoint };
}

/** Whether two tensors mean the same by the same number. */
export const sameQuant = (a: Quant, b: Quant): boolean =>
  a.scale === b.scale && a.zeroPoint === b.zeroPoint && a.low === b.low;

/** An integer multiplier: real = multiplier / 2^31 * 2^exponent. */
export interface FixedMultiplier {
  readonly multiplier: number;
  readonly exponent: number;
}

/** QuantizeMultiplier of kernels/internal/quantization_util.cc, with two roundings: multiplier in 2^30..2^31 - 1, or 0 for what is below 2^-32. */
export function quantiseMultiplier(real: number): FixedMultiplier {
  if (real === 0) return { multiplier: 0, exponent: 0 };
  let exponent = Math.floor(Math.log2(real)) + 1;
  // The logarithm of a number beside a power of two may be on its other side.
  if (real * 2 ** -exponent >= 1) exponent++;
  else if (real * 2 ** -exponent < 0.5) exponent--;
  let multiplier = Math.round(real * 2 ** -exponent * 2 ** 31);
  if (multiplier === 2 ** 31) {
    multiplier /= 2;
    exponent++;
  }
  return exponent < -31 ? { multiplier: 0, exponent: 0 } : { multiplier, exponent };
}

/** MultiplyByQuantizedMultiplier, with two roundings. */
export function multiplyQuantised(x: number, { multiplier, exponent }: FixedMultiplier): number {
  const left = Math.max(exponent, 0);
  return roundingDivideByPot(saturatingRoundingDoublingHighMul(x * 2 ** left, multiplier), left - exponent);
}

/** std::round: halves away from zero. */
export const roundAway = (x: number): number => (x < 0 ? 0 - Math.round(-x) : Math.round(x));

/** Activation functions that kernels fuse, by their number in the schema. */
const ACTIVATIONS = ['NONE', 'RELU', 'RELU_N1_TO_1', 'RELU6', 'TANH', 'SIGN_BIT'] as const;
export type Activation = (typeof ACTIVATIONS)[number];

/** The activation of a number. @throws Refusal for one that is no clip */
export function activationOf(code: number): Activation {
  const found = ACTIVATIONS[code];
  if (found !== undefined && found !== 'TANH' && found !== 'SIGN_BIT') return found;
  throw new Refusal(`its fused activation is ${found ?? code}`, 'make the activation a layer of its own');
}

/** The real range of an activation. */
export const ACTIVATION_RANGES: Readonly<Record<Activation, readonly [number, number]>> = {
  ...{ NONE: [-Infinity, Infinity], RELU: [0, Infinity], RELU_N1_TO_1: [-1, 1], RELU6: [0, 6] },
  ...{ TANH: [-Infinity, Infinity], SIGN_BIT: [-Infinity, Infinity] },
};

/** CalculateActivationRangeQuantized, for q - zeroPoint. */
export function activationLimits(activation: Activation, quant: Quant): { readonly min: number; readonly max: number } {
  const [from, to] = ACTIVATION_RANGES[activation];
  const quantised = (real: number): number => roundAway(Math.fround(real / quant.scale));
  return {
    min: from === -Infinity ? quant.low : Math.max(quant.low, quantised(from)),
    max: to === Infinity ? quant.high : Math.min(quant.high, quantised(to)),
  };
}
