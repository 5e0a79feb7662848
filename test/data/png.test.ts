import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePng } from '../../src/data/files/png.js';
import { base64, concat, pngChunk, pngFile, problemsOf } from './support/files.js';

/** Written by Pillow 12 (libpng), with its own choice of filters. */
const RGB = base64(
  'iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAIAAAASFvFNAAAAHElEQVR4nGP4z8DA8J+BgeE/I5eInJyc3CW/0wA0XAWAVmBiAQAAAABJRU5ErkJggg==',
);
const PALETTE_4_BITS = base64(
  'iVBORw0KGgoAAAANSUhEUgAAAAMAAAACBAMAAABvWnspAAAAMFBMVEX6gAcA/wAoMjwKFB7/AAAAAP8AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' +
    'AAAQEuG1AAAADklEQVR4nGN05GcwYgAAAfEAhLB+fWEAAAAASUVORK5CYII=',
);
const RGBA = base64(
  'iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAYAAACddGYaAAAAI0lEQVR4nGP4z8Dwn+E/w38Ghv//GblE5P7LyckxXPI7zQAAhWoJfLrExeoAAAAASUVO' +
    'RK5CYII=',
);
const TRANSPARENT = base64(
  'iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAYAAACddGYaAAAAI0lEQVR4nGP4z8Dwn+E/w38Ghv//GblE5P7LyckxXPI7zQEAhXIJhNDLnqkAAAAASUVO' +
    'RK5CYII=',
);
const GREY_1_BIT = base64(
  'iVBORw0KGgoAAAANSUhEUgAAAAoAAAACAQAAAABJGnB9AAAADklEQVR4nGNMvsuiGQsABioBzBprbVQAAAAASUVORK5CYII=',
);
const GREY_ALPHA = base64(
  'iVBORw0KGgoAAAANSUhEUgAAAAoAAAACCAQAAADLaIVbAAAAH0lEQVR4nGNk+P+fgYGBkYGBgYEBwvrPwPIfRQBCAwCnVwcDQbjKKgAAAABJRU5ErkJg' +
    'gg==',
);
const GREY_16_BITS = base64(
  'iVBORw0KGgoAAAANSUhEUgAAAAoAAAACEAAAAAAUms5PAAAAHElEQVR4nGNgYPj///9/BgYGBhjr/38GVAEIDQCKrRPtX/f9LQAAAABJRU5ErkJggg==',
);

const COLOURS = [255, 0, 0, 0, 255, 0, 0, 0, 255, 10, 20, 30, 40, 50, 60, 250, 128, 7];
const BITS = [0, 255, 255, 0, 0, 0, 255, 255, 0, 255, 255, 0, 0, 0, 255, 255, 0, 0, 255, 255];

