/** Functions of one 8-bit number, as the kernels of TensorFlow Lite compute them: integers in, integers out. */
import { INT32_MAX, roundingDivideByPot } from '../../../common/fixed-point.js';
import {
  type Activation,
  activationLimits,
  multiplyQuantised,
  type Quant,
  quantiseMultiplier,
  roundAway,
} from './quantised.js';

/** q of the result for q of the operand, before it is clipped. */
type Kernel = (q: number) => number;

const f32 = Math.fround;

/** Real functions that TFLite tabulates (PopulateLookupTable of kernels/internal/common.h, with float32 arithmetic). */
const TABULATED: Readonly<Record<string, (x: number) => number>> = {
  LOGISTIC: (x) => f32(1 / f32(1 + f32(Math.exp(0 - x)))),
  TANH: (x) => f32(Math.tanh(x)),
  ELU: (x) => (x < 0 ? f32(Math.expm1(x)) : x),
};

/** Names of operators that are one table. */
export const TABLE_OPERATORS: readonly string[] = [...Object.keys(TABULATED), 'HARD_SWISH', 'LEAKY_RELU'];

/** The kernel of a function of one operand. */
export function unaryKernel(name: string, input: Quant, output: Quant, alpha: number): Kernel {
  if (name === 'HARD_SWISH') return hardSwish(input, output);
  if (name === 'LEAKY_RELU') return leakyRelu(input, output, alpha);
  const real = TABULATED[name];
  if (real === undefined) throw new Error(`internal error: no table for ${name}`);
  const inverse = f32(1 / output.scale);
  return (q) => roundAway(f32(real(f32(input.scale * (q - input.zeroPoint))) * inverse)) + output.zeroPoint;
}

/** QuantizeLeakyRelu of reference/leaky_relu.h, with the float32 multipliers of kernels/activations.cc. */
function leakyRelu(input: Quant, output: Quant, alpha: number): Kernel {
  const identity = quantiseMultiplier(f32(input.scale / output.scale));
  const slope = f32(f32(input.scale * alpha) / output.scale);
  const negative = quantiseMultiplier(Math.abs(slope));
  return (q) => {
    const x = q - input.zeroPoint;
    if (x >= 0) return multiplyQuantised(x, identity) + output.zeroPoint;
    return multiplyQuantised(slope < 0 ? 0 - x : x, negative) + output.zeroPoint;
  };
}

const clip16 = (x: number): number => Math.min(Math.max(x, -32768), 32767);
/** gemmlowp's SaturatingRoundingDoublingHighMul on 16-bit integers. */
const doublingHigh16 = (a: number, b: number): number =>
  a === -32768 && b === -32768 ? 32767 : Math.trunc((a * b + (a * b >= 0 ? 2 ** 14 : 1 - 2 ** 14)) / 2 ** 15);

/** A 32-bit multiplier with the upper 16 bits only. */
const upperHalf = (multiplier: number): number =>
  multiplier >= INT32_MAX - 2 ** 15 ? 32767 : Math.floor((multiplier + 2 ** 15) / 2 ** 16);

/** HardSwish of reference/hard_swish.h with the parameters of kernels/activations.cc: 16-bit fixed point. */
function hardSwish(input: Quant, output: Quant): Kernel {
  const fine = f32(f32(1 / 128) * input.scale);
  const toOutput = quantiseMultiplier(f32(fine / output.scale));
  const reluish = quantiseMultiplier(f32(fine / f32(3 / 32768)));
  return (q) => {
    const x = (q - input.zeroPoint) * 128;
    const onOutputScale = doublingHigh16(x, upperHalf(toOutput.multiplier));
    let gate = x;
    if (reluish.exponent > 0) gate = clip16(gate * 2 ** (reluish.exponent - 1));
    gate = doublingHigh16(gate, upperHalf(reluish.multiplier));
    if (reluish.exponent > 0) gate = clip16(gate * 2);
    if (reluish.exponent < 0) gate = roundingDivideByPot(gate, -reluish.exponent);
    gate = Math.floor((gate + 32768) / 2);
    // Rounds towards zero.
    const product = Math.trunc((gate * onOutputScale) / 2 ** 15);
    return roundingDivideByPot(product, -toOutput.exponent) + output.zeroPoint;
  };
}

/** Element-wise operators of two operands on q - zero point; the result is q - zero point too, clipped. */
export function binaryKernel(
  name: string,
  quants: readonly [Quant, Quant],
  output: Quant,
  activation: Activation,
): (a: number, b: number) => number {
  const { min, max } = activationLimits(activation, output);
  const clip = (x: number): number => Math.min(Math.max(x, min), max);
  switch (name) {
    case 'MUL': {
      const scale = quantiseMultiplier(productScale(quants, output));
      return (a, b) => clip(multiplyQuantised(a * b, scale));
    }
    case 'MAXIMUM':
      return (a, b) => clip(Math.max(a, b));
    case 'MINIMUM':
      return (a, b) => clip(Math.min(a, b));
    default: {
      const { first, second, result } = sumMultipliers(quants, output);
      const sign = name === 'SUB' ? -1 : 1;
      return (a, b) =>
        clip(
          multiplyQuantised(
            multiplyQuantised(a * 2 ** 20, first) + sign * multiplyQuantised(b * 2 ** 20, second),
            result,
          ),
        );
    }
  }
}

/** Real multiplier of a product: float32 as in kernels/mul.cc. */
export const productScale = ([a, b]: readonly [Quant, Quant], output: Quant): number =>
  f32(f32(a.scale * b.scale) / output.scale);

/** Multipliers of ADD and SUB for operands shifted by 20 bits (kernels/add.cc). */
export function sumMultipliers([a, b]: readonly [Quant, Quant], output: Quant) {
  const twice = 2 * Math.max(a.scale, b.scale);
  return {
    first: quantiseMultiplier(a.scale / twice),
    second: quantiseMultiplier(b.scale / twice),
    result: quantiseMultiplier(twice / (2 ** 20 * output.scale)),
  };
}

/** The table of a kernel over the range of its operand; entries are q - zero point. */
export function tableOf(
  kernel: Kernel,
  input: Quant,
  output: Quant,
): { readonly inputMin: number; readonly table: Int16Array } {
  const table = Int16Array.from({ length: input.high - input.low + 1 }, (_, i) => {
    const q = kernel(input.low + i + input.zeroPoint) - output.zeroPoint;
    return Math.min(Math.max(q, output.low), output.high);
  });
  return { inputMin: input.low, table };
}
