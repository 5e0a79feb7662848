/** Windows over images [batch, height, width, channels], as TensorFlow defines them. */
import { type NdArray, NotEvaluated } from './arrays.js';

type Pair = readonly [y: number, x: number];

/** Windows and where they lie: window p of an axis begins at p stride - before. */
export interface Slide {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly dilation: Pair;
  /** Rows above, columns to the left. */
  readonly before: Pair;
  /** Windows down and across. */
  readonly output: Pair;
}

/** The windows of "same" padding, of which the odd row lies behind, or of no padding. @throws NotEvaluated where none fits */
export function slideOf(
  [height, width]: Pair,
  windows: Pick<Slide, 'kernel' | 'stride' | 'dilation'> & { readonly isSame: boolean },
): Slide {
  const { kernel, stride, dilation, isSame } = windows;
  const along = (axis: 0 | 1, n: number): Pair => {
    const span = (kernel[axis] - 1) * dilation[axis] + 1;
    if (!isSame) return [Math.floor((n - span) / stride[axis]) + 1, 0];
    const output = Math.ceil(n / stride[axis]);
    return [output, Math.floor(Math.max(0, (output - 1) * stride[axis] + span - n) / 2)];
  };
  const [[rows, top], [columns, left]] = [along(0, height), along(1, width)];
  if (!(rows >= 1 && columns >= 1)) throw new NotEvaluated('a window that does not fit');
  return { kernel, stride, dilation, before: [top, left], output: [rows, columns] };
}

/** An image tensor. @throws NotEvaluated for other ranks */
export function imageDims({ dims }: NdArray): readonly [number, number, number, number] {
  const [batch, height, width, channels, ...more] = dims;
  if (batch === undefined || height === undefined || width === undefined || channels === undefined || more.length > 0) {
    throw new NotEvaluated(`images of the shape [${dims.join(', ')}]`);
  }
  return [batch, height, width, channels];
}

/** The taps of the windows of an image: which pixel each reads; -1 outside. Windows in their order, taps in theirs. */
export function windowPixels([height, width]: Pair, { kernel, stride, dilation, before, output }: Slide): Int32Array {
  const pixels = new Int32Array(output[0] * output[1] * kernel[0] * kernel[1]);
  let at = 0;
  for (let py = 0; py < output[0]; py++) {
    for (let px = 0; px < output[1]; px++) {
      for (let ky = 0; ky < kernel[0]; ky++) {
        const y = py * stride[0] - before[0] + ky * dilation[0];
        for (let kx = 0; kx < kernel[1]; kx++) {
          const x = px * stride[1] - before[1] + kx * dilation[1];
          pixels[at++] = y >= 0 && y < height && x >= 0 && x < width ? y * width + x : -1;
        }
      }
    }
  }
  return pixels;
}

/** Weights of a convolution. */
export interface WindowWeights {
  /** [outputs, taps, channels of a group] */
  readonly weights: Float64Array;
  readonly nOut: number;
  readonly groups: number;
  /** Taken off all numbers of the image; 0 without it. */
  readonly zero?: number;
  /** Taken off all weights of an output; 0 without it. */
  readonly weightZeros?: Float64Array;
  /** What pixels outside of the image count as; without it they add nothing. */
  readonly outside?: number;
}

