/** Windows of convolutions and pools: kernel, stride, dilation, padding with auto_pad and ceil_mode (ONNX Conv, MaxPool, AveragePool). */
import type { Window2d } from '../../../../ir/network/types.js';
import { type Dims, refuse } from '../values.js';
import type { Context } from './context.js';

/** A window on an image of two dimensions; one-dimensional ones have a height of 1. */
export interface ImageWindow extends Window2d {
  readonly dilation: readonly [number, number];
  /** Rows and columns of the result. */
  readonly output: readonly [number, number];
  /** The padding that the file states: ceil mode adds more, which does not count in averages. */
  readonly stated: readonly [number, number, number, number];
}

/** How a value is an image: its rows, columns and channels, and the order of its dimensions [N, C, H, W]. */
export interface ImageDims {
  readonly dims: Dims;
  readonly size: readonly [number, number];
  readonly channels: number;
  /** Dimensions in the order batch, height, width, channels. */
  readonly permutation: readonly number[];
}

/** Reads a value of the dimensions [1, C, L] or [1, C, H, W] (or channels last) as an image. */
export function imageDims(given: Dims, isChannelsLast: boolean): ImageDims {
  if (given.length !== 3 && given.length !== 4) {
    return refuse(`it reads a tensor of ${given.length} dimensions`, 'use images [N, C, H, W] or signals [N, C, L]');
  }
  if (given[0] !== 1)
    refuse(`a batch of ${given[0]}`, 'say that the first dimension is the batch, or export with a batch of 1');
  const isSignal = given.length === 3;
  if (isChannelsLast) {
    const [, h = 1, w = 1, c = 1] = isSignal ? [1, 1, ...given.slice(1)] : given;
    return { dims: [1, h, w, c], size: [h, w], channels: c, permutation: [0, 1, 2, 3] };
  }
  const [, c = 1, h = 1, w = 1] = isSignal ? [1, given[1]!, 1, given[2]!] : given;
  return { dims: [1, c, h, w], size: [h, w], channels: c, permutation: [0, 2, 3, 1] };
}

/** These numbers, if they are `n` whole ones from `low` to 4096. */
export function wholeNumbers(numbers: readonly number[], what: string, n: number, low: 0 | 1): readonly number[] {
  if (numbers.length === n && numbers.every((x) => Number.isInteger(x) && x >= low && x <= 4096)) return numbers;
  return refuse(`${what} of [${numbers.join(', ')}]`, `give ${n} numbers within ${low}..4096`);
}

/** The window a node states on an image. `kernel` takes the place of kernel_shape where the weights say it. */
export function imageWindow(
  context: Context,
  { size }: ImageDims,
  kernel: readonly number[],
  isSignal: boolean,
): ImageWindow {
  const rank = isSignal ? 1 : 2;
  const pair = (list: readonly number[] | undefined, what: string): [number, number] => {
    const numbers = wholeNumbers(list ?? new Array<number>(rank).fill(1), what, rank, 1);
    return isSignal ? [1, numbers[0]!] : [numbers[0]!, numbers[1]!];
  };
  const window = pair(kernel, 'a window');
  const stride = pair(context.ints('strides'), 'strides');
  const dilation = pair(context.ints('dilations'), 'dilations');
  const given = wholeNumbers(context.ints('pads') ?? new Array<number>(2 * rank).fill(0), 'pads', 2 * rank, 0);
  const begin: readonly number[] = isSignal ? [0, given[0]!] : given.slice(0, 2);
  const end: readonly number[] = isSignal ? [0, given[1]!] : given.slice(2);
  const mode = context.text('auto_pad', 'NOTSET');
  const ceil = context.int('ceil_mode', 0) === 1;
  const [rows, columns] = [0, 1].map((a) => {
    const span = (window[a]! - 1) * dilation[a]! + 1;
    return axisWindow({
      mode,
      ceil,
      size: size[a]!,
      span,
      stride: stride[a]!,
      pads: [begin[a]!, end[a]!],
    });
  });
  const output: [number, number] = [rows!.output, columns!.output];
  if (output.some((n) => n < 1)) refuse(`its window does not fit an image of ${size.join(' x ')}`, 'use more padding');
  return {
    window,
    stride,
    dilation,
    output,
    padding: [rows!.before, rows!.after, columns!.before, columns!.after],
    stated: [rows!.before, rows!.statedAfter, columns!.before, columns!.statedAfter],
  };
}

interface AxisWindow {
  readonly before: number;
  /** In ceil mode as much as the last window reaches. */
  readonly after: number;
  readonly statedAfter: number;
  readonly output: number;
}

function axisWindow({
  mode,
  ceil,
  size,
  span,
  stride,
  pads,
}: {
  readonly mode: string;
  readonly ceil: boolean;
  readonly size: number;
  readonly span: number;
  readonly stride: number;
  readonly pads: readonly [number, number];
}): AxisWindow {
  switch (mode) {
    case 'SAME_UPPER':
    case 'SAME_LOWER': {
      const output = Math.ceil(size / stride);
      const total = Math.max(0, (output - 1) * stride + span - size);
      const before = mode === 'SAME_UPPER' ? Math.floor(total / 2) : Math.ceil(total / 2);
      return { before, after: total - before, statedAfter: total - before, output };
    }
    case 'VALID':
      return axisWindow({ mode: 'NOTSET', ceil, size, span, stride, pads: [0, 0] });
    case 'NOTSET':
    case '': {
      const [before, behind] = pads;
      const steps = (size + before + behind - span) / stride;
      let output = (ceil ? Math.ceil(steps) : Math.floor(steps)) + 1;
      // A window that would start behind the image is left out.
      if (ceil && (output - 1) * stride >= size + before) output--;
      const reached = Math.max(0, (output - 1) * stride + span - size - before);
      const after = ceil ? reached : behind;
      return { before, after, statedAfter: Math.min(after, behind), output };
    }
    default:
      return refuse(`auto_pad "${mode}"`, 'use NOTSET, VALID, SAME_UPPER or SAME_LOWER');
  }
}
