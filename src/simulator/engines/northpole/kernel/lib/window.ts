// A window that slides over an image: a record of i32 written by the host (../../window-record.ts). Pixels are rows of values; a layer may
// use a slice of them (a convolution group).
export const HEIGHT: usize = 0;
export const WIDTH: usize = 4;
/** Bytes from a pixel to the next, and of the slice that is used. */
export const PIXEL_BYTES: usize = 8;
export const SLICE_BYTES: usize = 12;
export const WINDOW_HEIGHT: usize = 16;
export const WINDOW_WIDTH: usize = 20;
export const STRIDE_Y: usize = 24;
export const STRIDE_X: usize = 28;
export const DILATION_Y: usize = 32;
export const DILATION_X: usize = 36;
export const PADDING_TOP: usize = 40;
export const PADDING_LEFT: usize = 44;
export const OUTPUT_WIDTH: usize = 48;
/** Address of a slice for pixels outside the image. */
export const PAD: usize = 52;
/** Bytes from a gathered row to the next. */
export const ROW_BYTES: usize = 56;

/**
 * Writes the addresses of the pixels under the window at output position (oy, ox) to `taps`; a pixel outside is `pad`, or left out if
 * that is 0. Returns the end of the list.
 */
export function listTaps(window: usize, input: usize, oy: i32, ox: i32, pad: u32, taps: usize): usize {
  const height = load<i32>(window, HEIGHT);
  const width = load<i32>(window, WIDTH);
  const pixelBytes = load<i32>(window, PIXEL_BYTES);
  const windowHeight = load<i32>(window, WINDOW_HEIGHT);
  const windowWidth = load<i32>(window, WINDOW_WIDTH);
  const dilationX = load<i32>(window, DILATION_X);
  const dilationY = load<i32>(window, DILATION_Y);
  let y = oy * load<i32>(window, STRIDE_Y) - load<i32>(window, PADDING_TOP);
  const x0 = ox * load<i32>(window, STRIDE_X) - load<i32>(window, PADDING_LEFT);
  for (let ky = 0; ky < windowHeight; ky++) {
    let x = x0;
    for (let kx = 0; kx < windowWidth; kx++) {
      const inside = <u32>y < <u32>height && <u32>x < <u32>width;
      if (inside || pad != 0) {
        store<u32>(taps, inside ? <u32>input + (y * width + x) * pixelBytes : pad);
        taps += 4;
      }
      x += dilationX;
    }
    y += dilationY;
  }
  return taps;
}
