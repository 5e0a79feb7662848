/** What a group holds: names and where their objects stand, in all three ways in which HDF5 stores them. */
import type { Hdf5Bytes } from './cursor.js';
import { denseObjects } from './heaps.js';
import { MESSAGE, type Message } from './object-header.js';

/** A link: the object header's address, or the reason why there is none. */
export type Link = { readonly address: number } | { readonly refused: string };

/** Whether messages are those of a group. */
export const isGroup = (messages: readonly Message[]): boolean =>
  messages.some(({ type }) => type === MESSAGE.symbolTable || type === MESSAGE.linkInfo || type === MESSAGE.link);

/** The links of a group by name. */
export function readLinks(file: Hdf5Bytes, messages: readonly Message[]): ReadonlyMap<string, Link> {
  const links = new Map<string, Link>();
  for (const { type, at, size } of messages) {
    if (type === MESSAGE.symbolTable) {
      const tree = file.addressOf(at, 'a group');
      const heap = file.addressOf(at + file.sizes.offset, 'the names of a group');
      file.signature(heap, 'HEAP');
      const names = file.addressOf(heap + 8 + 2 * file.sizes.length, 'the names of a group');
      readGroupTree(file, tree, { names, size: file.length(heap + 8) }, 16, links);
    } else if (type === MESSAGE.link) {
      readLink(file, at, size, links);
    } else if (type === MESSAGE.linkInfo) {
      const first = at + 2 + ((file.u8(at + 1) & 1) === 0 ? 0 : 8);
      const heap = file.address(first);
      const tree = file.address(first + file.sizes.offset);
      if (heap === undefined || tree === undefined) continue;
      // Records by name: a hash of 4 bytes, then the heap ID.
      for (const [from, length] of denseObjects(file, { heap, tree, idAt: 4 })) readLink(file, from, length, links);
    }
  }
  return links;
}

interface Names {
  readonly names: number;
  readonly size: number;
}

function readGroupTree(file: Hdf5Bytes, at: number, names: Names, depth: number, links: Map<string, Link>): void {
  if (depth === 0) file.bad(at, 'a tree of a group is too deep: the file is damaged');
  const { offset, length } = file.sizes;
  file.signature(at, 'TREE');
  if (file.u8(at + 4) !== 0) file.bad(at, 'the tree of a group is one of a dataset');
  const level = file.u8(at + 5);
  const n = file.u16(at + 6);
  const first = at + 8 + 2 * offset;
  file.expect(first, n * (length + offset), 'a tree of a group');
  for (let i = 0; i < n; i++) {
    const child = file.addressOf(first + length + i * (length + offset), 'a tree of a group');
    if (level > 0) readGroupTree(file, child, names, depth - 1, links);
    else readSymbols(file, child, names, links);
  }
}

function readSymbols(file: Hdf5Bytes, at: number, { names, size }: Names, links: Map<string, Link>): void {
  file.signature(at, 'SNOD');
  const n = file.u16(at + 6);
  const { offset } = file.sizes;
  const entry = 2 * offset + 24;
  file.expect(at + 8, n * entry, 'the entries of a group');
  for (let i = 0; i < n; i++) {
    const p = at + 8 + i * entry;
    const from = file.unsigned(p, offset);
    if (from >= size) file.bad(p, 'the name of an entry lies outside of its heap');
    const name = file.text(names + from, size - from);
    const isSoft = file.u32(p + 2 * offset) === 2;
    links.set(name, isSoft ? { refused: 'it is a soft link' } : { address: file.addressOf(p + offset, `"${name}"`) });
  }
}

function readLink(file: Hdf5Bytes, at: number, size: number, links: Map<string, Link>): void {
  file.expect(at, size, 'a link');
  const flags = file.u8(at + 1);
  let p = at + 2;
  const type = (flags & 8) === 0 ? 0 : file.u8(p++);
  if ((flags & 4) !== 0) p += 8;
  if ((flags & 16) !== 0) p += 1;
  const lengthBytes = 1 << (flags & 3);
  const length = file.unsigned(p, lengthBytes);
  p += lengthBytes;
  if (p + length > at + size) file.bad(at, 'the name of a link is longer than the link');
  const name = file.text(p, length);
  const what = type === 1 ? 'a soft link' : 'a link to another file';
  links.set(name, type === 0 ? { address: file.addressOf(p + length, `"${name}"`) } : { refused: `it is ${what}` });
}
