/** Layers of Keras against tfjs' own kernels, which share no code with ours. */
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  foreign,
  importKeras,
  kerasH5,
  randomTensor,
  scoresOf,
  sequential,
  type TestLayer,
  type TestTensor,
} from '../../../support/keras-files.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const image = (n: number): Uint8Array => Uint8Array.from({ length: n }, (_, i) => (i * 97 + 13) % 256);
const tensor = ({ shape, data }: TestTensor): tf.Tensor => tf.tensor(data, [...shape]);
const t3 = (shape: readonly number[], seed: number): TestTensor => randomTensor(shape, seed);

/** A case: shape of the input, layers, and the same by tfjs on the real input. */
interface Case {
  readonly title: string;
  readonly input: readonly number[];
  readonly layers: readonly TestLayer[];
  readonly by: (x: tf.Tensor4D) => tf.Tensor;
}

const layer = (
  class_name: string,
  config: Record<string, unknown>,
  weights?: Record<string, TestTensor>,
): TestLayer => ({
  class_name,
  config: { name: 'it', ...config },
  ...(weights === undefined ? {} : { weights }),
});

const conv = (
  title: string,
  input: readonly number[],
  config: Record<string, unknown>,
  cin: number,
  cout: number,
  by: (x: tf.Tensor4D, k: tf.Tensor4D) => tf.Tensor,
): Case => {
  const [kh = 1, kw = 1] = Array.isArray(config['kernel_size']) ? config['kernel_size'] : [];
  const kernel = t3([kh, kw, cin, cout], 1);
  const bias = t3([cout], 2);
  return {
    title,
    input,
    layers: [layer('Conv2D', { filters: cout, ...config }, { kernel, bias })],
    by: (x) => tf.add(by(x, tf.tensor4d(kernel.data, [kh, kw, cin, cout])), tensor(bias)),
  };
};

const depthKernel = t3([3, 3, 2, 3], 3);
const pointKernel = t3([1, 1, 6, 4], 4);
const norm = {
  gamma: t3([2], 5),
  beta: t3([2], 6),
  moving_mean: t3([2], 7),
  moving_variance: { shape: [2], data: Float32Array.of(0.5, 2) },
};
const alpha = t3([1, 1, 2], 8);
const wide = t3([2 * 7 * 6, 5], 9);
const k1 = t3([3, 2, 4], 10);

