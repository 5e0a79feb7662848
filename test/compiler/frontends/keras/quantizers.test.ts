/** Weights and activations of Larq, QKeras and the binary layers, against their formulas written out. */
import { describe, expect, it } from 'vitest';
import { parseCall } from '../../../../src/compiler/frontends/keras/expression.js';
import { UserError } from '../../../../src/common/diagnostics.js';
import type { ImportedNetwork } from '../../../../src/compiler/frontends/frontend.js';
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

/** Round half to even, by the text of the number rather than by arithmetic on halves. */
const even = (x: number): number => {
  const down = Math.floor(x);
  if (x - down !== 0.5) return Math.round(x);
  return down % 2 === 0 ? down : down + 1;
};
const clip = (x: number, low: number, high: number): number => (x < low ? low : x > high ? high : x);
const sign = (x: number): number => (x >= 0 ? 1 : -1);

const W = randomTensor([6, 3], 21);
/** Weights of a channel of [6, 3]. */
const channel = (w: Float32Array, c: number): number[] => [...w].filter((_, i) => i % 3 === c);
const meanOf = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0) / list.length;

/** The real weights [out, in] that a dense layer has after import, with its bits. */
async function importedWeights(class_name: string, config: Record<string, unknown>, kernel: TestTensor = W) {
  const layers: TestLayer[] = [
    { class_name, config: { name: 'it', units: 3, use_bias: false, ...config }, weights: { kernel } },
  ];
  const { graph } = await importKeras(foreign(await kerasH5(sequential([6], layers), layers)));
  const node = graph.nodes.find(({ kind }) => kind === 'dense');
  if (node?.kind !== 'dense') throw new Error('no dense layer');
  const { weights, scale, weightBits } = node;
  const value = (o: number, k: number): number => weights[o * 6 + k]! * (scale?.[scale.length === 1 ? 0 : o] ?? 1);
  return {
    isInteger: weights instanceof Int8Array,
    scale,
    bits: weightBits,
    // In the order of the file.
    values: Array.from({ length: 18 }, (_, i) => value(i % 3, Math.floor(i / 3))),
  };
}

const bitsOf =
  (bits: number, integer = 0, symmetric = 0) =>
  (w: number) => {
    const m = 2 ** (bits - 1);
    return (2 ** integer * clip(even((w * m) / 2 ** integer), -m + symmetric, m - 1)) / m;
  };

/** QKeras' scale of a channel: half its levels reach the largest weight. */
const autoScale = (bits: number) => (w: number, i: number) => {
  const levels = 2 ** (bits - 1) - 1;
  const scale = Math.max(...channel(W.data, i % 3).map(Math.abs)) / levels;
  return Math.sign(w) * Math.min(Math.floor(Math.abs(w) / scale + 0.5), levels) * scale;
};

interface WeightCase {
  readonly title: string;
  readonly className?: string;
  readonly config: Record<string, unknown>;
  readonly bits: number | undefined;
  readonly by: (w: number, i: number) => number;
}

const larq = (name: string, config?: Record<string, unknown>): Record<string, unknown> => ({
  kernel_quantizer: config === undefined ? name : { class_name: name, config },
});
const qkeras = (quantizer: unknown): Record<string, unknown> => ({ kernel_quantizer: quantizer });
const twn = Math.fround(0.7 * meanOf([...W.data].map(Math.abs)));

