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

/**
 * Reads a .npy file of integers, or of `numbers`, floats included (NumPy, "NEP 1: A simple file format for NumPy arrays", versions 1 to 3). The header is a
 * Python literal and is matched, never evaluated. Left out, with a message: objects, Fortran order, other floats.
 * @throws UserError with the byte where the file is wrong.
 */
export function parseNpy(bytes: Uint8Array, place: string, kind: 'integers' | 'numbers' = 'integers'): NpyArray {
  const bad = (offset: number, message: string, remedy = 'write it again with numpy.save'): never =>
    fail('bad-npy', `${place} byte ${offset}`, message, remedy);
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
  const header = new TextDecoder('latin1').decode(bytes.subarray(start, start + headerBytes));

  const descr = /'descr'\s*:\s*'([<>|=]?)([a-zA-Z]\d*)'/.exec(header);
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(header)?.[1];
  const sizes = /'shape'\s*:\s*\(([^)]*)\)/.exec(header)?.[1];
  if (descr === null || order === undefined || sizes === undefined)
    return bad(start, 'the header does not name descr (one plain type), fortran_order and shape');
  const name = descr[2] === 'b1' || descr[2] === 'B1' ? 'u1' : descr[2];
  const dtype = (kind === 'numbers' ? NUMBERS : INTEGERS).find((known) => known === name);
  if (dtype === undefined) {
    return bad(
      start,
      `elements of type "${descr[1]}${descr[2]}", read are ${kind === 'numbers' ? 'integers and floats of 4 or 8 bytes' : 'unsigned bytes for images and integers for labels'}`,
      kind === 'numbers'
        ? 'convert it, for example with array.astype(numpy.float32)'
        : 'convert it, for example with array.astype(numpy.uint8), after scaling to 0..255',
    );
  }
  if (order === 'True') bad(start, 'the array is in Fortran order', 'save numpy.ascontiguousarray(array)');
  const parts = sizes.split(',').map((part) => part.trim());
  if (parts[parts.length - 1] === '') parts.pop();
  if (parts.length > MAX_DIMENSIONS || parts.some((part) => !/^\d{1,15}$/.test(part))) {
    bad(start, `a shape of (${sizes}), read are up to ${MAX_DIMENSIONS} whole numbers`);
  }
  const shape = parts.map(Number);
  const elementBytes = Number(dtype[1]);
  let needed = elementBytes;
  for (const size of shape) {
    // Checked factor by factor, so that a size of 0 cannot hide an impossible one.
    if (size > MAX_BYTES) bad(start, `a shape of (${sizes}) needs more than ${MAX_BYTES} bytes`);
    needed *= size;
    if (needed > MAX_BYTES) bad(start, `a shape of (${sizes}) needs more than ${MAX_BYTES} bytes`);
  }
  const found = bytes.length - start - headerBytes;
  if (found !== needed) bad(start + headerBytes, `a shape of (${sizes}) needs ${needed} bytes, the file has ${found}`);
  return { shape, dtype, littleEndian: descr[1] !== '>', bytes: bytes.subarray(start + headerBytes) };
}

/** The elements as numbers (float64: exact below 2^53, which every label is). */
export function npyNumbers(array: NpyArray): Float64Array {
  const { dtype, littleEndian, bytes } = array;
  const size = Number(dtype[1]);
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
  const at = read[dtype];
  return Float64Array.from({ length: bytes.length / size }, (_, i) => at(i * size));
}
