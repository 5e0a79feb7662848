import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/common/diagnostics.js';
import { parseTar } from '../../../src/common/archive/tar.js';

interface Header {
  readonly name: string;
  readonly size: number | string;
  readonly type?: string;
  readonly magic?: string;
  readonly prefix?: string;
}

/** A header block by POSIX.1-1988: name 0, size 124, checksum 148, type 156, magic 257, prefix 345. */
function header({ name, size, type = '0', magic = 'ustar', prefix = '' }: Header): Uint8Array {
  const block = new Uint8Array(512);
  const put = (offset: number, field: string): void => block.set(Buffer.from(field, 'latin1'), offset);
  put(0, name);
  put(124, typeof size === 'string' ? size : size.toString(8).padStart(11, '0'));
  put(156, type);
  put(257, magic);
  put(345, prefix);
  put(148, '        ');
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(148, `${sum.toString(8).padStart(6, '0')}\0 `);
  return block;
}

/** The file in whole blocks. */
function file(of: Omit<Header, 'size'>, content: string): Uint8Array {
  const blocks = new Uint8Array(Math.ceil(content.length / 512) * 512);
  blocks.set(Buffer.from(content, 'latin1'));
  return Buffer.concat([header({ ...of, size: content.length }), blocks]);
}
const archive = (...parts: readonly Uint8Array[]): Uint8Array =>
  Uint8Array.from(Buffer.concat([...parts, new Uint8Array(1024)]));
const read = (bytes: Uint8Array) =>
  parseTar(bytes, 'a.tar').map(({ name, bytes: content }) => [name, Buffer.from(content).toString('latin1')]);
function refusal(bytes: Uint8Array): string {
  try {
    parseTar(bytes, 'a.tar');
  } catch (error) {
    if (error instanceof UserError) return error.diagnostics.map((d) => `${d.code} ${d.place}: ${d.message}`).join();
    throw error;
  }
  return 'read';
}

describe('a tar archive', () => {
  it('gives regular files in order, whatever they fill of their last block', () => {
    const contents = ['', 'x', 'y'.repeat(511), 'z'.repeat(512), 'w'.repeat(513)];
    const parts = contents.map((content, i) => file({ name: `f${i}` }, content));
    expect(read(archive(...parts))).toEqual(contents.map((content, i) => [`f${i}`, content]));
    expect(read(archive())).toEqual([]);
    // One closing block is enough.
    expect(read(archive(parts[1]!).subarray(0, 1536))).toEqual([['f1', 'x']]);
  });

  it('passes over folders and links, and takes the older type of a regular file', () => {
    expect(
      read(
        archive(
          file({ name: 'folder/', type: '5' }, ''),
          file({ name: 'link', type: '2' }, ''),
          file({ name: 'extension', type: 'x' }, 'a'.repeat(600)),
          file({ name: 'old', type: '\0', magic: '' }, 'content'),
        ),
      ),
    ).toEqual([['old', 'content']]);
  });

  it('has the prefix of long names before them, in archives of ustar only', () => {
    const long = 'n'.repeat(100);
    const prefix = 'p'.repeat(155);
    expect(read(archive(file({ name: long, prefix }, 'a')))).toEqual([[`${prefix}/${long}`, 'a']]);
    expect(read(archive(file({ name: 'n', prefix, magic: 'other' }, 'a')))).toEqual([['n', 'a']]);
    expect(read(archive(file({ name: 'caf\u00e9' }, 'a')))).toEqual([['caf\u00e9', 'a']]);
  });

  it('is refused where it is cut off, at the byte', () => {
    const bytes = archive(file({ name: 'a' }, 'x'.repeat(600)));
    const closing = 'bad-tar a.tar byte 1536: the archive ends without its closing block: it is truncated';
    expect(refusal(bytes.subarray(0, 2048))).toBe('read');
    expect(refusal(bytes.subarray(0, 2047))).toBe(closing);
    expect(refusal(bytes.subarray(0, 1112))).toBe(closing);
    expect(refusal(bytes.subarray(0, 1111))).toBe(
      'bad-tar a.tar byte 0: a file of 600 bytes is cut off: the archive is truncated',
    );
    expect(refusal(bytes.subarray(0, 511))).toContain('byte 0: the archive ends without its closing block');
  });

  it('is refused where a header is damaged, every byte of it', () => {
    const bytes = archive(file({ name: 'first' }, 'x'), file({ name: 'second' }, 'y'));
    for (const at of [0, 100, 147, 148, 149, 153, 156, 257, 511]) {
      const damaged = bytes.slice();
      damaged[1024 + at]! ^= 1;
      expect(refusal(damaged), `byte ${at}`).toBe(
        'bad-tar a.tar byte 1024: the checksum of a header does not match: the archive is damaged',
      );
    }
    for (const size of ['99999999999', '', '0000000000x'])
      expect(refusal(archive(header({ name: 'a', size })))).toBe(
        'bad-tar a.tar byte 124: the size of a file is not an octal number',
      );
    expect(read(archive(header({ name: 'a', size: ' 0 ' })))).toEqual([['a', '']]);
  });
});
