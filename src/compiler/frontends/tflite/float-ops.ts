/** Operators of networks of real numbers: layers of the float dialect. Weights of 8 bits and 16-bit floats come with their scales. */
import { channelsOf, sizeOf } from '../../../ir/network/shapes.js';
import type { FunctionName } from '../../../ir/network/functions.js';
import type { BitWidth, NodeId, Weights } from '../../../ir/network/types.js';
import { spreadImage, tapsLast, turned } from './integer-linear.js';
import {
  type Geometry,
  geometryOf,
  isSamePadding,
  type OperatorContext,
  outputImage,
  type Value,
} from './operator-context.js';
import { ACTIVATION_RANGES, activationOf } from './quantised.js';
import { Refusal } from './refusal.js';
import { broadcast, commonShape, concatenate, meanWindow } from './shape-ops.js';

/** Numbers of a constant, integers times their scales as float32 (kernels/dequantize.cc). */
export function reals(context: OperatorContext, i: number): Float64Array {
  const { type, quantisation, shape, name } = context.constant(i);
  const numbers = context.numbers(i);
  if (type === 'float32' || type === 'float16') {
    if (!numbers.every(Number.isFinite))
      throw new Refusal(`"${name}" holds NaN or infinity`, 'train again, or export the model again');
    return numbers;
  }
  if (quantisation === undefined)
    throw new Refusal(`"${name}" is of type ${type} without a scale`, 'export the model with float32 weights');
  const { scale, zeroPoint, axis } = quantisation;
  const inner = sizeOf(shape.slice(axis + 1));
  const n = shape[axis] ?? 1;
  if (scale.length !== 1 && scale.length !== n)
    throw new Refusal(`"${name}" has ${scale.length} scales for ${n}`, 'export the model again');
  const at = (e: number): number => (scale.length === 1 ? 0 : Math.floor(e / inner) % n);
  context.note =
    'weights of 8 bits; the sums are those of real inputs, which kernels that quantise them while they run only approach';
  return numbers.map((q, e) => Math.fround(scale[at(e)]! * (q - zeroPoint[at(e)]!)));
}

/** Real weights [nOut, taps]; as -1 and +1 with a scale where every output has them of one magnitude. */
export function realWeights(
  values: Float64Array,
  nOut: number,
): { readonly weights: Weights; readonly scale?: Float64Array; readonly weightBits?: BitWidth } {
  const taps = values.length / nOut;
  const scale = Float64Array.from({ length: nOut }, (_, o) => Math.abs(values[o * taps] ?? 0));
  const isBinary = taps > 0 && values.every((w, k) => w !== 0 && Math.abs(w) === scale[Math.floor(k / taps)]);
  if (!isBinary) return { weights: Float32Array.from(values) };
  const weights = Int8Array.from(values, (w) => Math.sign(w));
  return { weights, weightBits: 1, ...(scale.every((s) => s === 1) ? {} : { scale }) };
}

function bias(context: OperatorContext, i: number, nOut: number): { readonly bias?: Float64Array } {
  if (!context.has(i)) return {};
  const values = reals(context, i);
  if (values.length !== nOut)
    throw new Refusal(`its bias has ${values.length} numbers for ${nOut} outputs`, 'export the model again');
  return values.every((b) => b === 0) ? {} : { bias: values };
}

/** A fused activation behind a value. */
function activated(context: OperatorContext, id: NodeId, code: number): NodeId {
  const activation = activationOf(code);
  const [min, max] = ACTIVATION_RANGES[activation];
  if (min === -Infinity) return id;
  return context.add(
    max === Infinity
      ? { kind: 'relu', id: context.id('relu'), input: id }
      : { kind: 'clip', id: context.id('clip'), input: id, min, max },
  );
}

