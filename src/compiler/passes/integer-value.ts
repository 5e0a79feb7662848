/** What an integer tensor means while a float network is lowered: a known function from its integers to the real values. */
import { batchNormFunction } from '../../ir/network/batch-norm.js';
import { FUNCTIONS, namedFunction } from '../../ir/network/functions.js';
import type { ReadoutStep } from '../../ir/network/readout.js';
import { channelsOf, sizeOf } from '../../ir/network/shapes.js';
import type {
  BatchNormNode,
  ClipNode,
  FunctionNode,
  NetworkNode,
  NodeId,
  RmsNormNode,
  Shape,
} from '../../ir/network/types.js';

/** One rounding of a step after the sum. */
export interface Rounding {
  readonly kind: ReadoutStep['kind'];
  readonly by: (channel: number) => number;
}

/** A float64 step after the sum, monotone in x; `slope` and `intercept` restate it where a quantiser or a join follows. */
export interface PostOp {
  readonly apply: (x: number, channel: number) => number;
  /** The same, operation by operation; empty for a rectifier. */
  readonly roundings: readonly Rounding[];
  readonly slope: (channel: number) => number;
  readonly intercept: (channel: number) => number;
  /** Limits of the result of a step that clips: affine only between them. */
  readonly within?: readonly [low: number, high: number];
  /** A function that is affine nowhere, of an activation: only a table can follow. */
  readonly bends?: true;
}

/** What the integer tensor that node `id` produces means. */
export interface Value {
  readonly id: NodeId;
  readonly shape: Shape;
  /** `count`: q of an activation. `sum`: a linear function of counts that waits for its activation. */
  readonly kind: 'count' | 'sum';
  /** Whether q came from multi-bit values (an integer code, a quantiser): padding then stays in the layer, and constants are 0. */
  readonly multiBit: boolean;
  /** Whether the float network knows it as multiples of one unit, sums of which it takes over the integers. */
  readonly onGrid: boolean;
  /** The real value of element e is post((scale * (q - zeroPoint) + constant[e]) / divisor). */
  readonly zeroPoint: number;
  readonly scale: number;
  readonly divisor: number;
  readonly constant: Float64Array;
  /** Bounds of q per channel over all inputs. */
  readonly low: Float64Array;
  readonly high: Float64Array;
  readonly post: readonly PostOp[];
  /** A norm that waits for the quantiser behind it; only a quantiser may read this value. */
  readonly norm?: { readonly node: RmsNormNode; readonly input: NodeId };
}

/** Why a layer has no integer form. */
export type Problem = readonly [code: string, message: string, remedy: string];

/** What a layer becomes. */
export interface Step {
  readonly nodes: readonly NetworkNode[];
  readonly value: Value;
  readonly problem?: Problem;
  readonly warning?: Problem;
}

/** Plain counts 0..max whose real value is the count. */
export function counts(id: NodeId, shape: Shape, max: number): Value {
  const channels = channelsOf(shape);
  return {
    id,
    shape,
    kind: 'count',
    multiBit: false,
    onGrid: true,
    zeroPoint: 0,
    scale: 1,
    divisor: 1,
    constant: new Float64Array(sizeOf(shape)),
    low: new Float64Array(channels),
    high: new Float64Array(channels).fill(max),
    post: [],
  };
}

/** Multiples low..high of a step. */
export function multiples(id: NodeId, shape: Shape, step: number, [low, high]: readonly [number, number]): Value {
  const channels = channelsOf(shape);
  return {
    ...counts(id, shape, high),
    multiBit: true,
    scale: step,
    low: new Float64Array(channels).fill(low),
  };
}

export const batchNormOp = (node: BatchNormNode): PostOp => {
  const slope = (c: number): number => node.gamma[c]! / Math.sqrt(node.variance[c]! + node.epsilon);
  return {
    apply: batchNormFunction(node),
    roundings: [
      { kind: 'add', by: (c) => 0 - node.mean[c]! },
      { kind: 'divide', by: (c) => Math.sqrt(node.variance[c]! + node.epsilon) },
      { kind: 'multiply', by: (c) => node.gamma[c]! },
      { kind: 'add', by: (c) => node.beta[c]! },
    ],
    slope,
    intercept: (c) => node.beta[c]! - node.mean[c]! * slope(c),
  };
};

