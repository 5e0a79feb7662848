import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { crc32 } from '../../../src/common/archive/crc32.js';
import { MAX_BYTES, unpack } from '../../../src/common/archive/unpack.js';

const content = Uint8Array.from({ length: 1000 }, (_, i) => i % 7);
const PACKINGS = [
  ['gzip', gzipSync],
  ['zlib', deflateSync],
  ['deflate', deflateRawSync],
] as const;

describe('unpacking', () => {
  it.each(PACKINGS)('gives the bytes of %s, up to a limit', (packing, pack) => {
    const packed = pack(content);
    expect(unpack(packed, packing, 1000, 'a')).toEqual(content);
    expect(unpack(packed, packing, 2000, 'a')).toEqual(content);
    expect(() => unpack(packed, packing, 999, 'a')).toThrow(/unpacks-too-large.*more than 999 bytes/);
    expect(() => unpack(packed.subarray(0, 8), packing, 1000, 'a')).toThrow(/bad-compression/);
  });

  it('takes a limit of 0 for what is empty, and says 0 of what is not', () => {
    expect(unpack(gzipSync(new Uint8Array(0)), 'gzip', 0, 'a')).toHaveLength(0);
    expect(() => unpack(gzipSync(content), 'gzip', 0, 'a')).toThrow(/more than 0 bytes/);
  });

  it('reads files of up to one GiB', () => {
    expect(MAX_BYTES).toBe(2 ** 30);
  });
});

describe('the checksum of PNG and zip', () => {
  it('is CRC-32: its check value, the polynomial of one bit, nothing', () => {
    // The check value of the catalogue of CRC algorithms (reveng).
    expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
    expect(crc32(new Uint8Array(0))).toBe(0);
    expect(crc32(Uint8Array.of(0))).toBe(0xd202ef8d);
    // Linear: crc(a) ^ crc(b) ^ crc(c) = crc(a ^ b ^ c), byte by byte of one length.
    for (let byte = 0; byte < 256; byte++) {
      const parts = [Uint8Array.of(byte, 7), Uint8Array.of(91, 13), Uint8Array.of(byte ^ 91, 7 ^ 13)];
      const [a, b, c] = parts.map(crc32);
      expect((a! ^ b! ^ c!) >>> 0).toBe(crc32(Uint8Array.of(0, 0)));
    }
  });
});
