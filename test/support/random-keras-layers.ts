/** Random layers with quantizers of all kinds, norms of their own, ranges of their own: what stands beside the plain ones of random-keras.ts. */
import type { Dice } from './dice.js';
import { randomTensor, type TestTensor } from './keras-files.js';
import { activation, qkerasQuantizer } from './random-keras-quantizers.js';

/** A layer of a class and the shape of what it reads. */
export interface DrawnLayer {
  readonly className: string;
  readonly input: readonly number[];
  readonly config: Readonly<Record<string, unknown>>;
  readonly weights?: Readonly<Record<string, TestTensor>>;
}

const positive = (n: number, seed: number): TestTensor => {
  const { shape, data } = randomTensor([n], seed);
  return { shape, data: data.map((x) => Math.abs(x) + 0.25) };
};

/** Mostly all of the weights; sometimes one is missing, of another shape or not finite. */
function spoilt(d: Dice, weights: Readonly<Record<string, TestTensor>>): Readonly<Record<string, TestTensor>> {
  const names = Object.keys(weights);
  const which = d.one(...names);
  const { [which]: own, ...others } = weights;
  if (own === undefined) return weights;
  return d.one<Readonly<Record<string, TestTensor>>>(
    ...new Array<Readonly<Record<string, TestTensor>>>(9).fill(weights),
    others,
    { ...weights, [which]: randomTensor([...own.shape, 1], 1) },
    { ...weights, [which]: randomTensor([...own.shape.slice(0, -1), own.shape.at(-1)! + 1], 1) },
    { ...weights, [which]: { shape: own.shape, data: own.data.map((x, i) => (i === 0 ? d.one(NaN, Infinity) : x)) } },
  );
}

/** gamma, beta, mean and variance of n channels, as a configuration has them. */
function norm(d: Dice, n: number) {
  const [scale, center] = [d.one(true, true, false, undefined), d.one(true, true, false, undefined)];
  const variance = d.one(0, 0, 0, 0, 0, 0, 1);
  return {
    config: { scale, center, epsilon: d.one(0.001, 0.125, undefined, 0, -1) },
    weights: {
      ...(scale === false ? {} : { gamma: randomTensor([n], 3) }),
      ...(center === false ? {} : { beta: randomTensor([n], 4) }),
      moving_mean: randomTensor([n], 5),
      moving_variance: variance === 1 ? randomTensor([n], 6) : positive(n, 6),
    },
  };
}

/** Dense, Conv2D and DepthwiseConv2D of one of these classes, with a config of their own. */
const linear =
  (classes: readonly string[], more: (d: Dice, outputs: number) => Pick<DrawnLayer, 'config' | 'weights'>) =>
  (d: Dice): DrawnLayer => {
    const className = d.one(...classes);
    const isDepthwise = className.includes('Depthwise');
    const isDense = className.includes('Dense');
    const out = d.one(2, 3);
    const multiplier = d.one(1, 1, 2);
    const n = isDepthwise ? 2 * multiplier : out;
    const kernel = randomTensor(isDense ? [5, out] : isDepthwise ? [2, 2, 2, multiplier] : [2, 3, 2, out], d.one(1, 2));
    const { config, weights } = more(d, n);
    const bias = d.one(true, false, undefined);
    const old = d.one(0, 0, 0, 1);
    const size = isDense ? {} : { kernel_size: isDepthwise ? [2, 2] : [2, 3], padding: d.one('same', 'valid') };
    return {
      className,
      input: isDense ? d.one<readonly number[]>([5], [5], [2, 5]) : [4, 3, 2],
      config: {
        ...(isDepthwise
          ? { depth_multiplier: d.one<unknown>(multiplier, multiplier, multiplier, multiplier, 0, 1.5) }
          : { [isDense ? (old ? 'output_dim' : 'units') : old ? 'nb_filter' : 'filters']: d.one<unknown>(out, out, out, out, out, out, 0, 'x') }), // prettier-ignore
        ...size,
        use_bias: bias,
        ...config,
      },
      weights: spoilt(d, {
        [isDepthwise && d.one(true, false) ? 'depthwise_kernel' : 'kernel']: kernel,
        ...(bias === false ? {} : { bias: randomTensor([n], 8) }),
        ...weights,
      }),
    };
  };

