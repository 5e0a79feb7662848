import { sizeOf, windowOutput } from '../../ir/network/shapes.js';
import type { Conv2dNode, Shape } from '../../ir/network/types.js';

/** Sizes of a convolution and where its windows read. */
export interface Taps {
  /** Elements of one image. */
  readonly size: number;
  readonly outH: number;
  readonly outW: number;
  /** Inputs of one output. */
  readonly fanIn: number;
  /**
   * Of each group, [outH * outW, fanIn]: for every output position and tap, row by row, the flat index of the input, or
   * `size` for padding.
   */
  readonly tables: readonly Int32Array[];
}

/** Where the windows of a convolution read. */
export function tapsOf(node: Conv2dNode, input: Shape): Taps {
  const [h = 0, w = 0, nIn = 0] = input;
  const [outH, outW] = windowOutput(h, w, node);
  const [kh, kw] = node.window;
  const tables = Array.from({ length: node.groups }, (_, g) => tapTable(node, input, outH, outW, g));
  return { size: sizeOf(input), outH, outW, fanIn: (kh * kw * nIn) / node.groups, tables };
}

function tapTable(
  node: Conv2dNode,
  [h = 0, w = 0, nIn = 0]: Shape,
  outH: number,
  outW: number,
  group: number,
): Int32Array {
  const [kh, kw] = node.window;
  const [dilationY, dilationX] = node.dilation ?? [1, 1];
  const [top, , left] = node.padding;
  const groupIn = nIn / node.groups;
  const padded = h * w * nIn;
  const table = new Int32Array(outH * outW * kh * kw * groupIn);
  let at = 0;
  for (let position = 0; position < outH * outW; position++) {
    for (let tap = 0; tap < kh * kw; tap++) {
      const y = Math.floor(position / outW) * node.stride[0] + Math.floor(tap / kw) * dilationY - top;
      const x = (position % outW) * node.stride[1] + (tap % kw) * dilationX - left;
      const isInside = y >= 0 && y < h && x >= 0 && x < w;
      for (let c = 0; c < groupIn; c++) table[at++] = isInside ? (y * w + x) * nIn + group * groupIn + c : padded;
    }
  }
  return table;
}

// The image in work lies in a small array with one more element for the padding: no branch per tap.

/** Copies the windows of images [batch, size] out as rows, [batch * outH * outW, fanIn] (im2col). */
export function copyTaps(values: Float32Array, size: number, table: Int32Array, padValue: number): Float32Array {
  const n = table.length;
  const batch = values.length / size;
  const result = new Float32Array(batch * n);
  const image = new Float32Array(size + 1).fill(padValue);
  for (let b = 0; b < batch; b++) {
    image.set(values.subarray(b * size, (b + 1) * size));
    const first = b * n;
    for (let t = 0; t < n; t++) result[first + t] = image[table[t]!]!;
  }
  return result;
}

/** Adds rows, laid out as by {@link copyTaps}, back to the images they were copied from. */
export function addTaps(values: Float32Array, table: Int32Array, sums: Float32Array, size: number): void {
  const n = table.length;
  const batch = values.length / n;
  const image = new Float32Array(size + 1);
  for (let b = 0; b < batch; b++) {
    image.set(sums.subarray(b * size, (b + 1) * size));
    const first = b * n;
    for (let t = 0; t < n; t++) image[table[t]!]! += values[first + t]!;
    sums.set(image.subarray(0, size), b * size);
  }
}
