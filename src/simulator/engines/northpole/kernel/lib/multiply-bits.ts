// Matrix product of activations 0/1 with weights -1/+1, 128 operands an instruction. With p the bits of the weights that are +1, the sum is
// |a and p| - |a and not p| = 2 |a and p| - |a|.

/** Vectors whose bit counts, at most 8 a byte each, fit a byte. */
const BYTE_VECTORS: usize = 31;

/** Sums of bytes as four i32. */
function widen(bytes: v128): v128 {
  return i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(bytes));
}

/** The four sums of the elements of a vector each. */
function acrossFour(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = i32x4.add(v128.shuffle<i32>(a, b, 0, 4, 1, 5), v128.shuffle<i32>(a, b, 2, 6, 3, 7));
  const cd = i32x4.add(v128.shuffle<i32>(c, d, 0, 4, 1, 5), v128.shuffle<i32>(c, d, 2, 6, 3, 7));
  return i32x4.add(v128.shuffle<i64>(ab, cd, 0, 2), v128.shuffle<i64>(ab, cd, 1, 3));
}

/** Ones in each row of `vectors` vectors, as i32. */
export function rowSums(a: usize, rows: u32, vectors: u32, sums: usize): void {
  for (let r: u32 = 0; r < rows; r++) {
    let total = i32x4.splat(0);
    const end = a + ((<usize>vectors) << 4);
    while (a < end) {
      const to = min(end, a + (BYTE_VECTORS << 4));
      let count = i32x4.splat(0);
      for (; a < to; a += 16) count = i8x16.add(count, i8x16.popcnt(v128.load(a)));
      total = i32x4.add(total, widen(count));
    }
    store<i32>(
      sums + ((<usize>r) << 2),
      i32x4.extract_lane(total, 0) +
        i32x4.extract_lane(total, 1) +
        i32x4.extract_lane(total, 2) +
        i32x4.extract_lane(total, 3),
    );
  }
}

/**
 * c[m, n] = bias[n] + 2 |a[m] and p[n]| - sums[m] for rows of `vectors` vectors of bits and 4 * `blocks` outputs, rows of i32 `cBytes` apart.
 */
export function multiplyBits(
  a: usize,
  rows: u32,
  p: usize,
  vectors: u32,
  blocks: u32,
  sums: usize,
  bias: usize,
  c: usize,
  cBytes: usize,
): void {
  const rowBytes = (<usize>vectors) << 4;
  for (let block: u32 = 0; block < blocks; block++, p += rowBytes << 2, bias += 16) {
    const start = v128.load(bias);
    let x = a;
    for (let r: u32 = 0; r < rows; r++) {
      let w = p;
      let t0 = i32x4.splat(0);
      let t1 = t0;
      let t2 = t0;
      let t3 = t0;
      const end = x + rowBytes;
      while (x < end) {
        const to = min(end, x + (BYTE_VECTORS << 4));
        let n0 = i32x4.splat(0);
        let n1 = n0;
        let n2 = n0;
        let n3 = n0;
        let w1 = w + rowBytes;
        let w2 = w1 + rowBytes;
        let w3 = w2 + rowBytes;
        for (; x < to; x += 16) {
          const bits = v128.load(x);
          n0 = i8x16.add(n0, i8x16.popcnt(v128.and(bits, v128.load(w))));
          n1 = i8x16.add(n1, i8x16.popcnt(v128.and(bits, v128.load(w1))));
          n2 = i8x16.add(n2, i8x16.popcnt(v128.and(bits, v128.load(w2))));
          n3 = i8x16.add(n3, i8x16.popcnt(v128.and(bits, v128.load(w3))));
          w += 16;
          w1 += 16;
          w2 += 16;
          w3 += 16;
        }
        t0 = i32x4.add(t0, widen(n0));
        t1 = i32x4.add(t1, widen(n1));
        t2 = i32x4.add(t2, widen(n2));
        t3 = i32x4.add(t3, widen(n3));
      }
      const twice = i32x4.shl(acrossFour(t0, t1, t2, t3), 1);
      const ones = i32x4.splat(load<i32>(sums + ((<usize>r) << 2)));
      v128.store(c + ((<usize>block) << 4) + r * cBytes, i32x4.sub(i32x4.add(start, twice), ones));
    }
  }
}
