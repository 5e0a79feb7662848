/**
 * Quantizers of Larq, QKeras and the older binary layers, read from names, calls written as text, and objects.
 *
 * Sources: larq/quantizers.py and larq/math.py (0.13), qkeras/quantizers.py (0.9), BinaryNet layers of DingKe/nn_playground.
 */
import { fieldOf, flagOf, isObject, type JsonObject, numberOf, textOf } from './fields.js';
import { parseCall } from './expression.js';

/** The scale of a quantizer: 1, another number, or computed from the weights. */
export type Alpha = number | 'auto' | 'auto_po2';

/** A quantizer that is understood. */
export type Quantizer =
  /** x >= 0 (> 0 if strict) to +1, else -1; times the mean magnitude of each output channel if `isScaled`. */
  | {
      readonly kind: 'sign';
      readonly isScaled: boolean;
      readonly isStrict: boolean;
      readonly alpha: Alpha;
      readonly useZero: boolean;
    }
  /** x > 0 to 1, else 0. */
  | { readonly kind: 'heaviside' }
  /** |x| >= threshold to its sign, else 0. `threshold` undefined: 0.7 of the mean magnitude, or by alpha. */
  | {
      readonly kind: 'ternary';
      readonly threshold: number | undefined;
      readonly alpha: Alpha;
      readonly unrolls: number;
    }
  /** DoReFa, whose formulas for weights and activations differ. */
  | { readonly kind: 'dorefa'; readonly bits: number; readonly forWeights: boolean }
  /** step * clip(round half even(x / step), low, high). */
  | {
      readonly kind: 'levels';
      readonly bits: number;
      readonly step: number;
      readonly low: number;
      readonly high: number;
      readonly alpha: Alpha;
      /** A function in front: the quantizers of tanh and sigmoid. */
      readonly after?: 'tanh' | 'sigmoid' | 'hardSigmoid';
      /** What stands in front of the step: 2^integer. */
      readonly unit: number;
    }
  /** sign(x) 2^round(log2 |x|) with exponents within bounds. */
  | {
      readonly kind: 'powerOfTwo';
      readonly min: number;
      readonly max: number;
      readonly maxValue: number | undefined;
      readonly isRectified: boolean;
      readonly isFloor: boolean;
    };

/** A quantizer, nothing at all, a plain activation's name, or why it is not understood. */
export type ReadQuantizer =
  | { readonly kind: 'none' }
  | { readonly kind: 'quantizer'; readonly quantizer: Quantizer }
  | { readonly kind: 'function'; readonly name: string; readonly config: JsonObject }
  | { readonly kind: 'refused'; readonly reason: string };

const quantizer = (found: Quantizer): ReadQuantizer => ({ kind: 'quantizer', quantizer: found });
const refused = (reason: string): ReadQuantizer => ({ kind: 'refused', reason });

/** Order of the arguments of the quantizers of QKeras, for calls written as text. */
const PARAMETERS: Readonly<Record<string, readonly string[]>> = {
  quantized_bits: [
    'bits',
    'integer',
    'symmetric',
    'keep_negative',
    'alpha',
    'use_stochastic_rounding',
    'scale_axis',
    'qnoise_factor',
  ],
  quantized_linear: [
    'bits',
    'integer',
    'symmetric',
    'keep_negative',
    'alpha',
    'use_stochastic_rounding',
    'scale_axis',
    'qnoise_factor',
  ],
  quantized_relu: [
    'bits',
    'integer',
    'use_sigmoid',
    'negative_slope',
    'use_stochastic_rounding',
    'relu_upper_bound',
    'is_quantized_clip',
    'qnoise_factor',
  ],
  quantized_tanh: ['bits', 'use_stochastic_rounding', 'symmetric', 'use_real_tanh'],
  quantized_sigmoid: ['bits', 'symmetric', 'use_real_sigmoid', 'use_stochastic_rounding'],
  quantized_po2: [
    'bits',
    'max_value',
    'use_stochastic_rounding',
    'quadratic_approximation',
    'log2_rounding',
    'qnoise_factor',
  ],
  quantized_relu_po2: [
    'bits',
    'max_value',
    'negative_slope',
    'use_stochastic_rounding',
    'quadratic_approximation',
    'log2_rounding',
    'qnoise_factor',
  ],
  binary: ['use_01', 'alpha', 'use_stochastic_rounding'],
  stochastic_binary: ['alpha', 'temperature', 'use_real_sigmoid'],
  ternary: ['alpha', 'threshold', 'use_stochastic_rounding', 'number_of_unrolls'],
  stochastic_ternary: ['alpha', 'threshold', 'temperature', 'use_real_sigmoid', 'number_of_unrolls'],
};

