/** Small models for tests of the reader of TensorFlow Lite files. */
import { PURPOSE, sequence } from '../../src/common/rng.js';
import type { Field, WrittenModel, WrittenOperator, WrittenTensor } from './write-tflite.js';

/** Numbers of operators. */
export const OP = {
  ...{
    ADD: 0,
    AVERAGE_POOL_2D: 1,
    CONCATENATION: 2,
    CONV_2D: 3,
    DEPTHWISE_CONV_2D: 4,
    DEPTH_TO_SPACE: 5,
    DEQUANTIZE: 6,
  },
  ...{
    FULLY_CONNECTED: 9,
    LOGISTIC: 14,
    MAX_POOL_2D: 17,
    MUL: 18,
    RELU: 19,
    RELU6: 21,
    RESHAPE: 22,
    SOFTMAX: 25,
    TANH: 28,
    PAD: 34,
    TRANSPOSE: 39,
  },
  ...{
    MEAN: 40,
    SUB: 41,
    STRIDED_SLICE: 45,
    SPLIT: 49,
    MAXIMUM: 55,
    MINIMUM: 57,
    PADV2: 60,
    SLICE: 65,
    TRANSPOSE_CONV: 67,
    GATHER: 36,
  },
  ...{ RESIZE_NEAREST_NEIGHBOR: 97, LEAKY_RELU: 98, QUANTIZE: 114, HARD_SWISH: 117, LSTM: 16, CUSTOM: 32 },
} as const;

/** Options of convolutions: padding (0 SAME), strides (width, height), activation, dilation (width, height). */
export const convOptions = (padding: number, stride: number, activation = 0, dilation = 1): readonly Field[] => [
  [0, 'i8', padding],
  [1, 'i32', stride],
  [2, 'i32', stride],
  [3, 'i8', activation],
  [4, 'i32', dilation],
  [5, 'i32', dilation],
];

/** Options of depthwise convolutions. */
export const depthwiseOptions = (
  padding: number,
  stride: number,
  multiplier: number,
  activation = 0,
): readonly Field[] => [
  [0, 'i8', padding],
  [1, 'i32', stride],
  [2, 'i32', stride],
  [3, 'i32', multiplier],
  [4, 'i8', activation],
];

/** Options of pools: padding, strides, window, activation. */
export const poolOptions = (padding: number, stride: number, window: number, activation = 0): readonly Field[] => [
  [0, 'i8', padding],
  [1, 'i32', stride],
  [2, 'i32', stride],
  [3, 'i32', window],
  [4, 'i32', window],
  [5, 'i8', activation],
];

/** An 8-bit activation. */
export const activation = (
  name: string,
  shape: readonly number[],
  scale: number,
  zeroPoint: number,
  type: 'int8' | 'uint8' = 'int8',
): WrittenTensor => ({
  ...{ name, shape, type, scale: [scale], zeroPoint: [zeroPoint] },
});

/** A constant. */
export const constant = (
  name: string,
  shape: readonly number[],
  type: WrittenTensor['type'],
  data: readonly number[],
  scale?: readonly number[],
  more: Partial<WrittenTensor> = {},
): WrittenTensor => ({
  ...{ name, shape, type, data },
  ...(scale === undefined ? {} : { scale }),
  ...more,
});

/** Integers from a seed, low..high. */
export function integers(seed: number, n: number, low: number, high: number): readonly number[] {
  const r = sequence(seed, PURPOSE.test, 11);
  return Array.from({ length: n }, () => low + r.below(high - low + 1));
}

/** A model in which every operator reads the results before it: the first tensor is the input, the last result the output. */
export function chain(tensors: readonly WrittenTensor[], operators: readonly WrittenOperator[]): WrittenModel {
  return { tensors, operators, inputs: [0], outputs: [operators.at(-1)?.outputs[0] ?? 0] };
}

