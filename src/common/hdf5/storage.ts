/** The bytes of datasets: compact, contiguous, in chunks, packed by deflate (HDF5 File Format Specification 3.0, IV.A.2.i and l). */
import { unpack } from '../archive/unpack.js';
import type { Hdf5Bytes } from './cursor.js';

/** What a dataset is made of. */
export interface StoredShape {
  readonly shape: readonly number[];
  /** Bytes of an element. */
  readonly size: number;
  /** Where the filter pipeline message stands. */
  readonly filtersAt: number | undefined;
}

/** Deflate shrinks by at most 1032; a dataset larger than that many times its file holds nothing. */
const MOST_UNPACKED = 1032;
/** Largest dataset, bytes. */
const MAX_DATASET = 1 << 30;

/** Elements and bytes of a shape, checked before anything is allocated. */
export function bytesOf(file: Hdf5Bytes, at: number, shape: readonly number[], size: number): number {
  const total = shape.reduce((product, d) => product * d, size);
  if (total <= Math.min(MAX_DATASET, MOST_UNPACKED * file.bytes.length)) return total;
  return file.bad(at, `data of the shape [${shape.join(', ')}] cannot be in a file of ${file.bytes.length} bytes`);
}

/** The bytes of a dataset by its layout message; zeros where nothing is stored. */
export function readStorage(file: Hdf5Bytes, at: number, stored: StoredShape): Uint8Array {
  const total = bytesOf(file, at, stored.shape, stored.size);
  const version = file.u8(at);
  if (version === 3 || version === 4 || version === 5) {
    const kind = file.u8(at + 1);
    if (kind === 0) return slice(file, at + 4, file.u16(at + 2), total);
    if (kind === 1) return contiguous(file, at + 2, total);
    if (kind !== 2) return file.unsupported(at, 'a virtual dataset, whose values are in other files, is not read');
    return version === 3 ? oldChunks(file, at + 2, stored, total) : newChunks(file, at, stored, total);
  }
  if (version !== 1 && version !== 2) return file.bad(at, `a layout of version ${version}`);
  const rank = file.u8(at + 1);
  const kind = file.u8(at + 2);
  if (kind === 1) return contiguous(file, at + 8, total);
  if (kind === 0) return slice(file, at + 12 + 4 * rank, file.u32(at + 8 + 4 * rank), total);
  return file.unsupported(at, 'chunks of a file older than HDF5 1.6 are not read');
}

function slice(file: Hdf5Bytes, at: number, size: number, total: number): Uint8Array {
  if (size < total) file.bad(at, `${size} bytes are stored, the shape needs ${total}`);
  file.expect(at, total, 'a dataset');
  return file.bytes.subarray(at, at + total);
}

function contiguous(file: Hdf5Bytes, at: number, total: number): Uint8Array {
  const from = file.address(at);
  if (from === undefined) return new Uint8Array(total);
  file.expect(from, total, 'a dataset');
  return file.bytes.subarray(from, from + total);
}

interface Chunking {
  readonly chunk: readonly number[];
  readonly filters: readonly Filter[];
  readonly stored: StoredShape;
  readonly out: Uint8Array;
}

interface ChunkPlace {
  readonly at: number;
  readonly size: number;
  readonly mask: number;
  /** In elements. */
  readonly origin: readonly number[];
}

function chunking(file: Hdf5Bytes, at: number, chunk: readonly number[], stored: StoredShape, total: number): Chunking {
  if (chunk.length !== stored.shape.length || chunk.some((d) => d < 1))
    file.bad(at, `chunks of [${chunk.join(', ')}] for a dataset of [${stored.shape.join(', ')}]`);
  bytesOf(file, at, chunk, stored.size);
  const filters = stored.filtersAt === undefined ? [] : readFilters(file, stored.filtersAt);
  return { chunk, filters, stored, out: new Uint8Array(total) };
}

/** Chunks by a version 1 B-tree. */
function oldChunks(file: Hdf5Bytes, at: number, stored: StoredShape, total: number): Uint8Array {
  const rank = file.u8(at) - 1;
  const tree = file.address(at + 1);
  const dims = at + 1 + file.sizes.offset;
  file.expect(dims, 4 * Math.max(0, rank + 1), 'a layout');
  const chunk = Array.from({ length: Math.max(0, rank) }, (_, d) => file.u32(dims + 4 * d));
  const chunks = chunking(file, at, chunk, stored, total);
  if (tree !== undefined) visitTree(file, tree, 16, chunks);
  return chunks.out;
}