/** A function as a field names it: by name, as a call written as text, or as an object; with its arguments by name. */
export type NamedFunction =
  { readonly name: string; readonly config: JsonObject } | { readonly reason: string } | undefined;

/** What a field names; undefined for nothing, a reason for what names nothing. */
export function namedFunction(value: unknown, depth = 0): NamedFunction {
  if (value === undefined || value === null) return undefined;
  if (depth > 4) return { reason: 'it is nested too deeply' };
  if (typeof value === 'string') {
    const call = parseCall(value);
    if (call === undefined) return { reason: `"${value.slice(0, 60)}" is no name and no call of a quantizer` };
    const names = PARAMETERS[call.name] ?? [];
    if (call.positional.length > names.length) return { reason: `"${value.slice(0, 60)}" has too many arguments` };
    const config: Record<string, unknown> = Object.create(null);
    call.positional.forEach((argument, i) => (config[names[i]!] = argument));
    for (const [key, argument] of call.named) config[key] = argument;
    return { name: call.name, config: { ...config } };
  }
  // Keras 3 writes functions as {class_name: "function", config: "relu"}.
  const config = fieldOf(value, 'config');
  const className = textOf(value, 'class_name');
  if (className === undefined) return { reason: 'it has no class' };
  if (typeof config === 'string') return namedFunction(config, depth + 1);
  const plain = className.slice(className.lastIndexOf('>') + 1);
  if (plain === 'Activation' || plain === 'QActivation') return namedFunction(fieldOf(config, 'activation'), depth + 1);
  return { name: plain, config: isObject(config) ? config : {} };
}

/** The quantizer or activation that a field of a layer names. */
export function readQuantizer(value: unknown): ReadQuantizer {
  const found = namedFunction(value);
  if (found === undefined) return { kind: 'none' };
  return 'reason' in found ? refused(found.reason) : byName(found.name, found.config);
}

function byName(name: string, config: JsonObject): ReadQuantizer {
  const read = READERS[name];
  if (read === undefined || !Object.hasOwn(READERS, name)) return { kind: 'function', name, config };
  if (numberOf(config, 'qnoise_factor', 1) !== 1)
    return refused('its qnoise_factor is not 1: values are quantised in part');
  return read(config);
}

const SIGN: ReadQuantizer = quantizer({ kind: 'sign', isScaled: false, isStrict: false, alpha: 1, useZero: false });

function alphaOf(config: JsonObject): Alpha | undefined {
  const found = fieldOf(config, 'alpha');
  if (found === undefined || found === null) return 1;
  if (found === 'auto' || found === 'auto_po2') return found;
  const number = typeof found === 'string' ? Number(found) : found;
  return typeof number === 'number' && Number.isFinite(number) && number > 0 ? number : undefined;
}

const NO_ALPHA = refused('its alpha is no number above 0, "auto" or "auto_po2" (per-channel arrays cannot be read)');
const NO_BITS = refused('its bits are no whole number within 1..31');

const isBits = (bits: number): boolean => Number.isInteger(bits) && bits >= 1 && bits < 32;