const WEIGHTS: readonly WeightCase[] = [
  { title: 'ste_sign', config: larq('ste_sign'), bits: 1, by: sign },
  { title: 'SteSign as an object', config: larq('SteSign', { name: 'q', clip_value: 1 }), bits: 1, by: sign },
  { title: 'approx_sign', config: larq('approx_sign'), bits: 1, by: sign },
  { title: 'SwishSign', config: larq('SwishSign', { beta: 5 }), bits: 1, by: sign },
  {
    title: 'magnitude_aware_sign: the mean magnitude of every output',
    config: larq('magnitude_aware_sign'),
    bits: 1,
    by: (w, i) => sign(w) * Math.fround(meanOf(channel(W.data, i % 3).map(Math.abs))),
  },
  { title: 'ste_tern', config: larq('ste_tern'), bits: 2, by: (w) => (Math.abs(w) >= Math.fround(0.05) ? sign(w) : 0) },
  {
    title: 'SteTern of ternary weight networks',
    config: larq('SteTern', { ternary_weight_networks: true }),
    bits: 2,
    by: (w) => (Math.abs(w) >= twn ? sign(w) : 0),
  },
  { title: 'ste_heaviside', config: larq('ste_heaviside'), bits: 2, by: (w) => (w > 0 ? 1 : 0) },
  {
    title: 'DoReFa for weights',
    config: larq('DoReFa', { k_bit: 3, mode: 'weights' }),
    bits: 4,
    by: (w) => {
      const largest = Math.max(...[...W.data].map((x) => Math.abs(Math.tanh(x))));
      return (2 * even(7 * (Math.tanh(w) / (2 * largest) + 0.5))) / 7 - 1;
    },
  },
  {
    title: 'quantized_bits as text',
    className: 'QDense',
    config: qkeras('quantized_bits(4,0,alpha=1)'),
    bits: 4,
    by: bitsOf(4),
  },
  {
    title: 'quantized_bits symmetric with an integer bit',
    className: 'QDense',
    config: qkeras({ class_name: 'quantized_bits', config: { bits: 3, integer: 1, symmetric: 1, alpha: null } }),
    bits: 3,
    by: bitsOf(3, 1, 1),
  },
  {
    title: 'quantized_bits of one bit: a sign',
    className: 'QDense',
    config: qkeras('quantized_bits(bits=1)'),
    bits: 1,
    by: sign,
  },
  {
    title: 'quantized_bits without negative values',
    className: 'QDense',
    config: qkeras('quantized_bits(2,0,keep_negative=False)'),
    bits: 3,
    by: (w) => clip(even(w * 4), 0, 3) / 4,
  },
  {
    title: 'quantized_bits with alpha',
    className: 'QDense',
    config: qkeras('quantized_bits(4,0,0,alpha=0.5)'),
    bits: 4,
    by: (w) => 0.5 * bitsOf(4)(w),
  },
  {
    title: 'quantized_bits with alpha auto',
    className: 'QDense',
    config: qkeras("quantized_bits(4,0,1,alpha='auto')"),
    bits: 4,
    by: autoScale(4),
  },
  {
    title: 'quantized_bits of 12 bits: real numbers',
    className: 'QDense',
    config: qkeras('quantized_bits(12,0)'),
    bits: undefined,
    by: bitsOf(12),
  },
  { title: 'binary', className: 'QDense', config: qkeras('binary(alpha=1.0)'), bits: 1, by: sign },
  {
    title: 'binary with alpha auto: the mean magnitude',
    className: 'QDense',
    config: qkeras("binary(alpha='auto')"),
    bits: 1,
    by: (w, i) => (sign(w) * meanOf(channel(W.data, i % 3).map(Math.abs))) / (1 + 1e-7),
  },
  {
    title: 'binary with use_01',
    className: 'QDense',
    config: qkeras({ class_name: 'binary', config: { use_01: true, alpha: 1 } }),
    bits: 2,
    by: (w) => (w >= 0 ? 1 : 0),
  },
  {
    title: 'stochastic_binary, which is binary at inference',
    className: 'QDense',
    config: qkeras('stochastic_binary(alpha=1)'),
    bits: 1,
    by: sign,
  },
  {
    title: 'ternary',
    className: 'QDense',
    config: qkeras('ternary(alpha=1, threshold=0.5)'),
    bits: 2,
    by: (w) => (Math.abs(w) >= 0.5 ? sign(w) : 0),
  },
  {
    title: 'quantized_po2 over few exponents: integers',
    className: 'QDense',
    config: qkeras('quantized_po2(3,1)'),
    bits: 4,
    by: (w) => sign(w) * 2 ** clip(Math.abs(w) < 1e-7 ? -4 : even(Math.log2(Math.abs(w))), -4, 3),
  },
  {
    title: 'BinaryDense: 0 is negative',
    className: 'BinaryDense',
    config: { H: 0.5 },
    bits: 1,
    by: (w) => (w > 0 ? 0.5 : -0.5),
  },
  { title: 'TernaryDense', className: 'TernaryDense', config: { H: 1 }, bits: 2, by: (w) => clip(even(w), -1, 1) },
];

