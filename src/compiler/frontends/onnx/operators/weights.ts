/** Weights of linear layers: small integers with a scale where the file has them, else real numbers. */
import { fitsBits } from '../../../../ir/network/verify-node.js';
import type { BitWidth, Weights } from '../../../../ir/network/types.js';
import { type Constant, refuse } from '../values.js';
import type { Context } from './context.js';

/** Fields of a dense layer or convolution. */
export interface LayerWeights {
  readonly weights: Weights;
  readonly weightBits?: BitWidth;
  readonly scale?: Float64Array;
  /**
   * What has to be added to the weights for those that 8 bits do not hold (asymmetric ones, -255..255 without their zero point): the layer reads
   * its input twice.
   */
  readonly second?: Int8Array;
}

const WIDTHS: readonly BitWidth[] = [1, 2, 3, 4, 5, 6, 7, 8];

/**
 * Weights in the order of `index` (one run of `fanIn` weights per output). `outputAxis` is the dimension of the constant that counts outputs:
 * only along it may scales change.
 */
export function layerWeights(
  context: Context,
  constant: Constant,
  { index, outputAxis }: { readonly index: Int32Array | undefined; readonly outputAxis: number },
): LayerWeights {
  const { quantised } = constant;
  if (quantised === undefined) {
    const { data } = constant;
    if (!data.every(Number.isFinite)) refuse('weights that are not finite', 'train the network again');
    const small = smallIntegers(data, index);
    return small === undefined ? { weights: realWeights(data, index) } : withBits(small, 1);
  }
  const { integers, scale, axis, bits } = quantised;
  if (scale.length > 1 && axis !== outputAxis) {
    realAgain(context, 'their scales change along their inputs', 'quantise with one scale per output');
    return { weights: realWeights(constant.data, index) };
  }
  const scaled = scale.every((s) => s === 1) ? {} : { scale };
  const small = smallIntegers(integers, index);
  if (small !== undefined) return { ...withBits(small, bits), ...scaled };
  let [low, high] = [0, 0];
  for (const w of integers) [low, high] = [Math.min(low, w), Math.max(high, w)];
  if (low < -256 || high > 254) {
    realAgain(context, `they are integers ${low}..${high}, above 8 bits`, 'quantise them to 8 bits or fewer');
    return { weights: realWeights(constant.data, index) };
  }
  const half = new Int8Array(integers.length);
  const rest = new Int8Array(integers.length);
  for (let e = 0; e < integers.length; e++) {
    const w = integers[index === undefined ? e : index[e]!]!;
    half[e] = Math.trunc(w / 2);
    rest[e] = w - half[e]!;
  }
  return { weights: half, second: rest, weightBits: 8, ...scaled };
}

function realAgain(context: Context, why: string, remedy: string): void {
  context.warn('real-weights', `its weights stay real numbers: ${why}`, remedy);
}

function withBits(weights: Int8Array, declared: number): Pick<LayerWeights, 'weights' | 'weightBits'> {
  let [low, high, isBinary] = [0, 0, true];
  for (let e = 0; e < weights.length; e++) {
    const w = weights[e]!;
    if (w < low) low = w;
    if (w > high) high = w;
    if (w !== 1 && w !== -1) isBinary = false;
  }
  const bits = isBinary ? 1 : (WIDTHS.find((n) => n > 1 && fitsBits(low, n) && fitsBits(high, n)) ?? 8);
  const wanted = WIDTHS.find((width) => width === declared);
  // The file may say that weights have more bits than these happen to need.
  return { weights, weightBits: wanted !== undefined && wanted > bits ? wanted : bits };
}

function smallIntegers(data: ArrayLike<number>, index: Int32Array | undefined): Int8Array | undefined {
  if (data instanceof Int8Array && index === undefined) return data;
  for (let e = 0; e < data.length; e++) {
    const w = data[e]!;
    if (!(w >= -128 && w <= 127 && w === Math.round(w))) return undefined;
  }
  const small = new Int8Array(data.length);
  for (let e = 0; e < data.length; e++) small[e] = data[index === undefined ? e : index[e]!]!;
  return small;
}

function realWeights(data: ArrayLike<number>, index: Int32Array | undefined): Float32Array {
  if (index === undefined) return data instanceof Float32Array ? data : Float32Array.from(data);
  const weights = new Float32Array(data.length);
  for (let e = 0; e < weights.length; e++) weights[e] = data[index[e]!]!;
  return weights;
}

/** The elements of a constant as exact as the file has them: integers times scale in float64. */
export function exactNumbers(constant: Constant): Float64Array {
  const { quantised, dims } = constant;
  if (quantised === undefined) return Float64Array.from(constant.data);
  const { integers, scale, axis } = quantised;
  const stride = dims.slice(axis + 1).reduce((a, b) => a * b, 1);
  return Float64Array.from(
    integers,
    (q, e) => q * scale[scale.length === 1 ? 0 : Math.floor(e / stride) % scale.length]!,
  );
}
