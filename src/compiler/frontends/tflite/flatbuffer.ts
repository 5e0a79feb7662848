/**
 * Reads FlatBuffers (the binary form of TensorFlow Lite's files) that may be hostile: every offset, vtable and vector is checked against the
 * file before it is followed, and what is read in all is bounded by a multiple of its size, since many offsets may lead to one place.
 *
 * ```
 *   table: int32 back to its vtable, then its fields inline       vtable: uint16 its size, uint16 the table's, uint16 per field (0: absent)
 *   vector: uint32 length, elements                               string, table, vector in a field: uint32 forward from the field
 * ```
 */
import { fail } from '../../../common/diagnostics.js';

/** Bytes that are read from tables and vectors, in multiples of the file's size. */
const MOST_READ = 8;
/** Bytes that small files may read on top. */
const SPARE_READ = 1 << 16;

/** A table; positions are bytes from the beginning of the file. */
interface Table {
  readonly at: number;
  readonly size: number;
  readonly vtable: number;
  readonly vtableSize: number;
}

/** A file whose parts are read on demand. All methods throw a UserError for what leads beyond the file. */
export class FlatBuffer {
  readonly bytes: Uint8Array;
  readonly place: string;
  readonly #view: DataView;
  #left: number;

  constructor(bytes: Uint8Array, place: string) {
    this.bytes = bytes;
    this.place = place;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#left = bytes.length * MOST_READ + SPARE_READ;
  }

  /** The table that the file begins with. */
  root(): FlatTable {
    this.check(0, 8, 'its beginning');
    return this.tableAt(this.#view.getUint32(0, true));
  }

  /** The table at a position. */
  tableAt(at: number): FlatTable {
    this.check(at, 4, 'a table');
    const vtable = at - this.#view.getInt32(at, true);
    this.check(vtable, 4, 'the fields of a table');
    const vtableSize = this.#view.getUint16(vtable, true);
    const size = this.#view.getUint16(vtable + 2, true);
    if (vtableSize < 4 || vtableSize % 2 !== 0 || size < 4)
      this.damaged(at, `a table of ${size} bytes with ${vtableSize} of fields`);
    this.check(vtable, vtableSize, 'the fields of a table');
    this.check(at, size, 'a table');
    this.charge(size, at);
    return new FlatTable(this, this.#view, { at, size, vtable, vtableSize });
  }

  /** Checks that `length` bytes from `at` on are in the file. */
  check(at: number, length: number, what: string): void {
    if (at < 0 || at + length > this.bytes.length)
      this.damaged(at, `${what} of ${length} bytes leads beyond its ${this.bytes.length}`);
  }

  /** Counts bytes that are read. */
  charge(length: number, at: number): void {
    this.#left -= length;
    if (this.#left < 0) this.damaged(at, `it leads to the same places again and again, ${MOST_READ} times its size`);
  }

  /** Ends with a finding. */
  damaged(at: number, message: string): never {
    return fail(
      'damaged-file',
      this.place,
      `byte ${at}: ${message}`,
      'the file is damaged or no FlatBuffer: get it again',
    );
  }
}

/** A table of a file; fields are numbered as in the schema. */
export class FlatTable {
  readonly #file: FlatBuffer;
  readonly #view: DataView;
  readonly #table: Table;

  constructor(file: FlatBuffer, view: DataView, table: Table) {
    this.#file = file;
    this.#view = view;
    this.#table = table;
  }

  /** Position of a field of so many bytes, undefined where it has its default. */
  #field(id: number, width: number): number | undefined {
    const { at, size, vtable, vtableSize } = this.#table;
    const slot = 4 + 2 * id;
    if (slot + 2 > vtableSize) return undefined;
    const offset = this.#view.getUint16(vtable + slot, true);
    if (offset === 0) return undefined;
    if (offset < 4 || offset + width > size) this.#file.damaged(at, `field ${id} lies outside of its table`);
    return at + offset;
  }

  int8(id: number, absent = 0): number {
    const at = this.#field(id, 1);
    return at === undefined ? absent : this.#view.getInt8(at);
  }

  uint8(id: number, absent = 0): number {
    const at = this.#field(id, 1);
    return at === undefined ? absent : this.#view.getUint8(at);
  }

  int32(id: number, absent = 0): number {
    const at = this.#field(id, 4);
    return at === undefined ? absent : this.#view.getInt32(at, true);
  }

  uint32(id: number, absent = 0): number {
    const at = this.#field(id, 4);
    return at === undefined ? absent : this.#view.getUint32(at, true);
  }

  float32(id: number, absent = 0): number {
    const at = this.#field(id, 4);
    return at === undefined ? absent : this.#view.getFloat32(at, true);
  }

  /** Above 2^53 it is no exact number, and beyond every file. */
  uint64(id: number, absent = 0): number {
    const at = this.#field(id, 8);
    return at === undefined ? absent : Number(this.#view.getBigUint64(at, true));
  }

  /** The table in a field. */
  table(id: number): FlatTable | undefined {
    const at = this.#forward(id);
    return at === undefined ? undefined : this.#file.tableAt(at);
  }

  /** The tables of a vector. */
  tables(id: number): readonly FlatTable[] {
    const { at, length } = this.#vector(id, 4);
    return Array.from({ length }, (_, i) => {
      const from = at + 4 * i;
      return this.#file.tableAt(from + this.#view.getUint32(from, true));
    });
  }

  /** The bytes of a vector, as a view: they are not counted as read. */
  bytes(id: number): Uint8Array | undefined {
    const from = this.#forward(id);
    if (from === undefined) return undefined;
    this.#file.check(from, 4, 'a vector');
    const length = this.#view.getUint32(from, true);
    this.#file.check(from + 4, length, 'a vector');
    return this.#file.bytes.subarray(from + 4, from + 4 + length);
  }

  int32s(id: number): readonly number[] {
    return this.#numbers(id, 4, (at) => this.#view.getInt32(at, true));
  }

  float32s(id: number): readonly number[] {
    return this.#numbers(id, 4, (at) => this.#view.getFloat32(at, true));
  }

  int64s(id: number): readonly number[] {
    return this.#numbers(id, 8, (at) => Number(this.#view.getBigInt64(at, true)));
  }

  /** The text of a string. */
  text(id: number): string | undefined {
    const bytes = this.bytes(id);
    if (bytes === undefined) return undefined;
    this.#file.charge(bytes.length, this.#table.at);
    return new TextDecoder().decode(bytes);
  }

  #numbers(id: number, width: number, read: (at: number) => number): readonly number[] {
    const { at, length } = this.#vector(id, width);
    return Array.from({ length }, (_, i) => read(at + width * i));
  }

  #vector(id: number, width: number): { readonly at: number; readonly length: number } {
    const from = this.#forward(id);
    if (from === undefined) return { at: 0, length: 0 };
    this.#file.check(from, 4, 'a vector');
    const length = this.#view.getUint32(from, true);
    this.#file.check(from + 4, length * width, 'a vector');
    this.#file.charge(length * width, from);
    return { at: from + 4, length };
  }

  #forward(id: number): number | undefined {
    const at = this.#field(id, 4);
    return at === undefined ? undefined : at + this.#view.getUint32(at, true);
  }
}
