// Dense layers, and what stands before and behind the sums of a linear layer.
import { append, appendAll, panelWidth, putRange, RANGE, sumPanel } from './rows';

/** Rows of a panel of 16 that stay in the first cache (16 KiB). */
const CHUNK: i32 = 128;

/**
 * Sums of a dense layer for `samples` samples: x [samples][nIn] -> out [samples][nOut]. `inputs` is 0, or the address of the element
 * (u32) that each of the nIn rows reads. `scratch` has room for the ranges [samples][chunks of 128 rows] and for lists of nIn + 1
 * entries per sample. A chunk of a panel is used for all samples before the next.
 */
export function dense(
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
  const chunks = max(1, (nIn + CHUNK - 1) / CHUNK);
  const rangeBytes = <usize>chunks * RANGE;
  let end = scratch + <usize>samples * rangeBytes;
  let range = scratch;
  for (let s = 0; s < samples; s++, x += xStride) {
    for (let c = 0; c < chunks; c++) {
      const list = end;
      const from = c * CHUNK;
      const rows = min(CHUNK, nIn - from);
      if (inputs == 0) {
        end = appendAll(end, x + ((<usize>from) << 3), rows, from);
      } else {
        for (let i = from; i < from + rows; i++) {
          end = append(end, load<i64>(x + ((<usize>load<u32>(inputs + ((<usize>i) << 2))) << 3)), i);
        }
      }
      range = putRange(range, list, end, 0);
    }
  }
  for (let left = nOut; left > 0;) {
    const width = panelWidth(left);
    for (let c = 0; c < chunks; c++) {
      let read = scratch + <usize>c * RANGE;
      let written = out;
      for (let s = 0; s < samples; s++, read += rangeBytes, written += outStride) {
        sumPanel(width, read, read + RANGE, weights, written, c == 0);
      }
    }
    weights += (<usize>(nIn * width)) << 3;
    out += (<usize>width) << 3;
    left -= width;
  }
}

/** Coded samples, bytes or 16-bit integers, as values: integer * unit. */
export function loadCoded(coded: usize, n: i32, wide: i32, unit: f64, out: usize): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    const value: f64 = wide ? <f64>load<i16>(coded + (i << 1)) : <f64>load<u8>(coded + i);
    store<f64>(out + (i << 3), value * unit);
  }
}

/** Units of values on a grid: round(x * divisor / unit) with ties upwards, as Math.round but for the sign of 0. */
export function toUnits(x: usize, out: usize, n: i32, unit: f64, divisor: f64): void {
  for (let i: usize = 0; i < (<usize>n) << 3; i += 8) {
    const v = (load<f64>(x + i) * divisor) / unit;
    const whole = floor(v);
    store<f64>(out + i, v - whole >= 0.5 ? whole + 1 : whole);
  }
}

/**
 * Behind the sums, in place, n elements of nOut channels per sample: (unit * sum) / divisor where `onGrid`, then scale and bias where
 * their addresses are not 0; `scales` is 1 or nOut.
 */
export function finish(
  x: usize,
  stride: usize,
  samples: i32,
  n: i32,
  nOut: i32,
  onGrid: i32,
  unit: f64,
  divisor: f64,
  scale: usize,
  scales: i32,
  bias: usize,
): void {
  for (let s = 0; s < samples; s++, x += stride) {
    let o: i32 = 0;
    for (let i = 0; i < n; i++) {
      const at = x + ((<usize>i) << 3);
      let value = load<f64>(at);
      if (onGrid) value = (unit * value) / divisor;
      if (scale) value = load<f64>(scale + (scales == 1 ? 0 : (<usize>o) << 3)) * value;
      if (bias) value += load<f64>(bias + ((<usize>o) << 3));
      store<f64>(at, value);
      if (++o == nOut) o = 0;
    }
  }
}
