/** Global heaps (texts), fractal heaps and version 2 B-trees (large groups): HDF5 File Format Specification 3.0, III. */
import type { Hdf5Bytes } from './cursor.js';

/** An object of a global heap. */
export function globalHeapObject(file: Hdf5Bytes, at: number, index: number): Uint8Array {
  file.signature(at, 'GCOL');
  const { length } = file.sizes;
  const end = at + file.length(at + 8);
  let p = at + 8 + length;
  while (p + 8 + length <= Math.min(end, file.bytes.length)) {
    const found = file.u16(p);
    const size = file.length(p + 8);
    file.expect(p, 8 + length, 'an object of a heap');
    if (found === 0) break;
    if (found === index) {
      file.expect(p + 8 + length, size, 'an object of a heap');
      return file.bytes.subarray(p + 8 + length, p + 8 + length + size);
    }
    p += 8 + length + 8 * Math.ceil(size / 8);
  }
  return file.bad(at, `object ${index} of a heap is missing`);
}

interface FractalHeap {
  readonly idBytes: number;
  readonly maxManaged: number;
  readonly width: number;
  readonly startSize: number;
  readonly maxDirect: number;
  readonly offsetBytes: number;
  readonly root: number;
  readonly rows: number;
}

function readFractalHeap(file: Hdf5Bytes, at: number): FractalHeap {
  file.signature(at, 'FRHP');
  const { offset, length } = file.sizes;
  const idBytes = file.u16(at + 5);
  if (file.u16(at + 7) !== 0) file.unsupported(at, 'a packed heap of links or attributes is not read');
  const maxManaged = file.u32(at + 10);
  let p = at + 14 + length + offset + length + offset + 8 * length;
  const width = file.u16(p);
  const startSize = file.length(p + 2);
  const maxDirect = file.length(p + 2 + length);
  p += 2 + 2 * length;
  const heapBits = file.u16(p);
  const root = file.addressOf(p + 4, 'a heap');
  const rows = file.u16(p + 4 + offset);
  const isPower = (x: number): boolean => Number.isInteger(Math.log2(x));
  if (width === 0 || width > 1024 || heapBits > 64 || !isPower(width) || !isPower(startSize) || !isPower(maxDirect))
    file.bad(at, 'the sizes of a heap are wrong');
  return { idBytes, maxManaged, width, startSize, maxDirect, offsetBytes: Math.ceil(heapBits / 8), root, rows };
}

/** The bytes that a heap ID names: [at, size] in the file. */
function heapObject(file: Hdf5Bytes, heap: FractalHeap, id: number): readonly [at: number, size: number] {
  const kind = (file.u8(id) >> 4) & 3;
  if (kind === 2) return [id + 1, (file.u8(id) & 15) + 1];
  if (kind !== 0) return file.unsupported(id, 'a link or an attribute of more than 64 KiB is not read');
  const offset = file.unsigned(id + 1, heap.offsetBytes);
  const lengthBytes = Math.ceil(
    (Math.floor(Math.log2(Math.min(heap.maxDirect, heap.maxManaged || heap.maxDirect))) + 1) / 8,
  );
  const size = file.unsigned(id + 1 + heap.offsetBytes, lengthBytes);
  const at = heap.rows === 0 ? heap.root + offset : inIndirect(file, heap, { at: heap.root, rows: heap.rows, offset });
  file.expect(at, size, 'an object of a heap');
  return [at, size];
}

interface Indirect {
  readonly at: number;
  readonly rows: number;
  /** Of the object, from the beginning of the block's part of the heap. */
  readonly offset: number;
}

/** Rows 0 and 1 have blocks of the starting size, every further row of twice the size of the one before. */
function inIndirect(file: Hdf5Bytes, heap: FractalHeap, { at, rows, offset }: Indirect): number {
  file.signature(at, 'FHIB');
  const { width, startSize, maxDirect, offsetBytes } = heap;
  const entries = at + 5 + file.sizes.offset + offsetBytes;
  let from = 0;
  for (let row = 0; row < rows; row++) {
    const size = row === 0 ? startSize : startSize * 2 ** (row - 1);
    if (offset >= from + size * width) {
      from += size * width;
      continue;
    }
    const column = Math.floor((offset - from) / size);
    const block = file.addressOf(entries + (row * width + column) * file.sizes.offset, 'a block of a heap');
    const inside = offset - from - column * size;
    if (size <= maxDirect) return block + inside;
    const below = Math.log2(size) - Math.log2(startSize * width) + 1;
    return inIndirect(file, heap, { at: block, rows: below, offset: inside });
  }
  return file.bad(at, 'an object lies beyond its heap');
}

/** The objects of a fractal heap that a version 2 B-tree lists. `idAt` is where in a record the heap ID stands. */
export function denseObjects(
  file: Hdf5Bytes,
  { heap, tree, idAt }: { readonly heap: number; readonly tree: number; readonly idAt: number },
): readonly (readonly [at: number, size: number])[] {
  const fractal = readFractalHeap(file, heap);
  return treeRecords(file, tree).map((record) => heapObject(file, fractal, record + idAt));
}

const NODE_OVERHEAD = 10;

/** Where the records of a version 2 B-tree stand. */
function treeRecords(file: Hdf5Bytes, at: number): readonly number[] {
  file.signature(at, 'BTHD');
  const nodeSize = file.u32(at + 6);
  const recordSize = file.u16(at + 10);
  const depth = file.u16(at + 12);
  const root = file.address(at + 16);
  const nRoot = file.u16(at + 16 + file.sizes.offset);
  if (root === undefined) return [];
  if (recordSize === 0 || nodeSize < NODE_OVERHEAD + recordSize || depth > 16)
    file.bad(at, 'the sizes of a tree are wrong');
  const bytesFor = (n: number): number => Math.floor(Math.log2(Math.max(1, n)) / 8) + 1;
  const most = Math.floor((nodeSize - NODE_OVERHEAD) / recordSize);
  const countBytes = bytesFor(most);
  // Bytes of the number of all records below a node, by level.
  const totalBytes: number[] = [0];
  let total = most;
  for (let level = 1; level <= depth; level++) {
    const pointer = file.sizes.offset + countBytes + (level > 1 ? totalBytes[level - 1]! : 0);
    const here = Math.floor((nodeSize - NODE_OVERHEAD - pointer) / (recordSize + pointer));
    total = (here + 1) * total + here;
    totalBytes.push(bytesFor(total));
  }
  const records: number[] = [];
  const visit = (node: number, n: number, level: number): void => {
    file.signature(node, level === 0 ? 'BTLF' : 'BTIN');
    file.expect(node + 6, n * recordSize, 'a node of a tree');
    for (let i = 0; i < n; i++) records.push(node + 6 + i * recordSize);
    if (level === 0) return;
    const pointer = file.sizes.offset + countBytes + (level > 1 ? totalBytes[level - 1]! : 0);
    for (let i = 0; i <= n; i++) {
      const p = node + 6 + n * recordSize + i * pointer;
      visit(file.addressOf(p, 'a node of a tree'), file.unsigned(p + file.sizes.offset, countBytes), level - 1);
    }
  };
  visit(root, nRoot, depth);
  return records;
}
