/** Layers of Keras that move values: padding, cropping, enlarging, flattening, reshaping, permuting. */
import { sizeOf } from '../../../ir/network/shapes.js';
import type { Shape } from '../../../ir/network/types.js';
import { MAX_ELEMENTS, type Value } from './builder.js';
import { expectChannelsLast, type LayerContext, type LayerReader } from './context.js';
import { fieldOf, integersOf, listOf, textOf } from './fields.js';

/** Margins of ZeroPadding and Cropping: one number, one per dimension, or two per dimension. */
function margins(
  { b, config }: LayerContext,
  field: string,
  dimensions: 1 | 2,
): readonly [number, number, number, number] | undefined {
  const found = fieldOf(config, field) ?? 1;
  const list = typeof found === 'number' ? new Array<unknown>(dimensions).fill(found) : listOf(found);
  const pairs: unknown[][] =
    dimensions === 1 && list.length === 2 ? [[...list]] : list.map((m) => (Array.isArray(m) ? [...listOf(m)] : [m, m]));
  const numbers = pairs
    .flat()
    .filter((n): n is number => typeof n === 'number' && Number.isSafeInteger(n) && n >= 0 && n < 65_536);
  if (pairs.length !== dimensions || numbers.length !== 2 * dimensions) {
    b.problem('bad-value', `its ${field} is not understood`, 'save the model again');
    return undefined;
  }
  const [top = 0, bottom = 0, left = 0, right = 0] = numbers;
  return [top, bottom, left, right];
}

function image(context: LayerContext, value: Value, dimensions: 1 | 2): Value | undefined {
  if (!expectChannelsLast(context)) return undefined;
  if (value.shape.length === 3 && value.isSequence === (dimensions === 1)) return value;
  const wanted = dimensions === 1 ? 'a sequence [t, c]' : 'an image [h, w, c]';
  context.b.misfit(`it needs ${wanted}, gets [${value.shape.join(', ')}]`);
  return undefined;
}

/** ZeroPadding: left to a convolution behind it. */
export const zeroPadding =
  (dimensions: 1 | 2): LayerReader =>
  (context, inputs) => {
    const { b, border } = context;
    const value = image(context, b.settle(inputs[0]!), dimensions);
    const padding = margins(context, 'padding', dimensions);
    if (value === undefined || padding === undefined) return b.guess(inputs[0]);
    if (border !== 0) b.note(`it pads with ${border}: the Rescaling layers around it are a part of it`);
    return { ...value, padding, ...(border === 0 ? {} : { fill: border }) };
  };

/** A rearrangement by a function from the place of an element to the place it comes from. */
export function rearrange(
  { b }: LayerContext,
  value: Value,
  shape: Shape,
  from: (y: number, x: number, c: number) => number,
  isSequence = value.isSequence,
): Value {
  if (sizeOf(shape) > MAX_ELEMENTS || shape.some((d) => d < 1)) {
    b.misfit(`its result would be [${shape.join(', ')}]`);
    return b.guess(value);
  }
  const [height = 1, width = 1, channels = 1] = shape;
  const index = new Int32Array(height * width * channels);
  for (let y = 0, e = 0; y < height; y++) {
    for (let x = 0; x < width; x++) for (let c = 0; c < channels; c++) index[e++] = from(y, x, c);
  }
  return b.apply(value, (input) => ({ kind: 'rearrange', input, shape, index }), '', isSequence);
}

/** Cropping. */
export const cropping =
  (dimensions: 1 | 2): LayerReader =>
  (context, inputs) => {
    const { b } = context;
    const value = image(context, b.settle(inputs[0]!), dimensions);
    const cut = margins(context, 'cropping', dimensions);
    if (value === undefined || cut === undefined) return b.guess(inputs[0]);
    const [height = 1, width = 1, channels = 1] = value.shape;
    const [top, bottom, left, right] = cut;
    const shape = [height - top - bottom, width - left - right, channels];
    return rearrange(context, value, shape, (y, x, c) => ((y + top) * width + x + left) * channels + c);
  };

