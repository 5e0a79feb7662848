/** Base64 (RFC 4648), the same everywhere. */
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
/** Bytes that are turned into text at a time: a multiple of 3, and few enough for the arguments of a function. */
const PIECE = 24_576;
const CODES = Uint8Array.from(DIGITS, (digit) => digit.charCodeAt(0));
const PADDING = 0x3d;

/** What is no digit. */
const NONE = 255;
const VALUES = new Uint8Array(128).fill(NONE);
CODES.forEach((code, value) => (VALUES[code] = value));

/** With padding. */
export function toBase64(bytes: Uint8Array): string {
  let text = '';
  const codes = new Uint8Array((PIECE / 3) * 4);
  for (let from = 0; from < bytes.length; from += PIECE) {
    const end = Math.min(from + PIECE, bytes.length);
    let n = 0;
    for (let i = from; i < end; i += 3) {
      const word = (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
      codes[n++] = CODES[word >> 18]!;
      codes[n++] = CODES[(word >> 12) & 63]!;
      codes[n++] = i + 1 < end ? CODES[(word >> 6) & 63]! : PADDING;
      codes[n++] = i + 2 < end ? CODES[word & 63]! : PADDING;
    }
    text += String.fromCharCode(...codes.subarray(0, n));
  }
  return text;
}

/** The bytes up to the first `=`; characters that are no digits are left out: whoever reads checks the number of bytes. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let n = 0;
  let word = 0;
  let bits = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === PADDING) break;
    const value = VALUES[code] ?? NONE;
    if (value === NONE) continue;
    word = ((word << 6) | value) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[n++] = word >> bits;
  }
  return bytes.slice(0, n);
}
