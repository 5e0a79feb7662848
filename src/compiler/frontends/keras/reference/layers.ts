/** Layers of Keras by their definitions (keras/layers), with those of Larq, QKeras and the older binary layers that compute alike. */
import { axisFrom, broadcast, each, filled, type NdArray, NotEvaluated, sizeOf } from '../../reference/arrays.js';
import { imageDims, largest, mean, pooled, type Slide, slideOf, windowSums } from '../../reference/images.js';
import { cut, elementAt, joined, padded, reduced, reshaped, transposed } from '../../reference/moves.js';
import type { Tensor } from '../context.js';
import { fieldOf, flagOf, integersOf, type JsonObject, listOf, numberOf, textOf } from '../fields.js';
import { TRAINING_ONLY } from '../training-only.js';
import { applied, appliedByName, binaryWeights } from './functions.js';

/** A use of a layer. */
export interface LayerCall {
  readonly className: string;
  readonly config: JsonObject;
  readonly weights: ReadonlyMap<string, Tensor>;
  readonly major: number;
  /** Values with a batch of 1. */
  readonly inputs: readonly NdArray[];
}

/** What a layer gives, and the sums before its activation where it is one with weights. */
export interface LayerResult {
  readonly value: NdArray;
  readonly sums?: NdArray;
}

type Evaluate = (call: LayerCall) => LayerResult;

const of = (value: NdArray): LayerResult => ({ value });

const first = ({ inputs }: LayerCall): NdArray => {
  const [x] = inputs;
  if (x === undefined) throw new NotEvaluated('no value');
  return x;
};

function weight({ weights, className }: LayerCall, ...roles: readonly string[]): NdArray {
  const found = roles.map((role) => weights.get(role)).find((tensor) => tensor !== undefined);
  if (found === undefined) throw new NotEvaluated(`${className} without ${roles[0] ?? 'weights'}`);
  return { dims: found.shape, data: Float64Array.from(found.values) };
}

const activated = (call: LayerCall, sums: NdArray): LayerResult => ({
  sums,
  value: applied(fieldOf(call.config, 'activation'), sums, call),
});

/** A kernel through its quantizer; the class is that of the older binary layers. */
function quantised(call: LayerCall, kernel: NdArray, ...fields: readonly string[]): NdArray {
  const h = numberOf(call.config, 'H', 1);
  const binary = binaryWeights(call.className, h > 0 ? h : 1, kernel);
  if (binary !== undefined) return binary;
  const field = fields.map((name) => fieldOf(call.config, name)).find((found) => found !== undefined && found !== null);
  return applied(field, kernel, call);
}

/** Sums [..., outputs] plus a bias through its quantizer. */
function plusBias(call: LayerCall, sums: NdArray, bias: NdArray | undefined): NdArray {
  if (bias === undefined) return sums;
  return broadcast([sums, applied(fieldOf(call.config, 'bias_quantizer'), bias, call)], (v, b) => v! + b!);
}

/** Kernel and bias; those of folded layers (QConv2DBatchnorm) with their batch norm: W inv, inv (b - mean) + beta. */
function folded(call: LayerCall, kernel: NdArray): { readonly kernel: NdArray; readonly bias: NdArray | undefined } {
  const { className, config } = call;
  const raw = flagOf(config, 'use_bias', true) ? weight(call, 'bias') : undefined;
  if (!className.endsWith('Batchnorm')) return { kernel, bias: raw };
  const [average, variance] = [weight(call, 'moving_mean'), weight(call, 'moving_variance')];
  const n = average.data.length;
  const gamma = flagOf(config, 'scale', true) ? weight(call, 'gamma').data : new Float64Array(n).fill(1);
  const beta = flagOf(config, 'center', true) ? weight(call, 'beta').data : new Float64Array(n);
  const epsilon = numberOf(config, 'epsilon', 0.001);
  const inv = gamma.map((g, o) => Math.fround(g / Math.sqrt(variance.data[o]! + epsilon)));
  const data = inv.map((i, o) => Math.fround(i * ((raw?.data[o] ?? 0) - average.data[o]!) + beta[o]!));
  return {
    kernel: { dims: kernel.dims, data: kernel.data.map((w, k) => Math.fround(w * inv[k % n]!)) },
    bias: { dims: [n], data },
  };
}

const channelsLast = ({ config }: LayerCall): void => {
  if (textOf(config, 'data_format') === 'channels_first') throw new NotEvaluated('channels first');
};

