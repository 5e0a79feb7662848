/** Dense layers and convolutions of Keras, Larq and QKeras. */
import { channelsOf, sizeOf } from '../../../ir/network/shapes.js';
import type { BitWidth, Weights } from '../../../ir/network/types.js';
import { activate, quantiseValue } from './activations.js';
import type { Value } from './builder.js';
import { expectChannelsLast, type LayerContext, type LayerReader, type Tensor, weightOf } from './context.js';
import { fieldOf, flagOf, integersOf, numberOf, textOf } from './fields.js';
import { quantiseLatent } from './quantise-weights.js';
import { type Quantizer, readQuantizer } from './quantizers.js';

/** A kernel as a layer of ours has it. */
interface Kernel {
  readonly weights: Weights;
  readonly scale?: Float64Array;
  readonly weightBits?: BitWidth;
}

/** Layouts of kernels: output channels last, or [.., inputs, multiplier] of depthwise ones. */
interface Layout {
  /** Weights per output. */
  readonly fanIn: number;
  readonly nOut: number;
  /** Size of the last dimension. */
  readonly last: number;
  /** Where weight k of output o stands in the file. */
  readonly at: (o: number, k: number) => number;
}

const lastIsOutput = (fanIn: number, nOut: number): Layout => ({ fanIn, nOut, last: nOut, at: (o, k) => k * nOut + o });
const depthwise = (taps: number, nIn: number, multiplier: number): Layout => ({
  fanIn: taps,
  nOut: nIn * multiplier,
  last: multiplier,
  at: (o, k) => k * nIn * multiplier + o,
});

/** Brings a kernel into our order, as integers with a scale where its quantizer gives few bits. */
function kernelOf(
  { b }: LayerContext,
  values: Float32Array | Float64Array,
  quantizer: Quantizer | undefined,
  layout: Layout,
): Kernel {
  const { fanIn, nOut, last, at } = layout;
  const fill = (out: Weights, of: (from: number) => number): Weights => {
    for (let o = 0; o < nOut; o++) for (let k = 0; k < fanIn; k++) out[o * fanIn + k] = of(at(o, k));
    return out;
  };
  const real = (of: (from: number) => number): Kernel => ({ weights: fill(new Float32Array(nOut * fanIn), of) });
  if (quantizer === undefined) return real((from) => values[from]!);
  const { integers, scale, bits } = quantiseLatent(quantizer, values, last);
  const scaleOf = (from: number): number => scale[scale.length === 1 ? 0 : from % last]!;
  if (bits === undefined || !integers.every((w) => Number.isInteger(w) && w >= -128 && w <= 127)) {
    b.note('its quantised weights need more than 8 bits: they are kept as real numbers');
    return real((from) => integers[from]! * scaleOf(from));
  }
  const perOutput = scale.length === 1 ? scale : Float64Array.from({ length: nOut }, (_, o) => scaleOf(at(o, 0)));
  const weights = fill(new Int8Array(nOut * fanIn), (from) => integers[from]!);
  return { weights, weightBits: bits, scale: perOutput };
}

/** The quantizer of a field; undefined for none; a finding for what is not understood. */
function quantizerOf({ b, config }: LayerContext, ...fields: readonly string[]): Quantizer | undefined {
  const field = fields.find((name) => fieldOf(config, name) !== undefined && fieldOf(config, name) !== null);
  const read = readQuantizer(field === undefined ? undefined : fieldOf(config, field));
  switch (read.kind) {
    case 'none':
      return undefined;
    case 'quantizer':
      return read.quantizer;
    case 'function':
      if (read.name !== 'linear')
        b.unsupported(`its ${field ?? ''} "${read.name}" is not known`, 'use a quantizer of docs/import.md');
      return undefined;
    case 'refused':
      b.unsupported(`its ${field ?? ''} is not taken: ${read.reason}`, 'use a quantizer of docs/import.md');
      return undefined;
  }
}