describe('latent weights are quantised on import', () => {
  it.each(WEIGHTS)('$title', async ({ className = 'QuantDense', config, bits, by }) => {
    const found = await importedWeights(className, config);
    expect(found.isInteger).toBe(bits !== undefined);
    expect(found.bits).toBe(bits);
    found.values.forEach((value, i) => expect(value).toBeCloseTo(by(W.data[i]!, i), 6));
  });

  it('with alpha auto_po2 to scales that are powers of two, within a step of what they were', async () => {
    const { values, isInteger, scale } = await importedWeights(
      'QDense',
      qkeras("quantized_bits(4,0,1,alpha='auto_po2')"),
    );
    expect(isInteger).toBe(true);
    expect(scale?.length).toBe(3);
    for (const step of scale ?? []) expect(Number.isInteger(Math.log2(step))).toBe(true);
    // The step is at most twice the one that reaches the largest weight, so half of it is what rounding costs; clipping costs less than a step.
    const largest = [0, 1, 2].map((c) => Math.max(...channel(W.data, c).map(Math.abs)));
    values.forEach((value, i) => expect(Math.abs(value - W.data[i]!)).toBeLessThanOrEqual((2 * largest[i % 3]!) / 7));
  });

  it('of depthwise kernels by output: magnitudes by multiplier', async () => {
    const kernel = randomTensor([3, 3, 2, 2], 5);
    const layers: TestLayer[] = [
      {
        class_name: 'QuantDepthwiseConv2D',
        config: {
          name: 'it',
          kernel_size: [3, 3],
          depth_multiplier: 2,
          use_bias: false,
          depthwise_quantizer: 'magnitude_aware_sign',
        },
        weights: { depthwise_kernel: kernel },
      },
    ];
    const { graph } = await importKeras(foreign(await kerasH5(sequential([4, 4, 2], layers), layers)));
    const node = graph.nodes.find(({ kind }) => kind === 'conv2d');
    if (node?.kind !== 'conv2d') throw new Error('no convolution');
    expect(node.groups).toBe(2);
    // Output o is input o div 2, multiplier o mod 2.
    for (let o = 0; o < 4; o++) {
      const magnitudes = [...kernel.data].filter((_, i) => i % 2 === o % 2).map(Math.abs);
      expect(node.scale?.[o]).toBeCloseTo(meanOf(magnitudes), 6);
      for (let k = 0; k < 9; k++) expect(node.weights[o * 9 + k]).toBe(sign(kernel.data[k * 4 + o]!));
    }
  });

  it('after the batch norm of a folded layer', async () => {
    const gamma = randomTensor([3], 31);
    const beta = randomTensor([3], 32);
    const mean = randomTensor([3], 33);
    const variance = { shape: [3], data: Float32Array.of(0.5, 1, 4) };
    const bias = randomTensor([3], 34);
    const layers: TestLayer[] = [
      {
        class_name: 'QDenseBatchnorm',
        config: {
          name: 'it',
          units: 3,
          epsilon: 0.001,
          kernel_quantizer: 'quantized_bits(8,2)',
          bias_quantizer: 'quantized_bits(8,3)',
        },
        weights: {
          kernel: W,
          bias,
          gamma,
          beta,
          iteration: { shape: [], data: Float32Array.of(7) },
          moving_mean: mean,
          moving_variance: variance,
        },
      },
    ];
    const { graph } = await importKeras(foreign(await kerasH5(sequential([6], layers), layers)));
    const node = graph.nodes.find(({ kind }) => kind === 'dense');
    if (node?.kind !== 'dense') throw new Error('no dense layer');
    const inv = [0, 1, 2].map((o) => Math.fround(gamma.data[o]! / Math.sqrt(variance.data[o]! + 0.001)));
    for (let o = 0; o < 3; o++) {
      expect(node.bias?.[o]).toBeCloseTo(bitsOf(8, 3)(inv[o]! * (bias.data[o]! - mean.data[o]!) + beta.data[o]!), 9);
      for (let k = 0; k < 6; k++) {
        expect(node.weights[o * 6 + k]! * node.scale![0]!).toBeCloseTo(
          bitsOf(8, 2)(Math.fround(W.data[k * 3 + o]! * inv[o]!)),
          9,
        );
      }
    }
  });
});

