/**
 * The custom operators of Larq Compute Engine (larq/compute-engine: core/bconv2d/reference.h, tflite/kernels) on packed words: bit 1 for -1, the
 * first channel in the lowest bit. Products of signs are counted where bits differ.
 */
import { type NdArray, NotEvaluated } from '../../reference/arrays.js';
import { popCount } from '../../reference/bits.js';
import { imageDims, pooled, type Slide, slideOf, windowPixels } from '../../reference/images.js';
import { type FlexValue, readFlexMap } from '../flexbuffer.js';
import { type Call, type Evaluate, numbers, operand, rangeOf, resultOf, tensorOf } from './call.js';

/** Words of 32 signs, the last one filled with 0. */
export function packed({ dims, data }: NdArray): NdArray {
  const channels = dims.at(-1)!;
  const words = Math.ceil(channels / 32);
  const bits = new Int32Array((data.length / channels) * words);
  data.forEach((v, e) => {
    const [row, c] = [Math.floor(e / channels), e % channels];
    if (v < 0) bits[row * words + (c >> 5)]! |= 1 << (c & 31);
  });
  return { dims: [...dims.slice(0, -1), words], data: Float64Array.from(bits) };
}

/** The signs of the first channels of words. */
export function unpacked({ dims, data }: NdArray, channels: number): NdArray {
  const words = dims.at(-1)!;
  const signs = new Float64Array((data.length / words) * channels);
  for (let e = 0; e < signs.length; e++) {
    const [row, c] = [Math.floor(e / channels), e % channels];
    signs[e] = (data[row * words + (c >> 5)]! >> (c & 31)) & 1 ? -1 : 1;
  }
  return { dims: [...dims.slice(0, -1), channels], data: signs };
}

/** Whether an operand is packed. */
const isPacked = (call: Call, i: number): boolean => tensorOf(call, i).type === 'int32';

const optionsOf = ({ op }: Call): ReadonlyMap<string, FlexValue> => {
  if (op.customOptions === undefined) throw new NotEvaluated(`${op.name} without options`);
  return readFlexMap(op.customOptions);
};

const number = (options: ReadonlyMap<string, FlexValue>, name: string, absent = 1): number => {
  const found = options.get(name) ?? absent;
  if (typeof found !== 'number') throw new NotEvaluated(`option ${name}`);
  return found;
};

/** An enumeration by number, or by name in older files. */
const choice = (
  options: ReadonlyMap<string, FlexValue>,
  name: string,
  names: readonly string[],
  absent: number,
): number => {
  const found = options.get(name);
  if (typeof found === 'number') return found;
  return typeof found === 'string' && found !== '' ? names.indexOf(found.toUpperCase()) : absent;
};

const isSame = (options: ReadonlyMap<string, FlexValue>): boolean =>
  choice(options, 'padding', ['SAME', 'VALID'], 1) === 0;

/** -1 only where all signs of a window are: bits are joined by "and". */
const maxPool: Evaluate = (call) => {
  if (!isPacked(call, 0)) throw new NotEvaluated('signs that are not packed');
  const x = operand(call, 0);
  const options = optionsOf(call);
  const [, height, width] = imageDims(x);
  const slide = slideOf([height, width], {
    kernel: [number(options, 'filter_height'), number(options, 'filter_width')],
    stride: [number(options, 'stride_height'), number(options, 'stride_width')],
    ...{ dilation: [1, 1], isSame: isSame(options) },
  });
  return [pooled(x, slide, (words) => words.reduce((a, b) => a & b, -1))];
};