/** BinaryDense and TernaryDense name no quantizer: their class is it. `H` is the magnitude of the weights. */
function kernelQuantizer(context: LayerContext, ...fields: readonly string[]): Quantizer | undefined {
  const { className, config } = context;
  if (className.startsWith('Binary')) {
    return { kind: 'sign', isScaled: false, isStrict: true, alpha: magnitude(config), useZero: false };
  }
  if (className.startsWith('Ternary')) {
    const h = magnitude(config);
    // ternarize(W) = H round(clip(W / H, -1, 1)).
    return { kind: 'levels', bits: 2, step: h, low: -1, high: 1, alpha: 1, unit: h };
  }
  return quantizerOf(context, ...fields);
}

/** H of the binary layers, a number above 0; "Glorot" is a number that only the trainer knew, and a scale that no sign sees. */
function magnitude(config: LayerContext['config']): number {
  const h = numberOf(config, 'H', 1);
  return h > 0 ? h : 1;
}

/** What a layer computes with, folded where it has a batch norm of its own. */
interface Folded {
  readonly kernel: Float32Array | Float64Array;
  readonly bias: Float64Array | undefined;
}

/** Bias and batch norm of QConv2DBatchnorm and its like: W' = W inv, b' = inv (b - mean) + beta. `last` outputs of the kernel's last dimension. */
function fold(context: LayerContext, kernel: Tensor, nOut: number): Folded | undefined {
  const { className, config } = context;
  const isFolded = className.endsWith('Batchnorm');
  const usesBias = flagOf(config, 'use_bias', true);
  const raw = usesBias ? weightOf(context, 'bias', [nOut]) : undefined;
  if (usesBias && raw === undefined) return undefined;
  if (!isFolded) return { kernel: kernel.values, bias: raw === undefined ? undefined : Float64Array.from(raw.values) };
  const vector = (role: string, isThere: boolean, missing: number): ArrayLike<number> | undefined =>
    isThere ? weightOf(context, role, [nOut])?.values : new Float64Array(nOut).fill(missing);
  const gamma = vector('gamma', flagOf(config, 'scale', true), 1);
  const beta = vector('beta', flagOf(config, 'center', true), 0);
  const mean = vector('moving_mean', true, 0);
  const variance = vector('moving_variance', true, 1);
  if (gamma === undefined || beta === undefined || mean === undefined || variance === undefined) return undefined;
  const epsilon = numberOf(config, 'epsilon', 0.001);
  const inv = Float64Array.from({ length: nOut }, (_, o) => Math.fround(gamma[o]! / Math.sqrt(variance[o]! + epsilon)));
  return {
    kernel: Float32Array.from(kernel.values, (w, i) => w * inv[i % nOut]!),
    bias: Float64Array.from({ length: nOut }, (_, o) =>
      Math.fround(inv[o]! * ((raw?.values[o] ?? 0) - mean[o]!) + beta[o]!),
    ),
  };
}

/** Biases through their quantizer, as real numbers. */
function quantisedBias(context: LayerContext, bias: Float64Array | undefined): Float64Array | undefined {
  const quantizer = quantizerOf(context, 'bias_quantizer');
  if (bias === undefined || quantizer === undefined) return bias;
  const { integers, scale } = quantiseLatent(quantizer, bias, bias.length);
  return integers.map((q, i) => q * scale[scale.length === 1 ? 0 : i]!);
}

/** The value through the layer's input quantizer (Larq). */
function quantisedInput(context: LayerContext, value: Value): Value {
  const quantizer = quantizerOf(context, 'input_quantizer');
  return quantizer === undefined ? value : quantiseValue(context, value, quantizer);
}

/** Dense: on the last dimension, wherever it is. */
export const dense: LayerReader = (context, inputs) => {
  const { b, config } = context;
  const before = quantisedInput(context, b.settle(inputs[0]!));
  const units = numberOf(config, 'units', numberOf(config, 'output_dim', NaN));
  const nIn = channelsOf(before.shape);
  if (!Number.isSafeInteger(units) || units < 1) {
    b.problem('bad-value', `its units are ${units}`, 'save the model again');
    return b.guess(before);
  }
  const kernel = weightOf(context, 'kernel', [nIn, units]);
  const quantizer = kernelQuantizer(context, 'kernel_quantizer');
  const folded = kernel === undefined ? undefined : fold(context, kernel, units);
  const missing = { ...b.guess(before), shape: [...before.shape.slice(0, -1), units] };
  if (folded === undefined) return activate(context, missing, fieldOf(config, 'activation'));
  const bias = quantisedBias(context, folded.bias);
  const fields = {
    nOut: units,
    ...kernelOf(context, folded.kernel, quantizer, lastIsOutput(nIn, units)),
    ...(bias === undefined ? {} : { bias }),
  };
  const value = b.apply(before, (input) =>
    before.shape.length === 1
      ? { kind: 'dense', input, ...fields }
      : {
          kind: 'conv2d',
          input,
          window: [1, 1],
          stride: [1, 1],
          padding: [0, 0, 0, 0],
          groups: 1,
          padValue: 0,
          ...fields,
        },
  );
  return activate(context, value, fieldOf(config, 'activation'));
};

