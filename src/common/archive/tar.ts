import { fail } from '../diagnostics.js';

const BLOCK = 512;

/** A regular file of an archive; `bytes` is a view. */
export interface TarFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * The regular files of a tar archive in order (POSIX.1-1988 ustar and the older header). Nothing is written or followed: links,
 * folders and extensions are passed over, and it is up to the caller which names it wants.
 * @throws UserError with the byte where the archive is damaged.
 */
export function parseTar(bytes: Uint8Array, place: string): readonly TarFile[] {
  const bad = (offset: number, message: string): never =>
    fail('bad-tar', `${place} byte ${offset}`, message, 'fetch or copy the archive again');
  const files: TarFile[] = [];
  let at = 0;
  while (true) {
    if (at + BLOCK > bytes.length) bad(at, 'the archive ends without its closing block: it is truncated');
    const header = bytes.subarray(at, at + BLOCK);
    if (header.every((byte) => byte === 0)) return files;
    if (octal(header, 148, 8) !== checksum(header))
      bad(at, 'the checksum of a header does not match: the archive is damaged');
    const size = octal(header, 124, 12);
    if (size === undefined) return bad(at + 124, 'the size of a file is not an octal number');
    if (at + BLOCK + size > bytes.length) bad(at, `a file of ${size} bytes is cut off: the archive is truncated`);
    const type = header[156];
    if (type === 0 || type === 0x30) {
      const prefix = text(header, 257, 5) === 'ustar' ? text(header, 345, 155) : '';
      const name = text(header, 0, 100);
      files.push({
        name: prefix === '' ? name : `${prefix}/${name}`,
        bytes: bytes.subarray(at + BLOCK, at + BLOCK + size),
      });
    }
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
}

function text(header: Uint8Array, offset: number, length: number): string {
  const field = header.subarray(offset, offset + length);
  const end = field.indexOf(0);
  return new TextDecoder('latin1').decode(end < 0 ? field : field.subarray(0, end));
}

function octal(header: Uint8Array, offset: number, length: number): number | undefined {
  const digits = text(header, offset, length).trim();
  return /^[0-7]{1,12}$/.test(digits) ? Number.parseInt(digits, 8) : undefined;
}

/** Sum of the header's bytes with the checksum's own eight bytes as blanks. */
function checksum(header: Uint8Array): number {
  return header.reduce((sum, byte, i) => sum + (i >= 148 && i < 156 ? 0x20 : byte), 0);
}