describe('the PNG reader', () => {
  it.each([
    ['RGB', RGB],
    ['a palette of 4 bits', PALETTE_4_BITS],
    ['RGB with an opaque alpha channel', RGBA],
  ])('reads %s of another program', (_, bytes) => {
    expect(parsePng(bytes, 'a.png')).toEqual({ width: 3, height: 2, channels: 3, values: Uint8Array.from(COLOURS) });
  });

  it.each([
    ['grey of 1 bit', GREY_1_BIT],
    ['grey with an opaque alpha channel', GREY_ALPHA],
  ])('reads %s of another program', (_, bytes) => {
    expect(parsePng(bytes, 'a.png')).toEqual({ width: 10, height: 2, channels: 1, values: Uint8Array.from(BITS) });
  });

  it('undoes every filter: pictures come back whatever filter each row has', () => {
    const picture = fc.tuple(fc.integer({ min: 1, max: 7 }), fc.constantFrom(1, 3)).chain(([width, channels]) => {
      const row = fc.tuple(
        fc.integer({ min: 0, max: 4 }),
        fc.uint8Array({ minLength: width * channels, maxLength: width * channels }),
      );
      return fc.record({
        width: fc.constant(width),
        channels: fc.constant(channels),
        rows: fc.array(row, { minLength: 1, maxLength: 6 }),
      });
    });
    fc.assert(
      fc.property(picture, ({ width, channels, rows }) => {
        const pixels = rows.map(([, row]) => row);
        const filtered = rows.map(([filter, row], y) => [filter, ...filterRow(filter, row, pixels[y - 1], channels)]);
        const data = deflateSync(Uint8Array.from(filtered.flat()));
        const file = pngFile(
          width,
          pixels.map((row) => [...row]),
          channels === 1 ? 0 : 2,
          { data },
        );
        expect(parsePng(file, 'a.png').values).toEqual(concat(pixels));
      }),
      { numRuns: 200 },
    );
  });

  it('names the byte at which every truncation ends', async () => {
    for (let n = 0; n < RGB.length; n++) {
      const problems = await problemsOf(() => parsePng(RGB.subarray(0, n), 'a.png'));
      expect(problems[0]).toMatch(n < 8 ? /byte 0: the file does not start/ : /truncated/);
    }
  });

  it('finds every flipped bit after the signature by its checksum or its meaning', async () => {
    for (let bit = 64; bit < 8 * RGB.length; bit++) {
      const damaged = Uint8Array.from(RGB);
      damaged[bit >> 3] = damaged[bit >> 3]! ^ (1 << (bit & 7));
      expect((await problemsOf(() => parsePng(damaged, 'a.png'))).length).toBe(1);
    }
  });

  const zeros = (n: number): Uint8Array => deflateSync(new Uint8Array(n));
  it.each([
    ['more pixels than announced', pngFile(2, [], 0, { height: 2, data: zeros(50_000_000) }), 'more than 6 bytes'],
    [
      'fewer pixels than announced',
      pngFile(2, [], 0, { height: 2, data: zeros(5) }),
      'announces 6 bytes of pixels, the file has 5',
    ],
    ['an impossible size', pngFile(0x7fffffff, [], 2, { height: 0x7fffffff, data: zeros(1) }), 'at most 67108864'],
    ['no pixels', pngFile(0, [], 0, { height: 3 }), '0 x 3 pixels'],
    ['interlacing', pngFile(2, [[1, 2]], 0, { interlace: 1 }), 'interlaced'],
    ['16 bits', GREY_16_BITS, '16 bits per sample'],
    ['transparent pixels', TRANSPARENT, 'pixel 2, 1 is transparent'],
    ['an unknown colour type', pngFile(1, [[1]], 5), 'colour type 5'],
    ['an unknown filter', pngFile(1, [[1]], 0, { data: deflateSync(Uint8Array.of(9, 1)) }), 'filter 9'],
    ['a colour that is not in the palette', pngFile(1, [[3]], 3), 'colour 3, the palette has 0'],
    ['damaged compression', pngFile(1, [[1]], 0, { data: Uint8Array.of(1, 2, 3) }), 'compressed data is damaged'],
    ['no header', concat([RGB.subarray(0, 8), pngChunk('IEND', new Uint8Array(0))]), 'not IHDR'],
    ['an unknown critical chunk', concat([RGB.subarray(0, 33), pngChunk('ABCD', new Uint8Array(1))]), 'critical chunk'],
  ])('refuses %s', async (_, bytes, message) => {
    expect((await problemsOf(() => parsePng(bytes, 'a.png')))[0]).toContain(message);
  });
});

/** A row as the filter of its number stores it (PNG 1.2, section 6), written from the definition. */
function filterRow(filter: number, row: Uint8Array, above: Uint8Array | undefined, pixelBytes: number): number[] {
  return [...row].map((value, x) => {
    const a = row[x - pixelBytes] ?? 0;
    const b = above?.[x] ?? 0;
    const c = above?.[x - pixelBytes] ?? 0;
    const p = a + b - c;
    const nearest = [a, b, c].reduce((best, v) => (Math.abs(p - v) < Math.abs(p - best) ? v : best), a);
    return (value - ([0, a, b, Math.floor((a + b) / 2), nearest][filter] ?? 0)) & 255;
  });
}
