/**
 * Options of custom operators: the flat maps of numbers, texts and truths of a FlexBuffer (flatbuffers/docs/source/flexbuffers). Every position is
 * checked; what is no such map, or no such value, is refused.
 *
 * ```
 *   ... keys (texts) ... vector of key offsets | offset to it, its width, length, values, a type byte per value | root, its type, its width
 * ```
 */
import { Refusal } from './refusal.js';

export type FlexValue = number | string | boolean | null;

const NULL = 0;
const INT = 1;
const UINT = 2;
const FLOAT = 3;
const STRING = 5;
const MAP = 9;
const BOOL = 26;

const damaged = (): never => {
  throw new Refusal('its options are damaged', 'export the model again');
};

/** The map that a FlexBuffer holds. */
export function readFlexMap(bytes: Uint8Array): ReadonlyMap<string, FlexValue> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 3) damaged();
  const unsigned = (at: number, width: number): number => {
    if (at < 0 || at + width > bytes.length) damaged();
    if (width === 1) return view.getUint8(at);
    if (width === 2) return view.getUint16(at, true);
    return width === 4 ? view.getUint32(at, true) : Number(view.getBigUint64(at, true));
  };
  const signed = (at: number, width: number): number => {
    const value = unsigned(at, width);
    return value >= 2 ** (8 * width - 1) ? value - 2 ** (8 * width) : value;
  };
  const text = (at: number, length?: number): string => {
    const end = length === undefined ? bytes.indexOf(0, at) : at + length;
    if (at < 0 || end < at || end > bytes.length) damaged();
    return new TextDecoder().decode(bytes.subarray(at, end));
  };
  const widthOf = (type: number): number => 2 ** (type & 3);
  const rootWidth = unsigned(bytes.length - 1, 1);
  const rootType = unsigned(bytes.length - 2, 1);
  if (![1, 2, 4, 8].includes(rootWidth) || rootType >> 2 !== MAP) damaged();
  const rootAt = bytes.length - 2 - rootWidth;
  const map = rootAt - unsigned(rootAt, rootWidth);
  const width = widthOf(rootType);
  const length = unsigned(map - width, width);
  if (length > bytes.length) damaged();
  const keys = map - 3 * width - unsigned(map - 3 * width, width);
  const keyWidth = unsigned(map - 2 * width, width);
  if (![1, 2, 4, 8].includes(keyWidth)) damaged();
  const result = new Map<string, FlexValue>();
  for (let i = 0; i < length; i++) {
    const keyAt = keys + i * keyWidth;
    const key = text(keyAt - unsigned(keyAt, keyWidth));
    const at = map + i * width;
    const packed = unsigned(map + length * width + i, 1);
    result.set(key, value(packed >> 2, at, widthOf(packed)));
  }
  return result;

  function value(type: number, at: number, own: number): FlexValue {
    switch (type) {
      case NULL:
        return null;
      case INT:
        return signed(at, width);
      case UINT:
        return unsigned(at, width);
      case BOOL:
        return unsigned(at, width) !== 0;
      case FLOAT:
        unsigned(at, width);
        return width === 8 ? view.getFloat64(at, true) : width === 4 ? view.getFloat32(at, true) : damaged();
      case STRING: {
        const start = at - unsigned(at, width);
        return text(start, unsigned(start - own, own));
      }
      default:
        return damaged();
    }
  }
}