/** All bytes as -2..2. */
const BYTES = Uint8Array.from({ length: 256 }, (_, b) => b);
const real = (b: number): number => -2 + (b * 4) / 255;

interface ActivationCase {
  readonly title: string;
  readonly layer: TestLayer;
  readonly by: (x: number) => number;
}

const q = (activation: unknown): TestLayer => ({ class_name: 'QActivation', config: { name: 'it', activation } });
/** A Larq layer whose weights are 1: what it gives is its input through its quantizer. */
const through = (input_quantizer: unknown): TestLayer => ({
  class_name: 'QuantDepthwiseConv2D',
  config: { name: 'it', kernel_size: [1, 1], use_bias: false, input_quantizer },
  weights: { depthwise_kernel: { shape: [1, 1, 256, 1], data: new Float32Array(256).fill(1) } },
});

const ACTIVATIONS: readonly ActivationCase[] = [
  {
    title: 'quantized_relu',
    layer: q('quantized_relu(3,1)'),
    by: (x) => 2 * clip(even((x * 8) / 2) / 8, 0, 1 - 1 / 8),
  },
  {
    title: 'quantized_relu with an upper bound',
    layer: q({
      class_name: 'quantized_relu',
      config: { bits: 4, integer: 1, relu_upper_bound: 1, is_quantized_clip: false },
    }),
    by: (x) => Math.min(2 * clip(even(x * 8) / 16, 0, 15 / 16), 1),
  },
  { title: 'quantized_bits', layer: q('quantized_bits(4,1,1)'), by: bitsOf(4, 1, 1) },
  { title: 'quantized_tanh', layer: q('quantized_tanh(4)'), by: (x) => clip(even(clip(x, -1, 1) * 8) / 8, -1, 7 / 8) },
  {
    title: 'quantized_tanh, real and symmetric',
    layer: q('quantized_tanh(4,0,1,1)'),
    by: (x) => clip(even(Math.tanh(x) * 8) / 8, -7 / 8, 7 / 8),
  },
  {
    title: 'quantized_sigmoid',
    layer: q('quantized_sigmoid(4)'),
    by: (x) => clip(even(clip(0.5 * x + 0.5, 0, 1) * 16) / 16, 0, 15 / 16),
  },
  { title: 'binary', layer: q('binary(alpha=1)'), by: sign },
  { title: 'binary with use_01', layer: q('binary(1)'), by: (x) => (x >= 0 ? 1 : 0) },
  { title: 'ternary', layer: q('ternary(threshold=0.4)'), by: (x) => (Math.abs(x) >= Math.fround(0.4) ? sign(x) : 0) },
  {
    title: 'binary_tanh',
    layer: { class_name: 'Activation', config: { name: 'it', activation: 'binary_tanh' } },
    by: sign,
  },
  {
    title: 'ternary_tanh',
    layer: { class_name: 'Activation', config: { name: 'it', activation: 'ternary_tanh' } },
    by: (x) => clip(even(x), -1, 1),
  },
  { title: 'ste_sign in front of a layer', layer: through('ste_sign'), by: sign },
  { title: 'ste_heaviside in front of a layer', layer: through('SteHeaviside'), by: (x) => (x > 0 ? 1 : 0) },
  {
    title: 'ste_tern in front of a layer',
    layer: through({ class_name: 'SteTern', config: { threshold_value: 0.5 } }),
    by: (x) => (Math.abs(x) >= 0.5 ? sign(x) : 0),
  },
  {
    title: 'DoReFa in front of a layer',
    layer: through({ class_name: 'DoReFa', config: { k_bit: 2 } }),
    by: (x) => even(clip(x, 0, 1) * 3) / 3,
  },
];

