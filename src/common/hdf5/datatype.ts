/** Datatypes and dataspaces, and values from bytes (HDF5 File Format Specification 3.0, IV.A.2.b and d). */
import type { Hdf5Bytes } from './cursor.js';
import { globalHeapObject } from './heaps.js';

/** What one element is. */
export type Datatype =
  | { readonly kind: 'integer'; readonly size: number; readonly signed: boolean; readonly bigEndian: boolean }
  | { readonly kind: 'float'; readonly size: number; readonly bigEndian: boolean; readonly layout: FloatLayout }
  | { readonly kind: 'text'; readonly size: number; readonly spacePadded: boolean }
  | { readonly kind: 'variableText'; readonly size: number }
  | { readonly kind: 'other'; readonly size: number; readonly what: string };

/** Bits of a binary floating point number with a hidden leading one. */
export interface FloatLayout {
  readonly sign: number;
  readonly exponentAt: number;
  readonly exponentBits: number;
  readonly mantissaAt: number;
  readonly mantissaBits: number;
  readonly bias: number;
}

const CLASS_NAMES = [
  'integers',
  'floats',
  'times',
  'texts',
  'bit fields',
  'opaque data',
  'compounds',
  'references',
  'enumerations',
  'lists of variable length',
  'arrays',
];

/** Reads a datatype message. */
export function readDatatype(file: Hdf5Bytes, at: number): Datatype {
  file.expect(at, 8, 'a datatype');
  const kind = file.u8(at) & 15;
  const bits = file.u8(at + 1);
  const size = file.u32(at + 4);
  if (size === 0) file.bad(at, 'a datatype of 0 bytes');
  const other = (what: string): Datatype => ({ kind: 'other', size, what });
  switch (kind) {
    case 0:
      return size > 8 ? other(`integers of ${size} bytes`) : integer(size, bits);
    case 1: {
      if (size > 8 || (bits & 0x40) !== 0) return other(`floats of ${size} bytes`);
      const p = at + 8;
      file.expect(p, 12, 'a datatype');
      const layout: FloatLayout = {
        sign: file.u8(at + 2),
        exponentAt: file.u8(p + 4),
        exponentBits: file.u8(p + 5),
        mantissaAt: file.u8(p + 6),
        mantissaBits: file.u8(p + 7),
        bias: file.u32(p + 8),
      };
      const within =
        layout.exponentAt + layout.exponentBits <= 8 * size &&
        layout.mantissaAt + layout.mantissaBits <= 8 * size &&
        layout.sign < 8 * size &&
        layout.exponentBits <= 11 &&
        layout.mantissaBits <= 52;
      return within ? { kind: 'float', size, bigEndian: (bits & 1) !== 0, layout } : other('floats of a strange form');
    }
    case 3:
      return { kind: 'text', size, spacePadded: (bits & 15) === 2 };
    case 8: {
      const base = readDatatype(file, at + 8);
      return base.kind === 'integer' && base.size === size ? base : other('enumerations of other than integers');
    }
    case 9:
      return (bits & 15) === 1 ? { kind: 'variableText', size } : other('lists of variable length');
    default:
      return other(CLASS_NAMES[kind] ?? `data of class ${kind}`);
  }
}

const integer = (size: number, bits: number): Datatype => ({
  kind: 'integer',
  size,
  signed: (bits & 8) !== 0,
  bigEndian: (bits & 1) !== 0,
});

/** The shape of a dataspace message: [] for a scalar, undefined for nothing at all. */
export function readDataspace(file: Hdf5Bytes, at: number): readonly number[] | undefined {
  file.expect(at, 4, 'a dataspace');
  const version = file.u8(at);
  const rank = file.u8(at + 1);
  if (version !== 1 && version !== 2) file.bad(at, `a dataspace of version ${version}`);
  if (rank > 32) file.bad(at, `a dataspace of ${rank} dimensions`);
  if (version === 2 && file.u8(at + 3) === 2) return undefined;
  const first = at + (version === 1 ? 8 : 4);
  const { length } = file.sizes;
  file.expect(first, rank * length, 'a dataspace');
  return Array.from({ length: rank }, (_, d) => file.length(first + d * length));
}

