import { createHash } from 'node:crypto';
import { pack } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import { decodeContainer, encodeContainer, isContainer } from '../../src/common/container.js';
import { UserError } from '../../src/common/diagnostics.js';

const bytes = encodeContainer('program', { b: 2, a: Uint8Array.of(1, 2, 3) });
const changed = (at: number, value: number): Uint8Array => {
  const copy = bytes.slice();
  copy[at] = value;
  return copy;
};
const told = (of: Uint8Array, kind: Parameters<typeof decodeContainer>[0] = 'program'): string => {
  try {
    decodeContainer(kind, of, 'file');
  } catch (error) {
    if (error instanceof UserError) return error.diagnostics.map(({ code, message }) => `${code}: ${message}`).join();
    throw error;
  }
  return 'nothing';
};

describe('a container', () => {
  it('has its header where the format says: name, version, kind, length, checksum', () => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const payload = bytes.subarray(52);
    expect(new TextDecoder().decode(bytes.subarray(0, 8))).toBe('LODESTON');
    expect([8, 12, 16].map((at) => view.getUint32(at, true))).toEqual([1, 2, payload.length]);
    expect(Buffer.from(bytes.subarray(20, 52)).toString('hex')).toBe(
      createHash('sha256').update(payload).digest('hex'),
    );
    for (const [kind, number] of [
      ['network', 1],
      ['program', 2],
      ['checkpoint', 3],
    ] as const) {
      expect(encodeContainer(kind, 0)[12]).toBe(number);
    }
  });

  it('holds every kind of array, each as what it was and apart from the file', () => {
    const arrays = {
      u8: Uint8Array.of(0, 255),
      i16: Int16Array.of(-32_768, 32_767),
      u16: Uint16Array.of(65_535),
      i32: Int32Array.of(-(2 ** 31), 5, 7),
      u32: Uint32Array.of(2 ** 32 - 1),
      f32: Float32Array.of(0.5, -1.5),
      f64: Float64Array.of(Math.PI),
      signs: Int8Array.of(1, -1, -1, 1, 1, 1, 1, 1, -1),
      ternary: Int8Array.of(0, 1, -1, 0, 1),
      bytes: Int8Array.of(-128, 127, 0),
      none: new Int8Array(0),
      view: new Int32Array(Int32Array.of(1, 2, 3, 4).buffer, 4, 2),
    };
    const file = encodeContainer('network', { inner: [arrays, null, true, 'text', -0.25] });
    expect(decodeContainer('network', file, 'file')).toEqual({ inner: [arrays, null, true, 'text', -0.25] });
    const back = decodeContainer('network', file, 'file');
    file.fill(0);
    expect(back).toEqual({ inner: [arrays, null, true, 'text', -0.25] });
  });

  it('is the same bytes for equal values, in whatever order their keys were set', () => {
    expect(encodeContainer('program', { a: Uint8Array.of(1, 2, 3), b: 2 })).toEqual(bytes);
    expect(encodeContainer('program', { c: { z: 1, y: 2 }, b: 2 })).toEqual(
      encodeContainer('program', { b: 2, c: { y: 2, z: 1 } }),
    );
  });

  it('refuses arrays that it has no name for, as an error of ours', () => {
    expect(() => encodeContainer('network', { a: new BigInt64Array(1) })).toThrow('internal error');
  });

  it('is told by its first eight letters, all of them', () => {
    expect(isContainer(bytes)).toBe(true);
    expect(isContainer(bytes.subarray(0, 8))).toBe(true);
    expect(isContainer(bytes.subarray(0, 7))).toBe(false);
    for (let at = 0; at < 8; at++) expect(isContainer(changed(at, 0))).toBe(false);
  });

  it.each([
    [
      'no container',
      Uint8Array.of(1, 2, 3),
      'not-a-lodestone-file: a program file is needed, this is not a Lodestone file',
    ],
    [
      'a file of somebody else',
      new TextEncoder().encode('{}'),
      'not-a-lodestone-file: a program file is needed, this is a JSON file',
    ],
    ['a cut header', bytes.subarray(0, 51), 'file-truncated: the header needs 52 bytes, the file has 51'],
    [
      'no payload',
      bytes.subarray(0, 52),
      `file-truncated: the header announces ${bytes.length} bytes, the file has 52`,
    ],
    ['another kind', changed(12, 3), 'wrong-file-kind: the file holds a checkpoint, not a program'],
    ['an unknown kind', changed(12, 9), 'wrong-file-kind: the file holds kind 9, not a program'],
    ['a version to come', changed(8, 2), 'file-version: the file has format version 2, this program reads version 1'],
    [
      'a cut payload',
      bytes.subarray(0, -1),
      `file-truncated: the header announces ${bytes.length} bytes, the file has ${bytes.length - 1}`,
    ],
    [
      'a changed payload',
      changed(bytes.length - 1, 0),
      'file-checksum: the checksum does not match: the file is damaged',
    ],
    [
      'a changed checksum, first byte',
      changed(20, bytes[20]! ^ 1),
      'file-checksum: the checksum does not match: the file is damaged',
    ],
    [
      'a changed checksum, last byte',
      changed(51, bytes[51]! ^ 1),
      'file-checksum: the checksum does not match: the file is damaged',
    ],
  ])('says of %s what it is', (_, file, message) => {
    expect(told(file)).toBe(message);
  });

  it('is refused where its content is none: arrays of another length or type, texts that are no UTF-8', () => {
    /** A whole container around any payload. */
    const around = (payload: Uint8Array): Uint8Array => {
      const file = Uint8Array.from([...bytes.subarray(0, 52), ...payload]);
      new DataView(file.buffer).setUint32(16, payload.length, true);
      file.set(createHash('sha256').update(payload).digest(), 20);
      return file;
    };
    const d = Uint8Array.of(1, 2, 3, 4);
    const array = (code: string, n: number): string => told(around(pack({ a: { $: code, n, d } })));
    for (const [code, n] of [
      ['u8', 4],
      ['i16', 2],
      ['f32', 1],
      ['i8', 4],
      ['i2', 16],
      ['i2', 13],
      ['i1', 32],
      ['i1', 25],
    ] as const) {
      expect(array(code, n), code).toBe('nothing');
      expect(array(code, n * 8), code).toMatch(/file-payload: .*an array of \d+ .*has 4 bytes/);
    }
    expect(array('i17', 2)).toContain('unknown array type "i17"');
    expect(told(around(Uint8Array.of(0xa1, 0xff)))).toContain('a text in it is not UTF-8');
    expect(told(around(Uint8Array.of(0x92, 1)))).toContain('file-payload');
  });
});
