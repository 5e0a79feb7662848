/** Operators on elements. */
import { broadcast, each, type NdArray } from '../../reference/arrays.js';
import { type Evaluate, type Evaluation, float, operand } from './evaluation.js';

const unary =
  (f: (v: number, evaluation: Evaluation) => number): Evaluate =>
  (evaluation) => [each(operand(evaluation, 0), (v) => f(v, evaluation))];

const given = ({ inputs }: Evaluation): readonly NdArray[] => inputs.filter((input) => input !== undefined);

const joined =
  (f: (...values: readonly number[]) => number): Evaluate =>
  (evaluation) => [broadcast(given(evaluation), f)];

const passed: Evaluate = (evaluation) => [operand(evaluation, 0)];
const sigmoid = (v: number): number => 1 / (1 + Math.exp(-v));
const softplus = (v: number): number => Math.max(v, 0) + Math.log1p(Math.exp(-Math.abs(v)));
const sum = (...values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** Halves to the even integer. */
export function roundEven(v: number): number {
  const below = Math.floor(v);
  if (v - below !== 0.5) return Math.round(v);
  return below % 2 === 0 ? below : below + 1;
}

/** `alpha` and `beta` are attributes with these defaults. */
const alpha = (evaluation: Evaluation, otherwise: number): number => float(evaluation, 'alpha', otherwise);
const beta = (evaluation: Evaluation, otherwise: number): number => float(evaluation, 'beta', otherwise);

const INTEGERS: readonly number[] = [2, 3, 4, 5, 6, 7, 9, 12, 13];

const cast: Evaluate = (evaluation) => {
  const x = operand(evaluation, 0);
  const isInteger = INTEGERS.includes(evaluation.node.attributes.get('to')?.int ?? 1);
  return [{ ...(isInteger ? each(x, Math.trunc) : x), isInteger }];
};

const clip: Evaluate = (evaluation) => {
  const { inputs } = evaluation;
  const low = inputs[1]?.data[0] ?? float(evaluation, 'min', -Infinity);
  const high = inputs[2]?.data[0] ?? float(evaluation, 'max', Infinity);
  return [{ ...operand(evaluation, 0), ...each(operand(evaluation, 0), (v) => Math.min(Math.max(v, low), high)) }];
};

const divide: Evaluate = (evaluation) => {
  const areIntegers = given(evaluation).every(({ isInteger }) => isInteger === true);
  return [broadcast(given(evaluation), (a, b) => (areIntegers ? Math.trunc(a! / b!) : a! / b!))];
};

export const ELEMENTWISE: Readonly<Record<string, Evaluate>> = {
  ...{ Identity: passed, Dropout: passed, Cast: cast, Clip: clip, Div: divide },
  Add: joined(sum),
  Sum: joined(sum),
  Sub: joined((a, b) => a! - b!),
  Mul: joined((a, b) => a! * b!),
  Pow: joined((a, b) => a! ** b!),
  Max: joined((...values) => Math.max(...values)),
  Min: joined((...values) => Math.min(...values)),
  Mean: joined((...values) => sum(...values) / values.length),
  PRelu: joined((v, slope) => (v! < 0 ? v! * slope! : v!)),
  Relu: unary((v) => Math.max(v, 0)),
  LeakyRelu: unary((v, e) => (v < 0 ? alpha(e, 0.01) * v : v)),
  ThresholdedRelu: unary((v, e) => (v > alpha(e, 1) ? v : 0)),
  Elu: unary((v, e) => (v < 0 ? alpha(e, 1) * Math.expm1(v) : v)),
  Celu: unary((v, e) => Math.max(v, 0) + Math.min(0, alpha(e, 1) * Math.expm1(v / alpha(e, 1)))),
  Selu: unary(
    (v, e) => float(e, 'gamma', 1.0507010221481323) * (v > 0 ? v : alpha(e, 1.6732631921768188) * Math.expm1(v)),
  ),
  HardSigmoid: unary((v, e) => Math.min(1, Math.max(0, alpha(e, 0.2) * v + beta(e, 0.5)))),
  HardSwish: unary((v) => v * Math.min(1, Math.max(0, v / 6 + 0.5))),
  Mish: unary((v) => v * Math.tanh(softplus(v))),
  Softplus: unary(softplus),
  Softsign: unary((v) => v / (1 + Math.abs(v))),
  Sigmoid: unary(sigmoid),
  Tanh: unary(Math.tanh),
  Exp: unary(Math.exp),
  Sqrt: unary(Math.sqrt),
  Abs: unary(Math.abs),
  Neg: unary((v) => -v),
  Sign: unary(Math.sign),
  Floor: unary(Math.floor),
  Ceil: unary(Math.ceil),
  Round: unary(roundEven),
};
