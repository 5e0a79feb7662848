// Sums of integers, in any order: what is exact does not depend on it. Values arrive and leave as float64.
//
//   bits     inputs of two values, weights -1, 0, 1: 64 products are one `and` and one population count
//   words    16-bit inputs, 8-bit weights held as 16: eight products are one i32x4.dot_i16x8_s
//
// A window is copied out once and used for all outputs. Geometry as in windows.ts.

const ONE: u64 = 1;

/** Bits of `n` float64 elements from bit `at` of the words at `out` on, which are 0 there: 1 where x > middle. */
function putBits(x: usize, n: i32, middle: f64, out: usize, at: i32): void {
  let word = out + ((<usize>(at >> 6)) << 3);
  let bits = load<u64>(word);
  let place: u64 = <u64>(at & 63);
  for (let i: usize = 0; i < (<usize>n) << 3; i += 8) {
    const bit = <u64>(load<f64>(x + i) > middle);
    bits |= bit << place;
    if (++place == 64) {
      store<u64>(word, bits);
      word += 8;
      bits = load<u64>(word);
      place = 0;
    }
  }
  store<u64>(word, bits);
}

/** Sets `n` bits from bit `at` on. */
function setBits(n: i32, out: usize, at: i32): void {
  for (let i = at; i < at + n; i++) {
    const word = out + ((<usize>(i >> 6)) << 3);
    const place = <u64>(i & 63);
    store<u64>(word, load<u64>(word) | (ONE << place));
  }
}

/** Copies `n` bits from bit `from` of `source` to bit `at` of `out`, whose bits from there on are 0. */
function copyBits(source: usize, from: i32, n: i32, out: usize, at: i32): void {
  while (n > 0) {
    const here = min(n, 64);
    const word = source + ((<usize>(from >> 6)) << 3);
    const shift: u64 = <u64>(from & 63);
    let bits = load<u64>(word) >> shift;
    if (shift != 0) bits |= load<u64>(word, 8) << (64 - shift);
    const kept = <u64>here;
    if (here < 64) bits &= (ONE << kept) - 1;
    const target = out + ((<usize>(at >> 6)) << 3);
    const place: u64 = <u64>(at & 63);
    store<u64>(target, load<u64>(target) | (bits << place));
    if (place != 0 && place + <u64>here > 64) store<u64>(target, bits >> (64 - place), 8);
    from += here;
    at += here;
    n -= here;
  }
}

/**
 * Sums of one row of bits for nOut outputs, as float64: low * total[o] + span * (bits and plus[o] - bits and minus[o]), counts of ones.
 * `weights` are, per output, nWords of `plus` and, with `planes` 2, nWords of `minus`; with one plane every weight that is not +1
 * is -1. `totals` (i32) are the sums of an output's weights.
 */
function sumBits(
  bits: usize,
  nWords: i32,
  planes: i32,
  weights: usize,
  totals: usize,
  nOut: i32,
  low: i32,
  span: i32,
  out: usize,
): void {
  const bytes = (<usize>nWords) << 3;
  if (planes == 1) {
    let ones: u64 = 0;
    for (let k: usize = 0; k < bytes; k += 8) ones += popcnt<u64>(load<u64>(bits + k));
    for (let o = 0; o < nOut; o++, weights += bytes) {
      let plus: u64 = 0;
      for (let k: usize = 0; k < bytes; k += 8) plus += popcnt<u64>(load<u64>(bits + k) & load<u64>(weights + k));
      const sum = low * load<i32>(totals + ((<usize>o) << 2)) + span * (<i32>(2 * plus) - <i32>ones);
      store<f64>(out + ((<usize>o) << 3), <f64>sum);
    }
    return;
  }
  for (let o = 0; o < nOut; o++, weights += 2 * bytes) {
    let difference: u64 = 0;
    for (let k: usize = 0; k < bytes; k += 8) {
      const x = load<u64>(bits + k);
      difference += popcnt<u64>(x & load<u64>(weights + k)) - popcnt<u64>(x & load<u64>(weights + bytes + k));
    }
    const sum = low * load<i32>(totals + ((<usize>o) << 2)) + span * <i32>difference;
    store<f64>(out + ((<usize>o) << 3), <f64>sum);
  }
}

