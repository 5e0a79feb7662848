/** Convolutions and products with constant matrices. */
import type { NodeId } from '../../../../ir/network/types.js';
import { broadcastConstant, reshapedConstant, transposedConstant, varyingAxes } from '../constants.js';
import { value } from '../builder.js';
import { broadcastDims, type Constant, type Dims, elements, refuse, sameDims, type Value } from '../values.js';
import {
  constantInput,
  type Context,
  type Importer,
  type Importers,
  networkValue,
  requiredConstant,
} from './context.js';
import { withConstant } from './elementwise.js';
import { expanded } from './shapes.js';
import { exactNumbers, type LayerWeights, layerWeights } from './weights.js';
import { imageDims, imageWindow, wholeNumbers } from './windows.js';

/** Fields of a layer whose input has to be multiplied by `factor`, and the factor that is left for its result. */
interface Scaled {
  readonly fields: Omit<LayerWeights, 'second'> & { readonly bias?: Float64Array };
  readonly factor: number;
}

/** Integer weights take the factor into their scale; for real ones it stays outside, where every sum has it. */
function scaled(fields: Omit<LayerWeights, 'second'>, factor: number, bias: Float64Array | undefined): Scaled {
  const hasBias = bias?.some((b) => b !== 0) === true;
  if (fields.weights instanceof Int8Array) {
    const scale = (fields.scale ?? Float64Array.of(1)).map((s) => s * factor);
    const plain = scale.every((s) => s === 1);
    return {
      fields: {
        weights: fields.weights,
        ...(fields.weightBits === undefined ? {} : { weightBits: fields.weightBits }),
        ...(plain ? {} : { scale }),
        ...(hasBias ? { bias } : {}),
      },
      factor: 1,
    };
  }
  const { weights } = fields;
  return { fields: { weights, ...(hasBias ? { bias: bias.map((b) => b / factor) } : {}) }, factor };
}

/** A convolution of a value with weights [O, C / groups, kernel]. */
export function convolved(
  context: Context,
  from: Value,
  weights: Constant,
  { bias, isChannelsLast = false }: { readonly bias: Constant | undefined; readonly isChannelsLast?: boolean },
): Value {
  const { network } = context;
  const real = network.unscaled(from);
  const image = imageDims(real.dims, isChannelsLast);
  const isSignal = real.dims.length === 3;
  const [nOut = 0, perGroup = 0, ...kernel] = weights.dims;
  const groups = context.int('group', 1);
  if (kernel.length !== (isSignal ? 1 : 2) || perGroup * groups !== image.channels || nOut % groups !== 0) {
    refuse(
      `weights [${weights.dims.join(', ')}] in ${groups} groups for ${image.channels} channels`,
      'export the model again',
    );
  }
  const { window, stride, dilation, padding, output } = imageWindow(context, image, kernel, isSignal);
  const onImage = reshapedConstant(weights, [nOut, perGroup, window[0], window[1]]);
  const ordered = transposedConstant(onImage, [0, 2, 3, 1]);
  const parts = layerWeights(context, ordered, { index: undefined, outputAxis: 0 });
  const biases = bias === undefined ? undefined : channelNumbers(bias, nOut);
  const { fields, factor } = scaled(parts, real.factor, biases);
  const input = network.permuted(real.id, image.dims, image.permutation, [...image.size, image.channels]);
  const geometry = {
    window,
    stride,
    padding,
    padValue: 0,
    ...(dilation[0] === 1 && dilation[1] === 1 ? {} : { dilation }),
  };
  const { second } = parts;
  const id =
    second === undefined
      ? network.add({ kind: 'conv2d', input, nOut, groups, ...geometry, ...fields })
      : twice(context, { input, channels: image.channels, groups, first: fields.weights, second }, (both, doubled) =>
          network.add({ kind: 'conv2d', input: both, nOut, groups, ...geometry, ...fields, weights: doubled }),
        );
  const result = isSignal ? [output[1]] : output;
  const dims = isChannelsLast ? [1, ...result, nOut] : [1, nOut, ...result];
  const order = isChannelsLast ? dims.map((_, a) => a) : isSignal ? [0, 2, 1] : [0, 2, 3, 1];
  return { ...network.restored(id, dims, order), factor };
}

