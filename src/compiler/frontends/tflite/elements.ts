/** Numbers of constants, as they stand in a file. */
import { sizeOf } from '../../../ir/network/shapes.js';
import type { Tensor } from './model.js';
import { Refusal } from './refusal.js';

/** Elements of a constant as numbers. */
export function elementsOf({ type, data, shape }: Tensor & { readonly data: Uint8Array }): Float64Array {
  const n = sizeOf(shape);
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const read = (width: number, at: (byte: number) => number): Float64Array =>
    Float64Array.from({ length: n }, (_, i) => at(i * width));
  switch (type) {
    case 'float32':
      return read(4, (b) => view.getFloat32(b, true));
    case 'float16':
      return read(2, (b) => float16(view.getUint16(b, true)));
    case 'int32':
      return read(4, (b) => view.getInt32(b, true));
    case 'int64':
      return read(8, (b) => Number(view.getBigInt64(b, true)));
    case 'int16':
      return read(2, (b) => view.getInt16(b, true));
    case 'int8':
      return read(1, (b) => view.getInt8(b));
    case 'uint8':
      return read(1, (b) => view.getUint8(b));
    // Two or four in a byte, the first in its low bits.
    case 'int4':
      return Float64Array.from({ length: n }, (_, i) => (((data[i >> 1] ?? 0) >> (4 * (i & 1))) << 28) >> 28);
    case 'int2':
      return Float64Array.from({ length: n }, (_, i) => (((data[i >> 2] ?? 0) >> (2 * (i & 3))) << 30) >> 30);
    default:
      throw new Refusal(`it reads numbers of type ${type}`, 'export the model with float32, int8 or int4 weights');
  }
}

/** IEEE 754 binary16. */
function float16(bits: number): number {
  const sign = bits >= 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}