/** Dense sums of bits: x [samples][..] -> out [samples][nOut]. `inputs` as in `dense`; `scratch` holds nWords + 1 words. */
export function denseBits(
  x: usize,
  xStride: usize,
  samples: i32,
  inputs: usize,
  nIn: i32,
  middle: f64,
  low: i32,
  span: i32,
  planes: i32,
  weights: usize,
  totals: usize,
  nOut: i32,
  out: usize,
  outStride: usize,
  scratch: usize,
): void {
  const nWords = (nIn + 63) >> 6;
  for (let s = 0; s < samples; s++, x += xStride, out += outStride) {
    memory.fill(scratch, 0, (<usize>(nWords + 1)) << 3);
    if (inputs == 0) {
      putBits(x, nIn, middle, scratch, 0);
    } else {
      for (let i = 0; i < nIn; i++) {
        const one = load<f64>(x + ((<usize>load<u32>(inputs + ((<usize>i) << 2))) << 3)) > middle;
        const word = scratch + ((<usize>(i >> 6)) << 3);
        const place = <u64>(i & 63);
        const bit = <u64>one;
        store<u64>(word, load<u64>(word) | (bit << place));
      }
    }
    sumBits(scratch, nWords, planes, weights, totals, nOut, low, span, out);
  }
}

/** Sums of a convolution of bits; a tap on padding is `padBit`. `scratch`: the padded image as rows of bits, then a window. */
export function convolveBits(
  x: usize,
  xStride: usize,
  samples: i32,
  geometry: usize,
  middle: f64,
  padBit: i32,
  low: i32,
  span: i32,
  planes: i32,
  weights: usize,
  totals: usize,
  nOut: i32,
  out: usize,
  outStride: usize,
  scratch: usize,
): void {
  const height = load<i32>(geometry);
  const width = load<i32>(geometry, 4);
  const channels = load<i32>(geometry, 8);
  const outHeight = load<i32>(geometry, 12);
  const outWidth = load<i32>(geometry, 16);
  const windowHeight = load<i32>(geometry, 20);
  const windowWidth = load<i32>(geometry, 24);
  const strideY = load<i32>(geometry, 28);
  const strideX = load<i32>(geometry, 32);
  const top = load<i32>(geometry, 36);
  const left = load<i32>(geometry, 40);
  const dilationY = load<i32>(geometry, 44);
  const paddedHeight = (outHeight - 1) * strideY + (windowHeight - 1) * dilationY + 1;
  const paddedWidth = (outWidth - 1) * strideX + windowWidth;
  const segment = windowWidth * channels;
  const nWords = (windowHeight * segment + 63) >> 6;
  const rowBytes = (<usize>((paddedWidth * channels + 63) >> 6)) << 3;
  const image = scratch;
  // One word beyond: copyBits reads it.
  const imageBytes = <usize>paddedHeight * rowBytes + 8;
  const window = image + imageBytes;
  const windowBytes = (<usize>(nWords + 1)) << 3;
  const before = min(left, paddedWidth);
  const inside = max(0, min(width, paddedWidth - left));
  for (let s = 0; s < samples; s++, x += xStride, out += outStride) {
    memory.fill(image, 0, imageBytes);
    for (let py = 0; py < paddedHeight; py++) {
      const row = image + <usize>py * rowBytes;
      const y = py - top;
      if (y < 0 || y >= height) {
        if (padBit) setBits(paddedWidth * channels, row, 0);
        continue;
      }
      if (padBit) {
        setBits(before * channels, row, 0);
        setBits((paddedWidth - before - inside) * channels, row, (before + inside) * channels);
      }
      putBits(x + ((<usize>(y * width * channels)) << 3), inside * channels, middle, row, before * channels);
    }
    let target = out;
    for (let oy = 0; oy < outHeight; oy++) {
      for (let ox = 0; ox < outWidth; ox++, target += (<usize>nOut) << 3) {
        memory.fill(window, 0, windowBytes);
        for (let ky = 0; ky < windowHeight; ky++) {
          const row = image + <usize>(oy * strideY + ky * dilationY) * rowBytes;
          copyBits(row, ox * strideX * channels, segment, window, ky * segment);
        }
        sumBits(window, nWords, planes, weights, totals, nOut, low, span, target);
      }
    }
  }
}