/** An 8-bit network of most operators: convolutions, residual sum, pools, matrix, softmax. */
export function smallNetwork(seed = 1): WrittenModel {
  return chain(
    [
      activation('image', [1, 6, 6, 2], 1 / 128, -3),
      constant('w1', [4, 3, 3, 2], 'int8', integers(seed, 72, -127, 127), [0.01, 0.02, 0.015, 0.004]),
      constant('b1', [4], 'int32', integers(seed + 1, 4, -900, 900), [1]),
      activation('conv', [1, 6, 6, 4], 0.05, -128),
      constant('w2', [1, 3, 3, 4], 'int8', integers(seed + 2, 36, -127, 127), [0.01, 0.02, 0.015, 0.004], { axis: 3 }),
      constant('b2', [4], 'int32', integers(seed + 3, 4, -900, 900), [1]),
      activation('depthwise', [1, 6, 6, 4], 0.07, 12),
      activation('sum', [1, 6, 6, 4], 0.09, -20),
      activation('average', [1, 3, 3, 4], 0.09, -20),
      constant('axes', [2], 'int32', [1, 2]),
      activation('mean', [1, 4], 0.06, 4),
      constant('w3', [3, 4], 'int8', integers(seed + 4, 12, -127, 127), [0.02]),
      constant('b3', [3], 'int32', integers(seed + 5, 3, -900, 900), [1]),
      activation('logits', [1, 3], 0.1, 7),
      activation('probabilities', [1, 3], 1 / 256, -128),
    ],
    [
      { code: OP.CONV_2D, inputs: [0, 1, 2], outputs: [3], options: convOptions(0, 1, 1) },
      { code: OP.DEPTHWISE_CONV_2D, inputs: [3, 4, 5], outputs: [6], options: depthwiseOptions(0, 1, 1) },
      { code: OP.ADD, inputs: [3, 6], outputs: [7], options: [[0, 'i8', 0]] },
      { code: OP.AVERAGE_POOL_2D, inputs: [7], outputs: [8], options: poolOptions(0, 2, 3) },
      { code: OP.MEAN, inputs: [8, 9], outputs: [10], options: [[0, 'u8', 0]] },
      { code: OP.FULLY_CONNECTED, inputs: [10, 11, 12], outputs: [13], options: [[0, 'i8', 0]] },
      { code: OP.SOFTMAX, inputs: [13], outputs: [14], options: [[0, 'f32', 1]] },
    ],
  );
}

/** A network of real numbers: every kind of float operator that has a layer of its own. */
export function floatNetwork(seed = 20): WrittenModel {
  const real = (name: string, shape: readonly number[]): WrittenTensor => ({ name, shape, type: 'float32' });
  const reals = (n: number, k: number): readonly number[] => integers(seed + k, n, -64, 64).map((x) => x / 64);
  return chain(
    [
      real('image', [1, 6, 6, 2]),
      constant('w1', [4, 3, 3, 2], 'float32', reals(72, 1)),
      constant('b1', [4], 'float32', reals(4, 2)),
      real('conv', [1, 6, 6, 4]),
      constant('w2', [1, 3, 3, 4], 'float32', reals(36, 3)),
      real('depthwise', [1, 6, 6, 4]),
      real('sum', [1, 6, 6, 4]),
      constant('factors', [4], 'float32', reals(4, 4)),
      real('scaled', [1, 6, 6, 4]),
      real('swished', [1, 6, 6, 4]),
      real('pooled', [1, 3, 3, 4]),
      constant('axes', [2], 'int32', [1, 2]),
      real('mean', [1, 4]),
      constant('w3', [3, 4], 'int8', integers(seed, 12, -127, 127), [0.02]),
      real('logits', [1, 3]),
      real('probabilities', [1, 3]),
    ],
    [
      { code: OP.CONV_2D, inputs: [0, 1, 2], outputs: [3], options: convOptions(0, 1, 3) },
      { code: OP.DEPTHWISE_CONV_2D, inputs: [3, 4, -1], outputs: [5], options: depthwiseOptions(0, 1, 1, 1) },
      { code: OP.ADD, inputs: [3, 5], outputs: [6], options: [[0, 'i8', 0]] },
      { code: OP.MUL, inputs: [6, 7], outputs: [8], options: [[0, 'i8', 0]] },
      { code: OP.HARD_SWISH, inputs: [8], outputs: [9] },
      { code: OP.AVERAGE_POOL_2D, inputs: [9], outputs: [10], options: poolOptions(0, 2, 3) },
      { code: OP.MEAN, inputs: [10, 11], outputs: [12], options: [[0, 'u8', 0]] },
      { code: OP.FULLY_CONNECTED, inputs: [12, 13, -1], outputs: [14], options: [[0, 'i8', 0]] },
      { code: OP.SOFTMAX, inputs: [14], outputs: [15], options: [[0, 'f32', 1]] },
    ],
  );
}

