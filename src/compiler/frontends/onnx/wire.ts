/**
 * The wire format of protocol buffers (protobuf.dev/programming-guides/encoding), as far as ONNX uses it: messages are sequences of fields
 * (number, type, payload). Every length is checked against what is left; payloads are views into the file, never copies.
 */
import { fail } from '../../../common/diagnostics.js';

/** How a payload is written: a number, eight bytes, bytes of a stated length, four bytes. Groups are not part of ONNX. */
export const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** One field of a message. */
export interface Field {
  readonly number: number;
  readonly wire: number;
  /** The value of a varint as a signed 64-bit integer, rounded to float64 above 2^53; 0 for the others. */
  readonly value: number;
  /** The payload of `bytes`, `fixed32` and `fixed64`, a view; empty for a varint. */
  readonly bytes: Uint8Array;
}

const NOTHING = new Uint8Array(0);
/** A varint of 64 bits has at most ten bytes. */
const MAX_VARINT = 10;

/** Walks over the fields of a message. `place` and `base` (where the message starts in the file) are for findings. @throws UserError */
export function* fields(message: Uint8Array, place: string, base = 0): Generator<Field> {
  const cursor = { at: 0 };
  while (cursor.at < message.length) {
    const start = cursor.at;
    const tag = varint(message, cursor, place, base);
    const number = Math.floor(tag / 8);
    const wire = tag % 8;
    if (tag < 8 || number > 0x1fffffff) broken(place, base + start, 'a field without a valid number');
    if (wire === WIRE.varint) {
      yield { number, wire, value: varint(message, cursor, place, base), bytes: NOTHING };
      continue;
    }
    const length = payloadLength(wire, message, cursor, place, base);
    if (!(length >= 0 && length <= message.length - cursor.at)) {
      broken(place, base + start, `a field of ${length} bytes where ${message.length - cursor.at} are left`);
    }
    const bytes = message.subarray(cursor.at, cursor.at + length);
    cursor.at += length;
    yield { number, wire, value: 0, bytes };
  }
}

function payloadLength(wire: number, message: Uint8Array, cursor: { at: number }, place: string, base: number): number {
  if (wire === WIRE.bytes) return varint(message, cursor, place, base);
  if (wire === WIRE.fixed32) return 4;
  if (wire === WIRE.fixed64) return 8;
  return broken(place, base + cursor.at, `a field of the unknown wire type ${wire}`);
}

/** The varint at the cursor, as a signed 64-bit integer in a float64. */
function varint(message: Uint8Array, cursor: { at: number }, place: string, base: number): number {
  let low = 0;
  let high = 0;
  for (let k = 0; k < MAX_VARINT; k++) {
    const byte = message[cursor.at];
    if (byte === undefined) break;
    cursor.at++;
    // 28 bits in the low half, the rest in the high one: both stay exact.
    if (k < 4) low += (byte & 0x7f) * 2 ** (7 * k);
    else high += (byte & 0x7f) * 2 ** (7 * (k - 4));
    if (byte < 0x80) {
      // 36 bits of the high half belong to a 64-bit number; the highest is its sign.
      const signed = high % 2 ** 36;
      return (signed >= 2 ** 35 ? signed - 2 ** 36 : signed) * 2 ** 28 + low;
    }
  }
  return broken(place, base + cursor.at, 'a number that does not end');
}

/** Numbers of a repeated field, packed or not, appended to `into`. */
export function pushNumbers(field: Field, kind: 'varint' | 'float' | 'double', into: number[], place: string): void {
  if (field.wire === WIRE.varint) {
    into.push(field.value);
    return;
  }
  const { bytes } = field;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (kind === 'varint') {
    const cursor = { at: 0 };
    while (cursor.at < bytes.length) into.push(varint(bytes, cursor, place, bytes.byteOffset));
    return;
  }
  const size = kind === 'float' ? 4 : 8;
  if (bytes.length % size !== 0) broken(place, bytes.byteOffset, `${bytes.length} bytes of ${size}-byte numbers`);
  for (let at = 0; at < bytes.length; at += size) {
    into.push(size === 4 ? view.getFloat32(at, true) : view.getFloat64(at, true));
  }
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Longest name that is read. */
const MAX_TEXT = 4096;

/** The text of a field. @throws UserError for one that no tool writes */
export function text(field: Field, place: string): string {
  if (field.bytes.length > MAX_TEXT) {
    broken(place, field.bytes.byteOffset, `a name of ${field.bytes.length} bytes, at most ${MAX_TEXT} are read`);
  }
  return decoder.decode(field.bytes);
}

/** Reports a file that is no ONNX model. */
export function broken(place: string, at: number, what: string): never {
  return fail(
    'bad-onnx',
    `${place} byte ${at}`,
    what,
    'export the model again; the file may be cut off or of another format',
  );
}
