/**
 * Moves of elements as convolutions of ones and zeros: the matrix unit reads windows, so that it takes what every pixel of the result finds at the same
 * places of its window.
 *
 * ```
 *   crops, slices, channels in another order, space to depth     pixel (y, x) of channel k is element (y s + a[k], x t + b[k], c[k]), or k is filled
 *   one row or column, or both, spread over many                 a window as large as the result, over zeros around it: one of its taps is the value
 * ```
 *
 * What spreads a pixel over several of many (nearest neighbours, depth to space, zeros between pixels) or turns rows into columns has no such form:
 * where the window of a pixel lies would depend on the pixel.
 */
import { sizeOf } from '../../../ir/network/shapes.js';
import type { Conv2dNode, RearrangeNode, Shape } from '../../../ir/network/types.js';
import { imageOf } from './ops.js';

/** Weights of a move; more than that many are no small convolution any more. */
const MOST_WEIGHTS = 2 ** 24;

/** A move as a convolution of an image; undefined where it has no such form. */
export function moveLayer(node: RearrangeNode, from: Shape): Conv2dNode | undefined {
  if (node.index === undefined || sizeOf(node.shape) === 0 || from.length !== 3 || node.shape.length !== 3)
    return undefined;
  return spread(node, from) ?? gathered(node, from);
}

/** A value of one row, one column or both over an image of `shape`: convolution of ones over zeros around it. */
export function spreadLayer(
  { id, input }: Pick<Conv2dNode, 'id' | 'input'>,
  from: Shape,
  shape: Shape,
): Conv2dNode | undefined {
  const [h, w, c] = imageOf(from);
  const [height, width, channels] = imageOf(shape);
  if (c !== channels || (h !== 1 && h !== height) || (w !== 1 && w !== width)) return undefined;
  const [rows, columns] = [h === 1 ? height : 1, w === 1 ? width : 1];
  if (c * rows * columns > MOST_WEIGHTS) return undefined;
  return {
    ...{ kind: 'conv2d', id, input, window: [rows, columns], stride: [1, 1], groups: c, nOut: c, padValue: 0 },
    padding: [rows - 1, rows - 1, columns - 1, columns - 1],
    weights: new Int8Array(c * rows * columns).fill(1),
  };
}

function spread(node: RearrangeNode, from: Shape): Conv2dNode | undefined {
  const { index = new Int32Array(0), shape } = node;
  const [h, w, c] = imageOf(from);
  const [, width] = imageOf(shape);
  const layer = spreadLayer(node, from, shape);
  const isSpread = index.every((source, e) => {
    const pixel = Math.floor(e / c);
    const [y, x] = [Math.floor(pixel / width), pixel % width];
    return source === ((h === 1 ? 0 : y) * w + (w === 1 ? 0 : x)) * c + (e % c);
  });
  return isSpread ? layer : undefined;
}

/** Where the pixels of a channel of the result come from. */
interface Tap {
  readonly row: number;
  readonly column: number;
  readonly channel: number;
}

function gathered({ id, input, index = new Int32Array(0), shape, fill = 0 }: RearrangeNode, from: Shape) {
  const [h, w, c] = imageOf(from);
  const [height, width, channels] = imageOf(shape);
  const at = (y: number, x: number, k: number): number => index[(y * width + x) * channels + k]!;
  const taps = Array.from({ length: channels }, (_, k): Tap | undefined => {
    const source = at(0, 0, k);
    if (source < 0) return undefined;
    const pixel = Math.floor(source / c);
    return { row: Math.floor(pixel / w), column: pixel % w, channel: source % c };
  });
  const k = taps.findIndex((tap) => tap !== undefined);
  if (k < 0) return undefined;
  const stride = [
    height > 1 ? (at(1, 0, k) - at(0, 0, k)) / (w * c) : 1,
    width > 1 ? (at(0, 1, k) - at(0, 0, k)) / c : 1,
  ] as const;
  if (stride.some((s) => !Number.isInteger(s) || s < 1)) return undefined;
  // The window reaches from the first pixel to the last one that the last window may see: as many windows as pixels of the result.
  const window = [h - (height - 1) * stride[0], w - (width - 1) * stride[1]] as const;
  const isOwn = channels === c && taps.every((tap, own) => tap === undefined || tap.channel === own);
  const perGroup = isOwn ? 1 : c;
  const size = channels * window[0] * window[1] * perGroup;
  if (window.some((n) => n < 1) || size > MOST_WEIGHTS) return undefined;
  const isGathered = taps.every((tap, own) => {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const source =
          tap === undefined ? -1 : ((y * stride[0] + tap.row) * w + x * stride[1] + tap.column) * c + tap.channel;
        if (at(y, x, own) !== source || (tap !== undefined && x * stride[1] + tap.column >= w)) return false;
      }
    }
    return true;
  });
  const isInside = taps.every((tap) => tap === undefined || (tap.row < window[0] && tap.column < window[1]));
  if (!isGathered || !isInside || (taps.includes(undefined) && (fill < -128 || fill > 255))) return undefined;
  const weights = new Int8Array(size);
  taps.forEach((tap, own) => {
    if (tap === undefined) return;
    const channel = isOwn ? 0 : tap.channel;
    weights[((own * window[0] + tap.row) * window[1] + tap.column) * perGroup + channel] = 1;
  });
  const layer: Conv2dNode = {
    ...{ kind: 'conv2d', id, input, window, stride, padding: [0, 0, 0, 0], padValue: 0 },
    ...{ groups: isOwn ? c : 1, nOut: channels, weights },
    ...(taps.includes(undefined) ? { bias: Float64Array.from(taps, (tap) => (tap === undefined ? fill : 0)) } : {}),
  };
  return layer;
}
