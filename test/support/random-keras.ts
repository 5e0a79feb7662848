/** Random Keras models around one layer: configurations of Keras, Larq and QKeras, shapes and weights of all kinds, a few of them senseless. */
import { PURPOSE, sequence } from '../../src/common/rng.js';
import { Dice } from './dice.js';
import { activation, quantizer } from './random-keras-quantizers.js';
import { randomTensor, type TestLayer, type TestTensor } from './keras-files.js';

type Config = Readonly<Record<string, unknown>>;

/** A layer and the shape of what it reads. */
interface Drawn {
  readonly input: readonly number[];
  readonly config: Config;
  readonly weights?: Readonly<Record<string, TestTensor>>;
  /** Layers in front of it. */
  readonly before?: readonly TestLayer[];
}

const IMAGES: readonly (readonly number[])[] = [
  [5, 6, 2],
  [4, 4, 4],
  [6, 5, 1],
];

const windowed = (d: Dice, n: number): Config => ({
  strides: d.one<unknown>(undefined, d.list(n, 1, 2), d.list(n, 1, 2), d.one(1, 2), d.list(n, 0, 1), d.list(n + 1, 1)),
  padding: d.one('valid', 'same', 'same', ...(n === 1 ? ['causal'] : [])),
  dilation_rate: d.one<unknown>(undefined, undefined, d.list(n, 1, 2)),
  data_format: d.one<unknown>(undefined, 'channels_last', 'channels_last', 'channels_first'),
});

const linear =
  (kind: 'dense' | 'conv' | 'depthwise' | 'separable', n: number, prefix: '' | 'Quant' | 'Q') =>
  (d: Dice): Drawn => {
    const input =
      kind === 'dense'
        ? d.one<readonly number[]>([6], [3, 4])
        : n === 2
          ? d.one(...IMAGES)
          : d.one<readonly number[]>([8, 2], [6, 4]);
    const c = input.at(-1)!;
    const size = d.list(n, 1, 2, 3);
    const out = d.one(2, 4);
    const multiplier = d.one(1, 1, 2);
    const groups = kind === 'conv' && c % 2 === 0 ? d.one(1, 1, 2) : 1;
    const bias = d.one(true, false);
    const weights: Record<string, TestTensor> = {};
    const seed = d.one(1, 2, 3, 4);
    if (kind === 'dense') weights['kernel'] = randomTensor([c, out], seed);
    else if (kind === 'conv') weights['kernel'] = randomTensor([...size, c / groups, out], seed);
    else {
      weights['depthwise_kernel'] = randomTensor([...size, c, multiplier], seed);
      if (kind === 'separable')
        weights['pointwise_kernel'] = randomTensor([...size.map(() => 1), c * multiplier, out], seed + 1);
    }
    const nOut = kind === 'depthwise' ? c * multiplier : out;
    if (bias) weights['bias'] = randomTensor([nOut], seed + 2);
    const names =
      kind === 'dense' || kind === 'conv'
        ? ['kernel']
        : kind === 'depthwise'
          ? ['depthwise']
          : ['depthwise', 'pointwise'];
    const quantizers = prefix === '' ? [] : names.map((name) => [`${name}_quantizer`, quantizer(d)]);
    return {
      input,
      config: {
        ...(kind === 'dense'
          ? { units: out }
          : kind === 'depthwise'
            ? { kernel_size: size, depth_multiplier: multiplier }
            : { filters: out, kernel_size: size }),
        ...(kind === 'separable' ? { depth_multiplier: multiplier } : {}),
        ...(kind === 'dense' ? {} : windowed(d, n)),
        ...(groups === 1 ? {} : { groups }),
        use_bias: bias,
        activation: prefix === '' ? activation(d) : d.one<unknown>(undefined, 'linear'),
        ...Object.fromEntries(quantizers),
        ...(prefix === 'Quant'
          ? {
              input_quantizer: d.one<unknown>(null, null, 'ste_sign', {
                class_name: 'DoReFa',
                config: { k_bit: 2, mode: 'activations' },
              }),
              pad_values: d.one(0, 0, 1),
            }
          : {}),
        ...(prefix === 'Q' ? { bias_quantizer: d.one<unknown>(null, 'quantized_bits(4,0,1)') } : {}),
      },
      weights,
    };
  };

const pool =
  (n: number) =>
  (d: Dice): Drawn => ({
    input: n === 2 ? d.one(...IMAGES) : [8, 2],
    config: {
      pool_size: d.one<unknown>(d.list(n, 1, 2, 3), d.one(2, 3)),
      strides: d.one<unknown>(null, d.list(n, 1, 2)),
      padding: d.one('valid', 'same'),
      data_format: 'channels_last',
    },
  });

const globalPool =
  (n: number) =>
  (d: Dice): Drawn => ({
    input: n === 2 ? d.one(...IMAGES) : [8, 2],
    config: { keepdims: d.one(undefined, false, true), data_format: d.one('channels_last', undefined) },
  });

const shaped =
  (config: (d: Dice) => Config, input: readonly number[] = [4, 6, 2]) =>
  (d: Dice): Drawn => ({ input, config: config(d) });

