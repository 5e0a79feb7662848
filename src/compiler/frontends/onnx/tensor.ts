/** The elements of tensors: every data type of ONNX that holds real numbers, from raw bytes, typed fields or external data. */
import { fail } from '../../../common/diagnostics.js';
import type { ForeignFile } from '../frontend.js';
import type { TensorProto } from './model.js';
import { broken, pushNumbers } from './wire.js';

/** Elements as numbers. 64-bit integers become float64, which holds shapes and indices exactly. */
export type Numbers =
  Float32Array | Float64Array | Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array;

/** What a data type is. */
interface DataType {
  readonly name: string;
  /** Bits of an element in raw data. */
  readonly bits: number;
  readonly isInteger: boolean;
  /** Smallest and largest integer. */
  readonly range?: readonly [number, number];
}

const integer = (name: string, bits: number, isSigned: boolean): DataType => ({
  name,
  bits,
  isInteger: true,
  range: isSigned ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1],
});
const real = (name: string, bits: number): DataType => ({ name, bits, isInteger: false });

/** Data types by their number in TensorProto.DataType. Texts, complex numbers and 8-bit and 4-bit floats are not among them. */
export const DATA_TYPES: ReadonlyMap<number, DataType> = new Map([
  [1, real('float32', 32)],
  [2, integer('uint8', 8, false)],
  [3, integer('int8', 8, true)],
  [4, integer('uint16', 16, false)],
  [5, integer('int16', 16, true)],
  [6, integer('int32', 32, true)],
  [7, integer('int64', 64, true)],
  [9, { name: 'bool', bits: 8, isInteger: true, range: [0, 1] }],
  [10, real('float16', 16)],
  [11, real('float64', 64)],
  [12, integer('uint32', 32, false)],
  [13, integer('uint64', 64, false)],
  [16, real('bfloat16', 16)],
  [21, integer('uint4', 4, false)],
  [22, integer('int4', 4, true)],
  [25, integer('uint2', 2, false)],
  [26, integer('int2', 2, true)],
]);

/** Most elements of one tensor: 2^28, a gigabyte of float32. */
const MAX_ELEMENTS = 2 ** 28;

/** Number of elements; declared sizes are checked here, before anything is allocated. @throws UserError */
export function elementsOf(tensor: TensorProto, place: string): number {
  let elements = 1;
  for (const size of tensor.dims) {
    if (!(Number.isInteger(size) && size >= 0 && size <= MAX_ELEMENTS)) {
      fail('bad-onnx', place, `tensor "${tensor.name}" has a dimension of ${size}`, 'export the model again');
    }
    elements *= size;
    if (elements > MAX_ELEMENTS) {
      fail(
        'bad-onnx',
        place,
        `tensor "${tensor.name}" has more than ${MAX_ELEMENTS} elements`,
        'use a smaller network',
      );
    }
  }
  return elements;
}

/** The raw bytes of external data. @throws UserError where the file is missing, or too short */
export async function externalBytes(tensor: TensorProto, file: ForeignFile): Promise<Uint8Array | undefined> {
  const { external } = tensor;
  if (external === undefined) return undefined;
  const location = external.get('location') ?? '';
  const offset = Number(external.get('offset') ?? 0);
  const type = DATA_TYPES.get(tensor.type);
  const needed = Math.ceil((elementsOf(tensor, file.place) * (type?.bits ?? 8)) / 8);
  const length = Number(external.get('length') ?? needed);
  const place = `${file.place}: tensor "${tensor.name}"`;
  if (![offset, length].every((n) => Number.isSafeInteger(n) && n >= 0) || location === '') {
    return fail(
      'bad-onnx',
      place,
      `external data at "${location}", offset ${offset}, length ${length}`,
      'export it again',
    );
  }
  const bytes = await file.beside(location, MAX_EXTERNAL);
  if (bytes === undefined) {
    return fail(
      'missing-file',
      place,
      `its elements are in "${location}", which is not there`,
      `put "${location}" beside the model`,
    );
  }
  if (offset + length > bytes.length || length < needed) {
    const message = `${needed} bytes from ${offset} on in "${location}" of ${bytes.length} bytes`;
    return fail('bad-onnx', place, message, 'copy the file again, or export the model again');
  }
  return bytes.subarray(offset, offset + length);
}

/** Largest file of external data. */
const MAX_EXTERNAL = 2 ** 31;

/** The elements of a tensor; `raw` takes the place of its own raw data (external ones). @throws UserError */
export function numbersOf(tensor: TensorProto, place: string, raw = tensor.raw): Numbers {
  const elements = elementsOf(tensor, place);
  const where = `${place}: tensor "${tensor.name}"`;
  const type = DATA_TYPES.get(tensor.type);
  if (type === undefined) {
    const message = `elements of the data type ${tensor.type}, which holds no plain numbers`;
    return fail('unsupported-type', where, message, 'convert it to float32 or to integers');
  }
  if (raw === undefined) return typedNumbers(tensor, type, elements, where);
  const needed = Math.ceil((elements * type.bits) / 8);
  if (raw.length !== needed && !(raw.length > needed && tensor.external !== undefined)) {
    return broken(
      where,
      raw.byteOffset,
      `${raw.length} bytes where ${elements} elements of ${type.name} need ${needed}`,
    );
  }
  return rawNumbers(raw, tensor.type, elements);
}