const dense: Evaluate = (call) => {
  const x = applied(fieldOf(call.config, 'input_quantizer'), first(call), call);
  const { kernel, bias } = folded(call, weight(call, 'kernel'));
  const w = quantised(call, kernel, 'kernel_quantizer');
  const [nIn = 0, nOut = 0] = w.dims;
  const rows = x.data.length / nIn;
  const data = new Float64Array(rows * nOut);
  for (let r = 0; r < rows; r++) {
    for (let i = 0; i < nIn; i++) {
      const v = x.data[r * nIn + i]!;
      for (let o = 0; o < nOut; o++) data[r * nOut + o]! += v * w.data[i * nOut + o]!;
    }
  }
  return activated(call, plusBias(call, { dims: [...x.dims.slice(0, -1), nOut], data }, bias));
};

/** Sequences [batch, t, c] as images of one column. */
const asImage = (x: NdArray, dimensions: 1 | 2): NdArray => {
  const [batch = 1, t = 1, c = 1] = x.dims;
  if (x.dims.length !== dimensions + 2) throw new NotEvaluated(`values of the shape [${x.dims.join(', ')}]`);
  return dimensions === 2 ? x : { ...x, dims: [batch, t, 1, c] };
};

const asBefore = (x: NdArray, dimensions: 1 | 2): NdArray => {
  const [batch = 1, t = 1, , c = 1] = x.dims;
  return dimensions === 2 ? x : { ...x, dims: [batch, t, c] };
};

function numbersOf(call: LayerCall, field: string, dimensions: 1 | 2, absent?: number): readonly [number, number] {
  const found = integersOf(call.config, field, dimensions, absent);
  if (found === undefined) throw new NotEvaluated(`${field} that is not understood`);
  return [found[0]!, found[1] ?? 1];
}

/** Windows of a layer over an image. */
function windowsOf(call: LayerCall, x: NdArray, dimensions: 1 | 2, sizeField: 'kernel_size' | 'pool_size'): Slide {
  const [, height, width] = imageDims(x);
  const isPool = sizeField === 'pool_size';
  const kernel = numbersOf(call, sizeField, dimensions, isPool ? 2 : undefined);
  const given = fieldOf(call.config, 'strides') ?? undefined;
  const stride = given === undefined && isPool ? kernel : numbersOf(call, 'strides', dimensions, 1);
  const dilation = isPool ? ([1, 1] as const) : numbersOf(call, 'dilation_rate', dimensions, 1);
  const padding = textOf(call.config, 'padding') ?? 'valid';
  const common = { kernel, stride, dilation };
  if (padding !== 'causal') return slideOf([height, width], { ...common, isSame: padding === 'same' });
  // Zeros in front, as many as the window spans but one.
  const before = (kernel[0] - 1) * dilation[0];
  return { ...common, before: [before, 0], output: [Math.floor((height - 1) / stride[0]) + 1, 1] };
}

/** Kernels [taps.., in, out] as [out, taps, in]. */
function outputsFirst({ data }: NdArray, nOut: number): Float64Array {
  const each = data.length / nOut;
  return data.map((_, k) => data[(k % each) * nOut + Math.floor(k / each)]!);
}

/** What a convolution of Larq pads with counts as a number of the image. */
const outside = ({ config }: LayerCall): { readonly outside: number } => ({
  outside: numberOf(config, 'pad_values', 0),
});

const convolution =
  (dimensions: 1 | 2): Evaluate =>
  (call) => {
    channelsLast(call);
    const x = asImage(applied(fieldOf(call.config, 'input_quantizer'), first(call), call), dimensions);
    const { kernel, bias } = folded(call, weight(call, 'kernel'));
    const w = quantised(call, kernel, 'kernel_quantizer');
    const nOut = w.dims.at(-1)!;
    const parts = {
      weights: outputsFirst(w, nOut),
      nOut,
      groups: numberOf(call.config, 'groups', 1),
      ...outside(call),
    };
    const sums = windowSums(x, windowsOf(call, x, dimensions, 'kernel_size'), parts);
    return activated(call, asBefore(plusBias(call, sums, bias), dimensions));
  };

/** A depthwise convolution by a quantised kernel [taps.., in, multiplier]. */
function depthwiseSums(call: LayerCall, x: NdArray, w: NdArray, dimensions: 1 | 2): NdArray {
  const [channels, multiplier] = [w.dims.at(-2)!, w.dims.at(-1)!];
  const nOut = channels * multiplier;
  const parts = { weights: outputsFirst(w, nOut), nOut, groups: channels, ...outside(call) };
  return windowSums(x, windowsOf(call, x, dimensions, 'kernel_size'), parts);
}