export const scaleOp = (scale: Float64Array): PostOp => {
  const at = (c: number): number => scale[scale.length === 1 ? 0 : c]!;
  return { apply: (x, c) => at(c) * x, roundings: [{ kind: 'multiply', by: at }], slope: at, intercept: () => 0 };
};

export const biasOp = (bias: Float64Array): PostOp => ({
  apply: (x, c) => x + bias[c]!,
  roundings: [{ kind: 'add', by: (c) => bias[c]! }],
  slope: () => 1,
  intercept: (c) => bias[c]!,
});

export const RELU_OP: PostOp = {
  apply: (x) => (x > 0 ? x : 0),
  roundings: [],
  slope: () => 1,
  intercept: () => 0,
  within: [0, Infinity],
};

export const clipOp = ({ min, max }: ClipNode): PostOp => ({
  apply: (x) => Math.min(Math.max(x, min), max),
  roundings: [],
  slope: () => 1,
  intercept: () => 0,
  within: [min, max],
});

export function functionOp({ function: name, parameters = new Float64Array(0) }: FunctionNode): PostOp {
  const n = FUNCTIONS[name].parameters.length;
  const shared = parameters.length === n;
  const at = (c: number): ((x: number) => number) =>
    namedFunction(name, shared ? parameters : parameters.subarray(c * n, c * n + n));
  return { apply: (x, c) => at(c)(x), roundings: [], slope: () => 1, intercept: () => 0, bends: true };
}

/** Whether a value went through a rectifier, a clip or a function: it is no affine function of its integer. */
export const isBent = (value: Value): boolean => value.post.some((op) => op.within !== undefined || op.bends === true);

/** Flattening turns channels into elements: per-channel facts are spread out. */
export function perElement(after: Value, before: Value): Value {
  const n = sizeOf(before.shape);
  const channels = channelsOf(before.shape);
  const spread = (a: Float64Array): Float64Array => Float64Array.from({ length: n }, (_, e) => a[e % channels]!);
  const post = before.post.map((op) => ({
    ...op,
    apply: (x: number, e: number) => op.apply(x, e % channels),
    roundings: op.roundings.map(({ kind, by }) => ({ kind, by: (e: number) => by(e % channels) })),
    slope: (e: number) => op.slope(e % channels),
    intercept: (e: number) => op.intercept(e % channels),
  }));
  return { ...after, low: spread(before.low), high: spread(before.high), post };
}

/** The limits that the clips at the end of a value leave: [-Infinity, Infinity] without any. */
export function limitsOf({ post }: Value): readonly [low: number, high: number] {
  const first = post.findIndex((op) => op.within !== undefined);
  const clips = first < 0 ? [] : post.slice(first);
  const through = (x: number): number => clips.reduce((y, op) => op.apply(y, 0), x);
  return [through(-Infinity), through(Infinity)];
}

/** The real value of the integer q in a channel, with the constant of its element. */
export function realValue(value: Value, c: number, constant: number): (q: number) => number {
  return (q) =>
    value.post.reduce((x, op) => op.apply(x, c), (value.scale * (q - value.zeroPoint) + constant) / value.divisor);
}

/** The real value restated as slope * q + intercept, per channel; clips and functions left out. */
export function affineOf(value: Value, c: number, constant: number): { slope: number; intercept: number } {
  let slope = value.scale / value.divisor;
  let intercept = (constant - value.scale * value.zeroPoint) / value.divisor;
  for (const op of value.post) {
    slope *= op.slope(c);
    intercept = intercept * op.slope(c) + op.intercept(c);
  }
  return { slope, intercept };
}

/** The constant of each channel, or undefined where the elements of a channel differ. */
export function channelConstants(value: Value): Float64Array | undefined {
  const channels = channelsOf(value.shape);
  const constants = value.constant.slice(0, channels);
  return value.constant.every((v, e) => v === constants[e % channels]) ? constants : undefined;
}
