/** Element-wise functions of one real number that are no polynomial of integers: chips have them as tables. */

import { roundHalfEven } from '../../common/fixed-point.js';

/** A function of x and its parameters. */
interface FunctionDefinition {
  /** What each parameter is, in order. The last of `perChannel` functions is an array of one value per channel. */
  readonly parameters: readonly string[];
  readonly apply: (x: number, parameters: Iterable<number>) => number;
}

const define = (parameters: readonly string[], apply: FunctionDefinition['apply']): FunctionDefinition => ({
  parameters,
  apply,
});
const between = (x: number, low: number, high: number): number => Math.min(Math.max(x, low), high);
const logistic = (x: number): number => 1 / (1 + Math.exp(-x));

/** The functions by name, as ONNX (operators of opset 22) and Keras define them, in float64. */
export const FUNCTIONS = {
  leakyRelu: define(['slope'], (x, [slope = 0]) => (x >= 0 ? x : slope * x)),
  sigmoid: define([], logistic),
  tanh: define([], Math.tanh),
  hardSigmoid: define(['alpha', 'beta'], (x, [alpha = 0, beta = 0]) => between(alpha * x + beta, 0, 1)),
  /** x max(0, min(6, x + 3)) / 6 */
  hardSwish: define([], (x) => (x * between(x + 3, 0, 6)) / 6),
  silu: define([], (x) => x * logistic(x)),
  elu: define(['alpha'], (x, [alpha = 1]) => (x >= 0 ? x : alpha * Math.expm1(x))),
  selu: define(['alpha', 'gamma'], (x, [alpha = 0, gamma = 0]) => gamma * (x > 0 ? x : alpha * Math.expm1(x))),
  softplus: define([], (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))),
  softsign: define([], (x) => x / (1 + Math.abs(x))),
  abs: define([], Math.abs),
  negate: define([], (x) => 0 - x),
  square: define([], (x) => x * x),
  exp: define([], Math.exp),
  /** -1, 0 or +1. */
  ternarySign: define([], (x) => Math.sign(x)),
  floor: define([], Math.floor),
  ceil: define([], Math.ceil),
  /** Towards zero. */
  truncate: define([], Math.trunc),
  /** To the nearest integer, halves to the even one. */
  roundHalfEven: define([], roundHalfEven),
  sqrt: define([], Math.sqrt),
  /** x tanh(softplus(x)) */
  mish: define([], (x) => x * Math.tanh(Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))))),
  thresholdedRelu: define(['alpha'], (x, [alpha = 1]) => (x > alpha ? x : 0)),
  /** Rectifier with a smooth left half: max(0, x) + min(0, alpha (exp(x / alpha) - 1)). */
  celu: define(['alpha'], (x, [alpha = 1]) => Math.max(0, x) + Math.min(0, alpha * Math.expm1(x / alpha))),
  /** 1 if x > 0, else 0. */
  positive: define([], (x) => (x > 0 ? 1 : 0)),
} as const satisfies Readonly<Record<string, FunctionDefinition>>;

/** Name of a function of {@link FUNCTIONS}. */
export type FunctionName = keyof typeof FUNCTIONS;

/** The names, in the order of the table. */
export const FUNCTION_NAMES: readonly FunctionName[] = Object.keys(FUNCTIONS).filter(isFunctionName);

/** Whether a text names a function. */
export function isFunctionName(name: string): name is FunctionName {
  return Object.hasOwn(FUNCTIONS, name);
}

/** The function with these parameters ([] for those that have none). */
export function namedFunction(name: FunctionName, parameters: Float64Array): (x: number) => number {
  const { apply } = FUNCTIONS[name];
  return (x) => apply(x, parameters);
}
