// Matrix product of i16 values with i32 sums. Eight outputs are two vectors of sums; a pair of operands of one position is spread over a
// vector and multiplied with the pairs of weights of four outputs at once, so nothing is added across a vector.

/** Pairs of operands between two visits to the sums: their weights (24 KiB for 8 outputs) and 4 rows stay in the first-level cache. */
const CHUNK: u32 = 768;

/**
 * c[m, n] = bias[n] + sum over k of a[m, k] w[n, k] for `rows` rows of `pairs` pairs of i16 (an even number), `aBytes` apart, and 8 *
 * `blocks` outputs, rows of i32 `cBytes` apart. Weights are [blocks, pairs, 8 outputs, 2] i16.
 */
export function multiply(
  a: usize,
  aBytes: usize,
  rows: u32,
  weights: usize,
  pairs: u32,
  blocks: u32,
  bias: usize,
  c: usize,
  cBytes: usize,
): void {
  for (let from: u32 = 0; from < pairs; from += CHUNK) {
    const n = min(CHUNK, pairs - from);
    let w = weights + (from << 5);
    for (let block: u32 = 0; block < blocks; block++, w += (<usize>pairs) << 5) {
      let x = a + (from << 2);
      let sums = c + ((<usize>block) << 5);
      let r: u32 = 0;
      for (; r + 4 <= rows; r += 4) {
        // The first portion starts with the bias, the same for all rows; the others with what is there.
        if (from == 0) four(x, aBytes, w, n, bias + ((<usize>block) << 5), 0, sums, cBytes);
        else four(x, aBytes, w, n, sums, cBytes, sums, cBytes);
        x += aBytes << 2;
        sums += cBytes << 2;
      }
      for (; r < rows; r++) {
        one(x, w, n, from == 0 ? bias + ((<usize>block) << 5) : sums, sums);
        x += aBytes;
        sums += cBytes;
      }
    }
  }
}

/** Four positions, eight outputs. */
function four(
  a: usize,
  aBytes: usize,
  w: usize,
  pairs: u32,
  start: usize,
  startBytes: usize,
  c: usize,
  cBytes: usize,
): void {
  let a1 = a + aBytes;
  let a2 = a1 + aBytes;
  let a3 = a2 + aBytes;
  let c00 = v128.load(start);
  let c01 = v128.load(start, 16);
  start += startBytes;
  let c10 = v128.load(start);
  let c11 = v128.load(start, 16);
  start += startBytes;
  let c20 = v128.load(start);
  let c21 = v128.load(start, 16);
  start += startBytes;
  let c30 = v128.load(start);
  let c31 = v128.load(start, 16);
  const end = a + ((<usize>pairs) << 2);
  while (a < end) {
    let w0 = v128.load(w);
    let w1 = v128.load(w, 16);
    let x = v128.load32_splat(a);
    c00 = i32x4.add(c00, i32x4.dot_i16x8_s(x, w0));
    c01 = i32x4.add(c01, i32x4.dot_i16x8_s(x, w1));
    x = v128.load32_splat(a1);
    c10 = i32x4.add(c10, i32x4.dot_i16x8_s(x, w0));
    c11 = i32x4.add(c11, i32x4.dot_i16x8_s(x, w1));
    x = v128.load32_splat(a2);
    c20 = i32x4.add(c20, i32x4.dot_i16x8_s(x, w0));
    c21 = i32x4.add(c21, i32x4.dot_i16x8_s(x, w1));
    x = v128.load32_splat(a3);
    c30 = i32x4.add(c30, i32x4.dot_i16x8_s(x, w0));
    c31 = i32x4.add(c31, i32x4.dot_i16x8_s(x, w1));
    w0 = v128.load(w, 32);
    w1 = v128.load(w, 48);
    x = v128.load32_splat(a, 4);
    c00 = i32x4.add(c00, i32x4.dot_i16x8_s(x, w0));
    c01 = i32x4.add(c01, i32x4.dot_i16x8_s(x, w1));
    x = v128.load32_splat(a1, 4);
    c10 = i32x4.add(c10, i32x4.dot_i16x8_s(x, w0));
    c11 = i32x4.add(c11, i32x4.dot_i16x8_s(x, w1));
    x = v128.load32_splat(a2, 4);
    c20 = i32x4.add(c20, i32x4.dot_i16x8_s(x, w0));
    c21 = i32x4.add(c21, i32x4.dot_i16x8_s(x, w1));
    x = v128.load32_splat(a3, 4);
    c30 = i32x4.add(c30, i32x4.dot_i16x8_s(x, w0));
    c31 = i32x4.add(c31, i32x4.dot_i16x8_s(x, w1));
    w += 64;
    a += 8;
    a1 += 8;
    a2 += 8;
    a3 += 8;
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  c += cBytes;
  v128.store(c, c10);
  v128.store(c, c11, 16);
  c += cBytes;
  v128.store(c, c20);
  v128.store(c, c21, 16);
  c += cBytes;
  v128.store(c, c30);
  v128.store(c, c31, 16);
}

/** One position, eight outputs. */
function one(a: usize, w: usize, pairs: u32, start: usize, c: usize): void {
  let c0 = v128.load(start);
  let c1 = v128.load(start, 16);
  let d0 = i32x4.splat(0);
  let d1 = i32x4.splat(0);
  const end = a + ((<usize>pairs) << 2);
  while (a < end) {
    let x = v128.load32_splat(a);
    c0 = i32x4.add(c0, i32x4.dot_i16x8_s(x, v128.load(w)));
    c1 = i32x4.add(c1, i32x4.dot_i16x8_s(x, v128.load(w, 16)));
    x = v128.load32_splat(a, 4);
    d0 = i32x4.add(d0, i32x4.dot_i16x8_s(x, v128.load(w, 32)));
    d1 = i32x4.add(d1, i32x4.dot_i16x8_s(x, v128.load(w, 48)));
    w += 64;
    a += 8;
  }
  v128.store(c, i32x4.add(c0, d0));
  v128.store(c, i32x4.add(c1, d1), 16);
}