const depthwise =
  (dimensions: 1 | 2): Evaluate =>
  (call) => {
    channelsLast(call);
    const x = asImage(applied(fieldOf(call.config, 'input_quantizer'), first(call), call), dimensions);
    const { kernel, bias } = folded(call, weight(call, 'depthwise_kernel', 'kernel'));
    const w = quantised(call, kernel, 'depthwise_quantizer', 'kernel_quantizer');
    return activated(call, asBefore(plusBias(call, depthwiseSums(call, x, w, dimensions), bias), dimensions));
  };

const separable =
  (dimensions: 1 | 2): Evaluate =>
  (call) => {
    channelsLast(call);
    const x = asImage(applied(fieldOf(call.config, 'input_quantizer'), first(call), call), dimensions);
    const deep = applied(fieldOf(call.config, 'depthwise_quantizer'), weight(call, 'depthwise_kernel'), call);
    const wide = applied(fieldOf(call.config, 'pointwise_quantizer'), weight(call, 'pointwise_kernel'), call);
    const between = depthwiseSums(call, x, deep, dimensions);
    const [, height, width] = imageDims(between);
    const slide = slideOf([height, width], { kernel: [1, 1], stride: [1, 1], dilation: [1, 1], isSame: false });
    const nOut = wide.dims.at(-1)!;
    const sums = windowSums(between, slide, { weights: outputsFirst(wide, nOut), nOut, groups: 1 });
    const bias = flagOf(call.config, 'use_bias', true) ? weight(call, 'bias') : undefined;
    return activated(call, asBefore(plusBias(call, sums, bias), dimensions));
  };

const pool =
  (isMax: boolean, dimensions: 1 | 2): Evaluate =>
  (call) => {
    channelsLast(call);
    const x = asImage(first(call), dimensions);
    const found = pooled(x, windowsOf(call, x, dimensions, 'pool_size'), isMax ? largest : mean);
    return of(applied(fieldOf(call.config, 'activation'), asBefore(found, dimensions), call));
  };

const globalPool =
  (isMax: boolean): Evaluate =>
  (call) => {
    channelsLast(call);
    const x = first(call);
    const axes = x.dims.map((_, axis) => axis).slice(1, -1);
    const found = reduced(x, axes, flagOf(call.config, 'keepdims', false), isMax ? largest : mean);
    return of(applied(fieldOf(call.config, 'activation'), found, call));
  };

const batchNormalization: Evaluate = (call) => {
  const { config } = call;
  const x = first(call);
  const given = fieldOf(config, 'axis') ?? -1;
  const axis = axisFrom(Number(Array.isArray(given) ? listOf(given)[0] : given), x.dims.length);
  if (axis !== x.dims.length - 1) throw new NotEvaluated('norms of another dimension');
  const n = x.dims.at(-1)!;
  const vector = (role: string, isThere: boolean, missing: number): NdArray =>
    isThere
      ? applied(fieldOf(config, `${role.replace('moving_', '')}_quantizer`), weight(call, role), call)
      : { dims: [n], data: new Float64Array(n).fill(missing) };
  const gamma = vector('gamma', flagOf(config, 'scale', true), 1);
  const beta = vector('beta', flagOf(config, 'center', true), 0);
  const [average, variance] = [vector('moving_mean', true, 0), vector('moving_variance', true, 1)];
  const epsilon = numberOf(config, 'epsilon', 0.001);
  const found = broadcast(
    [x, gamma, beta, average, variance],
    (v, g, b, m, s) => (g! * (v! - m!)) / Math.sqrt(s! + epsilon) + b!,
  );
  return of(applied(fieldOf(config, 'activation'), found, call));
};

const merged =
  (f: (a: number, b: number) => number): Evaluate =>
  (call) => {
    const found = call.inputs.slice(1).reduce((a, b) => broadcast([a, b], (v, w) => f(v!, w!)), first(call));
    return of(applied(fieldOf(call.config, 'activation'), found, call));
  };

/** A sequence, or an image. */
function spatial(call: LayerCall, dimensions: 1 | 2): NdArray {
  const x = first(call);
  asImage(x, dimensions);
  return x;
}