/** Words of `n` integers in float64. */
function putWords(x: usize, n: i32, out: usize): void {
  let i: i32 = 0;
  for (; i + 8 <= n; i += 8, x += 64, out += 16) {
    const a = i32x4.trunc_sat_f64x2_s_zero(v128.load(x));
    const b = i32x4.trunc_sat_f64x2_s_zero(v128.load(x, 16));
    const c = i32x4.trunc_sat_f64x2_s_zero(v128.load(x, 32));
    const d = i32x4.trunc_sat_f64x2_s_zero(v128.load(x, 48));
    const first = v128.shuffle<i64>(a, b, 0, 2);
    const second = v128.shuffle<i64>(c, d, 0, 2);
    v128.store(out, i16x8.narrow_i32x4_s(first, second));
  }
  for (; i < n; i++, x += 8, out += 2) store<i16>(out, <i16>(<i32>load<f64>(x)));
}

/** The four sums in the lanes of a to d, as i32x4. */
function across(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = i32x4.add(v128.shuffle<i32>(a, b, 0, 4, 2, 6), v128.shuffle<i32>(a, b, 1, 5, 3, 7));
  const cd = i32x4.add(v128.shuffle<i32>(c, d, 0, 4, 2, 6), v128.shuffle<i32>(c, d, 1, 5, 3, 7));
  return i32x4.add(v128.shuffle<i64>(ab, cd, 0, 2), v128.shuffle<i64>(ab, cd, 1, 3));
}

/** Stores up to four sums as float64. */
function putSums(sums: v128, n: i32, out: usize): void {
  if (n >= 4) {
    v128.store(out, f64x2.convert_low_i32x4_s(sums));
    v128.store(out, f64x2.convert_low_i32x4_s(v128.shuffle<i64>(sums, sums, 1, 1)), 16);
    return;
  }
  store<f64>(out, <f64>i32x4.extract_lane(sums, 0));
  if (n > 1) store<f64>(out, <f64>i32x4.extract_lane(sums, 1), 8);
  if (n > 2) store<f64>(out, <f64>i32x4.extract_lane(sums, 2), 16);
}

/**
 * Sums of one or two rows of words (`second` may be 0) of rowBytes each, a multiple of 16, for nOut outputs. Weights are rows of words, those of
 * outputs beyond nOut up to a multiple of four are there too.
 */
function sumWords(
  first: usize,
  second: usize,
  rowBytes: usize,
  weights: usize,
  nOut: i32,
  out: usize,
  out2: usize,
): void {
  const other = second == 0 ? first : second;
  for (let o = 0; o < nOut; o += 4) {
    let a = i32x4.splat(0);
    let b = a;
    let c = a;
    let d = a;
    let e = a;
    let f = a;
    let g = a;
    let h = a;
    const w0 = weights;
    const w1 = w0 + rowBytes;
    const w2 = w1 + rowBytes;
    const w3 = w2 + rowBytes;
    for (let k: usize = 0; k < rowBytes; k += 16) {
      const x = v128.load(first + k);
      const y = v128.load(other + k);
      let w = v128.load(w0 + k);
      a = i32x4.add(a, i32x4.dot_i16x8_s(x, w));
      e = i32x4.add(e, i32x4.dot_i16x8_s(y, w));
      w = v128.load(w1 + k);
      b = i32x4.add(b, i32x4.dot_i16x8_s(x, w));
      f = i32x4.add(f, i32x4.dot_i16x8_s(y, w));
      w = v128.load(w2 + k);
      c = i32x4.add(c, i32x4.dot_i16x8_s(x, w));
      g = i32x4.add(g, i32x4.dot_i16x8_s(y, w));
      w = v128.load(w3 + k);
      d = i32x4.add(d, i32x4.dot_i16x8_s(x, w));
      h = i32x4.add(h, i32x4.dot_i16x8_s(y, w));
    }
    putSums(across(a, b, c, d), nOut - o, out);
    if (second != 0) putSums(across(e, f, g, h), nOut - o, out2);
    weights = w3 + rowBytes;
    out += 32;
    out2 += 32;
  }
}

