/** Latent weights to what the network computes with: integers times a scale, or real numbers where no 8-bit integers are enough. */
import { type BitWidth } from '../../../ir/network/types.js';
import { QUANTISER_ROUND } from '../../../ir/network/quantise.js';
import type { Alpha, Quantizer } from './quantizers.js';

/** Weights in the order of Keras: output channels last. */
export interface QuantisedWeights {
  /** Value of weight i: integers[i] * scale[i mod scale.length] (scale for all, or per channel of the last dimension). */
  readonly integers: Float64Array;
  readonly scale: Float64Array;
  /** Bits that hold every integer, undefined above 8. */
  readonly bits: BitWidth | undefined;
}

/** Keras' epsilon. */
const EPSILON = 1e-7;
const round = QUANTISER_ROUND.halfEven;

/**
 * Applies a quantizer to weights; `channels` is the size of the last dimension. Undefined for quantizers that are for activations alone.
 * Thresholds and scales are float32 numbers, as Keras has them.
 */
export function quantiseLatent(
  quantizer: Quantizer,
  weights: Float32Array | Float64Array,
  channels: number,
): QuantisedWeights {
  switch (quantizer.kind) {
    case 'sign': {
      const { isStrict, useZero, isScaled, alpha } = quantizer;
      const low = useZero ? 0 : -1;
      const integers = Float64Array.from(weights, (w) => ((isStrict ? w > 0 : w >= 0) ? 1 : low));
      const scale = isScaled ? meanMagnitudes(weights, channels) : fittedScale(alpha, weights, integers, channels);
      return { integers, scale: positive(scale), bits: useZero ? 2 : 1 };
    }
    case 'heaviside':
      return { integers: Float64Array.from(weights, (w) => (w > 0 ? 1 : 0)), scale: Float64Array.of(1), bits: 2 };
    case 'ternary':
      return ternaryWeights(quantizer, weights, channels);
    case 'dorefa':
      return dorefaWeights(quantizer, weights);
    case 'levels':
      return levelWeights(quantizer, squashed(quantizer.after, weights), channels);
    case 'powerOfTwo':
      return powerWeights(quantizer, weights);
  }
}

function meanMagnitudes(weights: ArrayLike<number>, channels: number): Float64Array {
  const sums = new Float64Array(channels);
  for (let i = 0; i < weights.length; i++) sums[i % channels]! += Math.abs(weights[i]!);
  return sums.map((sum) => Math.fround(sum / (weights.length / channels)));
}

/** QKeras' scale: a number, or the least squares of each channel, rounded to a power of two if asked for. */
function fittedScale(alpha: Alpha, x: ArrayLike<number>, q: Float64Array, channels: number): Float64Array {
  if (typeof alpha === 'number') return Float64Array.of(alpha);
  const size = x.length / channels;
  const qx = new Float64Array(channels);
  const qq = new Float64Array(channels);
  for (let i = 0; i < q.length; i++) {
    qx[i % channels]! += (x[i]! * q[i]!) / size;
    qq[i % channels]! += (q[i]! * q[i]!) / size;
  }
  const scale = qx.map((sum, c) => Math.fround(sum / (qq[c]! + EPSILON)));
  return alpha === 'auto_po2' ? scale.map(nearestPower) : scale;
}

const nearestPower = (scale: number): number => 2 ** round(Math.log2(scale + EPSILON));

function ternaryWeights(
  { threshold, alpha, unrolls }: Extract<Quantizer, { kind: 'ternary' }>,
  weights: Float32Array | Float64Array,
  channels: number,
): QuantisedWeights {
  const bits = 2;
  const beyond = (x: number, t: number): number => (x >= t ? 1 : x <= -t ? -1 : 0);
  if (typeof alpha === 'number') {
    // Without a threshold that of ternary weight networks: 0.7 of the mean magnitude of all.
    const mean = Float64Array.from(weights, Math.abs).reduce((sum, w) => sum + w, 0) / weights.length;
    const limit = Math.fround(threshold ?? 0.7 * mean);
    return { integers: Float64Array.from(weights, (w) => beyond(w, limit)), scale: Float64Array.of(alpha), bits };
  }
  const largest = new Float64Array(channels);
  weights.forEach((w, i) => (largest[i % channels] = Math.max(largest[i % channels]!, Math.abs(w))));
  let scale: Float64Array = largest.map((m) => Math.fround((2 * m) / 3));
  if (alpha === 'auto_po2') scale = scale.map(nearestPower);
  let integers: Float64Array = new Float64Array(weights.length);
  for (let n = 0; n < unrolls; n++) {
    integers = Float64Array.from(weights, (w, i) => {
      const s = scale[i % channels]!;
      return s > 0 && Math.abs(round(w / s)) >= 0.5 ? Math.sign(w) : 0;
    });
    scale = fittedScale(alpha, weights, integers, channels);
  }
  return { integers, scale: positive(scale), bits };
}

/** A channel without weights has the scale 0; any will do. */
const positive = (scale: Float64Array): Float64Array => scale.map((s) => (s > 0 && Number.isFinite(s) ? s : 1));

