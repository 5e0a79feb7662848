import type { NorthPoleTensor, WindowGeometry } from '../../../ir/program/northpole.js';
import { outputSize } from './check.js';

/** Sizes of pixels and rows in bytes, and the address of the slice of a pixel outside. */
export interface WindowBytes {
  readonly pixelBytes: number;
  readonly sliceBytes: number;
  readonly rowBytes: number;
  readonly pad: number;
}

/** The record of kernel/lib/window.ts. */
export function windowRecord(input: NorthPoleTensor, geometry: WindowGeometry, bytes: WindowBytes): Int32Array {
  const { window, stride, dilation, padding } = geometry;
  return Int32Array.from([
    ...[input.shape[0], input.shape[1], bytes.pixelBytes, bytes.sliceBytes],
    ...[...window, ...stride, ...dilation, padding[0], padding[2]],
    ...[outputSize(input, geometry)[1], bytes.pad, bytes.rowBytes],
  ]);
}
