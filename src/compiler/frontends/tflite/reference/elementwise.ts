/** Element by element: sums, products, extrema, functions, changes of scale; on integers and on real numbers. */
import { broadcast, each, type NdArray, NotEvaluated } from '../../reference/arrays.js';
import {
  type Call,
  clipped,
  type Evaluate,
  isInteger,
  operand,
  option,
  rangeOf,
  reals,
  resultOf,
  scaleOf,
  tensorOf,
  zeroOf,
} from './call.js';
import { f32, fixedMultiplier, rescale, roundAway, upperHalf16 } from './fixed-point.js';

type Pair = (a: number, b: number) => number;

const REAL: Readonly<Record<string, Pair>> = {
  ...{ ADD: (a, b) => a + b, SUB: (a, b) => a - b, MUL: (a, b) => a * b, DIV: (a, b) => a / b },
  ...{ MAXIMUM: (a, b) => Math.max(a, b), MINIMUM: (a, b) => Math.min(a, b) },
};

const binary: Evaluate = (call) => {
  const isExtremum = call.op.name === 'MAXIMUM' || call.op.name === 'MINIMUM';
  const activation = isExtremum ? 0 : option(call, 0);
  const output = resultOf(call);
  if (isInteger(output)) {
    const clip = clipped(output, activation);
    return [broadcast([operand(call, 0), operand(call, 1)], pairOf(call, clip))];
  }
  const f = REAL[call.op.name]!;
  const [low, high] = rangeOf(activation);
  return [broadcast([reals(call, 0), reals(call, 1)], (a, b) => Math.min(Math.max(f(a!, b!), low), high))];
};

/** The function of two stored numbers (kernels/add.cc, sub.cc, mul.cc). */
function pairOf(call: Call, clip: (q: number) => number): (...values: readonly number[]) => number {
  const [first, second, output] = [tensorOf(call, 0), tensorOf(call, 1), resultOf(call)];
  const [za, zb, zero] = [zeroOf(first), zeroOf(second), zeroOf(output)];
  switch (call.op.name) {
    case 'MAXIMUM':
    case 'MINIMUM':
      return (a, b) => clip(REAL[call.op.name]!(a!, b!));
    case 'MUL': {
      const by = fixedMultiplier(f32(f32(scaleOf(first) * scaleOf(second)) / scaleOf(output)));
      return (a, b) => clip(rescale((a! - za) * (b! - zb), by) + zero);
    }
    case 'ADD':
    case 'SUB': {
      const twice = 2 * Math.max(scaleOf(first), scaleOf(second));
      const scales = [scaleOf(first) / twice, scaleOf(second) / twice, twice / (2 ** 20 * scaleOf(output))];
      const [byA, byB, bySum] = scales.map(fixedMultiplier);
      const sign = call.op.name === 'SUB' ? -1 : 1;
      return (a, b) =>
        clip(rescale(rescale((a! - za) * 2 ** 20, byA!) + sign * rescale((b! - zb) * 2 ** 20, byB!), bySum!) + zero);
    }
    default:
      throw new NotEvaluated(`${call.op.name} of integers`);
  }
}

const sigmoid = (v: number): number => 1 / (1 + Math.exp(-v));

/** Functions of real numbers. */
const FUNCTIONS: Readonly<Record<string, (v: number, call: Call) => number>> = {
  ...{ LOGISTIC: sigmoid, TANH: Math.tanh, ABS: Math.abs, EXP: Math.exp, FLOOR: Math.floor, CEIL: Math.ceil },
  ...{ NEG: (v) => -v, SQUARE: (v) => v * v, ELU: (v) => (v < 0 ? Math.expm1(v) : v) },
  HARD_SWISH: (v) => (v * Math.min(Math.max(v + 3, 0), 6)) / 6,
  LEAKY_RELU: (v, call) => (v < 0 ? v * option(call, 0, 0, 'float32') : v),
  ...Object.fromEntries(
    [1, 2, 3].map((code) => {
      const [low, high] = rangeOf(code);
      return [['RELU', 'RELU_N1_TO_1', 'RELU6'][code - 1]!, (v: number) => Math.min(Math.max(v, low), high)];
    }),
  ),
};

/** Functions that kernels tabulate with float32 numbers. */
const TABULATED: Readonly<Record<string, (x: number) => number>> = {
  LOGISTIC: (x) => f32(1 / f32(1 + f32(Math.exp(-x)))),
  TANH: (x) => f32(Math.tanh(x)),
  ELU: (x) => (x < 0 ? f32(Math.expm1(x)) : x),
};

