/**
 * Activations and quantizers by their definitions (keras/activations.py, larq/quantizers.py, qkeras/quantizers.py, nn_playground's binary layers),
 * in float64. This folder evaluates models of Keras layer by layer: it shares with the importer the reading of configurations and weights, and
 * nothing of what the importer makes of layers.
 */
import { each, type NdArray, NotEvaluated } from '../../reference/arrays.js';
import { fieldOf, flagOf, type JsonObject, numberOf, textOf } from '../fields.js';
import { namedFunction } from '../quantizers.js';

/** Halves to the even integer. */
export function roundEven(v: number): number {
  const below = Math.floor(v);
  if (v - below !== 0.5) return Math.round(v);
  return below % 2 === 0 ? below : below + 1;
}

const clip = (v: number, low: number, high: number): number => Math.min(Math.max(v, low), high);
const f32 = Math.fround;

/** What a function works on. */
export interface FunctionContext {
  /** The main version of Keras. */
  readonly major: number;
  readonly className: string;
}

type Plain = (v: number) => number;

const sigmoid: Plain = (v) => 1 / (1 + Math.exp(-v));
const elu = (v: number, alpha: number): number => (v < 0 ? alpha * Math.expm1(v) : v);
const hardSwish: Plain = (v) => (v * clip(v + 3, 0, 6)) / 6;

const PLAIN: Readonly<Record<string, Plain>> = {
  ...{ linear: (v) => v, relu6: (v) => clip(v, 0, 6), hard_tanh: (v) => clip(v, -1, 1), sigmoid, tanh: Math.tanh },
  ...{ softsign: (v) => v / (1 + Math.abs(v)), exponential: Math.exp, hard_swish: hardSwish, hard_silu: hardSwish },
  ...{ swish: (v) => v * sigmoid(v), silu: (v) => v * sigmoid(v) },
  softplus: (v) => Math.max(v, 0) + Math.log1p(Math.exp(-Math.abs(v))),
  selu: (v) => 1.0507009873554805 * elu(v, 1.6732632423543772),
};

/** Functions of one number that have parameters. */
const WITH_PARAMETERS: Readonly<Record<string, (config: JsonObject, context: FunctionContext) => Plain>> = {
  relu: rectifier,
  ReLU: rectifier,
  elu: (config) => (v) => elu(v, numberOf(config, 'alpha', 1)),
  ELU: (config) => (v) => elu(v, numberOf(config, 'alpha', 1)),
  leaky_relu: (config) => leaky(numberOf(config, 'negative_slope', numberOf(config, 'alpha', 0.2))),
  LeakyReLU: (config) => leaky(numberOf(config, 'negative_slope', numberOf(config, 'alpha', 0.3))),
  hard_sigmoid: (_, { major, className }) => {
    const isQKeras = /^Q[A-Z]/.test(className);
    const slope = isQKeras ? 0.5 : major >= 3 ? 1 / 6 : 0.2;
    return (v) => clip(slope * v + 0.5, 0, 1);
  },
};

function leaky(slope: number): Plain {
  return (v) => (v < 0 ? slope * v : v);
}

function rectifier(config: JsonObject): Plain {
  const [slope, threshold] = [
    numberOf(config, 'negative_slope', numberOf(config, 'alpha', 0)),
    numberOf(config, 'threshold', 0),
  ];
  const most = fieldOf(config, 'max_value');
  const max = typeof most === 'number' ? most : Infinity;
  return (v) => (v >= max ? max : v >= threshold ? v : slope * (v - threshold));
}

/** A quantizer on all numbers of an array, whose channels are its last dimension. */
type Quantiser = (x: NdArray, config: JsonObject) => NdArray;

const elementwise =
  (of: (config: JsonObject) => Plain): Quantiser =>
  (x, config) =>
    each(x, of(config));

const sign: Plain = (v) => (v >= 0 ? 1 : -1);
const strictSign: Plain = (v) => 2 * roundEven(clip((v + 1) / 2, 0, 1)) - 1;

/** The number of a scale; those that are fitted to the numbers are worked out by their quantizers. */
function alphaOf(config: JsonObject): number | 'auto' | 'auto_po2' {
  const found = fieldOf(config, 'alpha');
  if (found === 'auto' || found === 'auto_po2') return found;
  if (found === undefined || found === null) return 1;
  return Number(found);
}

const EPSILON = 1e-7;
const powerOf2 = (scale: number): number => 2 ** roundEven(Math.log2(scale + EPSILON));

/** The scale of each channel that fits q to x best: sum q x / sum q q (_get_least_squares_scale). */
function leastSquares(x: NdArray, q: Float64Array, isPower: boolean): Float64Array {
  const n = x.dims.at(-1)!;
  const count = x.data.length / n;
  return Float64Array.from({ length: n }, (_, c) => {
    let [qx, qq] = [0, 0];
    for (let k = c; k < q.length; k += n) {
      qx += (q[k]! * x.data[k]!) / count;
      qq += (q[k]! * q[k]!) / count;
    }
    const scale = f32(qx / (qq + EPSILON));
    return isPower ? powerOf2(scale) : scale;
  });
}

