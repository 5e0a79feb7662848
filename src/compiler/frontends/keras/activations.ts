/** Activations: functions of Keras by name, quantizers of Larq and QKeras, the layers that are nothing else. */
import type { FunctionName } from '../../../ir/network/functions.js';
import type { BitWidth } from '../../../ir/network/types.js';
import { channelsOf } from '../../../ir/network/shapes.js';
import type { Value } from './builder.js';
import { type LayerContext, type LayerReader, weightOf } from './context.js';
import { fieldOf, flagOf, type JsonObject, numberOf } from './fields.js';
import { type Quantizer, readQuantizer } from './quantizers.js';

/** float32: what no value of a network exceeds. */
const LARGEST = 3.4028234663852886e38;
const SELU = Float64Array.of(1.6732632423543772, 1.0507009873554805);

/** The activation that a field of a layer names, on a value. */
export function activate(context: LayerContext, value: Value, field: unknown): Value {
  const { b } = context;
  const read = readQuantizer(field);
  switch (read.kind) {
    case 'none':
      return value;
    case 'refused':
      b.unsupported(`its activation is not taken: ${read.reason}`, 'train it with a quantizer of docs/import.md');
      return b.guess(value);
    case 'quantizer':
      return quantiseValue(context, value, read.quantizer);
    case 'function':
      return applyFunction(context, value, read.name, read.config);
  }
}

/** A quantizer on a value. */
export function quantiseValue({ b }: LayerContext, value: Value, quantizer: Quantizer): Value {
  const refuse = (reason: string, remedy = 'train it with a quantizer of docs/import.md'): Value => {
    b.unsupported(reason, remedy);
    return b.guess(value);
  };
  switch (quantizer.kind) {
    case 'sign':
      if (quantizer.isScaled)
        return refuse('magnitude_aware_sign scales by the values of every image', 'use ste_sign for inputs');
      if (quantizer.alpha !== 1)
        return refuse(`its quantizer scales by ${quantizer.alpha}`, 'use alpha=1 for activations');
      if (quantizer.isStrict) b.note('a value of exactly 0 becomes +1, in the file -1', 'approximate');
      return b.apply(value, (input) => ({ kind: quantizer.useZero ? 'step' : 'sign', input }), 'quantised');
    case 'heaviside':
      return b.apply(
        value,
        (input) => ({ kind: 'quantise', input, step: 1, bits: 1, signed: false, rounding: 'ceil' }),
        'quantised',
      );
    case 'ternary': {
      const { alpha, threshold } = quantizer;
      if (alpha !== 1 || threshold === undefined)
        return refuse(
          'its thresholds or scales depend on the values of every image',
          'give the threshold as a number, and alpha=1',
        );
      // x / 2t, whose halves are the threshold.
      const channels = channelsOf(value.shape);
      const span = 2 * Math.fround(threshold);
      const scaled = b.apply(
        value,
        (input) => ({
          kind: 'batchNorm',
          input,
          gamma: new Float64Array(channels).fill(1),
          beta: new Float64Array(channels),
          mean: new Float64Array(channels),
          variance: new Float64Array(channels).fill(span * span),
          epsilon: 0,
        }),
        'scaled',
      );
      return b.apply(
        scaled,
        (input) => ({
          kind: 'quantise',
          input,
          step: 1,
          bits: 2,
          signed: true,
          levels: [-1, 1],
          rounding: 'halfAwayFromZero',
        }),
        'quantised',
      );
    }
    case 'dorefa': {
      const { bits, forWeights } = quantizer;
      const width = bitWidth(bits);
      if (width === undefined || forWeights)
        return refuse('DoReFa is taken for activations of at most 8 bits', 'use k_bit of at most 8');
      return b.apply(
        value,
        (input) => ({
          kind: 'quantise',
          input,
          step: 1 / (2 ** bits - 1),
          bits: width,
          signed: false,
          rounding: 'halfEven',
        }),
        'quantised',
      );
    }
    case 'levels': {
      const { bits, step, low, high, alpha, after } = quantizer;
      const width = bitWidth(bits);
      if (width === undefined)
        return refuse(
          `its activations have ${bits} bits, chips have at most 8`,
          'train with at most 8 bits, or without the quantizer and use `lodestone quantize`',
        );
      if (alpha !== 1)
        return refuse(`its quantizer scales activations by ${alpha}`, 'use alpha=1 (or None) for activations');
      let before = value;
      if (after === 'hardSigmoid')
        before = b.apply(
          value,
          (input) => ({ kind: 'function', input, function: 'hardSigmoid', parameters: Float64Array.of(0.5, 0.5) }),
          'sigmoid',
        );
      else if (after !== undefined)
        before = b.apply(value, (input) => ({ kind: 'function', input, function: after }), after);
      const signed = low < 0;
      const usual = signed
        ? low === -(2 ** (bits - 1)) && high === 2 ** (bits - 1) - 1
        : low === 0 && high === 2 ** bits - 1;
      return b.apply(
        before,
        (input) => ({
          kind: 'quantise',
          input,
          step,
          bits: width,
          signed,
          rounding: 'halfEven',
          ...(usual ? {} : { levels: [low, high] as const }),
        }),
        'quantised',
      );
    }
    case 'powerOfTwo':
      return refuse(
        'its activations are powers of two, which no chip here sums',
        'use quantized_relu or quantized_bits for activations',
      );
  }
}

/** Bits as a width of ours; undefined beyond 8. */
export function bitWidth(bits: number): BitWidth | undefined {
  const widths: readonly BitWidth[] = [1, 2, 3, 4, 5, 6, 7, 8];
  return widths.find((width) => width === bits);
}

