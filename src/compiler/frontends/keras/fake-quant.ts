/**
 * QuantizeLayer of TensorFlow Model Optimization: the fake quantisation of TensorFlow between a stored minimum and maximum.
 *
 * Sources: tensorflow_model_optimization/python/core/quantization/keras/quantize_layer.py, quantizers.py; Nudge and the rounding floor(x + 1/2) of
 * tensorflow/core/kernels/fake_quant_ops_functor.h.
 */
import { bitWidth } from './activations.js';
import { type LayerContext, type LayerReader, weightOf } from './context.js';
import { fieldOf, flagOf, numberOf } from './fields.js';

/** Levels low..high of a step. */
interface Levels {
  readonly step: number;
  readonly low: number;
  readonly high: number;
}

/** QuantizeLayer: step * clip(floor(x / step + 1/2), low, high), with the zero point moved to an integer. */
export const quantizeLayer: LayerReader = (context, inputs) => {
  const { b, config } = context;
  const value = b.settle(inputs[0]!);
  const quantizer = fieldOf(config, 'quantizer');
  if (quantizer === undefined || quantizer === null) return value;
  const settings = fieldOf(quantizer, 'config');
  const bits = numberOf(settings, 'num_bits', 8);
  const width = bitWidth(bits);
  if (width === undefined || bits < 2 || flagOf(settings, 'per_axis', false)) {
    const reason = `it quantises values to ${bits} bits${flagOf(settings, 'per_axis', false) ? ', with a range for every channel' : ''}`;
    b.unsupported(reason, 'quantise values to 2 to 8 bits with one range');
    return b.guess(value);
  }
  const levels = levelsOf(context, bits, flagOf(settings, 'narrow_range', false));
  if (levels === undefined) return b.guess(value);
  const { step, low, high } = levels;
  const signed = low < 0;
  const usual = signed ? low === -(2 ** (bits - 1)) && high === -low - 1 : low === 0 && high === 2 ** bits - 1;
  return b.apply(value, (input) => ({
    ...{ kind: 'quantise', input, step, bits: width, signed, rounding: 'halfUp' },
    ...(usual ? {} : { levels: [low, high] as const }),
  }));
};

/** The levels of a range, in float32 as TensorFlow computes them; a weight "step" is the exact one of a file of ours. */
function levelsOf(context: LayerContext, bits: number, isNarrow: boolean): Levels | undefined {
  const { b, weights } = context;
  const [min, max] = ['_min', '_max'].map((ending) => {
    const role = [...weights.keys()].find((name) => name.endsWith(ending)) ?? `quantize_layer${ending}`;
    return weightOf(context, role, weights.get(role)?.shape ?? [])?.values[0];
  });
  if (min === undefined || max === undefined) return undefined;
  if (!(min <= 0 && max >= 0 && min < max)) {
    b.problem('bad-weights', `its range is ${min} to ${max}`, 'train the model again: the range has to contain 0');
    return undefined;
  }
  const [first, last] = [isNarrow ? 1 : 0, 2 ** bits - 1];
  const single = Math.fround(Math.fround(max - min) / (last - first));
  const step = weights.get('step')?.values[0] ?? single;
  const zero = Math.min(Math.max(Math.round(Math.fround(first - Math.fround(min / single))), first), last);
  return { step, low: first - zero + 0, high: last - zero + 0 };
}