function quantizedBits(config: JsonObject): ReadQuantizer {
  const bits = numberOf(config, 'bits', 8);
  const integer = numberOf(config, 'integer', 0);
  const alpha = alphaOf(config);
  const scaleAxis = fieldOf(config, 'scale_axis');
  if (!isBits(bits) || !Number.isInteger(integer) || Math.abs(integer) > 32) return NO_BITS;
  if (alpha === undefined) return NO_ALPHA;
  if (scaleAxis !== undefined && scaleAxis !== null && typeof alpha === 'string')
    return refused('its scale_axis is not the default');
  const isSigned = flagOf(config, 'keep_negative', true);
  // alpha "auto" is symmetric whatever else is said.
  const isSymmetric = flagOf(config, 'symmetric', false) || typeof alpha === 'string';
  if (bits === 1 && isSigned && typeof alpha !== 'string') {
    return quantizer({ kind: 'sign', isScaled: false, isStrict: false, alpha, useZero: false });
  }
  const m = 2 ** (bits - (isSigned ? 1 : 0));
  const unit = 2 ** integer;
  const low = isSigned ? -m + (isSymmetric ? 1 : 0) : 0;
  return quantizer({ kind: 'levels', bits, step: unit / m, low, high: m - 1, alpha, unit });
}

function quantizedRelu(config: JsonObject): ReadQuantizer {
  const bits = numberOf(config, 'bits', 8);
  const integer = numberOf(config, 'integer', 0);
  if (!isBits(bits) || !Number.isInteger(integer) || Math.abs(integer) > 32) return NO_BITS;
  if (numberOf(config, 'negative_slope', 0) !== 0)
    return refused('its negative_slope is not 0: two steps in one quantizer');
  if (flagOf(config, 'use_sigmoid', false))
    return refused('it uses use_sigmoid, whose largest value is no multiple of its step');
  const m = 2 ** bits;
  const step = 2 ** integer / m;
  const bound = fieldOf(config, 'relu_upper_bound');
  const isClipped = flagOf(config, 'is_quantized_clip', true);
  const high = typeof bound === 'number' && !isClipped ? Math.min(m - 1, bound / step) : m - 1;
  if (!Number.isInteger(high))
    return refused(`its relu_upper_bound ${String(bound)} is no multiple of its step ${step}`);
  return quantizer({ kind: 'levels', bits, step, low: 0, high, alpha: 1, unit: 2 ** integer });
}

function squashed(config: JsonObject, isSigned: boolean): ReadQuantizer {
  const bits = numberOf(config, 'bits', 8);
  if (!isBits(bits)) return NO_BITS;
  const m = 2 ** (bits - (isSigned ? 1 : 0));
  const isSymmetric = flagOf(config, 'symmetric', false) ? 1 : 0;
  const isReal = flagOf(config, isSigned ? 'use_real_tanh' : 'use_real_sigmoid', false);
  const after = isSigned ? (isReal ? 'tanh' : undefined) : isReal ? 'sigmoid' : 'hardSigmoid';
  const levels = {
    bits,
    step: 1 / m,
    low: isSigned ? -m + isSymmetric : isSymmetric,
    high: m - 1,
    alpha: 1,
    unit: 1,
  } as const;
  // The hard tanh clips to -1..1, which the levels do anyway.
  return quantizer({ kind: 'levels', ...levels, ...(after === undefined ? {} : { after }) });
}

function binary(config: JsonObject): ReadQuantizer {
  const alpha = alphaOf(config);
  if (alpha === undefined) return NO_ALPHA;
  return quantizer({ kind: 'sign', isScaled: false, isStrict: false, alpha, useZero: flagOf(config, 'use_01', false) });
}

function ternary(config: JsonObject): ReadQuantizer {
  const alpha = alphaOf(config);
  if (alpha === undefined) return NO_ALPHA;
  const threshold = numberOf(config, 'threshold', 0.33);
  const unrolls = numberOf(config, 'number_of_unrolls', 5);
  if (!(threshold > 0) || !(unrolls >= 0 && unrolls <= 100)) return refused('its threshold is no number above 0');
  return quantizer({ kind: 'ternary', threshold: typeof alpha === 'string' ? undefined : threshold, alpha, unrolls });
}