/** A FlexBuffer map of small numbers; keys have to be in order. */
export function flexMap(values: Readonly<Record<string, number>>): readonly number[] {
  const names = Object.keys(values).sort();
  const bytes: number[] = [];
  const at = names.map((name) => {
    const start = bytes.length;
    bytes.push(...new TextEncoder().encode(name), 0);
    return start;
  });
  const word = (x: number): void => {
    bytes.push(x & 255, (x >> 8) & 255);
  };
  if (bytes.length % 2 === 1) bytes.push(0);
  // Two bytes each: length, offsets of the keys; then the map: offset to the keys, their width, length, values, types.
  word(names.length);
  const keys = bytes.length;
  at.forEach((start) => word(bytes.length - start));
  word(bytes.length - keys);
  word(2);
  word(names.length);
  const map = bytes.length;
  names.forEach((name) => word(values[name] ?? 0));
  names.forEach(() => bytes.push((1 << 2) | 1));
  bytes.push(bytes.length - map, (9 << 2) | 1, 1);
  return bytes;
}

/** A binary network of Larq Compute Engine: signs, packed weights, maximum of bits, threshold, multiplier and bias. */
export function larqNetwork(seed = 40): WrittenModel {
  const word = (n: number, k: number): readonly number[] => integers(seed + k, n, -(2 ** 30), 2 ** 30 - 1);
  const conv = {
    channels_in: 34,
    dilation_height_factor: 1,
    dilation_width_factor: 1,
    fused_activation_function: 0,
    stride_height: 1,
    stride_width: 1,
  };
  return chain(
    [
      { name: 'image', shape: [1, 5, 5, 34], type: 'float32' },
      { name: 'bits', shape: [1, 5, 5, 2], type: 'int32' },
      constant('w1', [34, 3, 3, 2], 'int32', word(34 * 18, 1)),
      constant('thresholds', [34], 'int32', integers(seed, 34, 140, 165)),
      { name: 'bits1', shape: [1, 5, 5, 2], type: 'int32' },
      { name: 'bits2', shape: [1, 2, 2, 2], type: 'int32' },
      constant('w2', [3, 2, 2, 2], 'int32', word(24, 2)),
      constant('multiplier', [3], 'float32', [0.5, -0.25, 2]),
      constant('bias', [3], 'float32', [1, 0, -3]),
      { name: 'sums', shape: [1, 1, 1, 3], type: 'float32' },
    ],
    [
      { code: 'LceQuantize', inputs: [0], outputs: [1] },
      {
        code: 'LceBconv2d',
        inputs: [1, 2, -1, -1, 3],
        outputs: [4],
        custom: flexMap({ ...conv, padding: 0, pad_values: 1 }),
      },
      {
        ...{ code: 'LceBMaxPool2d', inputs: [4], outputs: [5] },
        custom: flexMap({ filter_height: 2, filter_width: 2, padding: 1, stride_height: 2, stride_width: 2 }),
      },
      {
        code: 'LceBconv2d',
        inputs: [5, 6, 7, 8, -1],
        outputs: [9],
        custom: flexMap({ ...conv, padding: 1, pad_values: 0 }),
      },
    ],
  );
}