/** Numbers as they are stored, where JavaScript has an array of them; other floats and 64-bit integers as float64. */
export type Numbers =
  Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array | Float32Array | Float64Array;

/** Values of a dataset or an attribute, in the order of the file (row-major). */
export type Values = Numbers | readonly string[];

/** Elements of a datatype from bytes, of which there are enough. @throws UserError for types that are not read */
export function decodeValues(file: Hdf5Bytes, type: Datatype, bytes: Uint8Array, n: number, at: number): Values {
  switch (type.kind) {
    case 'integer':
    case 'float':
      return decodeNumbers(type, bytes, n);
    case 'text':
      return Array.from({ length: n }, (_, i) => fixedText(bytes.subarray(i * type.size, (i + 1) * type.size), type));
    case 'variableText':
      return Array.from({ length: n }, (_, i) => {
        const view = new Hdf5Element(bytes, i * type.size, file.sizes.offset);
        const text = view.address === undefined ? new Uint8Array(0) : globalHeapObject(file, view.address, view.index);
        return new TextDecoder().decode(text.subarray(0, Math.min(view.length, text.length)));
      });
    case 'other':
      return file.unsupported(at, `${type.what} are not read`);
  }
}

/** Length, heap and index of an element of variable length. */
class Hdf5Element {
  readonly length: number;
  readonly address: number | undefined;
  readonly index: number;

  constructor(bytes: Uint8Array, at: number, offset: number) {
    const number = (from: number, size: number): number => {
      let value = 0;
      for (let i = size - 1; i >= 0; i--) value = value * 256 + bytes[from + i]!;
      return value;
    };
    this.length = number(at, 4);
    const heap = number(at + 4, offset);
    this.address = heap === 0 ? undefined : heap;
    this.index = number(at + 4 + offset, 4);
  }
}

function fixedText(bytes: Uint8Array, { spacePadded }: { readonly spacePadded: boolean }): string {
  const end = bytes.indexOf(0);
  const text = new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
  return spacePadded ? text.trimEnd() : text;
}

type NumberType = Extract<Datatype, { kind: 'integer' | 'float' }>;

function decodeNumbers(type: NumberType, bytes: Uint8Array, n: number): Numbers {
  const { size, bigEndian } = type;
  // A copy, aligned and little-endian.
  const own = bytes.slice(0, n * size);
  if (bigEndian) for (let i = 0; i < own.length; i += size) own.subarray(i, i + size).reverse();
  const { buffer } = own;
  if (type.kind === 'integer') {
    switch (size) {
      case 1:
        return type.signed ? new Int8Array(buffer) : own;
      case 2:
        return type.signed ? new Int16Array(buffer) : new Uint16Array(buffer);
      case 4:
        return type.signed ? new Int32Array(buffer) : new Uint32Array(buffer);
      default:
        return Float64Array.from({ length: n }, (_, i) =>
          wideInteger(own.subarray(i * size, (i + 1) * size), type.signed),
        );
    }
  }
  const { mantissaBits } = type.layout;
  if (size === 4 && mantissaBits === 23) return new Float32Array(buffer);
  if (size === 8 && mantissaBits === 52) return new Float64Array(buffer);
  return Float64Array.from({ length: n }, (_, i) => decodeFloat(own.subarray(i * size, (i + 1) * size), type.layout));
}

function wideInteger(bytes: Uint8Array, signed: boolean): number {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!);
  return Number(signed ? BigInt.asIntN(8 * bytes.length, value) : value);
}

/** IEEE half precision, bfloat16 and their like. */
function decodeFloat(bytes: Uint8Array, layout: FloatLayout): number {
  let all = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) all = (all << 8n) | BigInt(bytes[i]!);
  const field = (at: number, n: number): number => Number((all >> BigInt(at)) & ((1n << BigInt(n)) - 1n));
  const sign = field(layout.sign, 1) === 1 ? -1 : 1;
  const exponent = field(layout.exponentAt, layout.exponentBits);
  const mantissa = field(layout.mantissaAt, layout.mantissaBits) / 2 ** layout.mantissaBits;
  if (exponent === 2 ** layout.exponentBits - 1) return mantissa === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * mantissa * 2 ** (1 - layout.bias);
  return sign * (1 + mantissa) * 2 ** (exponent - layout.bias);
}