/** Rows and columns of a window, its steps and its padding. */
export interface Geometry {
  readonly window: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly dilation: readonly [number, number];
  readonly padding: readonly [number, number, number, number];
}

/** Reads the geometry of a convolution or pool; `sizeField` names its window. One dimension: columns of 1. */
export function geometryOf(
  { b, config }: LayerContext,
  value: Value,
  {
    sizeField,
    strideField,
    dimensions,
    strideDefault,
  }: {
    readonly sizeField: string;
    readonly strideField: string;
    readonly dimensions: 1 | 2;
    readonly strideDefault: 'size' | 1;
  },
): Geometry | undefined {
  const size = integersOf(config, sizeField, dimensions, sizeField === 'pool_size' ? 2 : undefined);
  const given = fieldOf(config, strideField);
  const stride =
    strideDefault === 'size' && (given === undefined || given === null)
      ? size
      : integersOf(config, strideField, dimensions, 1);
  // Pools have no dilation.
  const dilation = sizeField === 'pool_size' ? [1, 1] : integersOf(config, 'dilation_rate', dimensions, 1);
  const mode = textOf(config, 'padding') ?? 'valid';
  const all = [...(size ?? [0]), ...(stride ?? [0]), ...(dilation ?? [0])];
  if (size === undefined || stride === undefined || dilation === undefined || all.some((n) => n < 1 || n > 65_536)) {
    b.problem('bad-value', 'its window, strides or dilation are no whole numbers above 0', 'save the model again');
    return undefined;
  }
  if (mode !== 'valid' && mode !== 'same' && !(mode === 'causal' && dimensions === 1)) {
    b.unsupported(`its padding is "${mode.slice(0, 20)}"`, 'use "valid" or "same"');
    return undefined;
  }
  const axis = (d: number): readonly [number, number] => {
    const span = (size[d]! - 1) * dilation[d]! + 1;
    const n = value.shape[d] ?? 1;
    if (mode === 'valid') return [0, 0];
    if (mode === 'causal') return [span - 1, 0];
    const total = Math.max((Math.ceil(n / stride[d]!) - 1) * stride[d]! + span - n, 0);
    return [Math.floor(total / 2), Math.ceil(total / 2)];
  };
  const [top, bottom] = axis(0);
  const [left, right] = dimensions === 2 ? axis(1) : [0, 0];
  return {
    window: [size[0]!, size[1] ?? 1],
    stride: [stride[0]!, stride[1] ?? 1],
    dilation: [dilation[0]!, dilation[1] ?? 1],
    padding: [top, bottom, left, right],
  };
}

/** The image a convolution reads; a padding layer in front goes into the convolution's own where that has none. */
function imageFor(context: LayerContext, value: Value, dimensions: 1 | 2): Value | undefined {
  const { b, config } = context;
  if (!expectChannelsLast(context)) return undefined;
  if (value.shape.length !== 3 || value.isSequence !== (dimensions === 1)) {
    b.misfit(
      `it needs ${dimensions === 1 ? 'sequences [t, c]' : 'images [h, w, c]'}, gets [${value.shape.join(', ')}]`,
    );
    return undefined;
  }
  const { fill = 0 } = value;
  const canTake =
    (textOf(config, 'padding') ?? 'valid') === 'valid' &&
    (fieldOf(config, 'input_quantizer') ?? null) === null &&
    Number.isInteger(fill) &&
    Math.abs(fill) <= 127;
  return canTake ? value : b.settle(value);
}

