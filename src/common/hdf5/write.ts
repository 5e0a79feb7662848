/**
 * Writes HDF5 files of the oldest form, which every reader takes: superblock 0, groups by symbol tables, contiguous datasets of float32, float64, int64 and
 * texts of fixed length. Source: HDF5 File Format Specification version 3.0 (The HDF Group), II.A, III.A to III.D, IV.A. Equal content gives equal bytes.
 */
import { assert } from '../assert.js';

/** A dataset: its shape, [] for a scalar, and as many values. */
export interface WrittenDataset {
  readonly shape: readonly number[];
  readonly values: Float32Array | Float64Array | BigInt64Array | readonly string[];
}

/** A group: groups and datasets by name. Names hold no slash. */
export interface WrittenGroup {
  readonly members: ReadonlyMap<string, WrittenGroup | WrittenDataset>;
}

/** The bytes of a file with this root group. */
export function writeHdf5(root: WrittenGroup): Uint8Array {
  const leafK = Math.max(4, Math.ceil(largestGroup(root) / (4 * INTERNAL_K)));
  const file = new FileWriter(leafK);
  file.reserve(SUPERBLOCK);
  const top = file.group(root);
  const superblock = new Block(SUPERBLOCK);
  superblock.bytes([0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0, 0, 8, 8, 0]);
  superblock.number(leafK, 2).number(INTERNAL_K, 2).number(0, 4);
  superblock.number(0, 8).nowhere().number(file.length, 8).nowhere();
  superblock.number(0, 8).number(top.header, 8).number(1, 4).number(0, 4).number(top.tree, 8).number(top.heap, 8);
  return file.finish(superblock);
}

const SUPERBLOCK = 96;
/** Half the children of a node of a group's tree; half the entries of its leaves are chosen so that one node is enough. */
const INTERNAL_K = 16;
const ENTRY = 40;

const largestGroup = ({ members }: WrittenGroup): number =>
  Math.max(members.size, ...[...members.values()].map((member) => ('members' in member ? largestGroup(member) : 0)));

interface GroupPlace {
  readonly header: number;
  readonly tree: number;
  readonly heap: number;
}

/** Little-endian bytes of known length. */
class Block {
  readonly data: Uint8Array;
  #at = 0;

  constructor(size: number) {
    this.data = new Uint8Array(size);
  }

  bytes(values: ArrayLike<number>): this {
    this.data.set(values, this.#at);
    this.#at += values.length;
    return this;
  }

  text(value: string): this {
    return this.bytes(new TextEncoder().encode(value));
  }

  /** A whole number of so many bytes, 0 or more. */
  number(value: number, size: number): this {
    let left = value;
    for (let i = 0; i < size; i++) {
      this.data[this.#at++] = left % 256;
      left = Math.floor(left / 256);
    }
    return this;
  }

  /** The undefined address. */
  nowhere(): this {
    return this.bytes(new Uint8Array(8).fill(255));
  }

  to(at: number): this {
    this.#at = at;
    return this;
  }
}

class FileWriter {
  readonly #leafK: number;
  readonly #blocks: Uint8Array[] = [];
  length = 0;

  constructor(leafK: number) {
    this.#leafK = leafK;
  }

  /** Room for so many bytes, filled later by `finish`. */
  reserve(size: number): void {
    this.#add(new Uint8Array(size));
  }

  finish(superblock: Block): Uint8Array {
    const all = new Uint8Array(this.length);
    let at = 0;
    for (const block of this.#blocks) {
      all.set(block, at);
      at += block.length;
    }
    all.set(superblock.data);
    return all;
  }

  /** The address of bytes, on a multiple of 8. */
  #add(bytes: Uint8Array): number {
    const at = this.length;
    this.#blocks.push(bytes);
    this.length += bytes.length;
    const padding = (8 - (this.length % 8)) % 8;
    if (padding > 0) this.#blocks.push(new Uint8Array(padding));
    this.length += padding;
    return at;
  }

  group({ members }: WrittenGroup): GroupPlace {
    const encoder = new TextEncoder();
    const sorted = [...members]
      .map(([name, member]) => ({ name: encoder.encode(name), member }))
      .sort((a, b) => compareBytes(a.name, b.name));
    const entries: { readonly nameAt: number; readonly header: number }[] = [];
    // The empty name stands first: the key below all others.
    let nameAt = 8;
    const names: { readonly at: number; readonly name: Uint8Array }[] = [];
    for (const { name, member } of sorted) {
      assert(name.length > 0 && !name.includes(0x2f), 'a name without a slash');
      entries.push({ nameAt, header: 'members' in member ? this.group(member).header : this.#dataset(member) });
      names.push({ at: nameAt, name });
      nameAt += 8 * Math.ceil((name.length + 1) / 8);
    }
    const segment = new Uint8Array(nameAt);
    for (const { at, name } of names) segment.set(name, at);
    const segmentAt = this.#add(segment);
    const heap = this.#add(
      // 1: nothing in the heap is free.
      new Block(32).text('HEAP').number(0, 4).number(segment.length, 8).number(1, 8).number(segmentAt, 8).data,
    );
    const tree = this.#tree(entries);
    return { header: this.#header([[SYMBOL_TABLE, new Block(16).number(tree, 8).number(heap, 8).data]]), tree, heap };
  }

  #tree(entries: readonly { readonly nameAt: number; readonly header: number }[]): number {
    const perLeaf = 2 * this.#leafK;
    const leaves: { readonly at: number; readonly lastName: number }[] = [];
    for (let first = 0; first < entries.length; first += perLeaf) {
      const some = entries.slice(first, first + perLeaf);
      const leaf = new Block(8 + perLeaf * ENTRY).text('SNOD').number(1, 2).number(some.length, 2);
      some.forEach(({ nameAt, header }, k) =>
        leaf
          .to(8 + k * ENTRY)
          .number(nameAt, 8)
          .number(header, 8),
      );
      leaves.push({ at: this.#add(leaf.data), lastName: some.at(-1)?.nameAt ?? 0 });
    }
    assert(leaves.length <= 2 * INTERNAL_K, 'a group that fits a tree of one node');
    const node = new Block(24 + 2 * INTERNAL_K * 8 + (2 * INTERNAL_K + 1) * 8);
    node.text('TREE').number(0, 1).number(0, 1).number(leaves.length, 2).nowhere().nowhere().number(0, 8);
    for (const { at, lastName } of leaves) node.number(at, 8).number(lastName, 8);
    return this.#add(node.data);
  }

  #dataset({ shape, values }: WrittenDataset): number {
    const n = shape.reduce((product, d) => product * d, 1);
    assert(values.length === n, `${values.length} values of the shape [${shape.join(', ')}]`);
    const { type, bytes } = stored(values);
    const at = this.#add(bytes);
    const space = new Block(8 + 8 * shape.length).number(1, 1).number(shape.length, 1).number(0, 6);
    for (const d of shape) space.number(d, 8);
    const layout = new Block(18).number(3, 1).number(1, 1);
    if (bytes.length === 0) layout.nowhere();
    else layout.number(at, 8);
    layout.number(bytes.length, 8);
    return this.#header([
      [DATASPACE, space.data],
      [DATATYPE, type],
      // Version 2: allocated late, written if set, the default of zeros.
      [FILL_VALUE, new Block(8).bytes([2, 2, 2, 1]).data],
      [LAYOUT, layout.data],
    ]);
  }

  /** An object header of version 1. */
  #header(messages: readonly (readonly [type: number, data: Uint8Array])[]): number {
    const padded = (size: number): number => 8 * Math.ceil(size / 8);
    const size = messages.reduce((sum, [, data]) => sum + 8 + padded(data.length), 0);
    const header = new Block(16 + size).number(1, 2).number(messages.length, 2).number(1, 4).number(size, 8);
    let at = 16;
    for (const [type, data] of messages) {
      header.to(at).number(type, 2).number(padded(data.length), 2).number(0, 4).bytes(data);
      at += 8 + padded(data.length);
    }
    return this.#add(header.data);
  }
}