/** Families of layers, by name. */
export const MORE_LAYERS: Readonly<Record<string, (d: Dice) => DrawnLayer>> = {
  'quantizers of weights': linear(['QDense', 'QConv2D', 'QDepthwiseConv2D', 'QConv2D'], (d) => ({
    config: {
      kernel_quantizer: qkerasQuantizer(d),
      depthwise_quantizer: d.one<unknown>(null, qkerasQuantizer(d)),
      bias_quantizer: d.one<unknown>(null, qkerasQuantizer(d)),
      activation: d.one<unknown>(undefined, 'linear', 'quantized_relu(4,1)'),
    },
  })),
  'quantizers of values': (d) => ({
    className: d.one('QActivation', 'Activation'),
    input: d.one<readonly number[]>([5], [3, 2, 2]),
    config: { activation: qkerasQuantizer(d) },
  }),
  'layers with a norm': linear(['QConv2DBatchnorm', 'QDepthwiseConv2DBatchnorm', 'QDenseBatchnorm'], (d, n) => {
    const { config, weights } = norm(d, n);
    return {
      config: {
        ...config,
        kernel_quantizer: d.one<unknown>(null, 'quantized_bits(4,0,1)', qkerasQuantizer(d)),
        depthwise_quantizer: d.one<unknown>(null, 'quantized_bits(4,0,1,alpha="auto")', qkerasQuantizer(d)),
        folding_mode: d.one('ema_stats_folding', 'batch_stats_folding', undefined),
        ema_freeze_delay: d.one<unknown>(null, 10),
        bias_quantizer: d.one<unknown>(null, 'quantized_bits(8,2,1)'),
        activation: d.one<unknown>(undefined, 'relu'),
      },
      weights: { ...weights, iteration: randomTensor([], 1) },
    };
  }),
  'binary and ternary layers': linear(
    ['BinaryDense', 'TernaryDense', 'BinaryConv2D', 'TernaryConv2D', 'QuantDense', 'QuantConv2D'],
    (d) => ({
      config: {
        H: d.one<unknown>(1, 0.5, 0.25, 'Glorot', 0, -1, undefined),
        kernel_quantizer: d.one<unknown>(undefined, 'ste_sign', { class_name: 'NoOp', config: {} }, 'relu', 'linear'),
        input_quantizer: d.one<unknown>(undefined, null, 'ste_sign', qkerasQuantizer(d)),
        activation: d.one<unknown>(undefined, 'relu', 'binary_tanh', activation(d)),
      },
    }),
  ),
  QBatchNormalization: (d) => {
    const { config, weights } = norm(d, 2);
    const q = (): unknown => d.one<unknown>(undefined, null, null, 'quantized_bits(4,1)', qkerasQuantizer(d));
    return {
      className: d.one('QBatchNormalization', 'BatchNormalizationV1', 'QBatchNormalization'),
      input: d.one<readonly number[]>([3, 4, 2], [2], [3, 2]),
      config: {
        ...config,
        axis: d.one<unknown>(-1, undefined, [-1], 3, [2], 1, null, 'x'),
        gamma_quantizer: q(),
        beta_quantizer: q(),
        mean_quantizer: q(),
        variance_quantizer: d.one<unknown>(null, null, 'quantized_relu_po2(4)'),
        inverse_quantizer: d.one<unknown>(undefined, null, null, 'quantized_bits(4,0)'),
        activation: d.one<unknown>(undefined, 'relu'),
      },
      weights: spoilt(d, weights),
    };
  },
  QuantizeLayer: (d) => {
    const scalar = (x: number): TestTensor => ({ shape: [], data: Float32Array.of(x) });
    const low = d.one(0, -1, -1, -0.5, -2, 0.5);
    const high = d.one(1, 1, 0.75, 6, 0, -2);
    const name = d.one('it', 'quantize_layer');
    return {
      className: 'QuantizeLayer',
      input: d.one<readonly number[]>([5], [3, 2, 2]),
      config: {
        quantizer: d.one<unknown>(
          undefined,
          null,
          ...new Array<unknown>(8).fill({
            class_name: 'MovingAverageQuantizer',
            config: {
              num_bits: d.one<unknown>(8, 8, 4, 2, 3, 1, 9, undefined, 2.5),
              per_axis: d.one(false, false, false, undefined, true),
              symmetric: false,
              narrow_range: d.one(false, true, undefined),
            },
          }),
        ),
      },
      weights: spoilt(d, { [`${name}_min`]: scalar(low), [`${name}_max`]: scalar(high), optimizer_step: scalar(0) }),
    };
  },
  'scaling of bytes and of values': (d) => ({
    className: d.one('Normalization', 'Rescaling'),
    input: [3, 4, 2],
    config: {
      axis: d.one<unknown>(-1, [-1], null),
      invert: d.one<unknown>(false, true, undefined),
      mean: d.one<unknown>(undefined, undefined, 1, [1, 2], [[[[1, 2]]]], [1, 2, 3], 'x'),
      variance: d.one<unknown>(undefined, undefined, 4, [4, 0], [1, -1], [4, 1]),
      scale: d.one<unknown>(0.5, [0.5, 2], 0, -1, undefined, [1, 'x']),
      offset: d.one<unknown>(0.5, [0.5, 2], [1], null, [1, 2, 3]),
    },
    weights: spoilt(d, {
      mean: randomTensor(d.one<readonly number[]>([2], [1, 1, 1, 2], []), 5),
      variance: positive(2, 6),
      count: randomTensor([], 1),
    }),
  }),
  'layers with senseless fields': (d) => {
    const strange = (...usual: readonly unknown[]): unknown =>
      d.one<unknown>(...usual, ...usual, 0, -1, 1.5, null, undefined, 'x', [], [0, 1], [1, 1, 1], 65_536, [65_537, 1]);
    const sizes = (): unknown => strange(2, 1, [2, 1], [1, 2]);
    return {
      className: d.one('MaxPooling2D', 'AvgPool2D', 'QAveragePooling2D', 'QGlobalAveragePooling2D', 'UpSampling2D', 'Cropping2D', 'ZeroPadding2D', 'MaxPool1D', 'UpSampling1D', 'Reshape', 'Permute', 'PReLU', 'ReLU', 'Conv2D', 'DepthwiseConv2D', 'SeparableConv2D', 'ELU', 'LeakyReLU', 'RandomFlip', 'GaussianNoise'), // prettier-ignore
      input: d.one<readonly number[]>([4, 3, 2], [4, 3, 2], [4, 3, 2], [6, 2], [6]),
      config: {
        pool_size: sizes(),
        kernel_size: sizes(),
        strides: sizes(),
        dilation_rate: d.one<unknown>(1, 1, 1, sizes()),
        size: sizes(),
        cropping: strange(1, [1, 0], [[1, 0], [0, 1]]), // prettier-ignore
        padding: d.one<unknown>('valid', 'same', 'same', 'causal', 'reflect', 1, [[1, 0], [0, 2]], [[1]], 65_535, null), // prettier-ignore
        target_shape: strange([24], [-1], [3, -1], [2, 3, 4], [6, 2]),
        dims: strange([2, 1, 3], [3, 2, 1], [2, 1], [1], [2, 3, 1]),
        filters: d.one<unknown>(2, 2, 2, 4, 0, null),
        groups: d.one<unknown>(1, 1, 2, 3, 0, undefined),
        depth_multiplier: d.one<unknown>(1, 1, undefined, 0, 'x'),
        use_bias: d.one<unknown>(false, false, true, 0),
        average_quantizer: d.one<unknown>(null, null, 'quantized_bits(4)'),
        training: d.one(false, false, true),
        interpolation: d.one('nearest', 'nearest', 'bilinear'),
        data_format: d.one('channels_last', 'channels_last', 'channels_last', 'channels_first'),
        max_value: strange(6, null),
        negative_slope: strange(0.25, undefined, 0),
        threshold: strange(0),
        alpha: strange(0.5, undefined),
        keepdims: d.one<unknown>(false, true, undefined),
        activation: d.one<unknown>(undefined, undefined, 'relu'),
      },
      weights: {
        kernel: randomTensor([2, 1, 2, 2], 1),
        depthwise_kernel: randomTensor(d.one<readonly number[]>([2, 1, 2, 1], [2, 2, 2, 1], [1, 1, 2, 1]), 2),
        pointwise_kernel: randomTensor([1, 1, 2, 2], 3),
        bias: randomTensor([2], 4),
        alpha: randomTensor(d.one<readonly number[]>([1, 1, 2], [2], [4, 1, 2], [2, 1, 1]), 5),
      },
    };
  },
};
