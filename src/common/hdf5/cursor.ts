/** Reading bytes of an HDF5 file, whose addresses and sizes are never believed. */
import { fail } from '../diagnostics.js';

/** Structures of a file may be visited so many times its size: circles end here. */
const VISITS = 64;
const MIN_VISITED = 1 << 24;

/** Sizes of addresses and lengths, from the superblock: 2, 4 or 8 bytes. */
export interface FieldSizes {
  readonly offset: number;
  readonly length: number;
}

/** The bytes of a file. Every read is checked; what is wrong is reported with its byte. */
export class Hdf5Bytes {
  readonly bytes: Uint8Array;
  readonly place: string;
  readonly sizes: FieldSizes;
  readonly #view: DataView;
  #left: number;

  constructor(bytes: Uint8Array, place: string, sizes: FieldSizes) {
    this.bytes = bytes;
    this.place = place;
    this.sizes = sizes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#left = Math.max(MIN_VISITED, VISITS * bytes.length);
  }

  /** @throws UserError */
  bad(at: number, message: string): never {
    return fail('bad-hdf5', `${this.place} byte ${at}`, message, 'write or copy the file again');
  }

  /** @throws UserError for something of HDF5 that is not read */
  unsupported(at: number, message: string): never {
    const remedy = 'write the file again with the defaults of h5py (libver "earliest", no or gzip compression)';
    return fail('unsupported-hdf5', `${this.place} byte ${at}`, message, remedy);
  }

  /** That `n` bytes from `at` on are in the file. They count as visited. */
  expect(at: number, n: number, what: string): void {
    if (at < 0 || n < 0 || at + n > this.bytes.length)
      this.bad(at, `${what} of ${n} bytes reaches beyond the end of the file`);
    this.#left -= n + 8;
    if (this.#left < 0) this.bad(at, `${what} is visited again and again: the structures of the file form a circle`);
  }

  u8(at: number): number {
    return this.unsigned(at, 1);
  }
  u16(at: number): number {
    return this.unsigned(at, 2);
  }
  u32(at: number): number {
    return this.unsigned(at, 4);
  }

  /** A little-endian number of 1 to 8 bytes. Above 2^53 it is not exact, and reaches beyond every file. */
  unsigned(at: number, size: number): number {
    if (at < 0 || at + size > this.bytes.length) this.bad(at, 'the file ends within a number: it is truncated');
    if (size === 4) return this.#view.getUint32(at, true);
    let value = 0;
    for (let i = size - 1; i >= 0; i--) value = value * 256 + this.bytes[at + i]!;
    return value;
  }

  /** An address; undefined for "nowhere" (all bits set). */
  address(at: number): number | undefined {
    const { offset } = this.sizes;
    const value = this.unsigned(at, offset);
    const nowhere = this.bytes.subarray(at, at + offset).every((byte) => byte === 255);
    return nowhere ? undefined : value;
  }

  /** An address that has to be somewhere. */
  addressOf(at: number, what: string): number {
    return this.address(at) ?? this.bad(at, `the address of ${what} is missing`);
  }

  length(at: number): number {
    return this.unsigned(at, this.sizes.length);
  }

  signature(at: number, wanted: string): void {
    this.expect(at, 4, `"${wanted}"`);
    for (let i = 0; i < 4; i++) {
      if (this.bytes[at + i] !== wanted.charCodeAt(i)) this.bad(at, `"${wanted}" is missing: the file is damaged`);
    }
  }

  /** A text up to its zero byte, at most `limit` bytes. */
  text(at: number, limit: number): string {
    const bytes = this.bytes.subarray(at, at + limit);
    const end = bytes.indexOf(0);
    return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
  }
}
