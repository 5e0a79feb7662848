/** Convolutions and matrices of 8-bit networks: sums of (q - zero point) times weights plus bias, rescaled per output. */
import { sizeOf } from '../../../ir/network/shapes.js';
import type { BitWidth, NetworkNode, NodeId } from '../../../ir/network/types.js';
import type { Tensor } from './model.js';
import { type Geometry, geometryOf, isSamePadding, type OperatorContext, outputImage } from './operator-context.js';
import { activationLimits, activationOf, type FixedMultiplier, quantiseMultiplier, quantOf } from './quantised.js';
import { Refusal } from './refusal.js';
import { type LinearLayer, rescaledLinear } from './requantise.js';

/** Weights of an operator: [rows, ...] as stored, with what comes off them. */
interface StoredWeights {
  readonly tensor: Tensor;
  readonly values: Int8Array;
  readonly zeroPoint: Int8Array | undefined;
  readonly bits: BitWidth;
  /** float32 numbers, 1 or one per output. */
  readonly scales: Float64Array;
}

function storedWeights(context: OperatorContext, i: number, nOut: (shape: readonly number[]) => number): StoredWeights {
  const tensor = context.constant(i);
  const { type, quantisation } = tensor;
  if (type !== 'int8' && type !== 'uint8' && type !== 'int4' && type !== 'int2') {
    throw new Refusal(
      `its weights are of type ${type}, its input is not`,
      'export the model with int8 or int4 weights',
    );
  }
  const scales = quantisation?.scale ?? new Float64Array(0);
  const outputs = nOut(tensor.shape);
  if (scales.length !== 1 && scales.length !== outputs) {
    throw new Refusal(
      `its weights have ${scales.length} scales for ${outputs} outputs`,
      'quantise them per tensor or per output channel',
    );
  }
  if (!scales.every((s) => s >= 0 && s < Infinity))
    throw new Refusal('a scale of its weights is negative or no number', 'export the model again');
  // Unsigned weights move by 128, and so does their zero point.
  const offset = type === 'uint8' ? 128 : 0;
  const zeroPoint = (quantisation?.zeroPoint ?? new Float64Array(1)).map((z) => z - offset);
  if (!zeroPoint.every((z) => z >= -128 && z <= 127))
    throw new Refusal('a zero point of its weights is no weight', 'export the model again');
  return {
    tensor,
    values: storedIntegers(context, i),
    zeroPoint: zeroPoint.every((z) => z === 0) ? undefined : Int8Array.from(zeroPoint),
    bits: type === 'int4' ? 4 : type === 'int2' ? 2 : 8,
    scales,
  };
}

/** The weights as they stand in the file, without a detour over numbers of 64 bits; unsigned ones less 128. */
function storedIntegers(context: OperatorContext, i: number): Int8Array {
  const { type, data } = context.constant(i);
  if (type !== 'int8' && type !== 'uint8') return Int8Array.from(context.numbers(i));
  context.charge(data.length);
  // Bytes from 128 on wrap to negative numbers.
  const weights = new Int8Array(data);
  if (type === 'uint8') for (let k = 0; k < weights.length; k++) weights[k] = data[k]! - 128;
  return weights;
}

/** The bias of operand i, where there is one. */
function biasOf(context: OperatorContext, i: number, nOut: number): Float64Array | undefined {
  if (!context.has(i)) return undefined;
  const { type } = context.constant(i);
  const bias = context.numbers(i);
  if ((type !== 'int32' && type !== 'int64') || bias.length !== nOut) {
    throw new Refusal(
      `its bias has ${bias.length} numbers of type ${type} for ${nOut} outputs`,
      'export the model with an int32 bias',
    );
  }
  return bias;
}

/** Real multiplier per output; kernels multiply the scales in float64, but for one scale of all weights where `inFloat32` says so. */
function multipliersOf(
  context: OperatorContext,
  { scales }: StoredWeights,
  nOut: number,
  inFloat32: boolean,
): readonly FixedMultiplier[] {
  const input = quantOf(context.tensor(context.op.name === 'TRANSPOSE_CONV' ? 2 : 0)).scale;
  const output = quantOf(context.output()).scale;
  return Array.from({ length: nOut }, (_, o) => {
    const product = input * (scales[scales.length === 1 ? 0 : o] ?? 0);
    return quantiseMultiplier((inFloat32 && scales.length === 1 ? Math.fround(product) : product) / output);
  });
}

