/** Products, maxima and minima of two values, and values moved from place to place. */
import { present } from '../../common/assert.js';
import { rangeAfter, type ValueRange } from '../../ir/network/ranges.js';
import { channelsOf, sizeOf } from '../../ir/network/shapes.js';
import type { ExtremumNode, MultiplyNode, RearrangeNode, Shape } from '../../ir/network/types.js';
import { type Problem, type Step, type Value } from './integer-value.js';

/** The bounds of a value, one per channel of its shape. */
function perChannel({ low, high }: ValueRange, shape: Shape): Pick<Value, 'low' | 'high'> {
  const spread = (a: Float64Array): Float64Array =>
    Float64Array.from({ length: channelsOf(shape) }, (_, c) => a[c % a.length]!);
  return { low: spread(low), high: spread(high) };
}

const operandsOf = (inputs: readonly Value[]): readonly [Value, Value] => [
  present(inputs[0], 'first operand'),
  present(inputs[1], 'second operand'),
];

/** A product of activations is a product of their integers; what follows brings it back to few bits. */
export function product(node: MultiplyNode, inputs: readonly Value[], shape: Shape): Step {
  const [a, b] = operandsOf(inputs);
  const lowered: MultiplyNode = { ...node, inputs: [a.id, b.id] };
  const range = rangeAfter(
    lowered,
    inputs,
    inputs.map((value) => value.shape),
  );
  const value: Value = {
    id: node.id,
    shape,
    kind: 'sum',
    multiBit: true,
    onGrid: false,
    zeroPoint: 0,
    scale: a.scale * b.scale,
    divisor: a.divisor * b.divisor,
    constant: new Float64Array(sizeOf(shape)),
    ...perChannel(range, shape),
    post: [],
  };
  const problem = inputs.map(notPlain).find((found) => found !== undefined);
  if (problem !== undefined) return { nodes: [], value, problem };
  const exact = [a.scale, a.divisor, b.scale, b.divisor].every((x) => Number.isInteger(Math.log2(Math.abs(x))));
  const warning: Problem = [
    'rounded-product',
    'float64 rounds the values before it multiplies them, the integer network multiplies integers: what is decided within that rounding may differ',
    'accept it, or use steps that are powers of two',
  ];
  return { nodes: [lowered], value, ...(exact ? {} : { warning }) };
}

/** Why a value is not a multiple of its step without a constant. */
function notPlain(value: Value): Problem | undefined {
  if (value.kind === 'sum' || value.post.length > 0) {
    const message = `it reads "${value.id}", sums without an activation`;
    return ['missing-activation', message, 'put a sign, step or quantise activation on both operands'];
  }
  if (value.zeroPoint === 0 && value.constant.every((c) => c === 0)) return undefined;
  const message = `it reads "${value.id}", whose integers stand for values with a constant part`;
  return ['constant-in-product', message, 'use a quantiser without a zero point, or a step instead of a sign'];
}

/** The larger of two activations on one scale is the larger of their integers. */
export function extremum(node: ExtremumNode, inputs: readonly Value[], shape: Shape): Step {
  const [a, b] = operandsOf(inputs);
  const lowered: ExtremumNode = { ...node, inputs: [a.id, b.id] };
  const range = rangeAfter(
    lowered,
    inputs,
    inputs.map((value) => value.shape),
  );
  const value: Value = { ...a, id: node.id, shape, ...perChannel(range, shape) };
  const sums = inputs.find(({ kind, post }) => kind === 'sum' || post.length > 0);
  if (sums !== undefined) {
    const message = `it reads "${sums.id}", sums without an activation`;
    return { nodes: [], value, problem: ['missing-activation', message, 'put an activation on both operands'] };
  }
  const alike =
    a.scale === b.scale &&
    a.divisor === b.divisor &&
    a.zeroPoint === b.zeroPoint &&
    a.multiBit === b.multiBit &&
    a.constant.every((c, e) => c === b.constant[e]);
  if (alike) return { nodes: [lowered], value };
  const message = `"${a.id}" and "${b.id}" are multiples of different steps`;
  return { nodes: [], value, problem: ['different-steps', message, 'quantise both operands with one step'] };
}

/** Moving values moves their integers and constants. */
export function rearranged(node: RearrangeNode, before: Value, shape: Shape): Step {
  const { index, fill = 0 } = node;
  const channels = channelsOf(before.shape);
  const outChannels = channelsOf(shape);
  const fills = index?.includes(-1) === true;
  // Multi-bit values have no constants, so what is filled in has to be an integer; others have a constant for every element.
  const shared = before.multiBit ? 0 : fill * before.divisor;
  const filler = (fill * before.divisor - shared) / before.scale + before.zeroPoint;
  const from = new Int32Array(outChannels).fill(-1);
  let isMixed = false;
  const constant = new Float64Array(sizeOf(shape));
  for (let e = 0; e < constant.length; e++) {
    const source = index === undefined ? e : index[e]!;
    if (source < 0) {
      constant[e] = shared;
      continue;
    }
    constant[e] = before.constant[source]!;
    const c = source % channels;
    const o = e % outChannels;
    if (from[o]! >= 0 && from[o] !== c) isMixed = true;
    from[o] = c;
  }
  const lowered: RearrangeNode = {
    kind: 'rearrange',
    id: node.id,
    input: before.id,
    shape,
    ...(index === undefined ? {} : { index }),
    ...(fills && filler !== 0 ? { fill: filler } : {}),
  };
  const channel = (o: number): number => Math.max(0, from[o]!);
  const post = before.post.map((op) => ({
    ...op,
    apply: (x: number, o: number) => op.apply(x, channel(o)),
    roundings: op.roundings.map(({ kind, by }) => ({ kind, by: (o: number) => by(channel(o)) })),
    slope: (o: number) => op.slope(channel(o)),
    intercept: (o: number) => op.intercept(channel(o)),
  }));
  const range = perChannel(rangeAfter(lowered, [before], [before.shape]), shape);
  const value: Value = { ...before, id: node.id, shape, constant, ...range, post };
  const problem = rearrangeProblem(before, { isMixed, fills, isInteger: Number.isSafeInteger(filler) });
  return problem === undefined ? { nodes: [lowered], value } : { nodes: [], value, problem };
}

function rearrangeProblem(
  before: Value,
  { isMixed, fills, isInteger }: { readonly isMixed: boolean; readonly fills: boolean; readonly isInteger: boolean },
): Problem | undefined {
  const remedy = 'put the activation in front of it';
  if (before.post.length > 0 && isMixed) {
    return [
      'unsupported-order',
      'it mixes channels whose scale, bias or batch norm still waits for the activation',
      remedy,
    ];
  }
  if (before.post.length > 0 && fills) {
    return ['unsupported-order', 'it pads sums whose scale, bias or batch norm still waits for the activation', remedy];
  }
  if (fills && !isInteger) {
    return ['unsupported-padding', 'it pads with a value that is no multiple of the step of its input', 'pad with 0'];
  }
  return undefined;
}
