// Philox4x32-10 for four counters at once.

/** Words 0, 1, 2 and 3 of the four lanes drawn last. */
export let lanes0: v128 = i32x4.splat(0);
export let lanes1: v128 = i32x4.splat(0);
export let lanes2: v128 = i32x4.splat(0);
export let lanes3: v128 = i32x4.splat(0);

/** One round's product of the even (low) and odd (high) halves, 32 x 32 bits each: both 32-bit words, four lanes. */
function lowWords(low: v128, high: v128): v128 {
  return i32x4.shuffle(low, high, 0, 2, 4, 6);
}

function highWords(low: v128, high: v128): v128 {
  return i32x4.shuffle(low, high, 1, 3, 5, 7);
}

/** Draws the counters (a, b, c, purpose), a lane each. */
export function drawCounters(a: v128, b: v128, c: v128, purpose: u32, seedLow: u32, seedHigh: u32): void {
  let c0 = a;
  let c1 = b;
  let c2 = c;
  let c3 = i32x4.splat(purpose);
  const m0 = i32x4.splat(0xd2511f53);
  const m1 = i32x4.splat(0xcd9e8d57);
  let k0 = i32x4.splat(seedLow);
  let k1 = i32x4.splat(seedHigh);
  for (let round = 0; round < 10; round++) {
    const p0Low = i64x2.extmul_low_i32x4_u(m0, c0);
    const p0High = i64x2.extmul_high_i32x4_u(m0, c0);
    const p1Low = i64x2.extmul_low_i32x4_u(m1, c2);
    const p1High = i64x2.extmul_high_i32x4_u(m1, c2);
    c0 = v128.xor(v128.xor(highWords(p1Low, p1High), c1), k0);
    c1 = lowWords(p1Low, p1High);
    c2 = v128.xor(v128.xor(highWords(p0Low, p0High), c3), k1);
    c3 = lowWords(p0Low, p0High);
    k0 = i32x4.add(k0, i32x4.splat(0x9e3779b9));
    k1 = i32x4.add(k1, i32x4.splat(0xbb67ae85));
  }
  lanes0 = c0;
  lanes1 = c1;
  lanes2 = c2;
  lanes3 = c3;
}

/** Words 0, 1, 2 and 3 of four more lanes, where eight were drawn. */
export let lanes4: v128 = i32x4.splat(0);
export let lanes5: v128 = i32x4.splat(0);
export let lanes6: v128 = i32x4.splat(0);
export let lanes7: v128 = i32x4.splat(0);

/** Draws the counters (a, b, c, purpose) and (d, e, c, purpose), a lane each: a round of one does not wait for the other. */
export function drawEight(
  a: v128,
  b: v128,
  d: v128,
  e: v128,
  c: v128,
  purpose: u32,
  seedLow: u32,
  seedHigh: u32,
): void {
  let c0 = a;
  let c1 = b;
  let c2 = c;
  let c3 = i32x4.splat(purpose);
  let d0 = d;
  let d1 = e;
  let d2 = c;
  let d3 = c3;
  const m0 = i32x4.splat(0xd2511f53);
  const m1 = i32x4.splat(0xcd9e8d57);
  let k0 = i32x4.splat(seedLow);
  let k1 = i32x4.splat(seedHigh);
  for (let round = 0; round < 10; round++) {
    const p0Low = i64x2.extmul_low_i32x4_u(m0, c0);
    const p0High = i64x2.extmul_high_i32x4_u(m0, c0);
    const p1Low = i64x2.extmul_low_i32x4_u(m1, c2);
    const p1High = i64x2.extmul_high_i32x4_u(m1, c2);
    const q0Low = i64x2.extmul_low_i32x4_u(m0, d0);
    const q0High = i64x2.extmul_high_i32x4_u(m0, d0);
    const q1Low = i64x2.extmul_low_i32x4_u(m1, d2);
    const q1High = i64x2.extmul_high_i32x4_u(m1, d2);
    c0 = v128.xor(v128.xor(highWords(p1Low, p1High), c1), k0);
    c1 = lowWords(p1Low, p1High);
    c2 = v128.xor(v128.xor(highWords(p0Low, p0High), c3), k1);
    c3 = lowWords(p0Low, p0High);
    d0 = v128.xor(v128.xor(highWords(q1Low, q1High), d1), k0);
    d1 = lowWords(q1Low, q1High);
    d2 = v128.xor(v128.xor(highWords(q0Low, q0High), d3), k1);
    d3 = lowWords(q0Low, q0High);
    k0 = i32x4.add(k0, i32x4.splat(0x9e3779b9));
    k1 = i32x4.add(k1, i32x4.splat(0xbb67ae85));
  }
  lanes0 = c0;
  lanes1 = c1;
  lanes2 = c2;
  lanes3 = c3;
  lanes4 = d0;
  lanes5 = d1;
  lanes6 = d2;
  lanes7 = d3;
}

/** Four neighbouring neurons: writes 64 bytes, words 0, 1, 2 and 3 of the counters (a + 0..3, b, c, purpose). */
export function drawLanes(a: u32, b: u32, c: u32, purpose: u32, seedLow: u32, seedHigh: u32, out: usize): void {
  const neurons = i32x4.add(i32x4.splat(a), i32x4(0, 1, 2, 3));
  drawCounters(neurons, i32x4.splat(b), i32x4.splat(c), purpose, seedLow, seedHigh);
  v128.store(out, lanes0);
  v128.store(out, lanes1, 16);
  v128.store(out, lanes2, 32);
  v128.store(out, lanes3, 48);
}

/** The largest word below `limit`, which is above 0 and at most 2^32: a word is below the limit where it is at most this. */
export function largestBelow(limit: f64): v128 {
  return i32x4.splat(<u32>(ceil(limit) - 1));
}

/** Which of 16 words are at most `last`: bit 4 n + k for lane n of vector k. */
export function upTo(w0: v128, w1: v128, w2: v128, w3: v128, last: v128): u64 {
  const low = i16x8.narrow_i32x4_s(i32x4.le_u(w0, last), i32x4.le_u(w1, last));
  const high = i16x8.narrow_i32x4_s(i32x4.le_u(w2, last), i32x4.le_u(w3, last));
  const bytes = i8x16.narrow_i16x8_s(low, high);
  return <u64>(
    (<u32>i8x16.bitmask(v128.shuffle<u8>(bytes, bytes, 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15)))
  );
}

/** The same for words whose bits are changed by `mask`. */
export function upToOf(w0: v128, w1: v128, w2: v128, w3: v128, mask: v128, last: v128): u64 {
  return upTo(v128.xor(w0, mask), v128.xor(w1, mask), v128.xor(w2, mask), v128.xor(w3, mask), last);
}