/** Every channel beside itself: the sum of two weights on one value, where one of 8 bits is too small. */
function twice(
  context: Context,
  {
    input,
    channels,
    groups,
    first,
    second,
  }: {
    readonly input: NodeId;
    readonly channels: number;
    readonly groups: number;
    readonly first: ArrayLike<number>;
    readonly second: Int8Array;
  },
  layer: (id: NodeId, weights: Int8Array) => NodeId,
): NodeId {
  const { network } = context;
  context.note('weights above 8 bits without their zero point: its input is read twice');
  const perGroup = channels / groups;
  const shape = network.shape(input);
  const joined = network.add({ kind: 'concat', inputs: [input, input] });
  // Both copies of a group side by side.
  const index = new Int32Array(2 * shape.reduce((a, b) => a * b, 1));
  for (let e = 0; e < index.length; e++) {
    const c = e % (2 * channels);
    const group = Math.floor(c / (2 * perGroup));
    const copy = Math.floor((c % (2 * perGroup)) / perGroup);
    index[e] = e - c + copy * channels + group * perGroup + (c % perGroup);
  }
  const both = groups === 1 ? joined : network.rearranged(joined, [...shape.slice(0, -1), 2 * channels], index);
  const weights = new Int8Array(2 * second.length);
  for (let e = 0; e < second.length; e++) {
    const at = 2 * (e - (e % perGroup)) + (e % perGroup);
    weights[at] = first[e]!;
    weights[at + perGroup] = second[e]!;
  }
  return layer(both, weights);
}

function channelNumbers(constant: Constant, n: number): Float64Array {
  const numbers = exactNumbers(constant);
  if (numbers.length !== n && numbers.length !== 1) {
    return refuse(`a bias of ${numbers.length} elements for ${n} outputs`, 'export the model again');
  }
  if (!numbers.every(Number.isFinite)) refuse('a bias that is not finite', 'train the network again');
  return numbers.length === n ? numbers : new Float64Array(n).fill(numbers[0] ?? 0);
}

/**
 * Rows of a value times a matrix: [..., K] times [K, N], or [..., B, M, K] times [..., B, K, N] with a matrix for each B. `matrix` has outputs
 * first: [..., N, K].
 */
export function matrixProduct(context: Context, from: Value, matrix: Constant, bias?: Float64Array): Value {
  const { network } = context;
  const real = network.unscaled(from);
  const rank = matrix.dims.length;
  const [nOut = 0, nIn = 0] = matrix.dims.slice(-2);
  const given = real.dims.length === 1 ? [1, ...real.dims] : real.dims;
  const rows = given.at(-2) ?? 1;
  if (given.at(-1) !== nIn) {
    refuse(`vectors of ${given.at(-1)} elements, a matrix for ${nIn}`, 'export the model again');
  }
  const batch = broadcastDims(given.slice(0, -2), matrix.dims.slice(0, -2));
  const matrices = elements(matrix.dims.slice(0, -2));
  if (matrices > 1) return matrixProducts(context, real, { matrix, batch, rows });
  const parts = layerWeights(context, matrix, { index: undefined, outputAxis: rank - 2 });
  const { fields, factor } = scaled(parts, real.factor, bias);
  const nRows = elements(given) / nIn;
  const dims = real.dims.length === 1 ? [nOut] : [...given.slice(0, -1), nOut];
  const isVector = nRows === 1;
  const input = network.rearranged(real.id, isVector ? [nIn] : [nRows, 1, nIn], undefined);
  const point = { window: [1, 1], stride: [1, 1], padding: [0, 0, 0, 0], groups: 1, padValue: 0 } as const;
  const layer = (id: NodeId, weights = fields.weights): NodeId =>
    isVector
      ? network.add({ kind: 'dense', input: id, nOut, ...fields, weights })
      : network.add({ kind: 'conv2d', input: id, nOut, ...point, ...fields, weights });
  const { second } = parts;
  const id =
    second === undefined
      ? layer(input)
      : twice(context, { input, channels: nIn, groups: 1, first: fields.weights, second }, layer);
  return { ...network.moved(value(id, dims), dims, undefined), factor };
}