/** CONV_2D and DEPTHWISE_CONV_2D. Sources: kernels/conv.cc, depthwise_conv.cc, reference/integer_ops/conv.h, depthwise_conv.h. */
export function convolution(context: OperatorContext): void {
  const isDepthwise = context.op.name === 'DEPTHWISE_CONV_2D';
  const input = context.value(0);
  const image = context.image(input);
  const stored = storedWeights(context, 1, (shape) => shape[isDepthwise ? 3 : 0] ?? 0);
  const [first = 0, height = 0, width = 0, last = 0] = stored.tensor.shape;
  if (stored.tensor.shape.length !== 4)
    throw new Refusal('its weights do not have four dimensions', 'export the model again');
  const nOut = isDepthwise ? last : first;
  const groups = isDepthwise ? image[2] : image[2] / last;
  if (!Number.isInteger(groups) || groups < 1 || nOut % groups !== 0 || (isDepthwise && first !== 1)) {
    throw new Refusal(
      `its weights [${stored.tensor.shape.join(', ')}] do not fit ${image[2]} channels`,
      'export the model again',
    );
  }
  const options = context.options;
  const [strideX, strideY] = [options?.int32(1) ?? 1, options?.int32(2) ?? 1];
  const at = isDepthwise ? { activation: 4, dilation: 5 } : { activation: 3, dilation: 4 };
  const geometry = geometryOf(image, {
    window: [height, width],
    stride: [strideY, strideX],
    dilation: [options?.int32(at.dilation + 1, 1) ?? 1, options?.int32(at.dilation, 1) ?? 1],
    isSame: isSamePadding(options?.int8(0) ?? 0),
  });
  const taps = height * width;
  const weights = isDepthwise ? tapsLast(stored.values, taps, nOut) : stored.values;
  const activation = activationOf(options?.int8(at.activation) ?? 0);
  const layer: LinearLayer = {
    ...{ nOut, weights, bias: biasOf(context, 2, nOut), weightZeroPoint: stored.zeroPoint },
    make: (parts) => convolutionNode(input.id, geometry, { groups, nOut, weightBits: stored.bits, ...parts }),
  };
  const isUnsigned = context.tensor(0).type === 'uint8';
  const limits = activationLimits(activation, quantOf(context.output()));
  const id = rescaledLinear(context, layer, multipliersOf(context, stored, nOut, isUnsigned), limits);
  context.give(id, [1, ...outputImage(image, geometry), nOut]);
}

/** Weights [taps, outputs] as [outputs, taps]. */
export function tapsLast<T extends Int8Array | Float32Array>(weights: T, taps: number, nOut: number): T {
  const ordered = weights.slice();
  for (let k = 0; k < weights.length; k++) ordered[k] = weights[(k % taps) * nOut + Math.floor(k / taps)] ?? 0;
  return narrow(ordered, weights);
}

/** The copy has the type of what it was copied from. */
function narrow<T extends Int8Array | Float32Array>(copy: Int8Array | Float32Array, of: T): T {
  of.set(copy);
  return of;
}

function convolutionNode(
  input: NodeId,
  { window, stride, padding, dilation }: Geometry,
  parts: Pick<
    Extract<NetworkNode, { kind: 'conv2d' }>,
    'id' | 'groups' | 'nOut' | 'bias' | 'weightZeroPoint' | 'weightBits'
  > & { readonly weights: Int8Array },
): NetworkNode {
  const isDilated = dilation.some((d) => d > 1);
  return { kind: 'conv2d', input, window, stride, padding, padValue: 0, ...parts, ...(isDilated ? { dilation } : {}) };
}

/** FULLY_CONNECTED. Sources: kernels/fully_connected.cc, reference/integer_ops/fully_connected.h. */
export function fullyConnected(context: OperatorContext): void {
  const input = context.value(0);
  const stored = storedWeights(context, 1, (shape) => shape[0] ?? 0);
  const [nOut = 0, nIn = 0] = stored.tensor.shape;
  if ((context.options?.int8(1) ?? 0) !== 0)
    throw new Refusal('its weights are stored in a shuffled order', 'export the model without it');
  const size = sizeOf(input.full);
  if (nIn < 1 || size % nIn !== 0)
    throw new Refusal(`${size} inputs do not fit its weights [${nOut}, ${nIn}]`, 'export the model again');
  const rows = size / nIn;
  const keepsDimensions = (context.options?.uint8(2) ?? 0) !== 0;
  const limits = activationLimits(activationOf(context.options?.int8(0) ?? 0), quantOf(context.output()));
  const multipliers = multipliersOf(context, stored, nOut, true);
  const bias = biasOf(context, 2, nOut);
  const shared = { nOut, weights: stored.values, bias, weightZeroPoint: stored.zeroPoint };
  const full = keepsDimensions ? [...input.full.slice(0, -1), nOut] : [rows, nOut];
  if (rows === 1) {
    const flat = context.rearrange(input, [1, nIn], undefined, 0, 'flat');
    const make: LinearLayer['make'] = (parts) => ({
      kind: 'dense',
      input: flat,
      nOut,
      weightBits: stored.bits,
      ...parts,
    });
    context.give(rescaledLinear(context, { ...shared, make }, multipliers, limits), full);
    return;
  }
  // The same matrix on every row: a convolution of one pixel.
  const pixels = context.rearrange(input, [1, 1, rows, nIn], undefined, 0, 'rows');
  const geometry: Geometry = { window: [1, 1], stride: [1, 1], dilation: [1, 1], padding: [0, 0, 0, 0] };
  const make: LinearLayer['make'] = (parts) =>
    convolutionNode(pixels, geometry, { groups: 1, nOut, weightBits: stored.bits, ...parts });
  const id = rescaledLinear(context, { ...shared, make }, multipliers, limits);
  context.give(context.rearrange({ id, full: [1, 1, rows, nOut] }, full, undefined, 0, 'shaped'), full);
}