/** The geometry with the padding of the value in front. */
function withPadding(geometry: Geometry, value: Value): Geometry {
  return value.padding === undefined ? geometry : { ...geometry, padding: value.padding };
}

const unpadded = ({ id, shape, isSequence, isGuess }: Value): Value => ({ id, shape, isSequence, isGuess });

interface Convolution {
  readonly geometry: Geometry;
  readonly groups: number;
  readonly layout: Layout;
  readonly kernel: Float32Array | Float64Array;
  readonly quantizer: Quantizer | undefined;
  readonly bias: Float64Array | undefined;
  readonly wanted?: string;
}

function convolve(context: LayerContext, value: Value, convolution: Convolution): Value {
  const { b, config } = context;
  const { geometry, groups, layout, kernel, quantizer, bias, wanted = '' } = convolution;
  const { window, stride, dilation, padding } = geometry;
  // What Larq pads with is for the padding of the convolution itself.
  const padValue = value.padding === undefined ? numberOf(config, 'pad_values', 0) : (value.fill ?? 0);
  if (!Number.isInteger(padValue) || Math.abs(padValue) > 127) {
    b.unsupported(`it pads with ${padValue}`, 'pad with 0, -1 or 1');
    return b.guess(value);
  }
  const fields = kernelOf(context, kernel, quantizer, layout);
  return b.apply(
    unpadded(value),
    (input) => ({
      kind: 'conv2d',
      input,
      window,
      stride,
      padding,
      nOut: layout.nOut,
      ...fields,
      ...(bias === undefined ? {} : { bias }),
      groups,
      padValue,
      ...(dilation.every((d) => d === 1) ? {} : { dilation }),
    }),
    wanted,
  );
}

/** What a convolution reads, quantised as it asks, and how its window goes over it; undefined where the operand is no image. */
function windowed(context: Parameters<LayerReader>[0], inputs: Parameters<LayerReader>[1], dimensions: 1 | 2) {
  const value = imageFor(context, inputs[0]!, dimensions);
  if (value === undefined) return undefined;
  const before = quantisedInput(context, value);
  const fields = { sizeField: 'kernel_size', strideField: 'strides', dimensions, strideDefault: 1 } as const;
  return { before, geometry: geometryOf(context, before, fields) };
}

/** Conv1D and Conv2D: kernels [taps.., in / groups, out]. */
export const convolution =
  (dimensions: 1 | 2): LayerReader =>
  (context, inputs) => {
    const { b, config } = context;
    const operand = windowed(context, inputs, dimensions);
    if (operand === undefined) return b.guess(inputs[0]);
    const { before, geometry } = operand;
    const filters = numberOf(config, 'filters', numberOf(config, 'nb_filter', NaN));
    const groups = numberOf(config, 'groups', 1);
    const nIn = channelsOf(before.shape);
    if (geometry === undefined || !Number.isSafeInteger(filters) || filters < 1) {
      if (geometry !== undefined) b.problem('bad-value', `its filters are ${filters}`, 'save the model again');
      return b.guess(before);
    }
    if (!Number.isSafeInteger(groups) || groups < 1 || nIn % groups !== 0 || filters % groups !== 0) {
      b.misfit(`${nIn} channels and ${filters} filters do not divide into ${groups} groups`);
      return b.guess(before);
    }
    const taps = dimensions === 1 ? [geometry.window[0]] : [...geometry.window];
    const kernel = weightOf(context, 'kernel', [...taps, nIn / groups, filters]);
    const quantizer = kernelQuantizer(context, 'kernel_quantizer');
    const folded = kernel === undefined ? undefined : fold(context, kernel, filters);
    if (folded === undefined) return { ...b.guess(before), shape: [...before.shape.slice(0, 2), filters] };
    const result = convolve(context, before, {
      geometry: withPadding(geometry, before),
      groups,
      layout: lastIsOutput((sizeOf(geometry.window) * nIn) / groups, filters),
      kernel: folded.kernel,
      quantizer,
      bias: quantisedBias(context, folded.bias),
    });
    return activate(context, result, fieldOf(config, 'activation'));
  };

