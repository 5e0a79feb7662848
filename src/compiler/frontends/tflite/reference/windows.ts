/** Convolutions, matrices and pools, on integers (reference/integer_ops) and on real numbers. */
import { type NdArray, NotEvaluated } from '../../reference/arrays.js';
import {
  imageDims,
  largest,
  mean,
  pooled,
  type Slide,
  slideOf,
  spreadSums,
  windowSums,
} from '../../reference/images.js';
import type { Tensor } from '../model.js';
import {
  type Call,
  clipped,
  type Evaluate,
  isInteger,
  numbers,
  operand,
  option,
  rangeOf,
  reals,
  resultOf,
  scaleOf,
  tensorOf,
  zeroOf,
} from './call.js';
import { f32, type FixedMultiplier, fixedMultiplier, rescale } from './fixed-point.js';

/** Sums [..., outputs] plus a bias, rescaled per output, plus a zero point, clipped. */
export function rescaled(
  sums: NdArray,
  bias: ArrayLike<number> | undefined,
  multipliers: readonly FixedMultiplier[],
  zero: number,
  clip: (q: number) => number,
): NdArray {
  const n = sums.dims.at(-1)!;
  const data = sums.data.map((sum, e) => {
    const by = multipliers[multipliers.length === 1 ? 0 : e % n]!;
    return clip(rescale(sum + (bias?.[e % n] ?? 0), by) + zero);
  });
  return { dims: sums.dims, data };
}

/** Real sums plus a bias, clipped to an activation. */
function activated(sums: NdArray, bias: NdArray | undefined, activation: number): NdArray {
  const [low, high] = rangeOf(activation);
  const n = sums.dims.at(-1)!;
  const data = sums.data.map((sum, e) => Math.min(Math.max(sum + (bias?.data[e % n] ?? 0), low), high));
  return { dims: sums.dims, data };
}

/** Operands of an operator with weights, by place. */
interface Places {
  readonly x: number;
  readonly weights: number;
  readonly bias: number;
  /** Axis of the weights along which their outputs lie. */
  readonly axis: number;
}

/** The real multiplier of each output, or of all: kernels multiply scales in float64, or in float32 where all weights share one. */
function multipliersOf(call: Call, { x, weights, axis }: Places, inFloat32: boolean): readonly FixedMultiplier[] {
  const [input, tensor, output] = [tensorOf(call, x), tensorOf(call, weights), resultOf(call)];
  const n = tensor.quantisation?.scale.length === 1 ? 1 : (tensor.shape[axis] ?? 0);
  return Array.from({ length: n }, (_, o) => {
    const product = scaleOf(input) * scaleOf(tensor, o);
    return fixedMultiplier((inFloat32 && n === 1 ? f32(product) : product) / scaleOf(output));
  });
}

/** How a linear operator sums: over an image, less a zero point, by weights less theirs. */
type Sums = (
  x: NdArray,
  parts: { readonly weights: Float64Array; readonly zero: number; readonly weightZeros?: Float64Array },
) => NdArray;

/** A linear operator on whichever numbers its input has; `order` puts weights in the order of {@link windowSums}. */
function linear(
  call: Call,
  places: Places,
  {
    sums,
    activation,
    order,
    inFloat32,
  }: {
    readonly sums: Sums;
    readonly activation: number;
    readonly order: (weights: NdArray) => Float64Array;
    readonly inFloat32: boolean;
  },
): readonly NdArray[] {
  const [x, weights] = [operand(call, places.x), operand(call, places.weights)];
  const bias = call.inputs[places.bias];
  if (!isInteger(tensorOf(call, places.x))) {
    const found = sums(x, { weights: order(reals(call, places.weights)), zero: 0 });
    return [activated(found, bias === undefined ? undefined : reals(call, places.bias), activation)];
  }
  const [input, tensor, output] = [tensorOf(call, places.x), tensorOf(call, places.weights), resultOf(call)];
  if (!isInteger(output) || tensor.type === 'float32') throw new NotEvaluated('integers with real numbers');
  const zeros = tensor.quantisation?.zeroPoint ?? new Float64Array(1);
  const found = sums(x, {
    ...{ weights: order(weights), zero: zeroOf(input) },
    ...(zeros.some((z) => z !== 0) ? { weightZeros: zeros } : {}),
  });
  const multipliers = multipliersOf(call, places, inFloat32);
  return [rescaled(found, bias?.data, multipliers, zeroOf(output), clipped(output, activation))];
}

const windowOf = (
  call: Call,
  kernel: readonly [number, number],
  dilation: number,
): Omit<Slide, 'before' | 'output'> & { readonly isSame: boolean } => ({
  kernel,
  stride: [option(call, 2, 1, 'int32'), option(call, 1, 1, 'int32')],
  dilation: dilation < 0 ? [1, 1] : [option(call, dilation + 1, 1, 'int32'), option(call, dilation, 1, 'int32')],
  isSame: option(call, 0) === 0,
});

const convolution =
  (isDepthwise: boolean): Evaluate =>
  (call) => {
    const [, height, width, channels] = imageDims(operand(call, 0));
    const [first, kh, kw, last] = imageDims(operand(call, 1));
    const slide = slideOf([height, width], windowOf(call, [kh, kw], isDepthwise ? 5 : 4));
    const nOut = isDepthwise ? last : first;
    return linear(
      call,
      { x: 0, weights: 1, bias: 2, axis: isDepthwise ? 3 : 0 },
      {
        sums: (x, parts) => windowSums(x, slide, { ...parts, nOut, groups: isDepthwise ? channels : channels / last }),
        activation: option(call, isDepthwise ? 4 : 3),
        order: isDepthwise ? tapsLast : ({ data }) => data,
        inFloat32: tensorOf(call, 0).type === 'uint8',
      },
    );
  };