/** A matrix for each of several groups of rows: a convolution in groups. */
function matrixProducts(
  context: Context,
  from: Value,
  { matrix, batch, rows }: { readonly matrix: Constant; readonly batch: Dims; readonly rows: number },
): Value {
  const { network } = context;
  const [nOut = 0, nIn = 0] = matrix.dims.slice(-2);
  const groups = elements(batch);
  const rank = batch.length;
  const whole = expanded(context, from, [...batch, rows, nIn]);
  const full: Constant = {
    kind: 'constant',
    dims: [...batch, nOut, nIn],
    data: broadcastConstant(matrix, [...batch, nOut, nIn]),
    isInteger: matrix.isInteger,
    ...(matrix.quantised?.scale.length === 1 && elements(matrix.dims) === groups * nOut * nIn
      ? { quantised: matrix.quantised }
      : {}),
  };
  const parts = layerWeights(context, full, { index: undefined, outputAxis: rank });
  const { fields, factor } = scaled(parts, from.factor, undefined);
  const { second } = parts;
  const order = [rank, ...batch.map((_, a) => a), rank + 1];
  const input = network.permuted(whole.id, whole.dims, order, [rows, 1, groups * nIn]);
  const layer = (on: NodeId, weights = fields.weights): NodeId =>
    network.add({
      kind: 'conv2d',
      input: on,
      nOut: groups * nOut,
      groups,
      window: [1, 1],
      stride: [1, 1],
      padding: [0, 0, 0, 0],
      padValue: 0,
      ...fields,
      weights,
    });
  const id =
    second === undefined
      ? layer(input)
      : twice(context, { input, channels: groups * nIn, groups, first: fields.weights, second }, layer);
  return { ...network.restored(id, [...batch, rows, nOut], order), factor };
}

/** A matrix with outputs first. */
const outputsFirst = (matrix: Constant): Constant => {
  const rank = matrix.dims.length;
  if (rank === 1) return { ...matrix, dims: [1, matrix.dims[0]!] };
  const order = [...matrix.dims.keys()];
  [order[rank - 2], order[rank - 1]] = [rank - 1, rank - 2];
  return transposedConstant(matrix, order);
};

/** A product of a value and a constant matrix, in either order. */
export function constantProduct(
  context: Context,
  inputs: Parameters<Importer>[1],
  at: readonly [number, number] = [0, 1],
): Value {
  const { network } = context;
  const [first, second] = [inputs[at[0]], inputs[at[1]]];
  if (second?.kind === 'constant') {
    const result = matrixProduct(context, networkValue(inputs, at[0]), outputsFirst(second));
    return second.dims.length > 1 ? result : network.moved(result, result.dims.slice(0, -1), undefined);
  }
  if (first?.kind !== 'constant') {
    networkValue(inputs, at[0]);
    networkValue(inputs, at[1]);
    return refuse(
      'a matrix product of two values that are both computed from the image (attention)',
      'only products with constants have a layer',
    );
  }
  // y = A x is the transposed of x' A'.
  const from = networkValue(inputs, at[1]);
  if (from.dims.length !== 2 || first.dims.length !== 2) {
    refuse('a constant on the left of a product', 'write the product with the constant on the right');
  }
  const turned = transposedValue(context, from);
  return transposedValue(context, matrixProduct(context, turned, first));
}

function transposedValue({ network }: Context, from: Value): Value {
  const [a = 1, b = 1] = from.dims;
  return { ...from, ...network.restored(from.id, [b, a], [1, 0]) };
}

