/**
 * Layers as Keras layers. Integer weights and activations are what quantizers of QKeras (qkeras/quantizers.py) make of stored numbers, activations whose
 * halves go up what QuantizeLayer of TensorFlow Model Optimization does; everything else is Keras itself.
 */
import type { FunctionName } from '../../ir/network/functions.js';
import { narrowestBits } from '../../ir/network/footprint.js';
import { quantiseLevels } from '../../ir/network/quantise.js';
import { channelsOf } from '../../ir/network/shapes.js';
import type {
  AvgPoolNode,
  Conv2dNode,
  DenseNode,
  FunctionNode,
  MaxPoolNode,
  NetworkNode,
  QuantiseNode,
  Shape,
  Window2d,
} from '../../ir/network/types.js';
import { refused, type Refused } from './refused.js';
import { BITS_OF_SIGN, quantizer } from './tfjs-input-code.js';
import type { ModelWriter, WeightRequest } from './tfjs-writer.js';

/** Writes a layer that reads values of `shapes` (all of them images or vectors); what it has that no layer of Keras says, otherwise. */
export function writeLayer(model: ModelWriter, node: NetworkNode, shapes: readonly Shape[]): Refused | undefined {
  const [shape = []] = shapes;
  const name = node.id;
  const plain = (className: string, inputs: readonly string[], config: Readonly<Record<string, unknown>> = {}) => {
    model.layer({ className, name, config, inputs });
    return undefined;
  };
  switch (node.kind) {
    case 'dense':
      return writeDense(model, node, shape);
    case 'conv2d':
      return writeConvolution(model, node, shape);
    case 'batchNorm': {
      const { input, gamma, beta, mean, variance, epsilon } = node;
      const config = { axis: [shape.length], epsilon, center: true, scale: true };
      const weights = roles({ gamma, beta, moving_mean: mean, moving_variance: variance });
      model.layer({ className: 'BatchNormalization', name, config, inputs: [input], weights });
      return undefined;
    }
    case 'sign':
      return plain('QActivation', [node.input], { activation: quantizer('binary', { use_01: false, alpha: 1 }) });
    case 'step':
      return plain('QActivation', [node.input], { activation: BITS_OF_SIGN });
    case 'relu':
      return plain('ReLU', [node.input], { max_value: null, negative_slope: 0, threshold: 0 });
    case 'clip':
      if (node.min === 0 && node.max > 0)
        return plain('ReLU', [node.input], { max_value: node.max, negative_slope: 0, threshold: 0 });
      if (node.min === -1 && node.max === 1) return plain('Activation', [node.input], { activation: 'hard_tanh' });
      return refused(`limits ${node.min} and ${node.max}`, 'limit values to 0 and above, or to -1..1');
    case 'quantise':
      return writeQuantiser(model, node);
    case 'function':
      return writeFunction(model, node);
    case 'maxPool':
    case 'avgPool':
      return writePool(model, node, shape);
    case 'flatten':
      return plain('Flatten', [node.input]);
    case 'add':
      return plain('Add', node.inputs);
    case 'multiply':
      return plain('Multiply', node.inputs);
    case 'extremum':
      return plain(node.of === 'max' ? 'Maximum' : 'Minimum', node.inputs);
    case 'concat':
      return plain('Concatenate', node.inputs, { axis: -1 });
    default:
      return refused(`${node.kind} has no layer of Keras here`, 'leave it out, or keep the network as .lsn');
  }
}

const roles = (values: Readonly<Record<string, Float64Array>>): Readonly<Record<string, WeightRequest>> =>
  Object.fromEntries(Object.entries(values).map(([role, list]) => [role, { values: list }]));

type Linear = DenseNode | Conv2dNode;

/** Integer weights as the quantizer that leaves them as they are and multiplies by the scale; real ones by none. */
function kernelQuantizer({ weights, weightBits, scale = Float64Array.of(1) }: Linear): unknown {
  if (!(weights instanceof Int8Array)) return undefined;
  const alpha = scale.length === 1 ? scale[0]! : 1;
  const bits = weightBits ?? narrowestBits(weights);
  if (bits === 1) return quantizer('binary', { use_01: false, alpha });
  return quantizer('quantized_bits', { bits, integer: bits - 1, symmetric: 0, keep_negative: true, alpha });
}

/** The weights in the order of the file. */
const ordered = (weights: Linear['weights'], index: (e: number) => number): Float32Array =>
  Float32Array.from({ length: weights.length }, (_, e) => weights[index(e)]!);

interface LinearRequest {
  readonly node: Linear;
  readonly input: string;
  /** Class without the Q of QKeras, and what else its configuration says. */
  readonly className: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly kernelRole: 'kernel' | 'depthwise_kernel';
  readonly kernel: WeightRequest;
}

