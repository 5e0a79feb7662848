import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/common/diagnostics.js';
import { parseIdx } from '../../src/data/index.js';

/** An IDX file with the given sizes in its header, followed by the values. */
function idxFile(sizes: readonly number[], values: readonly number[], type = 8): Uint8Array {
  const header = sizes.flatMap((size) => [size >>> 24, (size >>> 16) & 255, (size >>> 8) & 255, size & 255]);
  return Uint8Array.from([0, 0, type, sizes.length, ...header, ...values]);
}

/** Parses and returns the message, which must be a user's error. */
function messageOf(bytes: Uint8Array): string {
  try {
    parseIdx(bytes, 'file.idx');
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  return 'accepted';
}

describe('the IDX reader', () => {
  it('reads shape and values, last dimension fastest', () => {
    const array = parseIdx(idxFile([2, 3], [1, 2, 3, 4, 5, 6]), 'file.idx');
    expect(array.shape).toEqual([2, 3]);
    expect([...array.values]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('reads a file that is a view into a larger buffer', () => {
    const inner = idxFile([2], [7, 9]);
    const buffer = new Uint8Array(inner.length + 5);
    buffer.set(inner, 5);
    expect([...parseIdx(buffer.subarray(5), 'file.idx').values]).toEqual([7, 9]);
  });

  it('says at which byte every truncation of a file ends', () => {
    const whole = idxFile([2, 3], [1, 2, 3, 4, 5, 6]);
    for (let n = 0; n < whole.length; n++) expect(messageOf(whole.subarray(0, n))).toContain(`the file has ${n}`);
  });

  it('refuses bytes after the announced values', () => {
    expect(messageOf(idxFile([2], [1, 2, 3]))).toContain('announces 10 bytes, the file has 11');
  });

  it('refuses sizes whose product overflows without asking for the memory', () => {
    expect(messageOf(idxFile([0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff], []))).toContain('more than 1073741824');
  });

  it('does not let a size of 0 hide an impossible one before it', () => {
    expect(messageOf(idxFile([0xffffffff, 0], []))).toContain('byte 4');
  });

  it.each([
    ['magic bytes', Uint8Array.from([1, 0, 8, 1, 0, 0, 0, 0]), 'byte 0'],
    ['a type that is not unsigned byte', idxFile([1], [0], 13), 'byte 2'],
    ['no dimensions', idxFile([], []), 'byte 3'],
    ['too many dimensions', idxFile([1, 1, 1, 1, 1], [0]), 'byte 3'],
  ])('points at wrong %s', (_, bytes, place) => {
    expect(messageOf(bytes)).toContain(place);
  });
});