/** DepthwiseConv2D (and 1D): kernels [taps.., in, multiplier]; in Keras 3 they are called kernel. */
export const depthwiseConvolution =
  (dimensions: 1 | 2): LayerReader =>
  (context, inputs) => {
    const { b, config, weights } = context;
    const operand = windowed(context, inputs, dimensions);
    if (operand === undefined) return b.guess(inputs[0]);
    const { before, geometry } = operand;
    const multiplier = numberOf(config, 'depth_multiplier', 1);
    if (geometry === undefined || !Number.isSafeInteger(multiplier) || multiplier < 1) {
      if (geometry !== undefined)
        b.problem('bad-value', `its depth_multiplier is ${multiplier}`, 'save the model again');
      return b.guess(before);
    }
    const nIn = channelsOf(before.shape);
    const taps = dimensions === 1 ? [geometry.window[0]] : [...geometry.window];
    const kernel = weightOf(context, weights.has('depthwise_kernel') ? 'depthwise_kernel' : 'kernel', [
      ...taps,
      nIn,
      multiplier,
    ]);
    const quantizer = kernelQuantizer(context, 'depthwise_quantizer', 'kernel_quantizer');
    const folded = kernel === undefined ? undefined : fold(context, kernel, nIn * multiplier);
    if (folded === undefined) return { ...b.guess(before), shape: [...before.shape.slice(0, 2), nIn * multiplier] };
    const result = convolve(context, before, {
      geometry: withPadding(geometry, before),
      groups: nIn,
      layout: depthwise(sizeOf(geometry.window), nIn, multiplier),
      kernel: folded.kernel,
      quantizer,
      bias: quantisedBias(context, folded.bias),
    });
    return activate(context, result, fieldOf(config, 'activation'));
  };

/** SeparableConv2D (and 1D): a depthwise convolution, then one of 1 x 1 with the bias. */
export const separableConvolution =
  (dimensions: 1 | 2): LayerReader =>
  (context, inputs) => {
    const { b, config } = context;
    const operand = windowed(context, inputs, dimensions);
    if (operand === undefined) return b.guess(inputs[0]);
    const { before, geometry } = operand;
    const multiplier = numberOf(config, 'depth_multiplier', 1);
    const filters = numberOf(config, 'filters', NaN);
    if (
      geometry === undefined ||
      !Number.isSafeInteger(multiplier) ||
      multiplier < 1 ||
      !Number.isSafeInteger(filters) ||
      filters < 1
    ) {
      if (geometry !== undefined) b.problem('bad-value', `its filters are ${filters}`, 'save the model again');
      return b.guess(before);
    }
    const nIn = channelsOf(before.shape);
    const taps = dimensions === 1 ? [geometry.window[0]] : [...geometry.window];
    const deep = weightOf(context, 'depthwise_kernel', [...taps, nIn, multiplier]);
    const ones = taps.map(() => 1);
    const wide = weightOf(context, 'pointwise_kernel', [...ones, nIn * multiplier, filters]);
    const bias = flagOf(config, 'use_bias', true) ? weightOf(context, 'bias', [filters]) : undefined;
    const deepQuantizer = quantizerOf(context, 'depthwise_quantizer');
    const wideQuantizer = quantizerOf(context, 'pointwise_quantizer');
    if (deep === undefined || wide === undefined)
      return { ...b.guess(before), shape: [...before.shape.slice(0, 2), filters] };
    const first = convolve(context, before, {
      geometry: withPadding(geometry, before),
      groups: nIn,
      layout: depthwise(sizeOf(geometry.window), nIn, multiplier),
      kernel: deep.values,
      quantizer: deepQuantizer,
      bias: undefined,
      wanted: 'depthwise',
    });
    const result = convolve(context, first, {
      geometry: { window: [1, 1], stride: [1, 1], dilation: [1, 1], padding: [0, 0, 0, 0] },
      groups: 1,
      layout: lastIsOutput(nIn * multiplier, filters),
      kernel: wide.values,
      quantizer: wideQuantizer,
      bias: quantisedBias(context, bias === undefined ? undefined : Float64Array.from(bias.values)),
    });
    return activate(context, result, fieldOf(config, 'activation'));
  };
