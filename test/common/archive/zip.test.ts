import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/common/diagnostics.js';
import { unzip } from '../../../src/common/archive/zip.js';
import { bytesOf, u16, u32, type ZipEntry, zipFile } from '../../support/zip-file.js';

const all = (): boolean => true;
const text = (content: string): Uint8Array => new TextEncoder().encode(content);
const read = (bytes: Uint8Array, limit?: number, wanted = all): Record<string, string> =>
  Object.fromEntries([...unzip(bytes, 'a.zip', wanted, limit)].map(([name, b]) => [name, new TextDecoder().decode(b)]));
/** Code, place and words of the refusal. */
function refusal(bytes: Uint8Array, limit?: number): string {
  try {
    unzip(bytes, 'a.zip', all, limit);
  } catch (error) {
    if (error instanceof UserError) return error.diagnostics.map((d) => `${d.code} ${d.place}: ${d.message}`).join();
    throw error;
  }
  return 'read';
}
const changed = (bytes: Uint8Array, offset: number, ...values: number[]): Uint8Array => {
  const copy = bytes.slice();
  copy.set(values, offset);
  return copy;
};

const a: ZipEntry = { name: 'a.txt', content: text('alpha') };
const b: ZipEntry = { name: 'folder/b', content: text('beta '.repeat(40)), method: 8, extra: [3, 5, 2] };

describe('a zip archive', () => {
  it('gives its files by name, stored and deflated, whatever lies in extra fields, comments and before it', () => {
    const both = { 'a.txt': 'alpha', 'folder/b': 'beta '.repeat(40) };
    expect(read(zipFile([a, b]).bytes)).toEqual(both);
    expect(read(zipFile([b, a], { before: 7, comment: 9 }).bytes)).toEqual(both);
    expect(read(zipFile([]).bytes)).toEqual({});
    // A view into a larger buffer.
    const { bytes } = zipFile([a, b]);
    const inside = bytesOf(new Uint8Array(13), bytes).subarray(13);
    expect(read(inside)).toEqual(both);
    expect(read(bytes, undefined, () => false)).toEqual({});
  });

  it('may have a comment of up to 65,535 bytes', () => {
    expect(read(zipFile([a], { comment: 65_535 }).bytes)).toEqual({ 'a.txt': 'alpha' });
    const beyond = bytesOf(zipFile([a], { comment: 65_535 }).bytes, [0]);
    expect(refusal(beyond)).toBe(
      `bad-zip a.zip byte ${beyond.length}: the end of the archive is missing: this is not a zip file, or it is truncated`,
    );
    expect(refusal(new Uint8Array(5))).toContain('bad-zip a.zip byte 5: the end of the archive is missing');
    expect(refusal(new Uint8Array(0))).toContain('the end of the archive is missing');
  });

  it('is unpacked up to the limit of all wanted files together', () => {
    const { bytes, at } = zipFile([a, { ...a, name: 'c' }]);
    expect(refusal(bytes, 10)).toBe('read');
    // The second entry follows the 46 bytes and 5 letters of the first.
    expect(refusal(bytes, 9)).toBe(
      `bad-zip a.zip byte ${at.start + 51}: "c" and the files before it unpack to more than 9 bytes`,
    );
    expect(Object.keys(read(bytes, 5, (...[name]: [string?]) => name === 'c'))).toEqual(['c']);
  });

  it('has at most 10,000 entries, and as many as it says', () => {
    const { bytes, at } = zipFile([a]);
    expect(refusal(zipFile([a], { nEntries: 10_001 }).bytes)).toBe(
      `bad-zip a.zip byte ${at.end + 10}: 10001 files, at most 10000 are read (or zip64)`,
    );
    expect(refusal(zipFile([a], { nEntries: 10_000 }).bytes)).toBe(
      `bad-zip a.zip byte ${at.end}: entry 1 of the directory is damaged`,
    );
    expect(refusal(changed(bytes, at.start, 0))).toBe(
      `bad-zip a.zip byte ${at.start}: entry 0 of the directory is damaged`,
    );
  });

  it('is refused where an entry is not what it says', () => {
    const { bytes, at } = zipFile([a]);
    const entry = `bad-zip a.zip byte ${at.start}: `;
    expect(refusal(zipFile([a, a]).bytes)).toBe(
      `bad-zip a.zip byte ${zipFile([a, a]).at.start + 51}: "a.txt" is in the archive twice`,
    );
    expect(refusal(zipFile([{ ...a, flags: 1 }]).bytes)).toBe(`${entry}"a.txt" is encrypted`);
    expect(refusal(zipFile([{ ...a, flags: 0x0808 }]).bytes)).toBe('read');
    expect(refusal(zipFile([{ ...a, method: 12 }]).bytes)).toBe(
      `${entry}"a.txt" uses method 12, read are 0 (stored) and 8 (deflate)`,
    );
    expect(refusal(zipFile([{ ...a, size: 6 }]).bytes)).toBe(`${entry}"a.txt" has 5 bytes, announced are 6`);
    expect(refusal(changed(bytes, 35, 65))).toBe(
      `${entry}the checksum of "a.txt" does not match: the archive is damaged`,
    );
    expect(refusal(changed(bytes, 0, 1))).toBe('bad-zip a.zip byte 0: the header of "a.txt" is damaged');
    // A local header in the last 30 bytes is read, one a byte later is not.
    const local = at.start + 42;
    const last = bytes.length - 30;
    expect(refusal(changed(bytes, local, ...u32(last)))).toContain(`byte ${last}: the header of "a.txt" is damaged`);
    expect(refusal(changed(bytes, local, ...u32(last + 1)))).toContain('the header of "a.txt" is damaged');
    const header = bytes.slice(0, 30);
    header.set(u16(0), 26);
    const atEnd = zipFile([{ ...a, content: new Uint8Array(0) }], { comment: 30 });
    const placed = changed(changed(atEnd.bytes, atEnd.bytes.length - 30, ...header), atEnd.at.start + 42);
    expect(refusal(changed(placed, atEnd.at.start + 42, ...u32(placed.length - 30)))).toBe('read');
  });

  it('is refused where the content of an entry is cut off or unpacks to more than announced', () => {
    const { bytes, at } = zipFile([a]);
    const most = bytes.length - 35;
    const withSize = (size: number) => changed(bytes, at.start + 20, ...u32(size), ...u32(size));
    // As many bytes as there are behind the header: read, and of another checksum.
    expect(refusal(withSize(most))).toContain('the checksum of "a.txt" does not match');
    expect(refusal(withSize(most + 1))).toBe('bad-zip a.zip byte 35: "a.txt" is cut off');
    const bomb = zipFile([{ ...b, size: 199 }]);
    expect(refusal(bomb.bytes)).toContain('unpacks-too-large a.zip: folder/b: it unpacks to more than 199 bytes');
    expect(refusal(zipFile([{ ...b, size: 201 }]).bytes)).toContain('has 200 bytes, announced are 201');
    const damaged = changed(zipFile([b]).bytes, 30 + 8 + 5, 0xff, 0xff);
    expect(refusal(damaged)).toContain('bad-compression a.zip: folder/b: the compressed data is damaged');
  });

  it('has its directory before its end', () => {
    const { bytes, at } = zipFile([a]);
    // An entry that would reach over the end.
    expect(refusal(changed(bytes, at.end + 16, ...u32(at.end - 45)))).toContain('entry 0 of the directory is damaged');
    expect(refusal(changed(bytes, at.end + 16, ...u32(0xffffffff)))).toContain('entry 0 of the directory is damaged');
  });
});