/** Rows and columns (or steps) around or off a value. */
function marginsOf({ config }: LayerCall, field: string, dimensions: 1 | 2): readonly (readonly [number, number])[] {
  const found = fieldOf(config, field) ?? 1;
  if (typeof found === 'number') return Array.from({ length: dimensions }, () => [found, found] as const);
  const list = dimensions === 1 && listOf(found).length === 2 ? [found] : listOf(found);
  return list.map((m): readonly [number, number] =>
    Array.isArray(m) ? [Number(m[0]), Number(m[1])] : [Number(m), Number(m)],
  );
}

const zeroPadding =
  (dimensions: 1 | 2): Evaluate =>
  (call) =>
    of(padded(spatial(call, dimensions), [[0, 0], ...marginsOf(call, 'padding', dimensions), [0, 0]], 0));

const cropping =
  (dimensions: 1 | 2): Evaluate =>
  (call) =>
    of(
      marginsOf(call, 'cropping', dimensions).reduce(
        (x, [before, after], i) => {
          const n = x.dims[i + 1]!;
          return cut(x, i + 1, before, n - before - after);
        },
        spatial(call, dimensions),
      ),
    );

const upSampling =
  (dimensions: 1 | 2): Evaluate =>
  (call) => {
    if ((textOf(call.config, 'interpolation') ?? 'nearest') !== 'nearest') throw new NotEvaluated('interpolation');
    const x = spatial(call, dimensions);
    const size = numbersOf(call, 'size', dimensions, 2);
    const factor = (axis: number): number => (axis >= 1 && axis <= dimensions ? size[axis - 1]! : 1);
    return of(
      filled(
        x.dims.map((n, axis) => n * factor(axis)),
        (position) =>
          elementAt(
            x,
            position.map((p, axis) => Math.floor(p / factor(axis))),
          ),
      ),
    );
  };

const prelu: Evaluate = (call) =>
  of(broadcast([first(call), weight(call, 'alpha')], (v, a) => (v! < 0 ? v! * a! : v!)));

/** One number for all, or one per channel. */
function perChannel(call: LayerCall, field: string, absent: number): NdArray {
  const found = fieldOf(call.config, field);
  if (found === undefined || found === null) {
    const stored = call.weights.get(field);
    return stored === undefined
      ? { dims: [], data: Float64Array.of(absent) }
      : { dims: [sizeOf(stored.shape)], data: Float64Array.from(stored.values) };
  }
  const numbers = typeof found === 'number' ? [found] : listOf(found).flat(4).map(Number);
  return { dims: numbers.length === 1 ? [] : [numbers.length], data: Float64Array.from(numbers) };
}

const rescaling: Evaluate = (call) =>
  of(broadcast([first(call), perChannel(call, 'scale', 1), perChannel(call, 'offset', 0)], (v, s, o) => v! * s! + o!));

const normalization: Evaluate = (call) => {
  const isInverse = numberOf(call.config, 'invert', 0) !== 0;
  const parameters = [perChannel(call, 'mean', 0), perChannel(call, 'variance', 1)];
  return of(
    broadcast([first(call), ...parameters], (v, m, s) => {
      const deviation = Math.max(Math.sqrt(s!), 1e-7);
      return isInverse ? v! * deviation + m! : (v! - m!) / deviation;
    }),
  );
};

/** Fake quantisation between a stored minimum and maximum, which are nudged so that 0 is a level (fake_quant_ops_functor.h). */
const quantizeLayer: Evaluate = (call) => {
  const quantizer = fieldOf(call.config, 'quantizer');
  if (quantizer === undefined || quantizer === null) return of(first(call));
  const settings = fieldOf(quantizer, 'config');
  const limit = (ending: string): number => {
    const role = [...call.weights.keys()].find((name) => name.endsWith(ending)) ?? ending;
    return weight(call, role).data[0]!;
  };
  if (flagOf(settings, 'per_axis', false)) throw new NotEvaluated('ranges per channel');
  const [min, max] = [limit('_min'), limit('_max')];
  const [low, high] = [flagOf(settings, 'narrow_range', false) ? 1 : 0, 2 ** numberOf(settings, 'num_bits', 8) - 1];
  const f32 = Math.fround;
  const own = f32(f32(max - min) / (high - low));
  // Files of ours have their step with all its digits.
  const scale = call.weights.get('step')?.values[0] ?? own;
  const zero = Math.min(Math.max(Math.round(f32(low - f32(min / own))), low), high);
  const clip = (q: number): number => Math.min(Math.max(q, low), high);
  return of(each(first(call), (v) => scale * (clip(Math.floor(v / scale + 0.5) + zero) - zero)));
};