const DATASPACE = 1;
const DATATYPE = 3;
const FILL_VALUE = 5;
const LAYOUT = 8;
const SYMBOL_TABLE = 17;

/** The datatype message (version 1) and the bytes of values. */
function stored(values: WrittenDataset['values']): { readonly type: Uint8Array; readonly bytes: Uint8Array } {
  if (values instanceof Float32Array)
    return { type: floatType(4, 31, [23, 8, 0, 23], 127), bytes: littleEndian(values) };
  if (values instanceof Float64Array)
    return { type: floatType(8, 63, [52, 11, 0, 52], 1023), bytes: littleEndian(values) };
  if (values instanceof BigInt64Array) {
    const type = new Block(12).bytes([0x10, 8, 0, 0]).number(8, 4).number(0, 2).number(64, 2).data;
    return { type, bytes: littleEndian(values) };
  }
  const texts = values.map((text) => new TextEncoder().encode(text));
  const size = texts.reduce((most, { length }) => Math.max(most, length), 1);
  const isAscii = texts.every((text) => text.every((byte) => byte < 128));
  const bytes = new Uint8Array(size * texts.length);
  texts.forEach((text, k) => bytes.set(text, k * size));
  // Padded with zeros; ASCII or UTF-8.
  return { type: new Block(8).bytes([0x13, isAscii ? 0x01 : 0x11, 0, 0]).number(size, 4).data, bytes };
}

function floatType(
  size: number,
  sign: number,
  [exponentAt, exponentBits, mantissaAt, mantissaBits]: readonly [number, number, number, number],
  bias: number,
): Uint8Array {
  // Little-endian, the leading one of the mantissa hidden.
  const type = new Block(20)
    .bytes([0x11, 0x20, sign, 0])
    .number(size, 4)
    .number(0, 2)
    .number(8 * size, 2);
  return type.bytes([exponentAt, exponentBits, mantissaAt, mantissaBits]).number(bias, 4).data;
}

function littleEndian(values: Float32Array | Float64Array | BigInt64Array): Uint8Array {
  const bytes = new Uint8Array(values.byteLength);
  const view = new DataView(bytes.buffer);
  if (values instanceof Float32Array) values.forEach((v, k) => view.setFloat32(4 * k, v, true));
  else if (values instanceof Float64Array) values.forEach((v, k) => view.setFloat64(8 * k, v, true));
  else values.forEach((v, k) => view.setBigInt64(8 * k, v, true));
  return bytes;
}

/** Byte by byte; what another begins with comes before it. */
function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const at = a.findIndex((byte, i) => byte !== b[i]);
  return at < 0 ? a.length - b.length : a[at]! - (b[at] ?? -1);
}
