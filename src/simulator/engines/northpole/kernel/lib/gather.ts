// Moves values: windows into rows (im2col), values into bits, parts of a concatenation.
import {
  DILATION_X,
  DILATION_Y,
  HEIGHT,
  OUTPUT_WIDTH,
  PAD,
  PADDING_LEFT,
  PADDING_TOP,
  PIXEL_BYTES,
  ROW_BYTES,
  SLICE_BYTES,
  STRIDE_X,
  STRIDE_Y,
  WIDTH,
  WINDOW_HEIGHT,
  WINDOW_WIDTH,
} from './window';

/** Copies in vectors: up to 15 bytes beyond the end are read and written. */
function copy(target: usize, source: usize, bytes: usize): void {
  for (let i: usize = 0; i < bytes; i += 16) v128.store(target + i, v128.load(source + i));
}

/**
 * One row per output position first..first + rows - 1: the slices of the pixels under its window, then zeros. Rows are written in
 * ascending order, so what a copy writes beyond its end is overwritten; 15 bytes after the last row are not kept.
 */
export function gather(window: usize, input: usize, first: i32, rows: i32, target: usize): void {
  const height = load<i32>(window, HEIGHT);
  const width = load<i32>(window, WIDTH);
  const pixelBytes = load<i32>(window, PIXEL_BYTES);
  const sliceBytes = load<i32>(window, SLICE_BYTES);
  const windowHeight = load<i32>(window, WINDOW_HEIGHT);
  const windowWidth = load<i32>(window, WINDOW_WIDTH);
  const strideY = load<i32>(window, STRIDE_Y);
  const strideX = load<i32>(window, STRIDE_X);
  const dilationY = load<i32>(window, DILATION_Y);
  const dilationX = load<i32>(window, DILATION_X);
  const top = load<i32>(window, PADDING_TOP);
  const left = load<i32>(window, PADDING_LEFT);
  const outputWidth = load<i32>(window, OUTPUT_WIDTH);
  const pad = <usize>load<u32>(window, PAD);
  const rowBytes = <usize>load<i32>(window, ROW_BYTES);
  // A row of the window is one piece of memory unless something lies between its pixels.
  const inOnePiece = dilationX == 1 && sliceBytes == pixelBytes;
  let oy = first / outputWidth;
  let ox = first % outputWidth;
  for (let r = 0; r < rows; r++) {
    let to = target;
    target += rowBytes;
    const x0 = ox * strideX - left;
    const wholeRow = inOnePiece && x0 >= 0 && x0 + windowWidth <= width;
    let y = oy * strideY - top;
    for (let ky = 0; ky < windowHeight; ky++, y += dilationY) {
      const insideY = <u32>y < <u32>height;
      if (insideY && wholeRow) {
        copy(to, input + (y * width + x0) * pixelBytes, windowWidth * sliceBytes);
        to += windowWidth * sliceBytes;
        continue;
      }
      let x = x0;
      for (let kx = 0; kx < windowWidth; kx++, x += dilationX) {
        const inside = insideY && <u32>x < <u32>width;
        copy(to, inside ? input + (y * width + x) * pixelBytes : pad, sliceBytes);
        to += sliceBytes;
      }
    }
    for (; to < target; to += 16) v128.store(to, i32x4.splat(0));
    if (++ox == outputWidth) {
      ox = 0;
      oy++;
    }
  }
}

/** Bits of i16 values 0 and 1: value 8 b + k of a pixel is bit k of its byte b; bits without a value are 0. */
export function packBits(input: usize, pixels: i32, channels: i32, target: usize): void {
  const one = i16x8.splat(1);
  for (let p = 0; p < pixels; p++) {
    let c = channels;
    for (; c >= 8; c -= 8, input += 16) store<u8>(target++, i16x8.bitmask(i16x8.eq(v128.load(input), one)));
    if (c > 0) {
      store<u8>(target++, i16x8.bitmask(i16x8.eq(v128.load(input), one)) & ((1 << c) - 1));
      input += (<usize>c) << 1;
    }
  }
}

/** Copies `bytes` of each pixel to a place inside wider pixels; writes nothing beyond. `bytes` is even. */
export function copyChannels(source: usize, pixels: i32, bytes: usize, target: usize, targetPixelBytes: usize): void {
  for (let p = 0; p < pixels; p++) {
    let i: usize = 0;
    for (; i + 16 <= bytes; i += 16) v128.store(target + i, v128.load(source + i));
    for (; i < bytes; i += 2) store<u16>(target + i, load<u16>(source + i));
    source += bytes;
    target += targetPixelBytes;
  }
}