/** Depthwise weights [1, height, width, outputs] as [outputs, taps]. */
export function tapsLast({ dims, data }: NdArray): Float64Array {
  const [nOut, taps] = [dims.at(-1)!, data.length / dims.at(-1)!];
  return data.map((_, k) => data[(k % taps) * nOut + Math.floor(k / taps)]!);
}

const fullyConnected: Evaluate = (call) => {
  const x = operand(call, 0);
  const [nOut = 0, nIn = 0] = operand(call, 1).dims;
  if (option(call, 1) !== 0) throw new NotEvaluated('weights in a shuffled order');
  const rows = x.data.length / nIn;
  const results = linear(
    call,
    { x: 0, weights: 1, bias: 2, axis: 0 },
    {
      sums: ({ data }, parts) => matrixSums({ dims: [rows, nIn], data }, { ...parts, nOut }),
      activation: option(call, 0),
      order: ({ data }) => data,
      inFloat32: true,
    },
  );
  const dims = option(call, 2, 0, 'uint8') === 0 ? [rows, nOut] : [...x.dims.slice(0, -1), nOut];
  return results.map(({ data }) => ({ dims, data }));
};

/** A matrix on every row: a window of one pixel. */
export function matrixSums(
  { dims: [rows = 0, nIn = 0], data }: NdArray,
  parts: {
    readonly weights: Float64Array;
    readonly zero: number;
    readonly weightZeros?: Float64Array;
    readonly nOut: number;
  },
): NdArray {
  const slide = { kernel: [1, 1], stride: [1, 1], dilation: [1, 1], before: [0, 0], output: [1, rows] } as const;
  const sums = windowSums({ dims: [1, 1, rows, nIn], data }, slide, { ...parts, groups: 1 });
  return { dims: [rows, parts.nOut], data: sums.data };
}

const transposedConvolution: Evaluate = (call) => {
  const [, h, w] = imageDims(operand(call, 2));
  const [nOut, kh, kw] = imageDims(operand(call, 1));
  const [, height = 0, width = 0] = call.inputs[0] === undefined ? resultOf(call).shape : numbers(call, 0);
  const stride = [option(call, 2, 1, 'int32'), option(call, 1, 1, 'int32')] as const;
  const before = (n: number, inputs: number, k: number, s: number): number =>
    option(call, 0) === 0 ? Math.floor(Math.max(0, (inputs - 1) * s + k - n) / 2) : 0;
  const slide: Slide = {
    ...{ kernel: [kh, kw], stride, dilation: [1, 1], output: [height, width] },
    before: [before(height, h, kh, stride[0]), before(width, w, kw, stride[1])],
  };
  return linear(
    call,
    { x: 2, weights: 1, bias: 3, axis: 0 },
    {
      sums: (x, parts) => spreadSums(x, slide, { ...parts, nOut, groups: 1 }),
      activation: option(call, 3),
      order: ({ data }) => data,
      inFloat32: tensorOf(call, 2).type === 'uint8',
    },
  );
};

/** The average of stored numbers, halves away from zero. */
export function roundedMean(values: readonly number[]): number {
  const [sum, half] = [values.reduce((a, b) => a + b, 0), Math.floor(values.length / 2)];
  return Math.trunc((sum > 0 ? sum + half : sum - half) / values.length) + 0;
}

const pool =
  (isMax: boolean): Evaluate =>
  (call) => {
    const x = operand(call, 0);
    const [, height, width] = imageDims(x);
    const kernel = [option(call, 4, 1, 'int32'), option(call, 3, 1, 'int32')] as const;
    const slide = slideOf([height, width], windowOf(call, kernel, -1));
    const isWhole = isInteger(tensorOf(call, 0));
    const found = pooled(x, slide, isMax ? largest : isWhole ? roundedMean : mean);
    if (!isWhole) return [activated(found, undefined, option(call, 5))];
    const clip = clipped(resultOf(call), option(call, 5));
    return [{ dims: found.dims, data: found.data.map(clip) }];
  };

/** Of n numbers: the number of elements is part of the multiplier, whose quotient is cut off (QuantizedMeanOrSum of reference/reduce.h). */
export function integerMean(sum: number, n: number, input: Tensor, output: Tensor): number {
  const { m, e } = fixedMultiplier(scaleOf(input) / scaleOf(output));
  const shift = Math.min(31 - Math.clz32(n), 32, 31 + e);
  const perElement = { m: Math.floor((m * 2 ** Math.min(shift, 22)) / n), e: e - shift };
  const by = shift <= 22 ? perElement : { m: Number((BigInt(m) << BigInt(shift)) / BigInt(n)), e: e - shift };
  return clipped(output)(rescale(sum - n * zeroOf(input), by) + zeroOf(output));
}

export const WINDOWS: Readonly<Record<string, Evaluate>> = {
  ...{ CONV_2D: convolution(false), DEPTHWISE_CONV_2D: convolution(true), TRANSPOSE_CONV: transposedConvolution },
  ...{ FULLY_CONNECTED: fullyConnected, AVERAGE_POOL_2D: pool(false), MAX_POOL_2D: pool(true) },
};