/** Elements of the fields that hold them as numbers of protocol buffers. */
function typedNumbers(tensor: TensorProto, type: DataType, elements: number, where: string): Numbers {
  const numbers: number[] = [];
  const stored = tensor.typed.reduce((sum, { bytes }) => sum + Math.max(1, bytes.length), 0);
  // A number takes a byte at least: what is declared above that is not there.
  const perNumber = type.bits < 8 ? 8 / type.bits : 1;
  if (elements > stored * perNumber) return broken(where, 0, `${elements} elements declared, ${stored} bytes stored`);
  const [only] = tensor.typed;
  const isPacked = tensor.typed.length === 1 && only?.bytes.length === (elements * type.bits) / 8;
  // Packed floats have the form of raw ones, and need no list of numbers between.
  if (only !== undefined && isPacked && !type.isInteger && type.bits >= 32) {
    return rawNumbers(only.bytes, tensor.type, elements);
  }
  for (const field of tensor.typed) {
    if (field.number === 6) return fail('unsupported-type', where, 'it holds texts', 'use numbers');
    pushNumbers(field, field.number === 4 ? 'float' : field.number === 10 ? 'double' : 'varint', numbers, where);
  }
  const words = Math.ceil(elements / perNumber);
  if (numbers.length !== words) return broken(where, 0, `${numbers.length} numbers where ${words} are declared`);
  if (type.isInteger && type.bits >= 8) return typedIntegers(numbers, tensor.type);
  if (type.bits === 32) return Float32Array.from(numbers);
  if (type.bits === 64) return Float64Array.from(numbers);
  // Halves and packed integers lie in the low bits of int32_data.
  const bytes = new Uint8Array(words * (type.bits < 8 ? 1 : 2));
  numbers.forEach((n, i) => {
    if (type.bits < 8) bytes[i] = n;
    else {
      bytes[2 * i] = n & 255;
      bytes[2 * i + 1] = (n >>> 8) & 255;
    }
  });
  return rawNumbers(bytes, tensor.type, elements);
}

function typedIntegers(numbers: readonly number[], type: number): Numbers {
  switch (type) {
    case 2:
    case 9:
      return Uint8Array.from(numbers);
    case 3:
      return Int8Array.from(numbers);
    case 4:
      return Uint16Array.from(numbers);
    case 5:
      return Int16Array.from(numbers);
    case 6:
      return Int32Array.from(numbers);
    case 12:
      return Uint32Array.from(numbers);
    default:
      return Float64Array.from(numbers);
  }
}

/** Elements of raw bytes; a view into the file where it is aligned. (The slice of a Buffer of Node would be one too.) */
function rawNumbers(raw: Uint8Array, type: number, elements: number): Numbers {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const aligned = (size: number): ArrayBufferLike =>
    raw.byteOffset % size === 0 ? raw.buffer : new Uint8Array(raw.subarray(0, elements * size)).buffer;
  const start = (size: number): number => (raw.byteOffset % size === 0 ? raw.byteOffset : 0);
  switch (type) {
    case 1:
      return new Float32Array(aligned(4), start(4), elements);
    case 2:
    case 9:
      return raw.subarray(0, elements);
    case 3:
      return new Int8Array(raw.buffer, raw.byteOffset, elements);
    case 4:
      return new Uint16Array(aligned(2), start(2), elements);
    case 5:
      return new Int16Array(aligned(2), start(2), elements);
    case 6:
      return new Int32Array(aligned(4), start(4), elements);
    case 12:
      return new Uint32Array(aligned(4), start(4), elements);
    case 7:
      return Float64Array.from({ length: elements }, (_, i) => Number(view.getBigInt64(8 * i, true)));
    case 13:
      return Float64Array.from({ length: elements }, (_, i) => Number(view.getBigUint64(8 * i, true)));
    case 11:
      return new Float64Array(aligned(8), start(8), elements);
    case 10:
      return Float32Array.from({ length: elements }, (_, i) => halfFloat(view.getUint16(2 * i, true)));
    case 16:
      return bfloats(view, elements);
    case 21:
      return Uint8Array.from({ length: elements }, (_, i) => packed(raw, i, 4));
    case 22:
      return Int8Array.from({ length: elements }, (_, i) => (packed(raw, i, 4) << 28) >> 28);
    case 25:
      return Uint8Array.from({ length: elements }, (_, i) => packed(raw, i, 2));
    default:
      return Int8Array.from({ length: elements }, (_, i) => (packed(raw, i, 2) << 30) >> 30);
  }
}

/** Element i of integers below a byte: the first lies in the lowest bits. */
const packed = (raw: Uint8Array, i: number, bits: number): number => {
  const at = i * bits;
  return (raw[at >>> 3]! >>> (at & 7)) & (2 ** bits - 1);
};

/** A number of 16 bits (IEEE 754). */
export function halfFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** The upper halves of float32. */
function bfloats(view: DataView, elements: number): Float32Array {
  const words = new Uint32Array(elements);
  for (let i = 0; i < elements; i++) words[i] = view.getUint16(2 * i, true) << 16;
  return new Float32Array(words.buffer);
}