const scaled = (x: NdArray, q: Float64Array, scale: Float64Array): NdArray => {
  const n = x.dims.at(-1)!;
  return { dims: x.dims, data: q.map((v, k) => v * scale[k % n]!) };
};

const binary: Quantiser = (x, config) => {
  const isBit = flagOf(config, 'use_01', false);
  const q = x.data.map((v) => (v >= 0 ? 1 : isBit ? 0 : -1));
  const alpha = alphaOf(config);
  if (typeof alpha === 'number') return { dims: x.dims, data: q.map((v) => v * alpha) };
  return scaled(x, q, leastSquares(x, q, alpha === 'auto_po2'));
};

const quantizedBits: Quantiser = (x, config) => {
  const [bits, integer] = [numberOf(config, 'bits', 8), numberOf(config, 'integer', 0)];
  const isSigned = flagOf(config, 'keep_negative', true);
  const isSymmetric = flagOf(config, 'symmetric', false);
  const alpha = alphaOf(config);
  if (typeof alpha !== 'number') return fittedBits(x, bits, 2 ** integer, alpha === 'auto_po2');
  const unsigned = bits - (isSigned ? 1 : 0);
  if (unsigned === 0) return each(x, (v) => alpha * sign(v));
  const [m, unit] = [2 ** unsigned, 2 ** integer];
  const low = isSigned ? -1 + (isSymmetric ? 1 / m : 0) : 0;
  return each(x, (v) => alpha * unit * clip(roundEven((v * m) / unit) / m, low, 1 - 1 / m));
};

/** Levels around 0 with a scale per channel that the largest number gives; a power of two is fitted five times. */
function fittedBits(x: NdArray, bits: number, unit: number, isPower: boolean): NdArray {
  const n = x.dims.at(-1)!;
  const half = 2 ** (bits - 1) - 1;
  const inUnits = each(x, (v) => v / unit);
  const most = new Float64Array(n);
  inUnits.data.forEach((v, k) => (most[k % n] = Math.max(most[k % n]!, Math.abs(v))));
  let scale: Float64Array = most.map((v) => f32(half === 0 ? v : v / half));
  const levels = (): Float64Array =>
    inUnits.data.map((v, k) => {
      const s = scale[k % n]!;
      return s > 0 ? Math.sign(v) * Math.min(Math.floor(f32(Math.abs(v) / s) + 0.5), half) : 0;
    });
  if (isPower) scale = scale.map(powerOf2);
  let q = levels();
  for (let again = 0; isPower && again < 5; again++) {
    q = levels();
    scale = leastSquares(inUnits, q, true);
  }
  return scaled(
    x,
    q,
    scale.map((s) => s * unit),
  );
}

const quantizedRelu = (config: JsonObject): Plain => {
  const [bits, integer] = [numberOf(config, 'bits', 8), numberOf(config, 'integer', 0)];
  const [m, unit] = [2 ** bits, 2 ** integer];
  const bound = fieldOf(config, 'relu_upper_bound');
  const most = typeof bound === 'number' && !flagOf(config, 'is_quantized_clip', true) ? bound : Infinity;
  return (v) => Math.min(unit * clip(roundEven((v * m) / unit) / m, 0, 1 - 1 / m), most);
};

const squashed =
  (isSigned: boolean) =>
  (config: JsonObject): Plain => {
    const m = 2 ** (numberOf(config, 'bits', 8) - (isSigned ? 1 : 0));
    const lowest = flagOf(config, 'symmetric', false) ? 1 / m : 0;
    const isReal = flagOf(config, isSigned ? 'use_real_tanh' : 'use_real_sigmoid', false);
    const squash: Plain = isSigned
      ? isReal
        ? Math.tanh
        : (v) => clip(v, -1, 1)
      : isReal
        ? sigmoid
        : (v) => clip(0.5 * v + 0.5, 0, 1);
    return (v) => clip(roundEven(squash(v) * m) / m, isSigned ? -1 + lowest : lowest, 1 - 1 / m);
  };

const beyond =
  (threshold: number): Plain =>
  (v) =>
    v >= threshold ? 1 : v <= -threshold ? -1 : 0;

const dorefa: Quantiser = (x, config) => {
  const n = 2 ** numberOf(config, 'k_bit', 2) - 1;
  const levels: Plain = (v) => roundEven(clip(v, 0, 1) * n) / n;
  if (textOf(config, 'mode') !== 'weights') return each(x, levels);
  const most = x.data.reduce((largest, v) => Math.max(largest, Math.abs(Math.tanh(v))), 0);
  return each(x, (v) => 2 * levels(most === 0 ? 0.5 : Math.tanh(v) / (2 * most) + 0.5) - 1);
};

const powers =
  (isRectified: boolean) =>
  (config: JsonObject): Plain => {
    const found = fieldOf(config, 'max_value');
    const most = typeof found === 'number' ? found : Infinity;
    const exponents = numberOf(config, 'bits', 8) - (isRectified ? 0 : 1) - (most > 1 ? 1 : 0);
    const [low, high] = [-(2 ** exponents), 2 ** exponents - 1];
    const isFloor = textOf(config, 'log2_rounding') === 'floor';
    return (v) => {
      const size = isRectified ? Math.max(v, 0) : Math.abs(v);
      const exponent = size < EPSILON ? low : Math.log2(Math.min(size, most));
      return (isRectified ? 1 : sign(v)) * 2 ** clip(isFloor ? Math.floor(exponent) : roundEven(exponent), low, high);
    };
  };