/** CONV_2D and DEPTHWISE_CONV_2D. */
export function convolution(context: OperatorContext): void {
  const isDepthwise = context.op.name === 'DEPTHWISE_CONV_2D';
  const input = context.value(0);
  const image = context.image(input);
  const { shape } = context.constant(1);
  const [first = 0, height = 0, width = 0, last = 0] = shape;
  const nOut = isDepthwise ? last : first;
  const groups = isDepthwise ? image[2] : image[2] / last;
  if (
    shape.length !== 4 ||
    !Number.isInteger(groups) ||
    groups < 1 ||
    nOut % groups !== 0 ||
    (isDepthwise && first !== 1)
  ) {
    throw new Refusal(`its weights [${shape.join(', ')}] do not fit ${image[2]} channels`, 'export the model again');
  }
  const { options } = context;
  const at = isDepthwise ? { activation: 4, dilation: 5 } : { activation: 3, dilation: 4 };
  const geometry = geometryOf(image, {
    window: [height, width],
    stride: [options?.int32(2) ?? 1, options?.int32(1) ?? 1],
    dilation: [options?.int32(at.dilation + 1, 1) ?? 1, options?.int32(at.dilation, 1) ?? 1],
    isSame: isSamePadding(options?.int8(0) ?? 0),
  });
  const stored = reals(context, 1);
  const weights = isDepthwise ? Float64Array.from(tapsLast(Float32Array.from(stored), height * width, nOut)) : stored;
  const id = addConvolution(context, input.id, geometry, {
    groups,
    nOut,
    ...realWeights(weights, nOut),
    ...bias(context, 2, nOut),
  });
  context.give(activated(context, id, options?.int8(at.activation) ?? 0), [1, ...outputImage(image, geometry), nOut]);
}

/** A convolution whose padding counts as `padValue`. */
export function addConvolution(
  context: OperatorContext,
  input: NodeId,
  { window, stride, padding, dilation }: Geometry,
  parts: {
    readonly groups: number;
    readonly nOut: number;
    readonly weights: Weights;
    readonly scale?: Float64Array;
    readonly bias?: Float64Array;
    readonly weightBits?: BitWidth;
  },
  padValue = 0,
): NodeId {
  const isDilated = dilation.some((d) => d > 1);
  return context.add({
    kind: 'conv2d',
    id: context.id(),
    input,
    window,
    stride,
    padding,
    padValue,
    ...parts,
    ...(isDilated ? { dilation } : {}),
  });
}

/** TRANSPOSE_CONV. */
export function transposedConvolution(context: OperatorContext): void {
  const { shape } = context.constant(1);
  const [nOut = 0, height = 0, width = 0, channels = 0] = shape;
  const { id, geometry, output } = spreadImage(context, [height, width], channels);
  const weights = Float64Array.from(turned(Float32Array.from(reals(context, 1)), shape));
  const conv = addConvolution(context, id, geometry, {
    groups: 1,
    nOut,
    ...realWeights(weights, nOut),
    ...bias(context, 3, nOut),
  });
  context.give(activated(context, conv, context.options?.int8(3) ?? 0), [1, ...output, nOut]);
}

/** FULLY_CONNECTED. */
export function fullyConnected(context: OperatorContext): void {
  const input = context.value(0);
  const [nOut = 0, nIn = 0] = context.constant(1).shape;
  const size = sizeOf(input.full);
  if (nIn < 1 || size % nIn !== 0)
    throw new Refusal(`${size} inputs do not fit its weights [${nOut}, ${nIn}]`, 'export the model again');
  if ((context.options?.int8(1) ?? 0) !== 0)
    throw new Refusal('its weights are stored in a shuffled order', 'export the model without it');
  const rows = size / nIn;
  const parts = { nOut, ...realWeights(reals(context, 1), nOut), ...bias(context, 2, nOut) };
  const activation = context.options?.int8(0) ?? 0;
  const full = (context.options?.uint8(2) ?? 0) === 0 ? [rows, nOut] : [...input.full.slice(0, -1), nOut];
  if (rows === 1) {
    const flat = context.rearrange(input, [1, nIn], undefined, 0, 'flat');
    const id = context.add({ kind: 'dense', id: context.id(), input: flat, ...parts });
    return context.give(activated(context, id, activation), full);
  }
  const pixels = context.rearrange(input, [1, 1, rows, nIn], undefined, 0, 'rows');
  const geometry: Geometry = { window: [1, 1], stride: [1, 1], dilation: [1, 1], padding: [0, 0, 0, 0] };
  const id = activated(context, addConvolution(context, pixels, geometry, { groups: 1, ...parts }), activation);
  context.give(context.rearrange({ id, full: [1, 1, rows, nOut] }, full, undefined, 0, 'shaped'), full);
}