const matMul: Importer = (context, inputs) => {
  const from = inputs[0];
  if (from?.kind === 'value' && from.code !== undefined) {
    return [constantProduct(context, [context.network.plain(from), inputs[1]])];
  }
  return [constantProduct(context, inputs)];
};

const gemm: Importer = (context, inputs) => {
  const { network } = context;
  const from = network.plainCode(networkValue(inputs));
  const given = context.int('transA', 0) === 1 ? transposedValue(context, from) : from;
  const b = requiredConstant(inputs, 1, 'the matrix');
  const matrix = context.int('transB', 0) === 1 ? b : outputsFirst(b);
  const alpha = context.float('alpha', 1);
  const beta = context.float('beta', 1);
  const c = constantInput(inputs, 2, 'the bias');
  const rows = given.dims[0] ?? 1;
  const nOut = matrix.dims[0] ?? 0;
  if (c !== undefined && !sameDims(broadcastDims(c.dims, [rows, nOut]), [rows, nOut])) {
    refuse(`a bias of the shape [${c.dims.join(', ')}] for [${rows}, ${nOut}]`, 'export the model again');
  }
  const isRow = c !== undefined && !varyingAxes(c, [rows, nOut]).includes(0);
  const bias = isRow ? Float64Array.from(broadcastTo(exactConstant(c), nOut), (v) => v * beta) : undefined;
  if (!(alpha > 0)) refuse(`alpha = ${alpha}`, 'take its sign into the weights');
  const result = matrixProduct(context, { ...given, factor: given.factor * alpha }, matrix, bias);
  if (c === undefined || isRow) return [result];
  const added: Constant = { ...c, data: exactNumbers(c).map((v) => v * beta) };
  return [withConstant(context, result, 'add', added)];
};

const exactConstant = (constant: Constant): Constant => ({ ...constant, data: exactNumbers(constant) });
const broadcastTo = (constant: Constant, n: number): ArrayLike<number> => broadcastConstant(constant, [1, n]);

const conv =
  (isChannelsLast: boolean): Importer =>
  (context, inputs) => {
    const from = context.network.plainCode(networkValue(inputs));
    const weights = requiredConstant(inputs, 1, 'the weights');
    return [convolved(context, from, weights, { bias: constantInput(inputs, 2, 'the bias'), isChannelsLast })];
  };

/** Most elements of an image with zeros between its pixels. */
const MAX_SPREAD = 2 ** 24;