/** Sums of products [batch, height, width, outputs]. */
export function windowSums(image: NdArray, slide: Slide, parts: WindowWeights): NdArray {
  const [batch, height, width, channels] = imageDims(image);
  const { nOut, groups, zero = 0, outside } = parts;
  const taps = slide.kernel[0] * slide.kernel[1];
  const perGroup = channels / groups;
  if (!Number.isInteger(perGroup) || nOut % groups !== 0 || parts.weights.length !== nOut * taps * perGroup) {
    throw new NotEvaluated(`${parts.weights.length} weights for ${channels} channels and ${nOut} outputs`);
  }
  const weights = withoutZeros(parts);
  const pixels = windowPixels([height, width], slide);
  const windows = slide.output[0] * slide.output[1];
  const data = new Float64Array(batch * windows * nOut);
  const x = zero === 0 ? image.data : image.data.map((v) => v - zero);
  for (let b = 0; b < batch; b++) {
    for (let p = 0; p < windows; p++) {
      for (let o = 0; o < nOut; o++) {
        const first = Math.floor((o * groups) / nOut) * perGroup;
        let sum = 0;
        for (let tap = 0; tap < taps; tap++) {
          const pixel = pixels[p * taps + tap]!;
          const w = (o * taps + tap) * perGroup;
          if (pixel >= 0) {
            const from = (b * height * width + pixel) * channels + first;
            for (let c = 0; c < perGroup; c++) sum += x[from + c]! * weights[w + c]!;
          } else if (outside !== undefined) {
            for (let c = 0; c < perGroup; c++) sum += outside * weights[w + c]!;
          }
        }
        data[(b * windows + p) * nOut + o] = sum;
      }
    }
  }
  return { dims: [batch, ...slide.output, nOut], data };
}

function withoutZeros({ weights, nOut, weightZeros }: WindowWeights): Float64Array {
  if (weightZeros === undefined) return weights;
  const each = weights.length / nOut;
  return weights.map((w, k) => w - weightZeros[weightZeros.length === 1 ? 0 : Math.floor(k / each)]!);
}

/** What `combine` makes of the pixels of each window that lie inside, channel by channel: [batch, height, width, channels]. */
export function pooled(image: NdArray, slide: Slide, combine: (values: readonly number[]) => number): NdArray {
  const [batch, height, width, channels] = imageDims(image);
  const taps = slide.kernel[0] * slide.kernel[1];
  const pixels = windowPixels([height, width], slide);
  const windows = slide.output[0] * slide.output[1];
  const data = new Float64Array(batch * windows * channels);
  for (let b = 0; b < batch; b++) {
    for (let p = 0; p < windows; p++) {
      const inside = Array.from(pixels.subarray(p * taps, (p + 1) * taps)).filter((pixel) => pixel >= 0);
      for (let c = 0; c < channels; c++) {
        const values = inside.map((pixel) => image.data[(b * height * width + pixel) * channels + c]!);
        data[(b * windows + p) * channels + c] = combine(values);
      }
    }
  }
  return { dims: [batch, ...slide.output, channels], data };
}

/**
 * A transposed convolution: every pixel adds the window, times its numbers, to the result; `before` is what is cut off in front. Weights as of
 * {@link windowSums}: [outputs, taps, channels].
 */
export function spreadSums(
  image: NdArray,
  { kernel, stride, before, output, dilation }: Slide,
  parts: WindowWeights,
): NdArray {
  const [batch, height, width, channels] = imageDims(image);
  const { nOut, zero = 0 } = parts;
  const taps = kernel[0] * kernel[1];
  if (parts.weights.length !== nOut * taps * channels) throw new NotEvaluated('weights that do not fit');
  const weights = withoutZeros(parts);
  const data = new Float64Array(batch * output[0] * output[1] * nOut);
  for (let from = 0; from < batch * height * width; from++) {
    const [b, y, x] = [Math.floor(from / (height * width)), Math.floor(from / width) % height, from % width];
    for (let tap = 0; tap < taps; tap++) {
      const ty = y * stride[0] - before[0] + Math.floor(tap / kernel[1]) * dilation[0];
      const tx = x * stride[1] - before[1] + (tap % kernel[1]) * dilation[1];
      if (ty < 0 || ty >= output[0] || tx < 0 || tx >= output[1]) continue;
      const to = ((b * output[0] + ty) * output[1] + tx) * nOut;
      for (let o = 0; o < nOut; o++) {
        for (let c = 0; c < channels; c++) {
          data[to + o]! += (image.data[from * channels + c]! - zero) * weights[(o * taps + tap) * channels + c]!;
        }
      }
    }
  }
  return { dims: [batch, ...output, nOut], data };
}

/** The largest of some numbers. */
export const largest = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), -Infinity);

/** The mean of some numbers. */
export const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