describe('activations are quantised as their tool does', () => {
  it.each(ACTIVATIONS)('$title', async ({ layer }) => {
    const layers = [layer];
    const imported = await importKeras(foreign(await kerasH5(sequential([1, 1, 256], layers), layers)), {
      inputRange: [-2, 2],
    });
    const found = scoresOf(imported, BYTES);
    const { by } = ACTIVATIONS.find((one) => one.layer === layer)!;
    found.forEach((value, b) => expect(Math.abs(value - by(real(b)))).toBeLessThan(1e-6));
  });

  it('pads with what a Larq layer says', async () => {
    const kernel = { shape: [3, 3, 1, 1], data: new Float32Array(9).fill(1) };
    const layers: TestLayer[] = [
      {
        class_name: 'QuantConv2D',
        config: {
          name: 'it',
          filters: 1,
          kernel_size: [3, 3],
          padding: 'same',
          use_bias: false,
          input_quantizer: 'ste_sign',
          kernel_quantizer: 'ste_sign',
          pad_values: -1,
        },
        weights: { kernel },
      },
    ];
    const imported = await importKeras(foreign(await kerasH5(sequential([2, 2, 1], layers), layers)));
    // Four pixels of +1 and five taps of -1.
    expect(scoresOf(imported, Uint8Array.of(255, 255, 255, 255))).toEqual([-1, -1, -1, -1]);
  });

  it('pads with zeros in front of a Larq layer that does not pad itself, whatever that would pad with', async () => {
    const kernel = { shape: [3, 3, 1, 1], data: new Float32Array(9).fill(1) };
    const valid = { name: 'it', filters: 1, kernel_size: [3, 3], padding: 'valid', use_bias: false };
    const layers: TestLayer[] = [
      { class_name: 'QActivation', config: { name: 'signs', activation: 'binary(alpha=1)' } },
      { class_name: 'ZeroPadding2D', config: { name: 'border', padding: 1 } },
      {
        class_name: 'QuantConv2D',
        config: { ...valid, kernel_quantizer: 'ste_sign', pad_values: -1 },
        weights: { kernel },
      },
    ];
    const imported = await importKeras(foreign(await kerasH5(sequential([2, 2, 1], layers), layers)));
    expect(scoresOf(imported, Uint8Array.of(255, 255, 255, 255))).toEqual([4, 4, 4, 4]);
  });

  it('is a border of another number where zeros are put around a value that is shifted and shifted back', async () => {
    const kernel = { shape: [3, 3, 1, 1], data: new Float32Array(9).fill(1) };
    const config = { name: 'it', filters: 1, kernel_size: [3, 3], padding: 'valid', use_bias: false };
    const layers = (back: number): TestLayer[] => [
      { class_name: 'QActivation', config: { name: 'signs', activation: 'binary(alpha=1)' } },
      { class_name: 'Rescaling', config: { name: 'up', scale: 1, offset: 1 } },
      { class_name: 'ZeroPadding2D', config: { name: 'border', padding: 1 } },
      { class_name: 'Rescaling', config: { name: 'down', scale: 1, offset: back } },
      { class_name: 'Conv2D', config, weights: { kernel } },
    ];
    const imported = async (back: number): Promise<ImportedNetwork> =>
      importKeras(foreign(await kerasH5(sequential([2, 2, 1], layers(back)), layers(back))));
    const one = await imported(-1);
    const convolution = one.graph.nodes.find(({ kind }) => kind === 'conv2d');
    expect(convolution).toMatchObject({ kind: 'conv2d', padding: [1, 1, 1, 1], padValue: -1 });
    expect(scoresOf(one, Uint8Array.of(255, 255, 255, 255))).toEqual([-1, -1, -1, -1]);
    // Not shifted back by as much, they stay the layers that they are.
    const other = await imported(-0.5);
    expect(other.graph.nodes.map(({ kind }) => kind)).toContain('batchNorm');
    expect(scoresOf(other, Uint8Array.of(255, 255, 255, 255))).toEqual([3.5, 3.5, 3.5, 3.5]);
  });
});