/** ADD, SUB, MUL, DIV, MAXIMUM, MINIMUM. */
export function binary(context: OperatorContext): void {
  const name = context.op.name;
  const isExtremum = name === 'MAXIMUM' || name === 'MINIMUM';
  const activation = isExtremum ? 0 : (context.options?.int8(0) ?? 0);
  const constants = [context.isConstant(0), context.isConstant(1)];
  if (constants[0] === true && constants[1] === true)
    throw new Refusal('both operands are constants', 'let the exporter fold constants');
  const c = constants[0] === true ? 0 : constants[1] === true ? 1 : undefined;
  if (c !== undefined) {
    const input = context.value(1 - c);
    return context.give(
      activated(context, withConstant(context, input, c), activation),
      commonShape(input.full, context.tensor(c).shape),
    );
  }
  const [a, b] = [context.value(0), context.value(1)];
  const full = commonShape(a.full, b.full);
  const [first, second] = [broadcast(context, a, full), broadcast(context, b, full)];
  const negative = (): NodeId =>
    context.add({ kind: 'function', id: context.id('negative'), input: second, function: 'negate' });
  if (name === 'DIV') throw new Refusal('it divides two values', 'divide by constants only');
  const id = isExtremum
    ? context.add({
        kind: 'extremum',
        id: context.id(),
        of: name === 'MAXIMUM' ? 'max' : 'min',
        inputs: [first, second],
      })
    : name === 'MUL'
      ? context.add({ kind: 'multiply', id: context.id(), inputs: [first, second] })
      : context.add({ kind: 'add', id: context.id(), inputs: [first, name === 'SUB' ? negative() : second] });
  context.give(activated(context, id, activation), full);
}

/** An element-wise operator with a constant, one number or one per channel: a batch norm or a clip. */
function withConstant(context: OperatorContext, input: Value, c: 0 | 1): NodeId {
  const { shape, name } = context.constant(c);
  const channels = channelsOf(input.full);
  const size = sizeOf(shape);
  if (size !== 1 && (size !== channels || channelsOf(shape) !== channels || shape.length > input.full.length)) {
    throw new Refusal(
      `"${name}" has the shape [${shape.join(', ')}], the other operand [${input.full.join(', ')}]`,
      'use one number per channel, or one',
    );
  }
  const stored = reals(context, c);
  const values = Float64Array.from({ length: channels }, (_, k) => stored[k % size]!);
  const all = (x: number): Float64Array => new Float64Array(channels).fill(x);
  const affine = (gamma: Float64Array, mean: Float64Array, variance: Float64Array, beta = all(0)): NodeId =>
    context.add({ kind: 'batchNorm', id: context.id(), input: input.id, gamma, beta, mean, variance, epsilon: 0 });
  switch (context.op.name) {
    case 'ADD':
      return affine(
        all(1),
        values.map((v) => 0 - v),
        all(1),
      );
    case 'SUB':
      return c === 1 ? affine(all(1), values, all(1)) : affine(all(-1), all(0), all(1), values);
    case 'MUL':
      return affine(values, all(0), all(1));
    case 'DIV':
      if (c === 0 || values.some((v) => v === 0))
        throw new Refusal('it divides by values, or by 0', 'divide by constants other than 0');
      // The root of a square is the number itself.
      return affine(
        values.map((v) => Math.sign(v)),
        all(0),
        values.map((v) => v * v),
      );
    default: {
      const [value] = values;
      if (value === undefined || values.some((v) => v !== value))
        throw new Refusal('its constant differs between channels', 'use one number');
      const most = Number.MAX_VALUE;
      const [min, max] = context.op.name === 'MAXIMUM' ? [value, most] : [-most, value];
      return context.add({ kind: 'clip', id: context.id(), input: input.id, min, max });
    }
  }
}

