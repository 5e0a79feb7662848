import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromBase64, toBase64 } from '../../../src/common/base64.js';
import { errorCode } from '../../../src/common/error-code.js';
import { platform as node } from '../../../src/common/platform/node.js';
import { platform as page, provideBuilt } from '../../../src/common/platform/page.js';
import type { Packing } from '../../../src/common/platform/platform.js';

const PACK = { gzip: gzipSync, zlib: deflateSync, deflate: deflateRawSync } as const;
const PACKINGS = ['gzip', 'zlib', 'deflate'] as const satisfies readonly Packing[];
/** Bytes with runs, so that they are packed with codes of their own and long matches; noise is stored. */
const contents = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc
    .array(fc.tuple(fc.uint8Array({ maxLength: 40 }), fc.integer({ min: 1, max: 90 })), { maxLength: 30 })
    .map((runs) => new Uint8Array(runs.flatMap(([piece, n]) => Array.from({ length: n }, () => [...piece]).flat()))),
);
const outcome = (unpack: () => Uint8Array): unknown => {
  try {
    return [...unpack()];
  } catch (error) {
    return errorCode(error) === 'ERR_BUFFER_TOO_LARGE' ? 'too large' : 'damaged';
  }
};

describe('a page', () => {
  it('has the digests of Node', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect([...page.sha256(bytes)]).toEqual([...node.sha256(bytes)]);
      }),
    );
  });

  it('unpacks what zlib packed', () => {
    fc.assert(
      fc.property(contents, fc.constantFrom(...PACKINGS), fc.constantFrom(0, 1, 6, 9), (bytes, packing, level) => {
        const packed = PACK[packing](bytes, { level });
        expect([...page.inflate(packed, packing, bytes.length + 1)]).toEqual([...bytes]);
      }),
    );
  });

  it('stops at the limit, as Node does', () => {
    const packed = gzipSync(new Uint8Array(1_000_000));
    expect(() => page.inflate(packed, 'gzip', 999_999)).toThrow(
      expect.objectContaining({ code: 'ERR_BUFFER_TOO_LARGE' }),
    );
    expect(page.inflate(packed, 'gzip', 1_000_000)).toHaveLength(1_000_000);
  });

  it('refuses streams that are damaged or end early where Node does, and gives the same bytes where it does not', () => {
    const damage = fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 }), fc.boolean());
    fc.assert(
      fc.property(contents, fc.constantFrom(...PACKINGS), damage, (bytes, packing, [place, flip, isCut]) => {
        const whole = new Uint8Array(PACK[packing](bytes));
        const at = place % whole.length;
        const packed = isCut
          ? whole.subarray(0, at)
          : Uint8Array.from(whole, (byte, i) => (i === at ? byte ^ flip : byte));
        // The header's checksum and what follows the end are left to zlib.
        fc.pre(isCut || packing !== 'gzip' || at > 9);
        const unpacked = outcome(() => page.inflate(packed, packing, 100_000));
        expect(unpacked).toEqual(outcome(() => node.inflate(packed, packing, 100_000)));
      }),
      { numRuns: 300 },
    );
  });

  it('takes several gzip members', () => {
    const packed = Buffer.concat([gzipSync('ab'), gzipSync('cd')]);
    expect(new TextDecoder().decode(page.inflate(packed, 'gzip', 10))).toBe('abcd');
  });

  it('has the built files that it was provided with', () => {
    provideBuilt([['a/b.wasm', new Uint8Array([1, 2])]]);
    expect([...page.readBuilt('a/b.wasm')]).toEqual([1, 2]);
    expect(() => page.readBuilt('a/c.wasm')).toThrow('no file a/c.wasm');
  });

  it('goes on in a later turn', async () => {
    await expect(page.nextTurn()).resolves.toBeUndefined();
  });
});

describe('base64', () => {
  it('is that of Node, there and back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const text = Buffer.from(bytes).toString('base64');
        expect(toBase64(bytes)).toBe(text);
        expect([...fromBase64(text)]).toEqual([...bytes]);
      }),
    );
    const long = Uint8Array.from({ length: 100_001 }, (_, i) => (i * 7919) >> 3);
    expect(toBase64(long)).toBe(Buffer.from(long).toString('base64'));
  });

  it('leaves out what is no digit and ends at the padding', () => {
    expect([...fromBase64('A Q\nI=xyz')]).toEqual([1, 2]);
  });
});
