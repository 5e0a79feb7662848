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