const CASES: readonly Case[] = [
  conv('Conv2D, valid', [7, 6, 2], { kernel_size: [3, 2], strides: [1, 1] }, 2, 4, (x, k) =>
    tf.conv2d(x, k, [1, 1], 'valid'),
  ),
  conv(
    'Conv2D, same, odd strides, which pad more behind',
    [7, 6, 2],
    { kernel_size: [3, 3], strides: [2, 2], padding: 'same' },
    2,
    4,
    (x, k) => tf.conv2d(x, k, [2, 2], 'same'),
  ),
  conv(
    'Conv2D, same, an even kernel',
    [8, 5, 2],
    { kernel_size: [4, 2], strides: [3, 2], padding: 'same' },
    2,
    3,
    (x, k) => tf.conv2d(x, k, [3, 2], 'same'),
  ),
  conv(
    'Conv2D, same, dilated',
    [8, 9, 2],
    { kernel_size: [3, 3], padding: 'same', dilation_rate: [2, 3] },
    2,
    3,
    (x, k) => tf.conv2d(x, k, [1, 1], 'same', 'NHWC', [2, 3]),
  ),
  {
    title: 'Conv1D, causal',
    input: [9, 2],
    layers: [layer('Conv1D', { filters: 4, kernel_size: [3], padding: 'causal', use_bias: false }, { kernel: k1 })],
    by: (x) =>
      tf.conv1d(
        tf.pad(tf.reshape<tf.Rank.R3>(x, [1, 9, 2]), [
          [0, 0],
          [2, 0],
          [0, 0],
        ]),
        tf.tensor3d(k1.data, [3, 2, 4]),
        1,
        'valid',
      ),
  },
  {
    title: 'DepthwiseConv2D with a multiplier',
    input: [7, 6, 2],
    layers: [
      layer(
        'DepthwiseConv2D',
        { kernel_size: [3, 3], strides: [2, 2], padding: 'same', depth_multiplier: 3, use_bias: false },
        { depthwise_kernel: depthKernel },
      ),
    ],
    by: (x) => tf.depthwiseConv2d(x, tf.tensor4d(depthKernel.data, [3, 3, 2, 3]), [2, 2], 'same'),
  },
  {
    title: 'SeparableConv2D',
    input: [7, 6, 2],
    layers: [
      layer(
        'SeparableConv2D',
        { filters: 4, kernel_size: [3, 3], padding: 'same', depth_multiplier: 3, use_bias: false, activation: 'tanh' },
        {
          depthwise_kernel: depthKernel,
          pointwise_kernel: pointKernel,
        },
      ),
    ],
    by: (x) =>
      tf.tanh(
        tf.separableConv2d(
          x,
          tf.tensor4d(depthKernel.data, [3, 3, 2, 3]),
          tf.tensor4d(pointKernel.data, [1, 1, 6, 4]),
          1,
          'same',
        ),
      ),
  },
  {
    title: 'MaxPooling2D, same',
    input: [7, 6, 2],
    layers: [layer('MaxPooling2D', { pool_size: [3, 2], strides: [2, 2], padding: 'same' })],
    by: (x) => tf.maxPool(x, [3, 2], [2, 2], 'same'),
  },
  {
    title: 'AveragePooling2D, same: pixels inside count',
    input: [7, 6, 2],
    layers: [layer('AveragePooling2D', { pool_size: [3, 3], strides: null, padding: 'same' })],
    by: (x) => tf.avgPool(x, [3, 3], [3, 3], 'same'),
  },
  {
    title: 'GlobalAveragePooling2D',
    input: [7, 6, 2],
    layers: [layer('GlobalAveragePooling2D', {})],
    by: (x) => tf.mean(x, [1, 2]),
  },
  {
    title: 'GlobalMaxPooling2D that keeps its dimensions',
    input: [7, 6, 2],
    layers: [layer('GlobalMaxPooling2D', { keepdims: true })],
    by: (x) => tf.max(x, [1, 2]),
  },
  {
    title: 'BatchNormalization',
    input: [7, 6, 2],
    layers: [layer('BatchNormalization', { axis: [3], epsilon: 0.01 }, norm)],
    by: (x) =>
      tf.batchNorm(
        x,
        tf.tensor1d(norm.moving_mean.data),
        tf.tensor1d(norm.moving_variance.data),
        tf.tensor1d(norm.beta.data),
        tf.tensor1d(norm.gamma.data),
        0.01,
      ),
  },
  {
    title: 'BatchNormalization without scale and center',
    input: [7, 6, 2],
    layers: [
      layer(
        'BatchNormalization',
        { axis: -1, scale: false, center: false, epsilon: 0.001 },
        { moving_mean: norm.moving_mean, moving_variance: norm.moving_variance },
      ),
    ],
    by: (x) =>
      tf.batchNorm(
        x,
        tf.tensor1d(norm.moving_mean.data),
        tf.tensor1d(norm.moving_variance.data),
        undefined,
        undefined,
        0.001,
      ),
  },
  {
    title: 'ZeroPadding2D and Cropping2D, uneven',
    input: [7, 6, 2],
    layers: [
      layer('ZeroPadding2D', {
        padding: [
          [1, 2],
          [0, 3],
        ],
      }),
      {
        ...layer('Cropping2D', {
          cropping: [
            [0, 1],
            [2, 1],
          ],
        }),
        config: {
          name: 'crop',
          cropping: [
            [0, 1],
            [2, 1],
          ],
        },
      },
    ],
    by: (x) =>
      tf.slice(
        tf.pad(x, [
          [0, 0],
          [1, 2],
          [0, 3],
          [0, 0],
        ]),
        [0, 0, 2, 0],
        [1, 9, 6, 2],
      ),
  },
  {
    title: 'ZeroPadding2D in front of a convolution, which takes it for its own',
    input: [7, 6, 2],
    layers: [
      layer('ZeroPadding2D', {
        padding: [
          [0, 1],
          [1, 0],
        ],
      }),
      {
        class_name: 'DepthwiseConv2D',
        config: { name: 'deep', kernel_size: [3, 3], strides: [2, 2], depth_multiplier: 3, use_bias: false },
        weights: { depthwise_kernel: depthKernel },
      },
    ],
    by: (x) =>
      tf.depthwiseConv2d(
        tf.pad(x, [
          [0, 0],
          [0, 1],
          [1, 0],
          [0, 0],
        ]),
        tf.tensor4d(depthKernel.data, [3, 3, 2, 3]),
        [2, 2],
        'valid',
      ),
  },
  {
    title: 'UpSampling2D',
    input: [3, 2, 2],
    layers: [layer('UpSampling2D', { size: [2, 3], interpolation: 'nearest' })],
    by: (x) => tf.image.resizeNearestNeighbor(x, [6, 6]),
  },
  {
    title: 'Permute and Reshape with an open dimension',
    input: [3, 2, 4],
    layers: [
      layer('Permute', { dims: [3, 1, 2] }),
      { ...layer('Reshape', {}), config: { name: 'shape', target_shape: [-1, 2] } },
    ],
    by: (x) => tf.transpose(x, [0, 3, 1, 2]),
  },
  {
    title: 'Flatten and Dense with softsign',
    input: [7, 6, 2],
    layers: [
      layer('Flatten', {}),
      {
        ...layer('Dense', {}),
        config: { name: 'dense', units: 5, use_bias: false, activation: 'softsign' },
        weights: { kernel: wide },
      },
    ],
    by: (x) => {
      const y = tf.matMul(tf.reshape(x, [1, 84]), tf.tensor2d(wide.data, [84, 5]));
      return tf.div(y, tf.add(tf.abs(y), 1));
    },
  },
  ...(
    [
      ['relu', (x: tf.Tensor) => tf.relu(x)],
      ['relu6', (x: tf.Tensor) => tf.relu6(x)],
      ['sigmoid', (x: tf.Tensor) => tf.sigmoid(x)],
      ['elu', (x: tf.Tensor) => tf.elu(x)],
      ['selu', (x: tf.Tensor) => tf.selu(x)],
      ['softplus', (x: tf.Tensor) => tf.softplus(x)],
      ['swish', (x: tf.Tensor) => tf.mul(x, tf.sigmoid(x))],
      ['exponential', (x: tf.Tensor) => tf.exp(x)],
      ['hard_sigmoid', (x: tf.Tensor) => tf.clipByValue(tf.add(tf.mul(x, 0.2), 0.5), 0, 1)],
    ] as const
  ).map(([name, f]): Case => ({
    title: `Activation ${name}`,
    input: [2, 3, 2],
    // What stands behind keeps the sigmoid from being left to the host.
    layers: [
      layer('Activation', { activation: name }),
      { ...layer('ReLU', {}), config: { name: 'end', negative_slope: 0.5 } },
    ],
    by: (x) => tf.leakyRelu(f(x), 0.5),
  })),
  {
    title: 'ReLU with a largest value and a slope',
    input: [2, 3, 2],
    layers: [layer('ReLU', { max_value: 0.5, negative_slope: 0.25, threshold: 0 })],
    by: (x) => tf.minimum(tf.leakyRelu(x, 0.25), 0.5),
  },
  {
    title: 'LeakyReLU',
    input: [2, 3, 2],
    layers: [layer('LeakyReLU', { alpha: 0.125 })],
    by: (x) => tf.leakyRelu(x, 0.125),
  },
  {
    title: 'PReLU with slopes shared over space',
    input: [2, 3, 2],
    layers: [layer('PReLU', { shared_axes: [1, 2] }, { alpha })],
    by: (x) => tf.prelu(x, tensor(alpha)),
  },
];

describe('a layer of Keras gives what tfjs gives', () => {
  it.each(CASES)('$title', async ({ input, layers, by }) => {
    const bytes = image(input.reduce((a, b) => a * b, 1));
    const imported = await importKeras(foreign(await kerasH5(sequential(input, layers), layers)));
    const real = Float32Array.from(bytes, (b) => -1 + (b * 2) / 255);
    const [h = 1, w = 1, c = 1] = input.length === 2 ? [input[0], 1, input[1]] : input;
    const expected = Array.from(await by(tf.tensor4d(real, [1, h, w, c])).data());
    const found = scoresOf(imported, bytes);
    expect(found.length).toBe(expected.length);
    found.forEach((value, i) => expect(Math.abs(value - expected[i]!)).toBeLessThan(2e-5));
  });
});