const LAYERS: Readonly<Record<string, (d: Dice) => Drawn>> = {
  Dense: linear('dense', 0, ''),
  QuantDense: linear('dense', 0, 'Quant'),
  QDense: linear('dense', 0, 'Q'),
  Conv2D: linear('conv', 2, ''),
  QuantConv2D: linear('conv', 2, 'Quant'),
  QConv2D: linear('conv', 2, 'Q'),
  Conv1D: linear('conv', 1, ''),
  QuantConv1D: linear('conv', 1, 'Quant'),
  DepthwiseConv2D: linear('depthwise', 2, ''),
  QuantDepthwiseConv2D: linear('depthwise', 2, 'Quant'),
  QDepthwiseConv2D: linear('depthwise', 2, 'Q'),
  DepthwiseConv1D: linear('depthwise', 1, ''),
  SeparableConv2D: linear('separable', 2, ''),
  QuantSeparableConv2D: linear('separable', 2, 'Quant'),
  QSeparableConv2D: linear('separable', 2, 'Q'),
  SeparableConv1D: linear('separable', 1, ''),
  MaxPooling2D: pool(2),
  AveragePooling2D: pool(2),
  MaxPooling1D: pool(1),
  AveragePooling1D: pool(1),
  GlobalMaxPooling2D: globalPool(2),
  GlobalAveragePooling2D: globalPool(2),
  GlobalAveragePooling1D: globalPool(1),
  QAveragePooling2D: pool(2),
  BatchNormalization: (d) => {
    const input = d.one<readonly number[]>([3, 4, 2], [5]);
    const c = input.at(-1)!;
    const [scale, center] = [d.one(true, false), d.one(true, false)];
    const positive = { shape: [c], data: randomTensor([c], 9).data.map((x) => Math.abs(x) + 0.25) };
    return {
      input,
      config: {
        axis: d.one<unknown>([input.length], -1, input.length, 1),
        scale,
        center,
        epsilon: d.one(0.001, 0.125),
      },
      weights: {
        ...(scale ? { gamma: randomTensor([c], 3) } : {}),
        ...(center ? { beta: randomTensor([c], 4) } : {}),
        moving_mean: randomTensor([c], 5),
        moving_variance: positive,
      },
    };
  },
  Activation: (d) => ({ input: d.one<readonly number[]>([5], [3, 3, 2]), config: { activation: activation(d) } }),
  QActivation: (d) => ({ input: [5], config: { activation: d.one(activation(d), quantizer(d)) } }),
  ReLU: shaped((d) => ({
    max_value: d.one<unknown>(null, 6, 2.5),
    negative_slope: d.one<unknown>(undefined, 0, 0.25, [0.25]),
    threshold: d.one(0, 0, 0.5),
  })),
  LeakyReLU: shaped((d) => ({ alpha: d.one(undefined, 0.25), negative_slope: d.one(undefined, 0.125) })),
  ELU: shaped((d) => ({ alpha: d.one(undefined, 1, 0.5) })),
  PReLU: (d) => {
    const shared = d.one<readonly number[] | undefined>([1, 2], [1, 2], undefined, [1]);
    const shape = [3, 4, 2].map((n, i) => (shared?.includes(i + 1) === true ? 1 : n));
    return { input: [3, 4, 2], config: { shared_axes: shared ?? null }, weights: { alpha: randomTensor(shape, 6) } };
  },
  Softmax: shaped((d) => ({ axis: d.one<unknown>(undefined, -1, 1) }), [5]),
  Flatten: shaped((d) => ({ data_format: d.one<unknown>(undefined, 'channels_last', 'channels_first') })),
  Reshape: shaped((d) => ({
    target_shape: d.one<readonly number[]>([48], [-1, 2], [6, 4, 2], [2, 2, 12], [5, -1], [-1, -1]),
  })),
  Permute: shaped((d) => ({ dims: d.one<readonly number[]>([2, 1, 3], [3, 1, 2], [1, 2, 3], [1, 2], [1, 1, 2]) })),
  ZeroPadding2D: shaped((d) => ({ padding: d.one<unknown>(1, [1, 2], [[1, 0], [0, 2]], undefined, -1) })), // prettier-ignore
  ZeroPadding1D: shaped((d) => ({ padding: d.one<unknown>(1, [0, 2]) }), [6, 2]),
  Cropping2D: shaped((d) => ({ cropping: d.one<unknown>(1, [1, 2], [[1, 0], [0, 2]], 3) })), // prettier-ignore
  Cropping1D: shaped((d) => ({ cropping: d.one<unknown>(1, [0, 2]) }), [6, 2]),
  UpSampling2D: shaped((d) => ({
    size: d.one<unknown>(2, [1, 3], undefined),
    interpolation: d.one<unknown>(undefined, 'nearest', 'bilinear'),
  })),
  UpSampling1D: shaped((d) => ({ size: d.one(2, 3) }), [4, 2]),
  Dropout: shaped(() => ({ rate: 0.5 })),
  Rescaling: shaped((d) => ({
    scale: d.one<unknown>(1 / 255, 0.5, [0.5, 0.25]),
    offset: d.one<unknown>(0, -1, [-1, 0.5]),
  })),
  Lambda: shaped(() => ({ function: 'x' })),
  LSTM: shaped(() => ({ units: 3 }), [4, 2]),
};

/** The classes, by name. */
export const RANDOM_KERAS_LAYERS: readonly string[] = Object.keys(LAYERS);

/** A Sequential model of one such layer. */
export function randomKeras(
  className: string,
  seed: number,
): { readonly input: readonly number[]; readonly layers: readonly TestLayer[] } {
  const d = new Dice(sequence(seed, PURPOSE.test, 12));
  const { input, config, weights } = LAYERS[className]!(d);
  const given = Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined));
  return {
    input,
    layers: [
      { class_name: className, config: { name: 'it', ...given }, ...(weights === undefined ? {} : { weights }) },
    ],
  };
}