function powerOfTwo(config: JsonObject, isRectified: boolean): ReadQuantizer {
  const bits = numberOf(config, 'bits', 8);
  if (!isBits(bits)) return NO_BITS;
  if (flagOf(config, 'quadratic_approximation', false)) return refused('it uses quadratic_approximation');
  if (isRectified && numberOf(config, 'negative_slope', 0) !== 0) return refused('its negative_slope is not 0');
  const found = fieldOf(config, 'max_value');
  const maxValue = typeof found === 'number' ? found : undefined;
  const signBit = maxValue === undefined || maxValue > 1 ? 1 : 0;
  const exponents = bits - (isRectified ? 0 : 1) - signBit;
  const isFloor = textOf(config, 'log2_rounding') === 'floor';
  return quantizer({
    kind: 'powerOfTwo',
    min: -(2 ** exponents),
    max: 2 ** exponents - 1,
    maxValue,
    isRectified,
    isFloor,
  });
}

function larqTernary(config: JsonObject): ReadQuantizer {
  const threshold = numberOf(config, 'threshold_value', 0.05);
  if (!(threshold > 0)) return refused('its threshold_value is no number above 0');
  const isOfNetworks = flagOf(config, 'ternary_weight_networks', false);
  return quantizer({ kind: 'ternary', threshold: isOfNetworks ? undefined : threshold, alpha: 1, unrolls: 0 });
}

function dorefa(config: JsonObject): ReadQuantizer {
  const bits = numberOf(config, 'k_bit', 2);
  if (!isBits(bits)) return NO_BITS;
  return quantizer({ kind: 'dorefa', bits, forWeights: textOf(config, 'mode') === 'weights' });
}

const STRICT: Quantizer = { kind: 'sign', isScaled: false, isStrict: true, alpha: 1, useZero: false };
const ternaryTanh = (): ReadQuantizer =>
  quantizer({ kind: 'levels', bits: 2, step: 1, low: -1, high: 1, alpha: 1, unit: 1 });

const READERS: Readonly<Record<string, (config: JsonObject) => ReadQuantizer>> = {
  ste_sign: () => SIGN,
  SteSign: () => SIGN,
  approx_sign: () => SIGN,
  ApproxSign: () => SIGN,
  swish_sign: () => SIGN,
  SwishSign: () => SIGN,
  magnitude_aware_sign: () => quantizer({ ...STRICT, isStrict: false, isScaled: true }),
  MagnitudeAwareSign: () => quantizer({ ...STRICT, isStrict: false, isScaled: true }),
  ste_heaviside: () => quantizer({ kind: 'heaviside' }),
  SteHeaviside: () => quantizer({ kind: 'heaviside' }),
  ste_tern: larqTernary,
  SteTern: larqTernary,
  dorefa_quantizer: dorefa,
  DoReFa: dorefa,
  DoReFaQuantizer: dorefa,
  NoOp: () => ({ kind: 'none' }),
  NoOpQuantizer: () => ({ kind: 'none' }),
  quantized_bits: quantizedBits,
  quantized_linear: quantizedBits,
  quantized_relu: quantizedRelu,
  quantized_tanh: (config) => squashed(config, true),
  quantized_sigmoid: (config) => squashed(config, false),
  quantized_po2: (config) => powerOfTwo(config, false),
  quantized_relu_po2: (config) => powerOfTwo(config, true),
  binary,
  stochastic_binary: binary,
  ternary,
  stochastic_ternary: ternary,
  bernoulli: () => refused('it draws at inference, too'),
  quantized_ulaw: () => refused('its levels are not equally far apart'),
  binary_tanh: () => quantizer(STRICT),
  ternary_tanh: ternaryTanh,
};