/** Zeros between and around the pixels, then a convolution with turned weights (ONNX ConvTranspose). */
const convTranspose: Importer = (context, inputs) => {
  const { network } = context;
  const from = network.unscaled(network.plainCode(networkValue(inputs)));
  const weights = requiredConstant(inputs, 1, 'the weights');
  const image = imageDims(from.dims, false);
  if (from.dims.length !== 4) refuse('a transposed convolution of signals', 'write it on images with a height of 1');
  const [channels = 0, perGroup = 0, kh = 1, kw = 1] = weights.dims;
  const groups = context.int('group', 1);
  const nOut = perGroup * groups;
  if (channels !== image.channels || channels % groups !== 0)
    refuse('weights of another number of channels', 'export again');
  const kernel = [kh, kw];
  const stated = (name: string, otherwise: readonly number[], low: 0 | 1): readonly number[] =>
    wholeNumbers(context.ints(name) ?? otherwise, name, otherwise.length, low);
  const strides = stated('strides', [1, 1], 1);
  const dilation = stated('dilations', [1, 1], 1);
  const outputPadding = stated('output_padding', [0, 0], 0);
  const pads = stated('pads', [0, 0, 0, 0], 0);
  const mode = context.text('auto_pad', 'NOTSET');
  const wanted = context.ints('output_shape')?.slice(-2);
  const sides = [0, 1].map((a) => {
    const span = (kernel[a]! - 1) * dilation[a]! + 1;
    const full = strides[a]! * (image.size[a]! - 1) + (outputPadding[a] ?? 0) + span;
    let [before, after] = [pads[a]!, pads[a + 2]!];
    const target = wanted?.[a] ?? (mode.startsWith('SAME') ? image.size[a]! * strides[a]! : undefined);
    if (mode === 'VALID' && target === undefined) [before, after] = [0, 0];
    if (target !== undefined) {
      const total = Math.max(0, full - target);
      before = mode === 'SAME_UPPER' ? Math.floor(total / 2) : total - Math.floor(total / 2);
      after = total - before;
    }
    return { size: full - before - after, first: span - 1 - before, span };
  });
  if (sides.some(({ size }) => size < 1)) {
    const shape = sides.map(({ size }) => size).join(' x ');
    refuse(`its result would have ${shape} pixels`, 'use less padding, or a larger output_shape');
  }
  const [h, w] = image.size;
  const grown = sides.map(({ size, span }) => size + span - 1);
  const spreadSize = grown[0]! * grown[1]! * channels;
  if (spreadSize > MAX_SPREAD)
    refuse(`an image of ${grown.join(' x ')} x ${channels}`, 'use smaller strides or windows');
  const index = new Int32Array(spreadSize).fill(-1);
  for (let y = 0; y < h; y++) {
    const row = sides[0]!.first + y * strides[0]!;
    if (row < 0 || row >= grown[0]!) continue;
    for (let x = 0; x < w; x++) {
      const column = sides[1]!.first + x * strides[1]!;
      if (column < 0 || column >= grown[1]!) continue;
      for (let c = 0; c < channels; c++) {
        index[(row * grown[1]! + column) * channels + c] = (y * w + x) * channels + c;
      }
    }
  }
  const pixels = network.permuted(from.id, image.dims, image.permutation, [h, w, channels]);
  const spread = network.rearranged(pixels, [grown[0]!, grown[1]!, channels], index);
  // [C, O / groups, h, w] -> [O, h, w, C / groups], turned by half.
  const inGroup = channels / groups;
  const order = new Int32Array(nOut * kh * kw * inGroup);
  let e = 0;
  for (let o = 0; o < nOut; o++) {
    const group = Math.floor(o / perGroup);
    for (let y = kh - 1; y >= 0; y--) {
      for (let x = kw - 1; x >= 0; x--) {
        for (let c = 0; c < inGroup; c++) {
          order[e++] = (((group * inGroup + c) * perGroup + (o % perGroup)) * kh + y) * kw + x;
        }
      }
    }
  }
  const oneScale = (weights.quantised?.scale.length ?? 1) === 1;
  const parts = layerWeights(context, weights, {
    index: order,
    outputAxis: groups === 1 ? 1 : oneScale ? 0 : -1,
  });
  if (parts.second !== undefined)
    refuse('asymmetric weights of a transposed convolution', 'quantise them symmetrically');
  const bias = constantInput(inputs, 2, 'the bias');
  const { fields, factor } = scaled(parts, from.factor, bias === undefined ? undefined : channelNumbers(bias, nOut));
  const id = network.add({
    kind: 'conv2d',
    input: spread,
    nOut,
    groups,
    window: [kh, kw],
    stride: [1, 1],
    padding: [0, 0, 0, 0],
    padValue: 0,
    ...(dilation[0] === 1 && dilation[1] === 1 ? {} : { dilation: [dilation[0]!, dilation[1]!] as const }),
    ...fields,
  });
  const dims = [1, nOut, sides[0]!.size, sides[1]!.size];
  return [{ ...network.restored(id, dims, [0, 2, 3, 1]), factor }];
};

export const LINEAR_OPERATORS: Importers = {
  Conv: conv(false),
  ConvTranspose: convTranspose,
  Gemm: gemm,
  MatMul: matMul,
};

export const CHANNELS_LAST_LINEAR: Importers = { Conv: conv(true) };
