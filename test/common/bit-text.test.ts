import { describe, expect, it } from 'vitest';
import { bitsToText, hasBit, textToBits } from '../../src/common/bit-text.js';

describe('bits as text', () => {
  it('are base64 of their bytes, the lowest bit of the first byte first', () => {
    // 0b0000_0001, 0b1000_0000 is "AYA=".
    expect(bitsToText(Uint8Array.of(1, 128))).toBe('AYA=');
    const bits = textToBits('AYA=', 16)!;
    expect(Array.from({ length: 20 }, (_, i) => i).filter((i) => hasBit(bits, i))).toEqual([0, 15]);
    expect(bitsToText(new Uint8Array(0))).toBe('');
  });

  it('come back for exactly as many bytes as the bits need', () => {
    for (const nBits of [9, 16]) expect(textToBits('AYA=', nBits)).toEqual(Uint8Array.of(1, 128));
    for (const nBits of [0, 8, 17]) expect(textToBits('AYA=', nBits)).toBeUndefined();
    expect(textToBits('', 0)).toEqual(new Uint8Array(0));
    expect(textToBits('', 1)).toBeUndefined();
  });

  it.each(['AYA', 'AY', 'AYA-', 'A===', '=AYA', 'AYA=AYA=', 'AY\u00c4='])('are not in %j', (text) => {
    expect(textToBits(text, 16)).toBeUndefined();
  });
});