describe('QuantizeLayer of TensorFlow Model Optimization', () => {
  const fake = (min: number, max: number, settings: Record<string, unknown>): TestLayer => ({
    class_name: 'QuantizeLayer',
    config: {
      name: 'it',
      quantizer: { class_name: 'MovingAverageQuantizer', config: { per_axis: false, symmetric: false, ...settings } },
    },
    weights: {
      it_min: { shape: [], data: Float32Array.of(min) },
      it_max: { shape: [], data: Float32Array.of(max) },
      optimizer_step: { shape: [], data: Float32Array.of(-1) },
    },
  });
  const imported = async (layer: TestLayer): Promise<ImportedNetwork> =>
    importKeras(foreign(await kerasH5(sequential([1, 1, 256], [layer]), [layer])), { inputRange: [-2, 2] });

  it('rounds halves up between its minimum and maximum, with the zero point moved to an integer', async () => {
    // 15 steps of 0.25 from -1.1: the zero point is 4.4, and becomes 4.
    const { graph } = await imported(fake(-1.1, 2.65, { num_bits: 4, narrow_range: false }));
    const node = graph.nodes.find(({ kind }) => kind === 'quantise');
    expect(node).toMatchObject({
      bits: 4,
      signed: true,
      levels: [-4, 11],
      rounding: 'halfUp',
      step: Math.fround(0.25),
    });
    const narrow = await imported(fake(-1.75, 1.75, { num_bits: 4, narrow_range: true }));
    expect(narrow.graph.nodes.find(({ kind }) => kind === 'quantise')).toMatchObject({ levels: [-7, 7], step: 0.25 });
    const unsigned = await imported(fake(0, 3.75, { num_bits: 4, narrow_range: false }));
    const plain = unsigned.graph.nodes.find(({ kind }) => kind === 'quantise');
    expect(plain).toMatchObject({ bits: 4, signed: false, step: 0.25 });
    expect(plain).not.toHaveProperty('levels');
  });

  it('gives the values of the formula for every byte', async () => {
    const one = await imported(fake(-1.75, 1.75, { num_bits: 4, narrow_range: true }));
    const found = scoresOf(one, BYTES);
    found.forEach((value, b) => {
      const x = Math.min(Math.max(real(b), -1.75), 1.75);
      expect(value).toBeCloseTo(Math.floor((x + 1.75) / 0.25 + 0.5) * 0.25 - 1.75, 9);
    });
  });

  it('is refused with more than 8 bits, a range for every channel, or a range without 0', async () => {
    const whole = { num_bits: 8, narrow_range: false };
    await expect(imported(fake(-1, 1, { ...whole, num_bits: 16 }))).rejects.toThrow(/16 bits/);
    await expect(imported(fake(-1, 1, { ...whole, per_axis: true }))).rejects.toThrow(/a range for every channel/);
    await expect(imported(fake(0.5, 1, whole))).rejects.toThrow(/its range is 0.5 to 1/);
  });
});

describe('what cannot be taken of a quantizer', () => {
  it.each([
    ['a slope', q('quantized_relu(4,0,0,0.25)'), 'negative_slope'],
    ['a sigmoid in a rectifier', q('quantized_relu(4,0,1)'), 'use_sigmoid'],
    ['more than 8 bits', q('quantized_relu(12,4)'), '12 bits'],
    ['partial noise', q({ class_name: 'quantized_bits', config: { bits: 4, qnoise_factor: 0.5 } }), 'qnoise_factor'],
    ['powers of two', q('quantized_relu_po2(4,2)'), 'powers of two'],
    ['draws', q('bernoulli()'), 'draws'],
    ['scales of values', through('magnitude_aware_sign'), 'magnitude_aware_sign'],
    ['a call that is code', q("__import__('os').system('true')"), 'no name and no call'],
    ['another name', q('quantized_magic(3)'), 'quantized_magic'],
  ])('is told with its reason: %s', async (_, layer, reason) => {
    const layers = [layer];
    const file = foreign(await kerasH5(sequential([1, 1, 256], layers), layers));
    await expect(importKeras(file)).rejects.toThrow(UserError);
    await expect(importKeras(file)).rejects.toThrow(reason);
  });
});

describe('a quantizer written as text', () => {
  it('has arguments in order and by name, of four kinds', () => {
    const call = parseCall(" qkeras.quantized_bits( 6, -0.5, alpha='auto', keep_negative=True, scale_axis=None )");
    expect(call?.name).toBe('quantized_bits');
    expect(call?.positional).toEqual([6, -0.5]);
    expect([...(call?.named ?? [])]).toEqual([
      ['alpha', 'auto'],
      ['keep_negative', true],
      ['scale_axis', null],
    ]);
    expect(parseCall('relu')).toEqual({ name: 'relu', positional: [], named: new Map() });
  });

  it.each(['f(', 'f(g(1))', 'f(1 + 1)', 'f(a=1, 2)', 'f(x)', '1f', 'f(1);g', `f(${'1,'.repeat(2000)}1)`])(
    'is none: %s',
    (text) => {
      expect(parseCall(text)).toBeUndefined();
    },
  );
});