function dorefaWeights(
  { bits, forWeights }: Extract<Quantizer, { kind: 'dorefa' }>,
  weights: Float32Array | Float64Array,
): QuantisedWeights {
  const n = 2 ** bits - 1;
  if (!forWeights) {
    const integers = Float64Array.from(weights, (w) => round(Math.fround(Math.min(Math.max(w, 0), 1) * n)));
    return { integers, scale: Float64Array.of(1 / n), bits: width(bits + 1) };
  }
  const limited = Float64Array.from(weights, Math.tanh);
  const largest = limited.reduce((most, x) => Math.max(most, Math.abs(x)), 0) || 1;
  const integers = limited.map((x) => 2 * round((x / (2 * largest) + 0.5) * n) - n);
  return { integers, scale: Float64Array.of(1 / n), bits: bits === 1 ? 1 : width(bits + 1) };
}

/** Weights through the function in front of their levels. */
function squashed(
  after: Extract<Quantizer, { kind: 'levels' }>['after'],
  weights: Float32Array | Float64Array,
): Float32Array | Float64Array {
  switch (after) {
    case undefined:
      return weights;
    case 'tanh':
      return Float64Array.from(weights, Math.tanh);
    case 'sigmoid':
      return Float64Array.from(weights, (w) => 1 / (1 + Math.exp(-w)));
    case 'hardSigmoid':
      return Float64Array.from(weights, (w) => Math.min(Math.max(0.5 * w + 0.5, 0), 1));
  }
}

function levelWeights(
  { step, low, high, alpha, unit, bits }: Extract<Quantizer, { kind: 'levels' }>,
  weights: Float32Array | Float64Array,
  channels: number,
): QuantisedWeights {
  const needed = width(low < 0 ? bits : bits + 1);
  if (typeof alpha === 'number') {
    const integers = Float64Array.from(weights, (w) => Math.min(Math.max(round(w / step), low), high) + 0);
    return { integers, scale: Float64Array.of(step * alpha), bits: needed };
  }
  // The scale is computed on x / 2^integer; levels are -levels/2 .. levels/2.
  const half = 2 ** (bits - 1) - 1;
  const x = Float64Array.from(weights, (w) => w / unit);
  const largest = new Float64Array(channels);
  x.forEach((w, i) => (largest[i % channels] = Math.max(largest[i % channels]!, Math.abs(w))));
  const quantised = (scale: Float64Array): Float64Array =>
    x.map((w, i) => {
      const s = scale[i % channels]!;
      const v = s > 0 ? Math.floor(Math.fround(Math.abs(w) / s) + 0.5) : 0;
      return Math.sign(w) * Math.min(v, half) + 0;
    });
  let scale: Float64Array = largest.map((m) => Math.fround(half === 0 ? m : m / half));
  let integers: Float64Array;
  if (alpha === 'auto_po2') {
    scale = scale.map(nearestPower);
    integers = new Float64Array(x.length);
    for (let n = 0; n < 5; n++) {
      integers = quantised(scale);
      scale = fittedScale('auto_po2', x, integers, channels);
    }
  } else {
    integers = quantised(scale);
  }
  return { integers, scale: positive(scale).map((s) => s * unit), bits: needed };
}

/** Powers of two are integers where their exponents lie within 6 of each other. */
function powerWeights(
  quantizer: Extract<Quantizer, { kind: 'powerOfTwo' }>,
  weights: Float32Array | Float64Array,
): QuantisedWeights {
  const values = Float64Array.from(weights, (w) => powerOf(quantizer, w));
  let least = Infinity;
  let most = 0;
  for (const value of values) {
    least = Math.min(least, Math.abs(value));
    most = Math.max(most, Math.abs(value));
  }
  const span = Math.log2(most / least);
  if (!(span <= 6)) return { integers: values, scale: Float64Array.of(1), bits: undefined };
  const signed = values.map((value) => value / least);
  return { integers: signed, scale: Float64Array.of(least), bits: span === 0 ? 1 : width(span + 2) };
}

/** One number to its power of two. */
export function powerOf(
  { min, max, maxValue, isRectified, isFloor }: Extract<Quantizer, { kind: 'powerOfTwo' }>,
  x: number,
): number {
  const magnitude = isRectified ? Math.max(x, 0) : Math.abs(x);
  const sign = isRectified || x >= 0 ? 1 : -1;
  if (magnitude < EPSILON) return sign * 2 ** min;
  const exponent = Math.log2(maxValue === undefined ? magnitude : Math.min(magnitude, maxValue));
  // Logarithms of powers of two have to be whole.
  const exact = Math.abs(exponent - Math.round(exponent)) < 1e-12 ? Math.round(exponent) : exponent;
  return sign * 2 ** Math.min(Math.max(isFloor ? Math.floor(exact) : round(exact), min), max);
}

function width(bits: number): BitWidth | undefined {
  switch (bits) {
    case 1:
    case 2:
    case 3:
    case 4:
    case 5:
    case 6:
    case 7:
    case 8:
      return bits;
    default:
      return undefined;
  }
}
