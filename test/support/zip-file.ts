/** Zip archives for tests, written from the definition of the format (PKWARE APPNOTE 6.3). */
import { deflateRawSync } from 'node:zlib';
import { crc32 } from '../../src/common/archive/crc32.js';

/** A file of an archive, and what may be wrong with it. */
export interface ZipEntry {
  readonly name: string;
  readonly content: Uint8Array;
  readonly method?: number;
  readonly flags?: number;
  /** What the directory announces. */
  readonly size?: number;
  /** Bytes of extra fields in the directory and the local header, and of the entry's comment. */
  readonly extra?: readonly [directory: number, local: number, comment: number];
}

/** All bytes in a row. */
export const bytesOf = (...parts: readonly (readonly number[] | Uint8Array)[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => [...part]));
/** Little-endian. */
export const u16 = (value: number): number[] => [value & 255, value >> 8];
/** Little-endian. */
export const u32 = (value: number): number[] => [...u16(value & 0xffff), ...u16(value >>> 16)];

/** An archive by the APPNOTE: local headers and contents, directory, end. `at` are the offsets of its parts. */
export function zipFile(entries: readonly ZipEntry[], { comment = 0, before = 0, nEntries = entries.length } = {}) {
  const parts: Uint8Array[] = [new Uint8Array(before)];
  const length = (): number => parts.reduce((sum, part) => sum + part.length, 0);
  const directory: Uint8Array[] = [];
  const locals: number[] = [];
  for (const { name, content, method = 0, flags = 0, size = content.length, extra = [0, 0, 0] } of entries) {
    const packed = method === 8 ? deflateRawSync(content) : content;
    const letters = new TextEncoder().encode(name);
    const sizes = [...u32(crc32(content)), ...u32(packed.length), ...u32(size), ...u16(letters.length)];
    const local = length();
    locals.push(local);
    parts.push(
      bytesOf([0x50, 0x4b, 3, 4], u16(20), u16(flags), u16(method), u32(0), sizes, u16(extra[1])),
      bytesOf(letters, new Uint8Array(extra[1]), packed),
    );
    directory.push(
      bytesOf([0x50, 0x4b, 1, 2], u16(20), u16(20), u16(flags), u16(method), u32(0), sizes, u16(extra[0])),
      bytesOf(u16(extra[2]), u16(0), u16(0), u32(0), u32(local), letters, new Uint8Array(extra[0] + extra[2])),
    );
  }
  const start = length();
  parts.push(...directory);
  const end = length();
  const counts = [...u16(nEntries), ...u16(nEntries), ...u32(end - start), ...u32(start), ...u16(comment)];
  parts.push(bytesOf([0x50, 0x4b, 5, 6], u16(0), u16(0), counts, new Uint8Array(comment)));
  return { bytes: bytesOf(...parts), at: { locals, start, end } };
}