/** A layer with weights; a scale for every output becomes a batch norm behind it, which adds the bias, too. */
function writeLinear(model: ModelWriter, request: LinearRequest): undefined {
  const { node, input, className, config, kernelRole, kernel } = request;
  const { id, bias, scale, nOut } = node;
  const isScaled = scale !== undefined && scale.length > 1;
  const quantized = kernelQuantizer(node);
  const name = isScaled ? `${id}:sums` : id;
  const usesBias = bias !== undefined && !isScaled;
  const quantizerField = kernelRole === 'kernel' ? 'kernel_quantizer' : 'depthwise_quantizer';
  model.layer({
    className: quantized === undefined ? className : `Q${className}`,
    name,
    config: {
      ...config,
      use_bias: usesBias,
      activation: 'linear',
      ...(quantized === undefined ? {} : { [quantizerField]: quantized }),
    },
    inputs: [input],
    weights: { [kernelRole]: kernel, ...(usesBias ? { bias: { values: bias } } : {}) },
  });
  if (!isScaled) return undefined;
  model.layer({
    ...{ className: 'BatchNormalization', name: id, inputs: [name] },
    config: { axis: [className === 'Dense' ? 1 : 3], epsilon: 0, center: true, scale: true },
    weights: roles({
      gamma: scale,
      beta: bias ?? new Float64Array(nOut),
      moving_mean: new Float64Array(nOut),
      moving_variance: new Float64Array(nOut).fill(1),
    }),
  });
  return undefined;
}

function writeDense(model: ModelWriter, node: DenseNode, shape: Shape): undefined {
  const { id, nOut, weights } = node;
  const nIn = weights.length / nOut;
  const inputs = [node.input];
  const input =
    shape.length === 3 ? model.layer({ className: 'Flatten', name: `${id}:flat`, config: {}, inputs }) : node.input;
  const values = ordered(weights, (e) => (e % nOut) * nIn + Math.floor(e / nOut));
  const kernel = { values, shape: [nIn, nOut] };
  return writeLinear(model, { node, input, className: 'Dense', config: { units: nOut }, kernelRole: 'kernel', kernel });
}

function writeConvolution(model: ModelWriter, node: Conv2dNode, shape: Shape): undefined {
  const { nOut, weights, window, stride, groups, dilation = [1, 1] } = node;
  const perGroup = channelsOf(shape) / groups;
  const taps = window[0] * window[1];
  const fanIn = taps * perGroup;
  const input = bordered(model, node);
  const common = {
    ...{ kernel_size: [...window], strides: [...stride], dilation_rate: [...dilation] },
    ...{ padding: 'valid', data_format: 'channels_last' },
  };
  // [rows, columns, inputs of a group, outputs]; [rows, columns, inputs, outputs of an input] where every input has its own.
  const values = ordered(weights, (e) => (e % nOut) * fanIn + Math.floor(e / nOut));
  if (groups > 1 && perGroup === 1) {
    const multiplier = nOut / groups;
    const kernel = { values, shape: [...window, groups, multiplier] };
    const config = { ...common, depth_multiplier: multiplier };
    const className = 'DepthwiseConv2D';
    return writeLinear(model, { node, input, className, config, kernelRole: 'depthwise_kernel', kernel });
  }
  const kernel = { values, shape: [...window, perGroup, nOut] };
  const config = { ...common, filters: nOut, groups };
  return writeLinear(model, { node, input, className: 'Conv2D', config, kernelRole: 'kernel', kernel });
}

/** What a convolution reads, with its border: of a number other than 0 it is zeros around the value plus that number, which then comes off. */
function bordered(model: ModelWriter, { id, input, padding, padValue }: Conv2dNode): string {
  if (padding.every((p) => p === 0)) return input;
  const [top, bottom, left, right] = padding;
  const shifted = (part: string, offset: number, from: string): string =>
    model.layer({ className: 'Rescaling', name: `${id}:${part}`, config: { scale: 1, offset }, inputs: [from] });
  const inputs = [padValue === 0 ? input : shifted('raised', -padValue, input)];
  const name = `${id}:border`;
  const margins = [
    [top, bottom],
    [left, right],
  ];
  const config = { padding: margins, data_format: 'channels_last' };
  model.layer({ className: 'ZeroPadding2D', name, config, inputs });
  return padValue === 0 ? name : shifted('lowered', padValue, name);
}

/** Whether the padding is what Keras calls "same" for a shape. */
function isSame({ window, stride, padding }: Window2d, shape: Shape): boolean {
  const [top, bottom, left, right] = padding;
  return [
    [top, bottom],
    [left, right],
  ].every(([before, after], d) => {
    const n = shape[d] ?? 1;
    const total = Math.max((Math.ceil(n / stride[d]!) - 1) * stride[d]! + window[d]! - n, 0);
    return before === Math.floor(total / 2) && after === Math.ceil(total / 2);
  });
}

