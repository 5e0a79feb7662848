// Layers of windows on images, [height][width][channels] per sample. Geometry (i32): height, width, channels, output height and width,
// window height and width, stride y and x, padding top and left, dilation y and x.
import { append, appendAll, panelWidth, putRange, RANGE, sumPanel } from './rows';

/** Geometry that is being used; one layer at a time. */
let height: i32 = 0;
let width: i32 = 0;
let channels: i32 = 0;
let outHeight: i32 = 0;
let outWidth: i32 = 0;
let windowHeight: i32 = 0;
let windowWidth: i32 = 0;
let strideY: i32 = 0;
let strideX: i32 = 0;
let top: i32 = 0;
let left: i32 = 0;
let dilationY: i32 = 0;
let dilationX: i32 = 0;
/** Rows and columns that windows reach, padding included. */
let paddedHeight: i32 = 0;
let paddedWidth: i32 = 0;

function readGeometry(at: usize): void {
  height = load<i32>(at);
  width = load<i32>(at, 4);
  channels = load<i32>(at, 8);
  outHeight = load<i32>(at, 12);
  outWidth = load<i32>(at, 16);
  windowHeight = load<i32>(at, 20);
  windowWidth = load<i32>(at, 24);
  strideY = load<i32>(at, 28);
  strideX = load<i32>(at, 32);
  top = load<i32>(at, 36);
  left = load<i32>(at, 40);
  dilationY = load<i32>(at, 44);
  dilationX = load<i32>(at, 48);
  paddedHeight = (outHeight - 1) * strideY + (windowHeight - 1) * dilationY + 1;
  paddedWidth = (outWidth - 1) * strideX + (windowWidth - 1) * dilationX + 1;
}

/**
 * Sums of a convolution: out [samples][outHeight][outWidth][nOut]. Weights of a group are panels of rows [tap][input of the group].
 *
 * The image with its padding (paddedHeight x paddedWidth) is listed once per group, row by row: entries of a pixel, in the order of
 * its channels, at positions x * inputs of the group + input. What a window reads of an image row is one range where taps are
 * neighbours, else one per tap. `scratch`: where each pixel's entries begin (u32 [paddedHeight * paddedWidth + 1], a multiple of 16
 * bytes), ranges [window], entries.
 */
export function convolve(
  x: usize,
  xStride: usize,
  samples: i32,
  geometry: usize,
  padValue: f64,
  groups: i32,
  weights: usize,
  nOut: i32,
  out: usize,
  outStride: usize,
  scratch: usize,
): void {
  readGeometry(geometry);
  const nIn = channels / groups;
  const outPerGroup = nOut / groups;
  const nRows = windowHeight * windowWidth * nIn;
  const pixelBytes = (<usize>nOut) << 3;
  const ranges = scratch + ((<usize>(paddedHeight * paddedWidth + 1) * 4 + 15) & ~15);
  const entries = ranges + <usize>(windowHeight * windowWidth) * RANGE;
  for (let s = 0; s < samples; s++, x += xStride, out += outStride) {
    let panel = weights;
    let target = out;
    for (let g = 0; g < groups; g++) {
      listImage(x + ((<usize>(g * nIn)) << 3), nIn, padValue, scratch, entries);
      for (let left = outPerGroup; left > 0;) {
        const width = panelWidth(left);
        let written = target;
        for (let oy = 0; oy < outHeight; oy++) {
          for (let ox = 0; ox < outWidth; ox++, written += pixelBytes) {
            const last = putWindow(oy * strideY, ox * strideX, nIn, scratch, ranges);
            // A panel with a place to spare writes one element beyond its outputs.
            const beyond = written + ((<usize>min(width, left)) << 3);
            const kept = load<f64>(beyond);
            sumPanel(width, ranges, last, panel, written, true);
            store<f64>(beyond, kept);
          }
        }
        panel += (<usize>(nRows * width)) << 3;
        target += (<usize>width) << 3;
        left -= width;
      }
      target = out + ((<usize>((g + 1) * outPerGroup)) << 3);
    }
  }
}

