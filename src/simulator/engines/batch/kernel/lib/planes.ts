// Arithmetic on 128 integers at once. A number is `width` planes of 16 bytes, lowest bit first, two's complement, the last
// plane is the sign; bit s of every plane belongs to lane s. Everything is modulo 2^width.

/** All lanes 1 if bit `k` of `value` is set. */
export function bitMask(value: i32, k: i32): v128 {
  return i32x4.splat(-((value >> k) & 1));
}

/** Bits of the two's complement of `value`. */
export function signedWidth(value: i32): i32 {
  return 33 - clz(value ^ (value >> 31));
}

/** Sets every lane of `at` to `value`. */
export function splatConstant(at: usize, value: i32, width: i32): void {
  for (let k = 0; k < width; k++) v128.store(at + ((<usize>k) << 4), bitMask(value, k));
}

/** Copies planes and repeats the sign up to `to` planes; 0 planes are the number 0. */
export function extendCopy(at: usize, source: usize, from: i32, to: i32): void {
  let sign = i32x4.splat(0);
  for (let k = 0; k < from; k++) {
    sign = v128.load(source + ((<usize>k) << 4));
    v128.store(at + ((<usize>k) << 4), sign);
  }
  for (let k = from; k < to; k++) v128.store(at + ((<usize>k) << 4), sign);
}

/** Repeats the sign up to `to` planes. */
export function extend(at: usize, from: i32, to: i32): void {
  const sign = from == 0 ? i32x4.splat(0) : v128.load(at + ((<usize>from) << 4) - 16);
  for (let k = from; k < to; k++) v128.store(at + ((<usize>k) << 4), sign);
}

/** at += value in the lanes of `lanes`. */
export function addConstant(at: usize, value: i32, lanes: v128, width: i32): void {
  let carry = i32x4.splat(0);
  for (let k = 0; k < width; k++) {
    const p = at + ((<usize>k) << 4);
    const a = v128.load(p);
    const b = v128.and(bitMask(value, k), lanes);
    const u = v128.xor(a, b);
    v128.store(p, v128.xor(u, carry));
    carry = v128.or(v128.and(a, b), v128.and(u, carry));
  }
}

/** at -= 1 in the lanes of `lanes`. */
export function decrement(at: usize, lanes: v128, width: i32): void {
  let borrow = lanes;
  for (let k = 0; k < width && v128.any_true(borrow); k++) {
    const p = at + ((<usize>k) << 4);
    const a = v128.load(p);
    v128.store(p, v128.xor(a, borrow));
    borrow = v128.andnot(borrow, a);
  }
}

/** Sets the lanes of `lanes` to `value`. */
export function setConstant(at: usize, value: i32, lanes: v128, width: i32): void {
  for (let k = 0; k < width; k++) {
    const p = at + ((<usize>k) << 4);
    v128.store(p, v128.bitselect(bitMask(value, k), v128.load(p), lanes));
  }
}

/** The lanes where the number is at least `value`. */
export function atLeast(at: usize, value: i32, width: i32): v128 {
  const reach: i32 = 1 << (width - 1);
  if (value >= reach) return i32x4.splat(0);
  if (value <= -reach) return i32x4.splat(-1);
  const sign = v128.load(at + ((<usize>width) << 4) - 16);
  if (value == 0) return v128.not(sign);
  if (value == 1) {
    let any = sign;
    for (let k = 0; k < width - 1; k++) any = v128.or(any, v128.load(at + ((<usize>k) << 4)));
    return v128.andnot(any, sign);
  }
  // The sign of number - value, in one plane more: only the carries are needed.
  const minus = -value;
  let carry = i32x4.splat(0);
  for (let k = 0; k < width; k++) {
    const plane = v128.load(at + ((<usize>k) << 4));
    carry = v128.bitselect(v128.or(plane, carry), v128.and(plane, carry), bitMask(minus, k));
  }
  return v128.not(v128.xor(v128.xor(sign, carry), i32x4.splat(minus >> 31)));
}

/** The smallest width that holds every lane. */
export function neededWidth(at: usize, width: i32): i32 {
  let n = width;
  while (n > 0) {
    const p = at + ((<usize>n) << 4) - 16;
    const next = n > 1 ? v128.load(p - 16) : i32x4.splat(0);
    if (v128.any_true(v128.xor(v128.load(p), next))) break;
    n--;
  }
  return n;
}

/** at += count << shift; counts are unsigned, `n` planes. */
function addShifted(at: usize, width: i32, count: usize, n: i32, shift: i32): void {
  let carry = i32x4.splat(0);
  const end = at + ((<usize>width) << 4);
  const stop = at + ((<usize>min(width, shift + n)) << 4);
  let q = count;
  let p = at + ((<usize>shift) << 4);
  for (; p < stop; p += 16, q += 16) {
    const a = v128.load(p);
    const b = v128.load(q);
    const u = v128.xor(a, b);
    v128.store(p, v128.xor(u, carry));
    carry = v128.or(v128.and(a, b), v128.and(u, carry));
  }
  for (; p < end; p += 16) {
    const a = v128.load(p);
    v128.store(p, v128.xor(a, carry));
    carry = v128.and(a, carry);
  }
}