function visitTree(file: Hdf5Bytes, at: number, depth: number, chunks: Chunking): void {
  if (depth === 0) file.bad(at, 'a tree of chunks is too deep: the file is damaged');
  const { offset } = file.sizes;
  file.signature(at, 'TREE');
  if (file.u8(at + 4) !== 1) file.bad(at, 'the tree of a dataset is one of a group');
  const level = file.u8(at + 5);
  const n = file.u16(at + 6);
  const rank = chunks.chunk.length;
  const key = 8 + 8 * (rank + 1);
  const first = at + 8 + 2 * offset;
  file.expect(first, n * (key + offset), 'a tree of chunks');
  for (let i = 0; i < n; i++) {
    const p = first + i * (key + offset);
    const child = file.addressOf(p + key, 'a chunk');
    if (level > 0) {
      visitTree(file, child, depth - 1, chunks);
      continue;
    }
    const origin = Array.from({ length: rank }, (_, d) => file.unsigned(p + 8 + 8 * d, 8));
    placeChunk(file, { at: child, size: file.u32(p), mask: file.u32(p + 4), origin }, chunks);
  }
}

/** Chunks by the indices of HDF5 1.10 and later: one chunk, without gaps, or a table of them. */
function newChunks(file: Hdf5Bytes, at: number, stored: StoredShape, total: number): Uint8Array {
  const flags = file.u8(at + 2);
  const rank = file.u8(at + 3) - 1;
  const dimBytes = file.u8(at + 4);
  if (dimBytes < 1 || dimBytes > 8) file.bad(at, 'the sizes of chunks are wrong');
  const dims = at + 5;
  const chunk = Array.from({ length: Math.max(0, rank) }, (_, d) => file.unsigned(dims + dimBytes * d, dimBytes));
  const chunks = chunking(file, at, chunk, stored, total);
  const index = dims + dimBytes * (rank + 1);
  const kind = file.u8(index);
  const bytes = chunk.reduce((product, d) => product * d, stored.size);
  const grid = chunk.map((d, axis) => Math.ceil(stored.shape[axis]! / d));
  const count = grid.reduce((product, d) => product * d, 1);
  const originOf = (i: number): readonly number[] => {
    let rest = i;
    const origin: number[] = [];
    for (let axis = rank - 1; axis >= 0; axis--) {
      origin.unshift((rest % grid[axis]!) * chunk[axis]!);
      rest = Math.floor(rest / grid[axis]!);
    }
    return origin;
  };
  if (kind === 1) {
    const isFiltered = (flags & 2) !== 0;
    const after = index + 1 + (isFiltered ? file.sizes.length + 4 : 0);
    const from = file.address(after);
    const size = isFiltered ? file.length(index + 1) : bytes;
    const mask = isFiltered ? file.u32(index + 1 + file.sizes.length) : 0;
    if (from !== undefined) placeChunk(file, { at: from, size, mask, origin: originOf(0) }, chunks);
  } else if (kind === 2) {
    const from = file.address(index + 1);
    for (let i = 0; from !== undefined && i < count; i++) {
      placeChunk(file, { at: from + i * bytes, size: bytes, mask: ~0, origin: originOf(i) }, chunks);
    }
  } else if (kind === 3) {
    const header = file.address(index + 2);
    if (header !== undefined) fixedArray(file, header, count, { chunks, bytes, originOf });
  } else {
    file.unsupported(at, 'chunks of a dataset that can grow, in the newest format, are not read');
  }
  return chunks.out;
}

interface TableOfChunks {
  readonly chunks: Chunking;
  readonly bytes: number;
  readonly originOf: (i: number) => readonly number[];
}

function fixedArray(file: Hdf5Bytes, at: number, count: number, { chunks, bytes, originOf }: TableOfChunks): void {
  file.signature(at, 'FAHD');
  const isFiltered = file.u8(at + 5) === 1;
  const entry = file.u8(at + 6);
  const pageBits = file.u8(at + 7);
  const n = file.length(at + 8);
  const { offset, length } = file.sizes;
  if (n !== count || pageBits > 30 || entry < offset) file.bad(at, 'a table of chunks does not fit its dataset');
  if (n > 2 ** pageBits) file.unsupported(at, `a table of more than ${2 ** pageBits} chunks is not read`);
  const block = file.address(at + 8 + length);
  if (block === undefined) return;
  file.signature(block, 'FADB');
  const first = block + 6 + offset;
  file.expect(first, n * entry, 'a table of chunks');
  for (let i = 0; i < n; i++) {
    const p = first + i * entry;
    const from = file.address(p);
    if (from === undefined) continue;
    const sizeBytes = entry - offset - 4;
    if (isFiltered && (sizeBytes < 1 || sizeBytes > 8)) file.bad(at, 'a table of chunks is wrong');
    const size = isFiltered ? file.unsigned(p + offset, sizeBytes) : bytes;
    const mask = isFiltered ? file.u32(p + offset + sizeBytes) : 0;
    placeChunk(file, { at: from, size, mask, origin: originOf(i) }, chunks);
  }
}

