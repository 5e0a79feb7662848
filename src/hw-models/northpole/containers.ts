/**
 * Packed containers: element n of width `bits` starts at bit n * bits, low bits first, so a byte holds 8 / bits elements and a 32-bit
 * value four bytes, lowest first.
 *
 * Signed values are two's complement. Weights of one bit are -1 (bit 0) and +1 (bit 1): `encodeWeight`.
 */

/** True if `value` has a code in a container. */
export function fitsContainer(value: number, bits: number, signed: boolean): boolean {
  // A value with a code is the value of that code.
  return signExtend(bits === 32 ? value >>> 0 : value & ((1 << bits) - 1), bits, signed) === value;
}

/** Writes the low `bits` bits of `code`, which may be negative. */
export function writeCode(bytes: Uint8Array, bits: number, index: number, code: number): void {
  if (bits === 8) {
    bytes[index] = code & 255;
  } else if (bits < 8) {
    const at = (index * bits) >> 3;
    const shift = (index * bits) & 7;
    const mask = ((1 << bits) - 1) << shift;
    bytes[at] = (bytes[at]! & ~mask) | ((code << shift) & mask);
  } else {
    for (let b = 0; b < bits / 8; b++) bytes[(index * bits) / 8 + b] = (code >> (8 * b)) & 255;
  }
}

/** The value of a code. */
export function signExtend(code: number, bits: number, signed: boolean): number {
  return signed ? (code << (32 - bits)) >> (32 - bits) : code;
}

/** Weight in a container: two's complement, one bit -1/+1. */
export function encodeWeight(weight: number, bits: number): number {
  return bits === 1 ? (weight > 0 ? 1 : 0) : weight;
}