/**
 * TRANSPOSE_CONV: a convolution of stride 1 over the image with its pixels pulled apart, with the window turned round. Sources:
 * kernels/transpose_conv.cc, reference/integer_ops/transpose_conv.h.
 */
export function transposedConvolution(context: OperatorContext): void {
  const input = context.value(2);
  const stored = storedWeights(context, 1, (shape) => shape[0] ?? 0);
  const [nOut = 0, height = 0, width = 0, channels = 0] = stored.tensor.shape;
  const spread = spreadImage(context, [height, width], channels);
  const weights = turned(stored.values, [nOut, height, width, channels]);
  const layer: LinearLayer = {
    ...{ nOut, weights, bias: biasOf(context, 3, nOut), weightZeroPoint: stored.zeroPoint },
    make: (parts) =>
      convolutionNode(spread.id, spread.geometry, { groups: 1, nOut, weightBits: stored.bits, ...parts }),
  };
  const limits = activationLimits(activationOf(context.options?.int8(3) ?? 0), quantOf(context.output()));
  const isUnsigned = context.tensor(2).type === 'uint8';
  const id = rescaledLinear(context, layer, multipliersOf(context, stored, nOut, isUnsigned), limits);
  if (input.full.length !== 4) throw new Refusal('its input is no image', 'export the model again');
  context.give(id, [1, ...spread.output, nOut]);
}

/** The image of operand 2 of a TRANSPOSE_CONV with stride - 1 zeros between its pixels, and the convolution over it. */
export function spreadImage(
  context: OperatorContext,
  window: readonly [number, number],
  channels: number,
): { readonly id: NodeId; readonly geometry: Geometry; readonly output: readonly [number, number] } {
  const input = context.value(2);
  const [h, w, c] = context.image(input);
  if (c !== channels)
    throw new Refusal(`its weights have ${channels} channels, its input ${c}`, 'export the model again');
  const stride = [context.options?.int32(2) ?? 1, context.options?.int32(1) ?? 1] as const;
  const isSame = isSamePadding(context.options?.int8(0) ?? 0);
  geometryOf([h, w, c], { window, stride, dilation: [1, 1], isSame });
  const wanted = context.isConstant(0) ? Array.from(context.numbers(0)) : context.output().shape;
  const along = (
    axis: 0 | 1,
    size: number,
  ): { readonly spread: number; readonly before: number; readonly after: number; readonly output: number } => {
    const output = wanted[axis + 1] ?? 0;
    const inputs = isSame ? Math.ceil(output / stride[axis]) : Math.floor((output - window[axis]) / stride[axis]) + 1;
    const total = isSame ? Math.max(0, (inputs - 1) * stride[axis] + window[axis] - output) : 0;
    const spread = (size - 1) * stride[axis] + 1;
    const before = window[axis] - 1 - Math.floor(total / 2);
    const after = output - spread - before + window[axis] - 1;
    if (inputs !== size || before < 0 || after < 0) {
      throw new Refusal(
        `an output of ${output} does not come from ${size} inputs with stride ${stride[axis]}`,
        'export the model again',
      );
    }
    return { spread, before, after, output };
  };
  const [y, x] = [along(0, h), along(1, w)];
  let id = input.id;
  if (stride[0] > 1 || stride[1] > 1) {
    const index = context.index(y.spread * x.spread * c).fill(-1);
    for (let pixel = 0; pixel < h * w; pixel++) {
      const to = (Math.floor(pixel / w) * stride[0] * x.spread + (pixel % w) * stride[1]) * c;
      for (let channel = 0; channel < c; channel++) index[to + channel] = pixel * c + channel;
    }
    id = context.rearrange(input, [1, y.spread, x.spread, c], index, 0, 'spread');
  }
  return {
    id,
    geometry: { window, stride: [1, 1], dilation: [1, 1], padding: [y.before, y.after, x.before, x.after] },
    output: [y.output, x.output],
  };
}

/** Weights [outputs, height, width, channels] with rows and columns in the opposite order. */
export function turned<T extends Int8Array | Float32Array>(
  weights: T,
  [nOut = 0, height = 0, width = 0, channels = 0]: readonly number[],
): T {
  const copy = weights.slice();
  const taps = height * width;
  for (let o = 0; o < nOut; o++) {
    for (let tap = 0; tap < taps; tap++) {
      for (let c = 0; c < channels; c++)
        copy[(o * taps + tap) * channels + c] = weights[(o * taps + taps - 1 - tap) * channels + c] ?? 0;
    }
  }
  return narrow(copy, weights);
}