/** Of each window and output the number of products, and of those that are -1. Bits beyond the channels count nothing. */
function disagreements(
  x: NdArray,
  w: NdArray,
  { slide, channels, padsOnes }: { readonly slide: Slide; readonly channels: number; readonly padsOnes: boolean },
): { readonly counts: NdArray; readonly products: Float64Array } {
  const [batch, height, width, words] = imageDims(x);
  const [nOut, kh, kw, ofGroup] = imageDims(w);
  const groups = words / ofGroup;
  if (!Number.isInteger(groups) || nOut % groups !== 0) throw new NotEvaluated('weights that do not fit');
  const perGroup = channels / groups;
  const taps = kh * kw;
  const pixels = windowPixels([height, width], slide);
  const windows = slide.output[0] * slide.output[1];
  const masks = Array.from({ length: ofGroup }, (_, k) => {
    const left = perGroup - 32 * k;
    return left >= 32 ? -1 : left <= 0 ? 0 : 2 ** left - 1;
  });
  const data = new Float64Array(batch * windows * nOut);
  const products = new Float64Array(data.length);
  for (let e = 0; e < data.length; e++) {
    const [o, p, b] = [e % nOut, Math.floor(e / nOut) % windows, Math.floor(e / (nOut * windows))];
    const first = Math.floor((o * groups) / nOut) * ofGroup;
    for (let tap = 0; tap < taps; tap++) {
      const pixel = pixels[p * taps + tap]!;
      if (pixel < 0 && !padsOnes) continue;
      products[e]! += perGroup;
      for (let k = 0; k < ofGroup; k++) {
        // A pixel of ones has no bit set.
        const word = pixel < 0 ? 0 : x.data[(b * height * width + pixel) * words + first + k]!;
        data[e]! += popCount((word ^ w.data[(o * taps + tap) * ofGroup + k]!) & masks[k]!);
      }
    }
  }
  return { counts: { dims: [batch, ...slide.output, nOut], data }, products };
}

const convolution: Evaluate = (call) => {
  if (!isPacked(call, 0)) throw new NotEvaluated('signs that are not packed');
  const options = optionsOf(call);
  const x = operand(call, 0);
  const w = isPacked(call, 1) ? operand(call, 1) : packed(operand(call, 1));
  const [, height, width, words] = imageDims(x);
  const [, kh, kw] = imageDims(w);
  const channels = number(options, 'channels_in', 32 * words);
  const slide = slideOf([height, width], {
    kernel: [kh, kw],
    stride: [number(options, 'stride_height'), number(options, 'stride_width')],
    dilation: [number(options, 'dilation_height_factor'), number(options, 'dilation_width_factor')],
    isSame: isSame(options),
  });
  const padsOnes = number(options, 'pad_values', 0) === 1;
  const { counts, products } = disagreements(x, w, { slide, channels, padsOnes });
  const nOut = counts.dims.at(-1)!;
  if (resultOf(call).type === 'int32') {
    const thresholds = numbers(call, 4);
    const all = (channels * w.dims[3]! * kh * kw) / words;
    // Of pixels that are 0 half a product disagrees.
    return [
      packed({
        dims: counts.dims,
        data: counts.data.map((n, e) => (n + (all - products[e]!) / 2 > thresholds[e % nOut]! ? -1 : 1)),
      }),
    ];
  }
  const [low, high] = rangeOf(
    choice(options, 'fused_activation_function', ['NONE', 'RELU', 'RELU_N1_TO_1', 'RELU6'], 0),
  );
  const [multiplier, bias] = [numbers(call, 2), numbers(call, 3)];
  const data = counts.data.map((n, e) => {
    const sum = Math.min(Math.max(products[e]! - 2 * n, low), high);
    return sum * multiplier[e % nOut]! + bias[e % nOut]!;
  });
  return [{ dims: counts.dims, data }];
};

export const LARQ: Readonly<Record<string, Evaluate>> = {
  Bsign: (call) => {
    const { dims, data } = operand(call, 0);
    return [{ dims, data: data.map((v) => (v < 0 ? -1 : 1)) }];
  },
  LceQuantize: (call) => {
    if (resultOf(call).type !== 'int32') throw new NotEvaluated('signs that are not packed');
    return [packed(operand(call, 0))];
  },
  LceDequantize: (call) => [unpacked(operand(call, 0), resultOf(call).shape.at(-1) ?? 1)],
  ...{ LceBMaxPool2d: maxPool, LceBconv2d: convolution },
};
