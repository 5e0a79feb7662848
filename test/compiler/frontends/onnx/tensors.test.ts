/** Elements of tensors in every data type, raw and in typed fields. */
import { describe, expect, it } from 'vitest';
import { parseTensor } from '../../../../src/compiler/frontends/onnx/model.js';
import { halfFloat, numbersOf } from '../../../../src/compiler/frontends/onnx/tensor.js';
import { joined, madeTensor, numberField } from '../../../support/onnx-writer.js';

const rawNumbers = (type: number, n: number, bytes: readonly number[]): number[] =>
  Array.from(numbersOf(parseTensor(madeTensor({ dims: [n], type, raw: Uint8Array.from(bytes) }), 't'), 't'));

describe('tensors', () => {
  it.each<[string, number, number, readonly number[], readonly number[]]>([
    ['float32', 1, 1, [0, 0, 0x80, 0x3f], [1]],
    ['uint8', 2, 2, [1, 255], [1, 255]],
    ['int8', 3, 2, [1, 255], [1, -1]],
    ['uint16', 4, 1, [1, 255], [0xff01]],
    ['int16', 5, 1, [1, 255], [-255]],
    ['int32', 6, 1, [254, 255, 255, 255], [-2]],
    ['int64', 7, 1, [253, 255, 255, 255, 255, 255, 255, 255], [-3]],
    ['bool', 9, 2, [0, 1], [0, 1]],
    ['float16', 10, 2, [0, 0x3c, 1, 0x80], [1, -(2 ** -24)]],
    ['float64', 11, 1, [0, 0, 0, 0, 0, 0, 0xf0, 0x3f], [1]],
    ['uint32', 12, 1, [255, 255, 255, 255], [4294967295]],
    ['uint64', 13, 1, [255, 255, 0, 0, 0, 0, 0, 0], [65535]],
    ['bfloat16', 16, 1, [0x80, 0xbf], [-1]],
    ['uint4, an odd number of them', 21, 3, [0xf1, 0x07], [1, 15, 7]],
    ['int4', 22, 3, [0xf1, 0x07], [1, -1, 7]],
    ['uint2', 25, 5, [0b11100100, 0b01], [0, 1, 2, 3, 1]],
    ['int2', 26, 5, [0b11100100, 0b01], [0, 1, -2, -1, 1]],
  ])('%s', (_, type, n, bytes, expected) => {
    expect(rawNumbers(type, n, bytes)).toEqual(expected);
  });

  it('typed fields hold integers and halves as numbers, packed integers several to one', () => {
    const typed = (type: number, n: number, values: readonly number[]): number[] => {
      const bytes = joined([madeTensor({ dims: [n], type }), ...values.map((v) => numberField(5, v))]);
      return Array.from(numbersOf(parseTensor(bytes, 't'), 't'));
    };
    expect(typed(3, 2, [5, -6])).toEqual([5, -6]);
    expect(typed(10, 1, [0x3c00])).toEqual([1]);
    expect(typed(22, 3, [0xf1, 0x07])).toEqual([1, -1, 7]);
    expect(() => typed(3, 3, [5, -6])).toThrow(/3 elements declared|2 numbers where 3/);
  });

  it('elements of a Buffer that are not aligned are copied, not read from the pool around it', () => {
    const bytes = madeTensor({ dims: [2], values: [1.5, -2] });
    for (const shift of [0, 1, 2, 3]) {
      const pool = Buffer.alloc(bytes.length + 8);
      pool.set(bytes, shift);
      const tensor = parseTensor(pool.subarray(shift, shift + bytes.length), 't');
      expect(Array.from(numbersOf(tensor, 't'))).toEqual([1.5, -2]);
    }
  });

  it('halves: infinities, NaN and subnormal numbers', () => {
    expect([0x7c00, 0xfc00, 0x0001, 0x7bff].map(halfFloat)).toEqual([Infinity, -Infinity, 2 ** -24, 65504]);
    expect(halfFloat(0x7e00)).toBeNaN();
  });

  it('texts, complex numbers and 8-bit floats are refused with the number of their type', () => {
    for (const type of [8, 14, 17]) expect(() => rawNumbers(type, 1, [0])).toThrow(`data type ${type}`);
  });
});