/** at -= count << shift. */
function subtractShifted(at: usize, width: i32, count: usize, n: i32, shift: i32): void {
  let borrow = i32x4.splat(0);
  const end = at + ((<usize>width) << 4);
  const stop = at + ((<usize>min(width, shift + n)) << 4);
  let q = count;
  let p = at + ((<usize>shift) << 4);
  for (; p < stop; p += 16, q += 16) {
    const a = v128.load(p);
    const b = v128.load(q);
    const u = v128.xor(a, b);
    v128.store(p, v128.xor(u, borrow));
    borrow = v128.or(v128.andnot(b, a), v128.andnot(borrow, u));
  }
  for (; p < end; p += 16) {
    const a = v128.load(p);
    v128.store(p, v128.xor(a, borrow));
    borrow = v128.andnot(borrow, a);
  }
}

/** at += count * weight, by the canonical signed digits of the weight: no two neighbouring digits are set. */
export function addWeighted(at: usize, width: i32, count: usize, n: i32, weight: i32): void {
  const negative = weight < 0;
  let rest = negative ? -weight : weight;
  let shift = 0;
  while (rest) {
    const zeros = ctz(rest);
    rest >>= zeros;
    shift += zeros;
    const minus = (rest & 3) == 3;
    if (minus != negative) subtractShifted(at, width, count, n, shift);
    else addShifted(at, width, count, n, shift);
    rest += minus ? 1 : -1;
  }
}

/** Counts the vectors of `blocks` times 8 u16 offsets from `base` into nine planes at `out` (Harley-Seal). */
export function countVectors(base: usize, list: usize, blocks: i32, out: usize): void {
  let c1 = i32x4.splat(0);
  let c2 = c1;
  let c4 = c1;
  let c8 = c1;
  let c16 = c1;
  let c32 = c1;
  let c64 = c1;
  let c128 = c1;
  let c256 = c1;
  const end = list + ((<usize>blocks) << 4);
  for (let p = list; p < end; p += 16) {
    let a = v128.load(base + load<u16>(p));
    let b = v128.load(base + load<u16>(p, 2));
    let u = v128.xor(c1, a);
    let twoA = v128.or(v128.and(c1, a), v128.and(u, b));
    c1 = v128.xor(u, b);
    a = v128.load(base + load<u16>(p, 4));
    b = v128.load(base + load<u16>(p, 6));
    u = v128.xor(c1, a);
    let twoB = v128.or(v128.and(c1, a), v128.and(u, b));
    c1 = v128.xor(u, b);
    u = v128.xor(c2, twoA);
    const fourA = v128.or(v128.and(c2, twoA), v128.and(u, twoB));
    c2 = v128.xor(u, twoB);
    a = v128.load(base + load<u16>(p, 8));
    b = v128.load(base + load<u16>(p, 10));
    u = v128.xor(c1, a);
    twoA = v128.or(v128.and(c1, a), v128.and(u, b));
    c1 = v128.xor(u, b);
    a = v128.load(base + load<u16>(p, 12));
    b = v128.load(base + load<u16>(p, 14));
    u = v128.xor(c1, a);
    twoB = v128.or(v128.and(c1, a), v128.and(u, b));
    c1 = v128.xor(u, b);
    u = v128.xor(c2, twoA);
    const fourB = v128.or(v128.and(c2, twoA), v128.and(u, twoB));
    c2 = v128.xor(u, twoB);
    u = v128.xor(c4, fourA);
    let carry = v128.or(v128.and(c4, fourA), v128.and(u, fourB));
    c4 = v128.xor(u, fourB);
    u = v128.and(c8, carry);
    c8 = v128.xor(c8, carry);
    carry = v128.and(c16, u);
    c16 = v128.xor(c16, u);
    u = v128.and(c32, carry);
    c32 = v128.xor(c32, carry);
    carry = v128.and(c64, u);
    c64 = v128.xor(c64, u);
    u = v128.and(c128, carry);
    c128 = v128.xor(c128, carry);
    c256 = v128.xor(c256, u);
  }
  v128.store(out, c1);
  v128.store(out, c2, 16);
  v128.store(out, c4, 32);
  v128.store(out, c8, 48);
  v128.store(out, c16, 64);
  v128.store(out, c32, 80);
  v128.store(out, c64, 96);
  v128.store(out, c128, 112);
  v128.store(out, c256, 128);
}

/** Number of lanes that are set. */
export function lanesIn(lanes: v128): i32 {
  return <i32>(popcnt(i64x2.extract_lane(lanes, 0)) + popcnt(i64x2.extract_lane(lanes, 1)));
}
