/** Compact storage of small signed integers: 1 bit for -1/+1, 2 bits for -1/0/+1, else 8 bits. */
export interface PackedInts {
  readonly code: 'i1' | 'i2' | 'i8';
  readonly bytes: Uint8Array;
}

/** Chooses the smallest code that holds every value. Deterministic. */
export function packInt8(values: Int8Array): PackedInts {
  if (values.every((v) => v === 1 || v === -1)) {
    const bytes = new Uint8Array(Math.ceil(values.length / 8));
    for (let i = 0; i < values.length; i++) if (values[i]! > 0) bytes[i >> 3]! |= 1 << (i & 7);
    return { code: 'i1', bytes };
  }
  if (values.every((v) => v >= -1 && v <= 1)) {
    const bytes = new Uint8Array(Math.ceil(values.length / 4));
    for (let i = 0; i < values.length; i++) bytes[i >> 2]! |= (values[i]! & 3) << (2 * (i & 3));
    return { code: 'i2', bytes };
  }
  return { code: 'i8', bytes: new Uint8Array(values.buffer, values.byteOffset, values.length).slice() };
}

/** The inverse of {@link packInt8}. Throws if the number of bytes does not fit `length`. */
export function unpackInt8(packed: PackedInts, length: number): Int8Array {
  const perByte = packed.code === 'i1' ? 8 : packed.code === 'i2' ? 4 : 1;
  if (!Number.isInteger(length) || length < 0 || packed.bytes.length !== Math.ceil(length / perByte)) {
    throw new Error(`an array of ${length} ${packed.code} elements has ${packed.bytes.length} bytes`);
  }
  const { bytes } = packed;
  if (perByte === 1) return Int8Array.from(bytes, (b) => (b << 24) >> 24);
  const values = new Int8Array(length);
  for (let i = 0; i < length; i++) {
    values[i] =
      perByte === 8 ? ((bytes[i >> 3]! >> (i & 7)) & 1) * 2 - 1 : (((bytes[i >> 2]! >> (2 * (i & 3))) & 3) << 30) >> 30;
  }
  return values;
}