/** Unpacks a chunk and copies its rows to where they belong. */
function placeChunk(file: Hdf5Bytes, place: ChunkPlace, { chunk, filters, stored, out }: Chunking): void {
  const { shape, size } = stored;
  const total = chunk.reduce((product, d) => product * d, size);
  file.expect(place.at, place.size, 'a chunk');
  let bytes = file.bytes.subarray(place.at, place.at + place.size);
  for (let f = filters.length - 1; f >= 0; f--) {
    if (((place.mask >>> f) & 1) === 1) continue;
    bytes = undoFilter(file, filters[f]!, bytes, { total, size, at: place.at });
  }
  if (bytes.length < total) file.bad(place.at, `a chunk has ${bytes.length} bytes, ${total} are needed`);
  // Time is counted as memory is: a chunk that is listed again and again ends like a circle does.
  file.expect(0, Math.min(total, file.bytes.length), 'a chunk');
  const rank = shape.length;
  if (place.origin.some((o, d) => o >= shape[d]!)) return;
  const rowElements = rank === 0 ? 1 : Math.min(chunk[rank - 1]!, shape[rank - 1]! - place.origin[rank - 1]!);
  const index = new Array<number>(Math.max(0, rank - 1)).fill(0);
  for (;;) {
    let from = 0;
    let to = 0;
    for (let d = 0; d < rank; d++) {
      const i = d < rank - 1 ? index[d]! : 0;
      from = from * chunk[d]! + i;
      to = to * shape[d]! + place.origin[d]! + i;
    }
    out.set(bytes.subarray(from * size, (from + rowElements) * size), to * size);
    let d = rank - 2;
    while (d >= 0 && ++index[d]! >= Math.min(chunk[d]!, shape[d]! - place.origin[d]!)) index[d--] = 0;
    if (d < 0) return;
  }
}

interface Filter {
  readonly id: number;
  readonly name: string;
}

function readFilters(file: Hdf5Bytes, at: number): readonly Filter[] {
  const version = file.u8(at);
  const n = file.u8(at + 1);
  if ((version !== 1 && version !== 2) || n > 32) file.bad(at, 'the filters of a dataset are damaged');
  let p = at + (version === 1 ? 8 : 2);
  return Array.from({ length: n }, () => {
    const id = file.u16(p);
    const named = version === 1 || id >= 256;
    const nameLength = named ? file.u16(p + 2) : 0;
    const values = file.u16(p + (named ? 6 : 4));
    const start = p + (named ? 8 : 6);
    const name = file.text(start, nameLength);
    const padded = version === 1 ? 8 * Math.ceil(nameLength / 8) : nameLength;
    p = start + padded + 4 * values + (version === 1 && values % 2 === 1 ? 4 : 0);
    file.expect(start, padded + 4 * values, 'the filters of a dataset');
    return { id, name };
  });
}

interface Unpacked {
  readonly total: number;
  readonly size: number;
  readonly at: number;
}

function undoFilter(
  file: Hdf5Bytes,
  { id, name }: Filter,
  bytes: Uint8Array,
  { total, size, at }: Unpacked,
): Uint8Array {
  switch (id) {
    case 1:
      return unpack(bytes, 'zlib', total + 4, `${file.place} byte ${at}`);
    case 2:
      return unshuffle(bytes, size);
    case 3:
      // A checksum of 4 bytes behind the data.
      return bytes.subarray(0, Math.max(0, bytes.length - 4));
    default:
      return file.unsupported(at, `data packed by ${name === '' ? `filter ${id}` : `"${name}"`} are not read`);
  }
}

/** First all first bytes of the elements, then all second ones, ... */
function unshuffle(bytes: Uint8Array, size: number): Uint8Array {
  const n = Math.floor(bytes.length / size);
  const out = bytes.slice();
  for (let i = 0; i < n; i++) for (let b = 0; b < size; b++) out[i * size + b] = bytes[b * n + i]!;
  return out;
}
