// Sums of weighted rows. A list holds the inputs that are not 0 in ascending order, 16 bytes each: value (f64), position (u32).
// A sum starts at +0 and can never become -0, so leaving out a product of 0 and a finite weight changes no bit.
//
// What an output sums is a sequence of ranges of lists, 16 bytes each: first entry, end, and the row of weights of position 0, which may
// be below the first row there is: position + row is one of them.

/** Bytes of an entry of a list. */
export const ENTRY: usize = 16;
/** Bytes of a range. */
export const RANGE: usize = 16;

/** Appends an input, given as the bits of its f64; the next one overwrites it if it is 0. Returns the new end. */
export function append(end: usize, bits: i64, position: i32): usize {
  store<i64>(end, bits);
  store<u32>(end, position, 8);
  return end + ((<usize>i32(bits << 1 != 0)) << 4);
}

/** Appends n neighbours in the order of their positions. */
export function appendAll(end: usize, x: usize, n: i32, position: i32): usize {
  const last = x + ((<usize>n) << 3);
  for (; x + 24 < last; x += 32, position += 4) {
    const a = load<i64>(x);
    const b = load<i64>(x, 8);
    const c = load<i64>(x, 16);
    const d = load<i64>(x, 24);
    // Images are 0 over long stretches.
    if ((a | b | c | d) << 1 == 0) continue;
    end = append(end, a, position);
    end = append(end, b, position + 1);
    end = append(end, c, position + 2);
    end = append(end, d, position + 3);
  }
  for (; x < last; x += 8) end = append(end, load<i64>(x), position++);
  return end;
}

/** Writes a range; returns the place of the next. */
export function putRange(at: usize, first: usize, end: usize, row: i32): usize {
  store<usize>(at, first);
  store<usize>(at, end, 4);
  store<i32>(at, row, 8);
  return at + RANGE;
}

/** Outputs of the next panel of a layer of which `left` outputs are left: 16 while there are 15 or more, then 8, 4, 2. */
export function panelWidth(left: i32): i32 {
  return left > 14 ? 16 : left > 6 ? 8 : left > 2 ? 4 : 2;
}

/**
 * One panel of outputs of one sample: out[j] + sum of value * weight[row][j] over the ranges, in their order; without out[j] if `fresh`.
 * Weights of a panel are [row][width].
 */
export function sumPanel(width: i32, ranges: usize, last: usize, weights: usize, out: usize, fresh: bool): void {
  if (width == 16) rows16(ranges, last, weights, out, fresh);
  else if (width == 8) rows8(ranges, last, weights, out, fresh);
  else if (width == 4) rows4(ranges, last, weights, out, fresh);
  else rows2(ranges, last, weights, out, fresh);
}

function rows16(ranges: usize, last: usize, weights: usize, out: usize, fresh: bool): void {
  let a = f64x2.splat(0);
  let b = a;
  let c = a;
  let d = a;
  let e = a;
  let f = a;
  let g = a;
  let h = a;
  if (!fresh) {
    a = v128.load(out);
    b = v128.load(out, 16);
    c = v128.load(out, 32);
    d = v128.load(out, 48);
    e = v128.load(out, 64);
    f = v128.load(out, 80);
    g = v128.load(out, 96);
    h = v128.load(out, 112);
  }
  for (; ranges < last; ranges += RANGE) {
    const end = load<usize>(ranges, 4);
    const base = weights + ((<usize>load<i32>(ranges, 8)) << 7);
    for (let entry = load<usize>(ranges); entry < end; entry += ENTRY) {
      const x = v128.load64_splat(entry);
      const row = base + ((<usize>load<u32>(entry, 8)) << 7);
      a = f64x2.add(a, f64x2.mul(x, v128.load(row)));
      b = f64x2.add(b, f64x2.mul(x, v128.load(row, 16)));
      c = f64x2.add(c, f64x2.mul(x, v128.load(row, 32)));
      d = f64x2.add(d, f64x2.mul(x, v128.load(row, 48)));
      e = f64x2.add(e, f64x2.mul(x, v128.load(row, 64)));
      f = f64x2.add(f, f64x2.mul(x, v128.load(row, 80)));
      g = f64x2.add(g, f64x2.mul(x, v128.load(row, 96)));
      h = f64x2.add(h, f64x2.mul(x, v128.load(row, 112)));
    }
  }
  v128.store(out, a);
  v128.store(out, b, 16);
  v128.store(out, c, 32);
  v128.store(out, d, 48);
  v128.store(out, e, 64);
  v128.store(out, f, 80);
  v128.store(out, g, 96);
  v128.store(out, h, 112);
}

function rows8(ranges: usize, last: usize, weights: usize, out: usize, fresh: bool): void {
  const zero = f64x2.splat(0);
  let a = fresh ? zero : v128.load(out);
  let b = fresh ? zero : v128.load(out, 16);
  let c = fresh ? zero : v128.load(out, 32);
  let d = fresh ? zero : v128.load(out, 48);
  for (; ranges < last; ranges += RANGE) {
    const end = load<usize>(ranges, 4);
    const base = weights + ((<usize>load<i32>(ranges, 8)) << 6);
    for (let entry = load<usize>(ranges); entry < end; entry += ENTRY) {
      const x = v128.load64_splat(entry);
      const row = base + ((<usize>load<u32>(entry, 8)) << 6);
      a = f64x2.add(a, f64x2.mul(x, v128.load(row)));
      b = f64x2.add(b, f64x2.mul(x, v128.load(row, 16)));
      c = f64x2.add(c, f64x2.mul(x, v128.load(row, 32)));
      d = f64x2.add(d, f64x2.mul(x, v128.load(row, 48)));
    }
  }
  v128.store(out, a);
  v128.store(out, b, 16);
  v128.store(out, c, 32);
  v128.store(out, d, 48);
}

function rows4(ranges: usize, last: usize, weights: usize, out: usize, fresh: bool): void {
  const zero = f64x2.splat(0);
  let a = fresh ? zero : v128.load(out);
  let b = fresh ? zero : v128.load(out, 16);
  for (; ranges < last; ranges += RANGE) {
    const end = load<usize>(ranges, 4);
    const base = weights + ((<usize>load<i32>(ranges, 8)) << 5);
    for (let entry = load<usize>(ranges); entry < end; entry += ENTRY) {
      const x = v128.load64_splat(entry);
      const row = base + ((<usize>load<u32>(entry, 8)) << 5);
      a = f64x2.add(a, f64x2.mul(x, v128.load(row)));
      b = f64x2.add(b, f64x2.mul(x, v128.load(row, 16)));
    }
  }
  v128.store(out, a);
  v128.store(out, b, 16);
}

function rows2(ranges: usize, last: usize, weights: usize, out: usize, fresh: bool): void {
  let a = fresh ? f64x2.splat(0) : v128.load(out);
  for (; ranges < last; ranges += RANGE) {
    const end = load<usize>(ranges, 4);
    const base = weights + ((<usize>load<i32>(ranges, 8)) << 4);
    for (let entry = load<usize>(ranges); entry < end; entry += ENTRY) {
      const row = base + ((<usize>load<u32>(entry, 8)) << 4);
      a = f64x2.add(a, f64x2.mul(v128.load64_splat(entry), v128.load(row)));
    }
  }
  v128.store(out, a);
}
