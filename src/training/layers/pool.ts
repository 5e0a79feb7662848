import { averageWindows } from '../../ir/network/average.js';
import { channelsOf, windowOutput } from '../../ir/network/shapes.js';
import type { AvgPoolNode, MaxPoolNode, Shape, Window2d } from '../../ir/network/types.js';
import type { Layer } from './layer.js';

/** Elements of a pooling layer's window, as pairs of flat indices within one image. */
export interface PoolTaps {
  /** Elements of an image before and after. */
  readonly nIn: number;
  readonly nOut: number;
  /** Tap t adds element from[t] to output to[t]; taps of one output follow each other. Padded taps are absent. */
  readonly from: Int32Array;
  readonly to: Int32Array;
}

/** Where the windows of a pooling layer read. */
export function poolTaps(node: Window2d, [h = 0, w = 0, channels = 0]: Shape): PoolTaps {
  const [outH, outW] = windowOutput(h, w, node);
  const from: number[] = [];
  const to: number[] = [];
  for (let out = 0; out < outH * outW * channels; out++) {
    const c = out % channels;
    const position = (out - c) / channels;
    for (let tap = 0; tap < node.window[0] * node.window[1]; tap++) {
      const y = Math.floor(position / outW) * node.stride[0] + Math.floor(tap / node.window[1]) - node.padding[0];
      const x = (position % outW) * node.stride[1] + (tap % node.window[1]) - node.padding[2];
      if (y < 0 || y >= h || x < 0 || x >= w) continue;
      from.push((y * w + x) * channels + c);
      to.push(out);
    }
  }
  const nOut = outH * outW * channels;
  return { nIn: h * w * channels, nOut, from: Int32Array.from(from), to: Int32Array.from(to) };
}

/** Maximum over windows. Where several values of a window are the maximum, the first takes the gradient. */
export function maxPoolLayer(node: MaxPoolNode, input: Shape): Layer {
  const taps = poolTaps(node, input);
  const { nIn, nOut, from, to } = taps;
  /** Flat index, within its image, of every output's maximum. */
  let winners = new Int32Array(0);
  return {
    parameters: [],
    statistics: [],
    forward(x, batch) {
      winners = new Int32Array(batch * nOut).fill(-1);
      const y = new Float32Array(batch * nOut);
      for (let b = 0; b < batch; b++) {
        for (let t = 0; t < from.length; t++) {
          const out = b * nOut + to[t]!;
          const value = x[b * nIn + from[t]!]!;
          if (winners[out] === -1 || value > y[out]!) {
            y[out] = value;
            winners[out] = from[t]!;
          }
        }
      }
      return y;
    },
    backward(dy, _gradients, wantInput) {
      if (!wantInput) return undefined;
      const batch = dy.length / nOut;
      const dx = new Float32Array(batch * nIn);
      for (let i = 0; i < dy.length; i++) dx[Math.floor(i / nOut) * nIn + winners[i]!]! += dy[i]!;
      return dx;
    },
    deploy: () => node,
  };
}

/** Mean over windows of the taps that count; padding is 0. */
export function avgPoolLayer(node: AvgPoolNode, input: Shape): Layer {
  const { nIn, nOut, from, to } = poolTaps(node, input);
  const { counts } = averageWindows(node, input);
  // A window in which nothing counts sees no tap.
  const countOf = (output: number): number => counts[Math.floor(output / channelsOf(input))]!;
  return {
    parameters: [],
    statistics: [],
    forward(x, batch) {
      const y = new Float32Array(batch * nOut);
      for (let b = 0; b < batch; b++) {
        for (let t = 0; t < from.length; t++) y[b * nOut + to[t]!]! += x[b * nIn + from[t]!]! / countOf(to[t]!);
      }
      return y;
    },
    backward(dy, _gradients, wantInput) {
      if (!wantInput) return undefined;
      const batch = dy.length / nOut;
      const dx = new Float32Array(batch * nIn);
      for (let b = 0; b < batch; b++) {
        for (let t = 0; t < from.length; t++) dx[b * nIn + from[t]!]! += dy[b * nOut + to[t]!]! / countOf(to[t]!);
      }
      return dx;
    },
    deploy: () => node,
  };
}