const magnitudeAware: Quantiser = (x) => {
  const n = x.dims.at(-1)!;
  const sums = new Float64Array(n);
  x.data.forEach((v, k) => (sums[k % n]! += Math.abs(v)));
  return scaled(
    x,
    x.data.map(sign),
    sums.map((sum) => f32(sum / (x.data.length / n))),
  );
};

const larqTernary: Quantiser = (x, config) => {
  const mean = x.data.reduce((sum, v) => sum + Math.abs(v), 0) / x.data.length;
  const isOfNetworks = flagOf(config, 'ternary_weight_networks', false);
  return each(x, beyond(f32(isOfNetworks ? 0.7 * mean : numberOf(config, 'threshold_value', 0.05))));
};

const QUANTISERS: Readonly<Record<string, Quantiser>> = {
  ...Object.fromEntries(
    ['ste_sign', 'SteSign', 'approx_sign', 'ApproxSign', 'swish_sign', 'SwishSign'].map((name) => [
      name,
      elementwise(() => sign),
    ]),
  ),
  ...{ magnitude_aware_sign: magnitudeAware, MagnitudeAwareSign: magnitudeAware },
  ...{
    ste_heaviside: elementwise(() => (v) => (v > 0 ? 1 : 0)),
    SteHeaviside: elementwise(() => (v) => (v > 0 ? 1 : 0)),
  },
  ...{ ste_tern: larqTernary, SteTern: larqTernary },
  ...{ dorefa_quantizer: dorefa, DoReFa: dorefa, DoReFaQuantizer: dorefa, NoOp: (x) => x, NoOpQuantizer: (x) => x },
  ...{ quantized_bits: quantizedBits, quantized_linear: quantizedBits, quantized_relu: elementwise(quantizedRelu) },
  ...{ quantized_tanh: elementwise(squashed(true)), quantized_sigmoid: elementwise(squashed(false)) },
  ...{ quantized_po2: elementwise(powers(false)), quantized_relu_po2: elementwise(powers(true)) },
  ...{ binary, stochastic_binary: binary, binary_tanh: elementwise(() => strictSign) },
  ...{ ternary, stochastic_ternary: ternary },
  ternary_tanh: elementwise(() => (v) => roundEven(clip(v, -1, 1))),
};

function ternary(x: NdArray, config: JsonObject): NdArray {
  const alpha = alphaOf(config);
  if (typeof alpha === 'number') {
    const of = beyond(f32(numberOf(config, 'threshold', 0.33)));
    return each(x, (v) => alpha * of(v));
  }
  // Two thirds of the largest number at first; numbers below half a scale are 0, and the scale is fitted again.
  const [n, isPower] = [x.dims.at(-1)!, alpha === 'auto_po2'];
  const most = new Float64Array(n);
  x.data.forEach((v, k) => (most[k % n] = Math.max(most[k % n]!, Math.abs(v))));
  let scale: Float64Array = most.map((v) => f32((2 * v) / 3));
  if (isPower) scale = scale.map(powerOf2);
  let q = new Float64Array(x.data.length);
  for (let again = numberOf(config, 'number_of_unrolls', 5); again > 0; again--) {
    const s = scale;
    q = x.data.map((v, k) => (s[k % n]! > 0 && Math.abs(roundEven(v / s[k % n]!)) >= 0.5 ? Math.sign(v) : 0));
    scale = leastSquares(x, q, isPower);
  }
  return scaled(x, q, scale);
}

/** The function that a field names, on an array; the array itself where it names none. @throws NotEvaluated for one that is not defined here */
export function applied(field: unknown, x: NdArray, context: FunctionContext): NdArray {
  const named = namedFunction(field);
  if (named === undefined) return x;
  if ('reason' in named) throw new NotEvaluated(named.reason);
  return appliedByName(named.name, named.config, x, context);
}

/** The same by its name. */
export function appliedByName(name: string, config: JsonObject, x: NdArray, context: FunctionContext): NdArray {
  const own = <T>(table: Readonly<Record<string, T>>): T | undefined =>
    Object.hasOwn(table, name) ? table[name] : undefined;
  const quantiser = own(QUANTISERS);
  if (quantiser !== undefined) return quantiser(x, config);
  const f = own(PLAIN) ?? own(WITH_PARAMETERS)?.(config, context);
  if (f === undefined) throw new NotEvaluated(name);
  return each(x, f);
}

/** Weights of the older binary layers: H times the sign, or the rounded number, of W / H. */
export function binaryWeights(className: string, h: number, x: NdArray): NdArray | undefined {
  if (className.startsWith('Binary')) return each(x, (w) => h * strictSign(w / h));
  return className.startsWith('Ternary') ? each(x, (w) => h * roundEven(clip(w / h, -1, 1))) : undefined;
}
