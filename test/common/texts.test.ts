import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { decodeText } from '../../src/common/decode-text.js';
import { parseJson } from '../../src/common/parse-json.js';
import { sha256 } from '../../src/common/sha256.js';

describe('the text of a file', () => {
  it('is UTF-8 without its byte order mark', () => {
    expect(decodeText(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61, 0xc3, 0xa4), 'f')).toBe('a\u00e4');
    expect(() => decodeText(Uint8Array.of(0x61, 0xe4), 'f')).toThrow('error[not-text] f: the file is not UTF-8 text');
    expect(() => decodeText(Uint8Array.of(0xe4), 'f', 'recipe')).toThrow('the recipe is not UTF-8 text');
  });

  it('is JSON, or refused with the code and remedy of whoever reads it', () => {
    const asked = { code: 'bad-x', remedy: 'write it again' };
    expect(parseJson('{"a":[1]}', 'f', asked)).toEqual({ a: [1] });
    expect(() => parseJson('{', 'f', asked)).toThrow('error[bad-x] f: the file is not JSON\n  remedy: write it again');
  });

  it('has the checksum of its bytes in hexadecimal', () => {
    const bytes = new TextEncoder().encode('abc');
    // FIPS 180-2, appendix B.1.
    expect(sha256(bytes)).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(sha256(bytes)).toBe(createHash('sha256').update(bytes).digest('hex'));
  });
});
