import { fail } from '../diagnostics.js';
import { crc32 } from './crc32.js';
import { MAX_BYTES, unpack } from './unpack.js';

const END_BYTES = 22;
const MAX_COMMENT = 65535;
const MAX_ENTRIES = 10_000;
const ENTRY_BYTES = 46;
const LOCAL_BYTES = 30;

/**
 * The files of a zip archive by name, unpacked (PKWARE APPNOTE 6.3, sections 4.3 and 4.4). Sizes are checked before anything
 * is unpacked: all files together at most `limit` bytes. `wanted` chooses by name; the others are neither unpacked nor counted.
 * Left out, with a message: encryption, archives of more than 4 GiB (zip64), methods other than stored and deflate.
 * @throws UserError with the byte where the archive is wrong.
 */
export function unzip(
  bytes: Uint8Array,
  place: string,
  wanted: (name: string) => boolean,
  limit = MAX_BYTES,
): ReadonlyMap<string, Uint8Array> {
  const bad = (offset: number, message: string): never =>
    fail('bad-zip', `${place} byte ${offset}`, message, 'write the archive again, for example with numpy.savez');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let end = bytes.length - END_BYTES;
  const first = Math.max(0, end - MAX_COMMENT);
  while (end >= first && view.getUint32(end, true) !== 0x06054b50) end--;
  if (end < first) bad(bytes.length, 'the end of the archive is missing: this is not a zip file, or it is truncated');
  const nEntries = view.getUint16(end + 10, true);
  if (nEntries > MAX_ENTRIES) bad(end + 10, `${nEntries} files, at most ${MAX_ENTRIES} are read (or zip64)`);
  const files = new Map<string, Uint8Array>();
  let at = view.getUint32(end + 16, true);
  let total = 0;
  for (let i = 0; i < nEntries; i++) {
    if (at + ENTRY_BYTES > end || view.getUint32(at, true) !== 0x02014b50)
      bad(at, `entry ${i} of the directory is damaged`);
    const flags = view.getUint16(at + 8, true);
    const method = view.getUint16(at + 10, true);
    const crc = view.getUint32(at + 16, true);
    const packedSize = view.getUint32(at + 20, true);
    const size = view.getUint32(at + 24, true);
    const nameLength = view.getUint16(at + 28, true);
    const local = view.getUint32(at + 42, true);
    const entry = at;
    const name = new TextDecoder().decode(bytes.subarray(at + ENTRY_BYTES, at + ENTRY_BYTES + nameLength));
    at += ENTRY_BYTES + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    if (!wanted(name)) continue;
    if (files.has(name)) bad(entry, `"${name}" is in the archive twice`);
    if ((flags & 1) !== 0) bad(entry, `"${name}" is encrypted`);
    total += size;
    if (total > limit) bad(entry, `"${name}" and the files before it unpack to more than ${limit} bytes`);
    if (local + LOCAL_BYTES > bytes.length || view.getUint32(local, true) !== 0x04034b50)
      bad(local, `the header of "${name}" is damaged`);
    // The lengths of the local header count: its extra field differs from that of the directory.
    const start = local + LOCAL_BYTES + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    if (start + packedSize > bytes.length) bad(start, `"${name}" is cut off`);
    const packed = bytes.subarray(start, start + packedSize);
    if (method !== 0 && method !== 8)
      bad(entry, `"${name}" uses method ${method}, read are 0 (stored) and 8 (deflate)`);
    const content = method === 0 ? packed : unpack(packed, 'deflate', size, `${place}: ${name}`);
    if (content.length !== size) bad(entry, `"${name}" has ${content.length} bytes, announced are ${size}`);
    if (crc32(content) !== crc) bad(entry, `the checksum of "${name}" does not match: the archive is damaged`);
    files.set(name, content);
  }
  return files;
}