/** An 8-bit network of the operators that {@link smallNetwork} leaves out. */
export function manyOperators(seed = 60): WrittenModel {
  const a = (name: string, shape: readonly number[], scale = 0.05, zeroPoint = -5): WrittenTensor =>
    activation(name, shape, scale, zeroPoint);
  return chain(
    [
      a('image', [1, 4, 4, 2]),
      constant('around', [4, 2], 'int32', [0, 0, 1, 1, 0, 2, 0, 0]),
      a('padded', [1, 6, 6, 2]),
      constant('w1', [4, 2, 2, 2], 'int4', integers(seed, 32, -8, 7), [0.1, 0.2, 0.15, 0.3]),
      a('conv', [1, 3, 3, 4]),
      a('sigmoid', [1, 3, 3, 4], 1 / 256, -128),
      a('product', [1, 3, 3, 4], 0.03, 2),
      a('most', [1, 3, 3, 4]),
      a('rescaled', [1, 3, 3, 4]),
      a('joined', [1, 3, 3, 8]),
      constant('size', [2], 'int32', [5, 6]),
      a('larger', [1, 5, 6, 8]),
      a('pooled', [1, 2, 3, 8]),
      constant('shape', [4], 'int32', [1, 5, 7, 3]),
      constant('w2', [3, 3, 3, 8], 'int8', integers(seed + 1, 216, -127, 127), [0.004, 0.01, 0.02]),
      a('spread', [1, 5, 7, 3], 0.2, 9),
      constant('begin', [4], 'int32', [0, 1, 0, 1]),
      constant('end', [4], 'int32', [1, 5, 7, 3]),
      constant('step', [4], 'int32', [1, 2, 3, 1]),
      a('sliced', [1, 2, 3, 2], 0.2, 9),
      constant('order', [4], 'int32', [0, 3, 1, 2]),
      a('turned', [1, 2, 2, 3], 0.2, 9),
      a('leaky', [1, 2, 2, 3], 0.1, 3),
      constant('flat', [2], 'int32', [1, -1]),
      a('vector', [1, 12], 0.1, 3),
    ],
    [
      { code: OP.PAD, inputs: [0, 1], outputs: [2] },
      { code: OP.CONV_2D, inputs: [2, 3, -1], outputs: [4], options: convOptions(1, 2, 0) },
      { code: OP.LOGISTIC, inputs: [4], outputs: [5] },
      { code: OP.MUL, inputs: [4, 5], outputs: [6], options: [[0, 'i8', 1]] },
      { code: OP.QUANTIZE, inputs: [6], outputs: [8] },
      { code: OP.MAXIMUM, inputs: [4, 8], outputs: [7] },
      { code: OP.CONCATENATION, inputs: [7, 4], outputs: [9], options: [[0, 'i32', 3]] },
      { code: OP.RESIZE_NEAREST_NEIGHBOR, inputs: [9, 10], outputs: [11], options: [[1, 'u8', 1]] },
      { code: OP.MAX_POOL_2D, inputs: [11], outputs: [12], options: poolOptions(1, 2, 2) },
      {
        code: OP.TRANSPOSE_CONV,
        inputs: [13, 14, 12],
        outputs: [15],
        options: [
          [0, 'i8', 1],
          [1, 'i32', 2],
          [2, 'i32', 2],
        ],
      },
      { code: OP.STRIDED_SLICE, inputs: [15, 16, 17, 18], outputs: [19], options: [] },
      { code: OP.TRANSPOSE, inputs: [19, 20], outputs: [21] },
      { code: OP.LEAKY_RELU, inputs: [21], outputs: [22], options: [[0, 'f32', 0.1]] },
      { code: OP.RESHAPE, inputs: [22, 23], outputs: [24] },
    ],
  );
}