/** UpSampling by repeating pixels. */
export const upSampling =
  (dimensions: 1 | 2): LayerReader =>
  (context, inputs) => {
    const { b, config } = context;
    const value = image(context, b.settle(inputs[0]!), dimensions);
    const size = integersOf(config, 'size', dimensions, 2);
    const interpolation = textOf(config, 'interpolation') ?? 'nearest';
    if (interpolation !== 'nearest') {
      b.unsupported(`it interpolates "${interpolation.slice(0, 20)}"`, 'use interpolation="nearest"');
      return b.guess(inputs[0]);
    }
    const isSize = size?.every((s) => s >= 1 && s <= 4096) === true;
    if (value === undefined || !isSize) {
      if (!isSize) b.problem('bad-value', 'its size is not understood', 'save the model again');
      return b.guess(inputs[0]);
    }
    const [height = 1, width = 1, channels = 1] = value.shape;
    const [sy = 1, sx = 1] = size;
    const shape = [height * sy, width * sx, channels];
    return rearrange(
      context,
      value,
      shape,
      (y, x, c) => (Math.floor(y / sy) * width + Math.floor(x / sx)) * channels + c,
    );
  };

/** Flatten. */
export const flatten: LayerReader = (context, inputs) => {
  const value = context.b.settle(inputs[0]!);
  return expectChannelsLast(context) ? context.b.reshape(value, [sizeOf(value.shape)]) : context.b.guess(value);
};

/** Shape in the network of a shape of Keras without the batch: [t, c] is [t, 1, c]. Undefined for others than 1 to 3 dimensions. */
export function networkShape(
  shape: readonly number[],
): { readonly shape: Shape; readonly isSequence: boolean } | undefined {
  const [a = 1, b = 1] = shape;
  switch (shape.length) {
    case 1:
    case 3:
      return { shape, isSequence: false };
    case 2:
      return { shape: [a, 1, b], isSequence: true };
    default:
      return undefined;
  }
}

/** Reshape, with one dimension left open (-1) at most. */
export const reshape: LayerReader = (context, inputs) => {
  const { b, config } = context;
  const value = b.settle(inputs[0]!);
  const given = listOf(fieldOf(config, 'target_shape')).filter(
    (d): d is number => typeof d === 'number' && Number.isSafeInteger(d),
  );
  const known = given.filter((d) => d !== -1).reduce((product, d) => product * d, 1);
  const open = given.filter((d) => d === -1).length;
  const total = sizeOf(value.shape);
  const target = given.map((d) => (d === -1 ? total / known : d));
  const wanted = networkShape(target);
  if (wanted === undefined || open > 1 || !target.every((d) => Number.isInteger(d) && d >= 1)) {
    b.unsupported(`its target shape is [${given.join(', ')}]`, 'use shapes of 1 to 3 dimensions');
    return b.guess(value);
  }
  return b.reshape(value, wanted.shape, wanted.isSequence);
};

/** Permute: dimensions count from 1. */
export const permute: LayerReader = (context, inputs) => {
  const { b, config } = context;
  const value = b.settle(inputs[0]!);
  const dims = listOf(fieldOf(config, 'dims')).filter(
    (d): d is number => typeof d === 'number' && Number.isSafeInteger(d),
  );
  const own = value.isSequence ? [value.shape[0] ?? 1, value.shape[2] ?? 1] : value.shape;
  const isPermutation = dims.length === own.length && own.every((_, d) => dims.includes(d + 1));
  const target = networkShape(dims.map((d) => own[d - 1] ?? 1));
  if (!isPermutation || target === undefined) {
    b.misfit(`its dims [${dims.join(', ')}] are no order of ${own.length} dimensions`);
    return b.guess(value);
  }
  const strides = own.map((_, d) => own.slice(d + 1).reduce((product, n) => product * n, 1));
  const stride = dims.map((d) => strides[d - 1]!);
  if (dims.length === 1) return value;
  const [first = 0, second = 0, third = 0] = stride;
  return rearrange(
    context,
    value,
    target.shape,
    (y, x, c) => (dims.length === 2 ? y * first + c * second : y * first + x * second + c * third),
    target.isSequence,
  );
};