const unary: Evaluate = (call) => {
  if (isInteger(tensorOf(call, 0))) return [each(operand(call, 0), integerFunction(call))];
  const f = FUNCTIONS[call.op.name]!;
  return [each(operand(call, 0), (v) => f(v, call))];
};

/** The function of one stored number. */
function integerFunction(call: Call): (q: number) => number {
  const { name } = call.op;
  const [input, output] = [tensorOf(call, 0), resultOf(call)];
  if (!isInteger(output)) throw new NotEvaluated(`${name} from integers to real numbers`);
  const [from, to, zero] = [scaleOf(input), scaleOf(output), zeroOf(output)];
  const activation = ['', 'RELU', 'RELU_N1_TO_1', 'RELU6'].indexOf(name);
  const clip = clipped(output, Math.max(0, activation));
  const x = (q: number): number => q - zeroOf(input);
  const table = TABULATED[name];
  if (table !== undefined) return (q) => clip(roundAway(f32(table(f32(from * x(q))) * f32(1 / to))) + zero);
  if (name === 'QUANTIZE' || activation > 0) {
    const by = fixedMultiplier(name === 'QUANTIZE' ? from / to : f32(from / to));
    return (q) => clip(rescale(x(q), by) + zero);
  }
  if (name === 'LEAKY_RELU') {
    const slope = f32(f32(from * f32(option(call, 0, 0, 'float32'))) / to);
    const [above, below] = [fixedMultiplier(f32(from / to)), fixedMultiplier(Math.abs(slope))];
    return (q) => clip((x(q) >= 0 ? rescale(x(q), above) : rescale(slope < 0 ? -x(q) : x(q), below)) + zero);
  }
  if (name === 'HARD_SWISH') {
    const swish = hardSwish(from, to);
    return (q) => clip(swish(x(q)) + zero);
  }
  throw new NotEvaluated(`${name} of integers`);
}

const clip16 = (v: number): number => Math.min(Math.max(v, -32768), 32767);

/** x ReLU6(x + 3) / 6 in fixed point of 16 bits (reference/hard_swish.h, kernels/activations.cc). */
function hardSwish(from: number, to: number): (x: number) => number {
  const hires = f32(f32(1 / 128) * from);
  const [output, gate] = [fixedMultiplier(f32(hires / to)), fixedMultiplier(f32(hires / f32(3 / 32768)))];
  const [outputHalf, gateHalf] = [output, gate].map(({ m }) => Math.min(32767, Math.floor((m + 2 ** 15) / 2 ** 16)));
  const shifted = (v: number, right: number): number => rescale(v * 2, { m: 2 ** 30, e: -right });
  return (x) => {
    const fine = x * 128;
    let relu = fine;
    if (gate.e > 0) relu = clip16(relu * 2 ** (gate.e - 1));
    relu = upperHalf16(relu, gateHalf!, true);
    if (gate.e > 0) relu = clip16(relu * 2);
    if (gate.e < 0) relu = shifted(relu, -gate.e);
    relu = Math.floor((relu + 32768) / 2);
    return shifted(upperHalf16(relu, upperHalf16(fine, outputHalf!, true), false), -output.e);
  };
}

/** Between real numbers and integers, or between scales of integers. */
const quantise: Evaluate = (call) => {
  if (isInteger(tensorOf(call, 0))) return unary(call);
  const output = resultOf(call);
  if (!isInteger(output)) throw new NotEvaluated('a quantised type other than 8 bits');
  const clip = clipped(output);
  return [each(operand(call, 0), (v) => clip(roundAway(f32(f32(v) / scaleOf(output))) + zeroOf(output)))];
};

const prelu: Evaluate = (call) => {
  if (isInteger(tensorOf(call, 0))) throw new NotEvaluated('PRELU of integers');
  return [broadcast([operand(call, 0), reals(call, 1)], (v, slope) => (v! < 0 ? v! * slope! : v!))];
};

const named = (names: readonly string[], evaluate: Evaluate): Readonly<Record<string, Evaluate>> =>
  Object.fromEntries(names.map((name) => [name, evaluate]));

export const ELEMENTWISE: Readonly<Record<string, Evaluate>> = {
  ...named(Object.keys(REAL), binary),
  ...named(Object.keys(FUNCTIONS), unary),
  ...{ QUANTIZE: quantise, PRELU: prelu },
  DEQUANTIZE: (call): readonly NdArray[] => [reals(call, 0)],
};
