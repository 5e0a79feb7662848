/** Writes protocol buffers (protobuf.dev/programming-guides/encoding): a message is the bytes of its fields, one after the other. */

const encoder = new TextEncoder();

/** Bytes one after the other. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((n, part) => n + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** A whole number from 0 to 2^53 - 1 in groups of seven bits, the lowest first. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

const tag = (field: number, wire: 0 | 2 | 5): Uint8Array => varint(field * 8 + wire);

/** A field with a whole number from 0 to 2^53 - 1. */
export const numberField = (field: number, value: number): Uint8Array => joined([tag(field, 0), varint(value)]);

/** A field with bytes: a message within a message, packed numbers, or raw data. */
export const bytesField = (field: number, bytes: Uint8Array): Uint8Array =>
  joined([tag(field, 2), varint(bytes.length), bytes]);

/** A field with a text. */
export const textField = (field: number, text: string): Uint8Array => bytesField(field, encoder.encode(text));

/** A field with a float32. */
export function floatField(field: number, value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return joined([tag(field, 5), bytes]);
}
