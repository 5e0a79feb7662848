import { fail } from '../../common/diagnostics.js';
import { MAX_BYTES } from '../../common/archive/unpack.js';

/** Types an array may have; bool counts as u1. */
export type NpyDtype = 'u1' | 'i1' | 'u2' | 'i2' | 'u4' | 'i4' | 'u8' | 'i8' | 'f4' | 'f8';

/** An array of a .npy file. `bytes` are the raw elements in C order, a view into the file. */
export interface NpyArray {
  readonly shape: readonly number[];
  readonly dtype: NpyDtype;
  readonly littleEndian: boolean;
  readonly bytes: Uint8Array;
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const MAX_DIMENSIONS = 8;
const MAX_HEADER = 65535;
const INTEGERS: readonly NpyDtype[] = ['u1', 'i1', 'u2', 'i2', 'u4', 'i4', 'u8', 'i8'];
const NUMBERS: readonly NpyDtype[] = [...INTEGERS, 'f4', 'f8'];

/** What the header of a .npy file says, checked against the limits, but for the type of its elements. */
interface NpyHeader {
  readonly text: string;
  readonly shape: readonly number[];
  /** The first index runs fastest. */
  readonly isFortran: boolean;
  /** First byte of the header's text, and of the elements. */
  readonly textStart: number;
  readonly dataStart: number;
}

/** Ends with a finding about a byte of the file. */
type Bad = (offset: number, message: string, remedy?: string) => never;

const badNpy =
  (place: string): Bad =>
  (offset, message, remedy = 'write it again with numpy.save') =>
    fail('bad-npy', `${place} byte ${offset}`, message, remedy);

function readHeader(bytes: Uint8Array, bad: Bad): NpyHeader {
  if (bytes.length < 10 || !MAGIC.every((byte, i) => bytes[i] === byte)) bad(0, 'this is not a .npy file');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = bytes[6]!;
  if (version < 1 || version > 3) bad(6, `format version ${version}, read are 1 to 3`);
  const start = version === 1 ? 10 : 12;
  if (bytes.length < start) bad(8, `the header needs ${start} bytes, the file has ${bytes.length}`);
  const headerBytes = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (headerBytes > MAX_HEADER) bad(8, `a header of ${headerBytes} bytes, at most ${MAX_HEADER} are read`);
  if (start + headerBytes > bytes.length)
    bad(8, `the header needs ${start + headerBytes} bytes, the file has ${bytes.length}`);
  const text = new TextDecoder('latin1').decode(bytes.subarray(start, start + headerBytes));
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1];
  const sizes = /'shape'\s*:\s*\(([^)]*)\)/.exec(text)?.[1];
  if (!text.includes("'descr'") || order === undefined || sizes === undefined)
    return bad(start, 'the header does not name descr, fortran_order and shape');
  const parts = sizes.split(',').map((part) => part.trim());
  if (parts[parts.length - 1] === '') parts.pop();
  if (parts.length > MAX_DIMENSIONS || parts.some((part) => !/^\d{1,15}$/.test(part))) {
    bad(start, `a shape of (${sizes}), read are up to ${MAX_DIMENSIONS} whole numbers`);
  }
  const isFortran = order === 'True';
  return { text, shape: parts.map(Number), isFortran, textStart: start, dataStart: start + headerBytes };
}

/** The bytes of all elements in C order, as many as the header says. */
function dataBytes(bytes: Uint8Array, header: NpyHeader, elementBytes: number, bad: Bad): Uint8Array {
  const { shape, textStart, dataStart } = header;
  const sizes = shape.join(', ');
  let needed = elementBytes;
  for (const size of shape) {
    // Checked factor by factor, so that a size of 0 cannot hide an impossible one.
    if (size > MAX_BYTES) bad(textStart, `a shape of (${sizes}) needs more than ${MAX_BYTES} bytes`);
    needed *= size;
    if (needed > MAX_BYTES) bad(textStart, `a shape of (${sizes}) needs more than ${MAX_BYTES} bytes`);
  }
  const found = bytes.length - dataStart;
  if (found !== needed) bad(dataStart, `a shape of (${sizes}) needs ${needed} bytes, the file has ${found}`);
  const data = bytes.subarray(dataStart);
  return header.isFortran ? inOrder(data, shape, elementBytes) : data;
}

/** Elements whose first index runs fastest, with the last one running fastest. */
function inOrder(data: Uint8Array, shape: readonly number[], elementBytes: number): Uint8Array {
  const ordered = new Uint8Array(data.length);
  const strides = shape.map((_, d) => shape.slice(0, d).reduce((product, size) => product * size, elementBytes));
  const index = shape.map(() => 0);
  let from = 0;
  for (let at = 0; at < data.length; at += elementBytes) {
    for (let b = 0; b < elementBytes; b++) ordered[at + b] = data[from + b]!;
    for (let d = shape.length - 1; d >= 0; d--) {
      from += strides[d]!;
      index[d]!++;
      if (index[d]! < shape[d]!) break;
      from -= strides[d]! * shape[d]!;
      index[d] = 0;
    }
  }
  return ordered;
}

/**
 * Reads a .npy file of integers, or of `numbers`, floats included (NumPy, "NEP 1: A simple file format for NumPy arrays", versions 1 to 3). The header is a
 * Python literal and is matched, never evaluated. Arrays in Fortran order come out in C order. Left out, with a message: objects, other floats.
 * @throws UserError with the byte where the file is wrong.
 */