/** Dense sums of words; `inputs` as in `dense`; `scratch` holds two rows. */
export function denseWords(
  x: usize,
  xStride: usize,
  samples: i32,
  inputs: usize,
  nIn: i32,
  weights: usize,
  nOut: i32,
  out: usize,
  outStride: usize,
  scratch: usize,
): void {
  const rowBytes = (<usize>((nIn + 7) & ~7)) << 1;
  memory.fill(scratch, 0, 2 * rowBytes);
  for (let s = 0; s < samples; s += 2) {
    const both = s + 1 < samples;
    const rows: i32 = both ? 2 : 1;
    for (let r = 0; r < rows; r++) {
      const from = x + <usize>(s + r) * xStride;
      const row = scratch + <usize>r * rowBytes;
      if (inputs == 0) {
        putWords(from, nIn, row);
      } else {
        for (let i = 0; i < nIn; i++) {
          const value = load<f64>(from + ((<usize>load<u32>(inputs + ((<usize>i) << 2))) << 3));
          store<i16>(row + ((<usize>i) << 1), <i16>(<i32>value));
        }
      }
    }
    const target = out + <usize>s * outStride;
    sumWords(scratch, both ? scratch + rowBytes : 0, rowBytes, weights, nOut, target, target + outStride);
  }
}

/** Sums of a convolution of words; `scratch`: the padded image in words, then two windows. */
export function convolveWords(
  x: usize,
  xStride: usize,
  samples: i32,
  geometry: usize,
  pad: i32,
  weights: usize,
  nOut: i32,
  out: usize,
  outStride: usize,
  scratch: usize,
): void {
  const height = load<i32>(geometry);
  const width = load<i32>(geometry, 4);
  const channels = load<i32>(geometry, 8);
  const outHeight = load<i32>(geometry, 12);
  const outWidth = load<i32>(geometry, 16);
  const windowHeight = load<i32>(geometry, 20);
  const windowWidth = load<i32>(geometry, 24);
  const strideY = load<i32>(geometry, 28);
  const strideX = load<i32>(geometry, 32);
  const top = load<i32>(geometry, 36);
  const left = load<i32>(geometry, 40);
  const dilationY = load<i32>(geometry, 44);
  const paddedHeight = (outHeight - 1) * strideY + (windowHeight - 1) * dilationY + 1;
  const paddedWidth = (outWidth - 1) * strideX + windowWidth;
  const segmentBytes = (<usize>(windowWidth * channels)) << 1;
  const rowBytes = (<usize>((windowHeight * windowWidth * channels + 7) & ~7)) << 1;
  const imageRow = (<usize>(paddedWidth * channels)) << 1;
  const image = scratch;
  const windows = (image + <usize>paddedHeight * imageRow + 31) & ~15;
  // A segment is copied in steps of 16 bytes and may write beyond the window.
  const windowBytes = rowBytes + 16;
  const before = min(left, paddedWidth);
  const inside = max(0, min(width, paddedWidth - left));
  const positions = outHeight * outWidth;
  const pixelBytes = (<usize>nOut) << 3;
  for (let s = 0; s < samples; s++, x += xStride, out += outStride) {
    for (let py = 0; py < paddedHeight; py++) {
      const row = image + <usize>py * imageRow;
      const y = py - top;
      for (let i: usize = 0; i < imageRow; i += 2) store<i16>(row + i, <i16>pad);
      if (y < 0 || y >= height) continue;
      const from = x + ((<usize>(y * width * channels)) << 3);
      putWords(from, inside * channels, row + ((<usize>(before * channels)) << 1));
    }
    for (let p = 0; p < positions; p += 2) {
      const both = p + 1 < positions;
      const rows: i32 = both ? 2 : 1;
      for (let r = 0; r < rows; r++) {
        const oy = (p + r) / outWidth;
        const ox = p + r - oy * outWidth;
        const window = windows + <usize>r * windowBytes;
        let to = window;
        for (let ky = 0; ky < windowHeight; ky++, to += segmentBytes) {
          const from =
            image + <usize>(oy * strideY + ky * dilationY) * imageRow + ((<usize>(ox * strideX * channels)) << 1);
          for (let i: usize = 0; i < segmentBytes; i += 16) v128.store(to + i, v128.load(from + i));
        }
        // What stands behind the last segment meets weights of 0.
      }
      const target = out + <usize>p * pixelBytes;
      sumWords(windows, both ? windows + windowBytes : 0, rowBytes, weights, nOut, target, target + pixelBytes);
    }
  }
}
