import { describe, expect, it } from 'vitest';
import { packInt8, unpackInt8 } from '../../src/common/packed-ints.js';

describe('packed integers', () => {
  it.each([
    ['i1', [1, -1, 1, 1, -1, -1, -1, 1, 1], [0b1000_1101, 0b1]],
    ['i2', [1, -1, 0, 1, -1], [0b01_00_11_01, 0b11]],
    ['i8', [2, -1, -128, 127], [2, 255, 128, 127]],
    ['i8', [-2, 1], [254, 1]],
  ] as const)('take the fewest bits that hold them: %s', (code, values, bytes) => {
    const packed = packInt8(Int8Array.from(values));
    expect(packed).toEqual({ code, bytes: Uint8Array.from(bytes) });
    expect([...unpackInt8(packed, values.length)]).toEqual(values);
  });

  it('of a number of bytes that does not fit are refused', () => {
    const bytes = new Uint8Array(2);
    expect([9, 16].map((n) => unpackInt8({ code: 'i1', bytes }, n).length)).toEqual([9, 16]);
    for (const n of [8, 17, -1, 8.5])
      expect(() => unpackInt8({ code: 'i1', bytes }, n), String(n)).toThrow('i1 elements');
    expect(() => unpackInt8({ code: 'i2', bytes }, 9)).toThrow('has 2 bytes');
    expect(() => unpackInt8({ code: 'i8', bytes }, 3)).toThrow('has 2 bytes');
  });
});
