/** Object headers: the list of messages that describe a group or a dataset (HDF5 File Format Specification 3.0, IV.A.1). */
import type { Hdf5Bytes } from './cursor.js';

/** Messages that are read, by their number. */
export const MESSAGE = {
  dataspace: 1,
  linkInfo: 2,
  datatype: 3,
  fillValue: 5,
  link: 6,
  externalFiles: 7,
  layout: 8,
  filters: 11,
  attribute: 12,
  continuation: 16,
  symbolTable: 17,
  attributeInfo: 21,
} as const;

/** A message: where its data stand. */
export interface Message {
  readonly type: number;
  readonly at: number;
  readonly size: number;
  /** Its data are a reference to a message elsewhere. */
  readonly isShared: boolean;
}

const MAX_MESSAGES = 100_000;

/** The messages of the object header at an address, those of continuations included. */
export function readMessages(file: Hdf5Bytes, at: number): readonly Message[] {
  file.expect(at, 16, 'an object header');
  const isNew = file.text(at, 4) === 'OHDR';
  return isNew ? readNew(file, at) : readOld(file, at);
}

type Chunk = readonly [at: number, end: number];

function readOld(file: Hdf5Bytes, at: number): readonly Message[] {
  if (file.u8(at) !== 1) file.bad(at, `an object header of version ${file.u8(at)}: the file is damaged`);
  const size = file.u32(at + 8);
  return readChunks(file, [at + 16, at + 16 + size], {
    headerBytes: 8,
    parse: (p) => ({ type: file.u16(p), size: file.u16(p + 2), flags: file.u8(p + 4) }),
    continuation: (from, length) => [from, from + length],
  });
}

function readNew(file: Hdf5Bytes, at: number): readonly Message[] {
  if (file.u8(at + 4) !== 2) file.bad(at, `an object header of version ${file.u8(at + 4)}: the file is damaged`);
  const flags = file.u8(at + 5);
  let p = at + 6 + ((flags & 0x20) === 0 ? 0 : 16) + ((flags & 0x10) === 0 ? 0 : 4);
  const sizeBytes = 1 << (flags & 3);
  const size = file.unsigned(p, sizeBytes);
  p += sizeBytes;
  return readChunks(file, [p, p + size], {
    headerBytes: (flags & 4) === 0 ? 4 : 6,
    parse: (q) => ({ type: file.u8(q), size: file.u16(q + 1), flags: file.u8(q + 3) }),
    continuation: (from, length) => {
      file.signature(from, 'OCHK');
      // A checksum of 4 bytes ends the block.
      return [from + 4, from + length - 4];
    },
  });
}

interface HeaderForm {
  readonly headerBytes: number;
  readonly parse: (at: number) => { readonly type: number; readonly size: number; readonly flags: number };
  readonly continuation: (from: number, length: number) => Chunk;
}

function readChunks(file: Hdf5Bytes, first: Chunk, form: HeaderForm): readonly Message[] {
  const messages: Message[] = [];
  const chunks: Chunk[] = [first];
  for (let c = 0; c < chunks.length; c++) {
    const [start, end] = chunks[c]!;
    file.expect(start, end - start, 'an object header');
    for (let at = start; at + form.headerBytes <= end;) {
      const { type, size, flags } = form.parse(at);
      const data = at + form.headerBytes;
      if (data + size > end) file.bad(at, `a message of ${size} bytes does not fit its object header`);
      if (type === MESSAGE.continuation) {
        const from = file.addressOf(data, 'a continuation');
        const length = file.length(data + file.sizes.offset);
        file.expect(from, length, 'a continuation');
        chunks.push(form.continuation(from, length));
      } else if (type !== 0) {
        messages.push({ type, at: data, size, isShared: (flags & 2) !== 0 });
      }
      if (messages.length > MAX_MESSAGES) file.bad(at, `an object header of more than ${MAX_MESSAGES} messages`);
      at = data + size;
    }
  }
  return messages;
}