const FUNCTIONS: Readonly<Record<string, FunctionName>> = {
  ...{
    LOGISTIC: 'sigmoid',
    TANH: 'tanh',
    HARD_SWISH: 'hardSwish',
    ABS: 'abs',
    NEG: 'negate',
    SQUARE: 'square',
    EXP: 'exp',
  },
  ...{ FLOOR: 'floor', CEIL: 'ceil', ELU: 'elu', LEAKY_RELU: 'leakyRelu' },
};

/** Names of operators that are one function. */
export const FUNCTION_OPERATORS: readonly string[] = Object.keys(FUNCTIONS);

/** Functions of one operand. */
export function unary(context: OperatorContext): void {
  const input = context.value(0);
  const name = FUNCTIONS[context.op.name];
  if (name === undefined) throw new Error(`internal error: no function for ${context.op.name}`);
  const parameter = name === 'elu' ? 1 : name === 'leakyRelu' ? (context.options?.float32(0) ?? 0) : undefined;
  const parameters = parameter === undefined ? {} : { parameters: Float64Array.of(parameter) };
  context.give(
    context.add({ kind: 'function', id: context.id(), input: input.id, function: name, ...parameters }),
    input.full,
  );
}

/** PRELU with one slope, or one per channel. */
export function prelu(context: OperatorContext): void {
  const input = context.value(0);
  const slopes = reals(context, 1);
  if (slopes.length !== 1 && slopes.length !== channelsOf(input.full)) {
    throw new Refusal(`it has ${slopes.length} slopes for [${input.full.join(', ')}]`, 'share the slopes of a channel');
  }
  context.give(
    context.add({ kind: 'function', id: context.id(), input: input.id, function: 'leakyRelu', parameters: slopes }),
    input.full,
  );
}

/** RELU, RELU6, RELU_N1_TO_1. */
export function rectifier(context: OperatorContext): void {
  const input = context.value(0);
  const code = { RELU: 1, RELU_N1_TO_1: 2, RELU6: 3 }[context.op.name] ?? 0;
  context.give(activated(context, input.id, code), input.full);
}

/** AVERAGE_POOL_2D and MAX_POOL_2D. */
export function pool(context: OperatorContext): void {
  const input = context.value(0);
  const image = context.image(input);
  const { options } = context;
  const { dilation, ...geometry } = geometryOf(image, {
    window: [options?.int32(4) ?? 1, options?.int32(3) ?? 1],
    stride: [options?.int32(2) ?? 1, options?.int32(1) ?? 1],
    dilation: [1, 1],
    isSame: isSamePadding(options?.int8(0) ?? 0),
  });
  const base = { id: context.id(), input: input.id, ...geometry };
  const id = context.add(
    context.op.name === 'MAX_POOL_2D'
      ? { kind: 'maxPool', ...base }
      : { kind: 'avgPool', ...base, counted: [0, 0, 0, 0] },
  );
  context.give(activated(context, id, options?.int8(5) ?? 0), [
    1,
    ...outputImage(image, { ...geometry, dilation }),
    image[2],
  ]);
}

/** MEAN over rows and columns. */
export function mean(context: OperatorContext): void {
  const { image, window, pooled, full } = meanWindow(context);
  const id = context.add({
    kind: 'avgPool',
    id: context.id(),
    input: image,
    window,
    stride: window,
    padding: [0, 0, 0, 0],
  });
  context.give(context.rearrange({ id, full: pooled }, full, undefined, 0, 'shaped'), full);
}

/** CONCATENATION. */
export function concatenation(context: OperatorContext): void {
  const values = context.op.inputs.map((_, i) => context.value(i));
  const { id, full } = concatenate(context, values, context.options?.int32(0) ?? 0);
  context.give(activated(context, id, context.options?.int8(1) ?? 0), full);
}
