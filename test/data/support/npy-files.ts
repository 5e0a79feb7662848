/** .npy files for tests, written from the format's definition (NumPy, NEP 1). */
import { concat } from './files.js';

/** A .npy file of plain elements. */
export const npyFile = (descr: string, shape: readonly number[], data: Uint8Array): Uint8Array =>
  withHeader(`'${descr}'`, shape, data);

/** A .npy file of `n` records; `descr` is the Python list of their fields. */
export const recordsFile = (descr: string, n: number, data: Uint8Array): Uint8Array => withHeader(descr, [n], data);

function withHeader(descr: string, shape: readonly number[], data: Uint8Array): Uint8Array {
  const sizes = shape.length === 1 ? `${shape[0] ?? 0},` : shape.join(', ');
  const text = `{'descr': ${descr}, 'fortran_order': False, 'shape': (${sizes}), }`.padEnd(117) + '\n';
  const start = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, text.length & 255, text.length >> 8);
  return concat([start, new TextEncoder().encode(text), data]);
}