/** Lists the padded image of nIn channels; `starts` receives where each pixel begins, and the end. */
function listImage(x: usize, nIn: i32, padValue: f64, starts: usize, entries: usize): void {
  const padBits = reinterpret<i64>(padValue);
  let end = entries;
  for (let py = 0; py < paddedHeight; py++) {
    const y = py - top;
    for (let px = 0; px < paddedWidth; px++, starts += 4) {
      store<usize>(starts, end);
      const xx = px - left;
      if (y >= 0 && y < height && xx >= 0 && xx < width) {
        end = appendAll(end, x + ((<usize>((y * width + xx) * channels)) << 3), nIn, px * nIn);
      } else if (padValue != 0) {
        for (let i = 0; i < nIn; i++) end = append(end, padBits, px * nIn + i);
      }
    }
  }
  store<usize>(starts, end);
}

/** The ranges of the window at (y, x) of the padded image; returns the end of the ranges. Neighbouring taps of a row are one. */
function putWindow(y: i32, x: i32, nIn: i32, starts: usize, ranges: usize): usize {
  const joined = dilationX == 1 ? windowWidth : 1;
  for (let ky = 0; ky < windowHeight; ky++) {
    const row = (y + ky * dilationY) * paddedWidth;
    for (let kx = 0; kx < windowWidth; kx += joined) {
      const px = x + kx * dilationX;
      const at = starts + ((<usize>(row + px)) << 2);
      const first = load<usize>(at);
      const end = load<usize>(at + ((<usize>joined) << 2));
      if (first < end) ranges = putRange(ranges, first, end, (ky * windowWidth + kx - px) * nIn);
    }
  }
  return ranges;
}

/** Sums of a convolution channel by channel; weights [tap][channels rounded up to even]. */
export function depthwise(
  x: usize,
  xStride: usize,
  samples: i32,
  geometry: usize,
  padValue: f64,
  weights: usize,
  out: usize,
  outStride: usize,
): void {
  readGeometry(geometry);
  const tapBytes = (<usize>((channels + 1) & ~1)) << 3;
  const padding = f64x2.splat(padValue);
  for (let s = 0; s < samples; s++, x += xStride, out += outStride) {
    let target = out;
    for (let oy = 0; oy < outHeight; oy++) {
      for (let ox = 0; ox < outWidth; ox++) {
        for (let c: usize = 0; c < (<usize>channels) << 3; c += 16) {
          let sum = f64x2.splat(0);
          let w = weights + c;
          for (let ky = 0; ky < windowHeight; ky++) {
            const y = oy * strideY + ky * dilationY - top;
            for (let kx = 0; kx < windowWidth; kx++) {
              const xx = ox * strideX + kx * dilationX - left;
              if (y >= 0 && y < height && xx >= 0 && xx < width) {
                const pixel = x + ((<usize>((y * width + xx) * channels)) << 3);
                sum = f64x2.add(sum, f64x2.mul(v128.load(pixel + c), v128.load(w)));
              } else if (padValue != 0) {
                sum = f64x2.add(sum, f64x2.mul(padding, v128.load(w)));
              }
              w += tapBytes;
            }
          }
          v128.store(target + c, sum);
        }
        target += (<usize>channels) << 3;
      }
    }
  }
}

/** The largest value of every window, taps in order; padded taps never win. */
export function maxPool(x: usize, xStride: usize, samples: i32, geometry: usize, out: usize, outStride: usize): void {
  readGeometry(geometry);
  for (let s = 0; s < samples; s++, x += xStride, out += outStride) {
    let target = out;
    for (let oy = 0; oy < outHeight; oy++) {
      for (let ox = 0; ox < outWidth; ox++) {
        for (let c: usize = 0; c < (<usize>channels) << 3; c += 16) {
          let most = f64x2.splat(-Infinity);
          for (let ky = 0; ky < windowHeight; ky++) {
            const y = oy * strideY + ky - top;
            if (y < 0 || y >= height) continue;
            for (let kx = 0; kx < windowWidth; kx++) {
              const xx = ox * strideX + kx - left;
              if (xx < 0 || xx >= width) continue;
              const value = v128.load(x + ((<usize>((y * width + xx) * channels)) << 3) + c);
              most = v128.bitselect(value, most, f64x2.gt(value, most));
            }
          }
          v128.store(target + c, most);
        }
        target += (<usize>channels) << 3;
      }
    }
  }
}