const reshape: Evaluate = (call) => {
  const x = first(call);
  const target = listOf(fieldOf(call.config, 'target_shape')).map(Number);
  return of(reshaped(x, [x.dims[0] ?? 1, ...target]));
};

const named = (names: readonly string[], evaluate: Evaluate): Readonly<Record<string, Evaluate>> =>
  Object.fromEntries(names.map((name) => [name, evaluate]));

const passed: Evaluate = (call) => of(first(call));

const LAYERS: Readonly<Record<string, Evaluate>> = {
  ...named(['Dense', 'QuantDense', 'QDense', 'QDenseBatchnorm', 'BinaryDense', 'TernaryDense'], dense),
  ...named(
    ['Conv2D', 'Convolution2D', 'QuantConv2D', 'QConv2D', 'QConv2DBatchnorm', 'BinaryConv2D', 'TernaryConv2D'],
    convolution(2),
  ),
  ...named(['Conv1D', 'Convolution1D', 'QuantConv1D', 'QConv1D'], convolution(1)),
  ...named(['DepthwiseConv2D', 'QuantDepthwiseConv2D', 'QDepthwiseConv2D', 'QDepthwiseConv2DBatchnorm'], depthwise(2)),
  DepthwiseConv1D: depthwise(1),
  ...named(['SeparableConv2D', 'SeparableConvolution2D', 'QuantSeparableConv2D', 'QSeparableConv2D'], separable(2)),
  ...named(['SeparableConv1D', 'QuantSeparableConv1D', 'QSeparableConv1D'], separable(1)),
  ...named(['MaxPooling2D', 'MaxPool2D'], pool(true, 2)),
  ...named(['MaxPooling1D', 'MaxPool1D'], pool(true, 1)),
  ...named(['AveragePooling2D', 'AvgPool2D', 'QAveragePooling2D'], pool(false, 2)),
  ...named(['AveragePooling1D', 'AvgPool1D'], pool(false, 1)),
  ...named(['GlobalMaxPooling2D', 'GlobalMaxPool2D', 'GlobalMaxPooling1D', 'GlobalMaxPool1D'], globalPool(true)),
  ...named(
    [
      'GlobalAveragePooling2D',
      'GlobalAvgPool2D',
      'QGlobalAveragePooling2D',
      'GlobalAveragePooling1D',
      'GlobalAvgPool1D',
    ],
    globalPool(false),
  ),
  ...named(['BatchNormalization', 'BatchNormalizationV1', 'QBatchNormalization'], batchNormalization),
  ...{ Add: merged((a, b) => a + b), QAdd: merged((a, b) => a + b), Subtract: merged((a, b) => a - b) },
  ...{ Maximum: merged(Math.max), Minimum: merged(Math.min), Multiply: merged((a, b) => a * b) },
  Concatenate: (call) => of(joined(call.inputs, numberOf(call.config, 'axis', -1))),
  ...named(['Activation', 'QActivation'], (call) => of(applied(fieldOf(call.config, 'activation'), first(call), call))),
  ...named(['ReLU', 'LeakyReLU', 'ELU'], (call) => of(appliedByName(call.className, call.config, first(call), call))),
  PReLU: prelu,
  Flatten: (call) => {
    channelsLast(call);
    const x = first(call);
    return of(reshaped(x, [x.dims[0] ?? 1, -1]));
  },
  Reshape: reshape,
  Permute: (call) => of(transposed(first(call), [0, ...listOf(fieldOf(call.config, 'dims')).map(Number)])),
  ...{ ZeroPadding2D: zeroPadding(2), ZeroPadding1D: zeroPadding(1), Cropping2D: cropping(2), Cropping1D: cropping(1) },
  ...{ UpSampling2D: upSampling(2), UpSampling1D: upSampling(1), Rescaling: rescaling, Normalization: normalization },
  ...named([...TRAINING_ONLY, 'InputLayer'], passed),
  QuantizeLayer: quantizeLayer,
};

/** What a layer gives. @throws NotEvaluated for one that is not defined here */
export function evaluateLayer(call: LayerCall): LayerResult {
  const evaluate = Object.hasOwn(LAYERS, call.className) ? LAYERS[call.className] : undefined;
  if (evaluate === undefined) throw new NotEvaluated(call.className);
  return evaluate(call);
}
