/** Bits as base64 text: bit i is bit i mod 8 of byte i div 8. */

/** The text of bytes. */
export const bitsToText = (bytes: Uint8Array): string =>
  btoa(bytes.reduce((text, byte) => text + String.fromCharCode(byte), ''));

/** The bytes of a text, undefined where it is no base64 of at least so many bits. */
export function textToBits(text: string, nBits: number): Uint8Array | undefined {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) return undefined;
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return bytes.length === Math.ceil(nBits / 8) ? bytes : undefined;
}

/** Whether bit i is set. */
export const hasBit = (bytes: Uint8Array, i: number): boolean => ((bytes[i >> 3] ?? 0) & (1 << (i & 7))) !== 0;