export function parseNpy(bytes: Uint8Array, place: string, kind: 'integers' | 'numbers' = 'integers'): NpyArray {
  const bad = badNpy(place);
  const header = readHeader(bytes, bad);
  const descr = /'descr'\s*:\s*'([<>|=]?)([a-zA-Z]\d*)'/.exec(header.text);
  if (descr === null)
    return bad(header.textStart, 'the header does not name descr (one plain type), fortran_order and shape');
  const dtype = typeNamed(descr[2] ?? '', kind);
  if (dtype === undefined) {
    return bad(
      header.textStart,
      `elements of type "${descr[1]}${descr[2]}", read are ${kind === 'numbers' ? 'integers and floats of 4 or 8 bytes' : 'unsigned bytes for images and integers for labels'}`,
      kind === 'numbers'
        ? 'convert it, for example with array.astype(numpy.float32)'
        : 'convert it, for example with array.astype(numpy.uint8), after scaling to 0..255',
    );
  }
  const data = dataBytes(bytes, header, Number(dtype[1]), bad);
  return { shape: header.shape, dtype, littleEndian: descr[1] !== '>', bytes: data };
}

const typeNamed = (name: string, kind: 'integers' | 'numbers'): NpyDtype | undefined => {
  const plain = name === 'b1' || name === 'B1' ? 'u1' : name;
  return (kind === 'numbers' ? NUMBERS : INTEGERS).find((known) => known === plain);
};

/** One field of a structured array: where it stands in a record, and its type. */
interface RecordField {
  readonly name: string;
  readonly dtype: NpyDtype;
  readonly littleEndian: boolean;
  readonly offset: number;
}

/** A structured array of a .npy file, [n]. */
export interface NpyRecords {
  readonly n: number;
  readonly fields: readonly string[];
  /** The values of a field of {@link NpyRecords.fields}, as numbers. */
  column(field: string): Float64Array;
}

/** Whether a .npy file holds a structured array. */
export const holdsRecords = (bytes: Uint8Array, place: string): boolean =>
  /'descr'\s*:\s*\[/.test(readHeader(bytes, badNpy(place)).text);

/** Fields of a record, far above any here. */
const MAX_FIELDS = 64;
/** A field of one value in a list of fields: name, order of bytes, type. */
const FIELD = /\(\s*'([^']*)'\s*,\s*'([<>|=]?)([a-zA-Z?]\d*)'\s*\)/g;

/**
 * Reads a .npy file of records of plain numbers: `descr` is a list of (name, type), with unnamed bytes in between where records are aligned.
 * Left out, with a message: fields of several values, records in records, texts. @throws UserError with the byte where the file is wrong.
 */
export function parseNpyRecords(bytes: Uint8Array, place: string): NpyRecords {
  const bad = badNpy(place);
  const header = readHeader(bytes, bad);
  // Without lists in it: records in records are refused.
  const list = /'descr'\s*:\s*\[([^[\]]*)\]/.exec(header.text)?.[1] ?? '';
  const fields: RecordField[] = [];
  let size = 0;
  for (const [, name = '', order = '', type = ''] of list.matchAll(FIELD)) {
    const padding = /^V(\d{1,5})$/.exec(type)?.[1];
    const dtype = typeNamed(type, 'numbers');
    if (padding === undefined && dtype === undefined)
      return bad(header.textStart, `the field "${name}" is of type "${order}${type}", read are integers and floats`);
    if (dtype !== undefined) fields.push({ name, dtype, littleEndian: order !== '>', offset: size });
    size += padding === undefined ? Number(dtype?.[1]) : Number(padding);
    if (fields.length > MAX_FIELDS) bad(header.textStart, `more than ${MAX_FIELDS} fields`);
  }
  if (size === 0 || header.shape.length !== 1 || !/^[\s,]*$/.test(list.replaceAll(FIELD, ''))) {
    const message = 'it is no list of records of plain numbers, one value a field';
    return bad(header.textStart, message, 'save one record of plain fields an event');
  }
  const data = dataBytes(bytes, header, size, bad);
  const n = header.shape[0] ?? 0;
  const column = (wanted: string): Float64Array => {
    const field = fields.find(({ name }) => name === wanted);
    if (field === undefined) throw new RangeError(`there is no field "${wanted}"`);
    const at = reader(data, field);
    return Float64Array.from({ length: n }, (_, i) => at(i * size + field.offset));
  };
  return { n, fields: fields.map(({ name }) => name), column };
}

/** The elements as numbers (float64: exact below 2^53, which every label is): all, or from number `first` on one of `every`. */
export function npyNumbers(array: NpyArray, { first = 0, every = 1 } = {}): Float64Array {
  const at = reader(array.bytes, array);
  const size = Number(array.dtype[1]);
  const length = Math.max(0, Math.ceil((array.bytes.length / size - first) / every));
  return Float64Array.from({ length }, (_, i) => at((first + i * every) * size));
}

/** Reads the number at a byte. */
function reader(
  bytes: Uint8Array,
  { dtype, littleEndian }: Pick<NpyArray, 'dtype' | 'littleEndian'>,
): (at: number) => number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read: Readonly<Record<NpyDtype, (at: number) => number>> = {
    u1: (at) => view.getUint8(at),
    i1: (at) => view.getInt8(at),
    u2: (at) => view.getUint16(at, littleEndian),
    i2: (at) => view.getInt16(at, littleEndian),
    u4: (at) => view.getUint32(at, littleEndian),
    i4: (at) => view.getInt32(at, littleEndian),
    u8: (at) => Number(view.getBigUint64(at, littleEndian)),
    i8: (at) => Number(view.getBigInt64(at, littleEndian)),
    f4: (at) => view.getFloat32(at, littleEndian),
    f8: (at) => view.getFloat64(at, littleEndian),
  };
  return read[dtype];
}