function writePool(model: ModelWriter, node: MaxPoolNode | AvgPoolNode, shape: Shape): Refused | undefined {
  const { id: name, window, stride, padding } = node;
  const isPadded = padding.some((p) => p > 0);
  if (isPadded && !isSame(node, shape))
    return refused(
      `a padding of [${padding.join(', ')}] around a pool`,
      'pad so that the output has ceil(n / stride) rows',
    );
  const counted = node.kind === 'avgPool' ? node.counted : undefined;
  if (node.kind === 'avgPool' && isPadded && counted?.every((n) => n === 0) !== true)
    return refused('an average that counts its padding', 'count the pixels inside, as Keras does');
  const config = {
    ...{ pool_size: [...window], strides: [...stride], padding: isPadded ? 'same' : 'valid' },
    data_format: 'channels_last',
  };
  const className = node.kind === 'maxPool' ? 'MaxPooling2D' : 'AveragePooling2D';
  model.layer({ className, name, config, inputs: [node.input] });
  return undefined;
}

function writeQuantiser(model: ModelWriter, node: QuantiseNode): Refused | undefined {
  const { id: name, input, step, bits, rounding = 'halfUp' } = node;
  const [low, high] = quantiseLevels(node);
  const nLevels = high - low + 1;
  // What becomes 0 or less goes the same way in both.
  const goesUp = rounding === 'halfUp' || (rounding === 'halfAwayFromZero' && low === 0);
  if (rounding === 'halfEven') return writeHalfEven(model, node);
  if (!goesUp) return refused(`the rounding ${rounding}`, 'round halves up or to even');
  if (low === 0 && high === 1) {
    // Two levels are those of -1, 0 and 1 behind a rectifier.
    const config = { max_value: step, negative_slope: 0, threshold: 0 };
    const clipped = model.layer({ className: 'ReLU', name: `${name}:clipped`, config, inputs: [input] });
    writeFake(model, { name, input: clipped, step, bits: 2, low: -1, high: 1, isNarrow: true });
    return undefined;
  }
  const isNarrow = nLevels === 2 ** bits - 1;
  if (bits === 1 || low > 0 || high < 0 || !(isNarrow || nLevels === 2 ** bits))
    return refused(`levels ${low}..${high} of ${bits} bits`, 'use all levels of a width, or all but the lowest one');
  writeFake(model, { name, input, step, bits, low, high, isNarrow });
  return undefined;
}

interface FakeQuantiser {
  readonly name: string;
  readonly input: string;
  readonly step: number;
  readonly bits: number;
  readonly low: number;
  readonly high: number;
  readonly isNarrow: boolean;
}

function writeFake(model: ModelWriter, { name, input, step, bits, low, high, isNarrow }: FakeQuantiser): void {
  const settings = { num_bits: bits, per_axis: false, symmetric: false, narrow_range: isNarrow };
  const number = (value: number): WeightRequest => ({ values: Float64Array.of(value), shape: [] });
  model.layer({
    ...{ className: 'QuantizeLayer', name, inputs: [input] },
    config: { quantizer: quantizer('MovingAverageQuantizer', settings) },
    weights: { quantize_layer_min: number(low * step), quantize_layer_max: number(high * step) },
  });
  // Minimum and maximum do not hold every digit of their step.
  model.exact.set(`${name}/step`, Float64Array.of(step));
}

/** Quantizers of QKeras round halves to even, and their steps are powers of two. */
function writeHalfEven(model: ModelWriter, node: QuantiseNode): Refused | undefined {
  const { id: name, input, step, bits } = node;
  const [low, high] = quantiseLevels(node);
  const exponent = Math.log2(step);
  if (!Number.isInteger(exponent) || Math.abs(exponent) > 20)
    return refused(`a step of ${step} whose halves go to even`, 'use a power of two, or round halves up');
  const half = 2 ** (bits - 1);
  const isSigned = bits > 1 && high === half - 1 && (low === -half || low === 1 - half);
  if (!isSigned && (low !== 0 || high !== 2 ** bits - 1))
    return refused(`levels ${low}..${high} of ${bits} bits`, 'use all levels of a width, or all but the lowest one');
  const activation = isSigned
    ? quantizer('quantized_bits', {
        ...{ bits, integer: bits - 1 + exponent, symmetric: low === -half ? 0 : 1 },
        ...{ keep_negative: true, alpha: 1 },
      })
    : quantizer('quantized_relu', { bits, integer: bits + exponent });
  model.layer({ className: 'QActivation', name, config: { activation }, inputs: [input] });
  return undefined;
}

/** Functions without parameters by Keras' names. */
const FUNCTIONS: Readonly<Partial<Record<FunctionName, string>>> = {
  sigmoid: 'sigmoid',
  tanh: 'tanh',
  softplus: 'softplus',
  softsign: 'softsign',
  silu: 'swish',
  exp: 'exponential',
};

function writeFunction(model: ModelWriter, node: FunctionNode): Refused | undefined {
  const { id: name, input, function: of, parameters } = node;
  const activation = FUNCTIONS[of];
  if (activation !== undefined) {
    model.layer({ className: 'Activation', name, config: { activation }, inputs: [input] });
    return undefined;
  }
  if (of === 'leakyRelu' && parameters?.length === 1) {
    model.layer({ className: 'LeakyReLU', name, config: { alpha: parameters[0] }, inputs: [input] });
    return undefined;
  }
  return refused(`the function ${of} has no layer of Keras here`, 'keep the network as .lsn');
}
