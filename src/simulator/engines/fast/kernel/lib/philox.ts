// Philox4x32-10, the same words as src/common/rng.ts.

/** The last four words drawn. */
export let word0: u32 = 0;
export let word1: u32 = 0;
export let word2: u32 = 0;
export let word3: u32 = 0;

/** Four words of the stream (seed, purpose) at (a, b, c), into word0..word3. */
export function draw4(a: u32, b: u32, c: u32, purpose: u32, seedLow: u32, seedHigh: u32): void {
  let c0 = a;
  let c1 = b;
  let c2 = c;
  let c3 = purpose;
  let k0 = seedLow;
  let k1 = seedHigh;
  for (let round = 0; round < 10; round++) {
    const p0 = <u64>0xd2511f53 * <u64>c0;
    const p1 = <u64>0xcd9e8d57 * <u64>c2;
    c0 = (<u32>(p1 >> 32)) ^ c1 ^ k0;
    c1 = <u32>p1;
    c2 = (<u32>(p0 >> 32)) ^ c3 ^ k1;
    c3 = <u32>p0;
    k0 += 0x9e3779b9;
    k1 += 0xbb67ae85;
  }
  word0 = c0;
  word1 = c1;
  word2 = c2;
  word3 = c3;
}

/** The first word. */
export function draw(a: u32, b: u32, c: u32, purpose: u32, seedLow: u32, seedHigh: u32): u32 {
  draw4(a, b, c, purpose, seedLow, seedHigh);
  return word0;
}