/** Functions without parameters, by Keras' name. */
const PLAIN: Readonly<Record<string, FunctionName>> = {
  sigmoid: 'sigmoid',
  tanh: 'tanh',
  softplus: 'softplus',
  softsign: 'softsign',
  swish: 'silu',
  silu: 'silu',
  exponential: 'exp',
  hard_swish: 'hardSwish',
  hard_silu: 'hardSwish',
};

function applyFunction(context: LayerContext, value: Value, name: string, config: JsonObject): Value {
  const { b, major, className, isLast } = context;
  const clip = (min: number, max: number): Value =>
    b.apply(value, (input) => ({ kind: 'clip', input, min, max }), 'activation');
  const fn = (of: FunctionName, parameters?: Float64Array): Value =>
    b.apply(
      value,
      (input) => ({ kind: 'function', input, function: of, ...(parameters === undefined ? {} : { parameters }) }),
      'activation',
    );
  if (isLast && (name === 'softmax' || name === 'sigmoid')) {
    b.note(`its ${name} is left to the host: the largest score stays the largest`);
    return b.settle(value);
  }
  switch (name) {
    case 'linear':
      return value;
    case 'relu':
    case 'ReLU':
      return rectify(context, value, config);
    case 'relu6':
      return clip(0, 6);
    case 'hard_tanh':
      return clip(-1, 1);
    case 'elu':
      return fn('elu', Float64Array.of(numberOf(config, 'alpha', 1)));
    case 'selu':
      return fn('selu', SELU);
    case 'leaky_relu':
    case 'LeakyReLU':
      return fn(
        'leakyRelu',
        Float64Array.of(
          numberOf(config, 'negative_slope', numberOf(config, 'alpha', name === 'LeakyReLU' ? 0.3 : 0.2)),
        ),
      );
    case 'hard_sigmoid': {
      // QKeras: 0.5 x + 0.5; Keras 3: relu6(x + 3) / 6; Keras 2: 0.2 x + 0.5.
      const alpha = className.startsWith('Q') && !className.startsWith('Quant') ? 0.5 : major >= 3 ? 1 / 6 : 0.2;
      return fn('hardSigmoid', Float64Array.of(alpha, 0.5));
    }
    case 'softmax':
      b.unsupported('softmax inside of a network', 'take softmax only at the end, where the host decides');
      return b.guess(value);
    default: {
      const plain = Object.hasOwn(PLAIN, name) ? PLAIN[name] : undefined;
      if (plain !== undefined) return fn(plain);
      b.unsupported(`its activation "${name.slice(0, 60)}" is not known`, 'use an activation of docs/import.md');
      return b.guess(value);
    }
  }
}

/** ReLU with its three parameters; a threshold other than 0 makes a step in the function, which is not taken. */
function rectify({ b }: LayerContext, value: Value, config: JsonObject): Value {
  const slope = numberOf(config, 'negative_slope', numberOf(config, 'alpha', 0));
  const threshold = numberOf(config, 'threshold', 0);
  const most = fieldOf(config, 'max_value');
  const max = typeof most === 'number' ? most : undefined;
  if (threshold !== 0 || !Number.isFinite(slope) || (max !== undefined && !(max > 0))) {
    b.unsupported(
      `its threshold is ${threshold}, its slope ${slope}, its largest value ${String(most)}`,
      'use a threshold of 0',
    );
    return b.guess(value);
  }
  if (slope !== 0) {
    const leaky = b.apply(
      value,
      (input) => ({ kind: 'function', input, function: 'leakyRelu', parameters: Float64Array.of(slope) }),
      'activation',
    );
    return max === undefined
      ? leaky
      : b.apply(leaky, (input) => ({ kind: 'clip', input, min: -LARGEST, max }), 'clipped');
  }
  return b.apply(
    value,
    (input) => (max === undefined ? { kind: 'relu', input } : { kind: 'clip', input, min: 0, max }),
    'activation',
  );
}

const one = (inputs: readonly Value[]): Value => inputs[0]!;

/** A layer that is an activation, its function in a field or in its class. */
export const activationLayer =
  (name?: string): LayerReader =>
  (context, inputs) =>
    name === undefined
      ? activate(context, one(inputs), fieldOf(context.config, 'activation'))
      : applyFunction(context, one(inputs), name, context.config);

/** PReLU: a slope for every channel. */
export const parametricRelu: LayerReader = (context, inputs) => {
  const { b, weights } = context;
  const value = b.settle(one(inputs));
  const channels = channelsOf(value.shape);
  const shape = weights.get('alpha')?.shape ?? [];
  const isShared = shape.slice(0, -1).every((d) => d === 1) && shape.at(-1) === channels;
  if (weights.has('alpha') && !isShared) {
    b.unsupported(
      `it has slopes of [${shape.join(', ')}]`,
      `share them over space: PReLU(shared_axes=[1, 2]), one for each of the ${channels} channels`,
    );
    return b.guess(value);
  }
  const alpha = weightOf(context, 'alpha', shape);
  if (alpha === undefined) return b.guess(value);
  const parameters = Float64Array.from(alpha.values);
  return b.apply(value, (input) => ({ kind: 'function', input, function: 'leakyRelu', parameters }));
};

/** A softmax layer. */
export const softmaxLayer: LayerReader = (context, inputs) =>
  applyFunction(context, one(inputs), 'softmax', context.config);

/** Layers without effect at inference. */
export const dropped: LayerReader = ({ b, className, config }, inputs) => {
  if (flagOf(config, 'training', false)) b.unsupported('it is active at inference', 'leave it out');
  b.note(`${className} has no effect at inference`);
  return one(inputs);
};
