import { fail } from '../../common/diagnostics.js';
import { crc32 } from '../../common/archive/crc32.js';
import { unpack } from '../../common/archive/unpack.js';

/** A decoded picture: `values` is [height, width, channels], 0..255; 1 channel for grey, 3 for colour. */
export interface PngImage {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly values: Uint8Array;
}

interface Header {
  readonly width: number;
  readonly height: number;
  readonly bitDepth: number;
  readonly colourType: number;
}

/** Most pixels of one picture: 64 Mi, 256 MiB with four samples. */
const MAX_PIXELS = 1 << 26;
const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** Samples per pixel, and the bit depths that are read, of every colour type (PNG 1.2, section 4.1.1). */
const COLOUR_TYPES: Readonly<Record<number, { readonly samples: number; readonly depths: readonly number[] }>> = {
  0: { samples: 1, depths: [1, 2, 4, 8] },
  2: { samples: 3, depths: [8] },
  3: { samples: 1, depths: [1, 2, 4, 8] },
  4: { samples: 2, depths: [8] },
  6: { samples: 4, depths: [8] },
};
/** Chunks that must be understood or refused start with a capital letter. */
const CRITICAL = 0x20;

/**
 * Reads a PNG picture (W3C, "Portable Network Graphics 1.2"; ISO/IEC 15948). Pixels are unpacked into memory whose size the
 * header fixes (at most 64 Mi pixels), and never more than it announces. Left out, with a message: interlaced pictures, 16 bits per
 * sample, transparency other than a fully opaque alpha channel. Grey of 1, 2 or 4 bits is spread over 0..255.
 * @throws UserError with the byte where the file is wrong.
 */
export function parsePng(bytes: Uint8Array, place: string): PngImage {
  const bad = (offset: number, message: string, remedy = 'save the picture again as an 8-bit PNG'): never =>
    fail('bad-png', `${place} byte ${offset}`, message, remedy);
  if (!SIGNATURE.every((byte, i) => bytes[i] === byte)) bad(0, 'the file does not start like a PNG picture');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let header: Header | undefined;
  let palette: Uint8Array | undefined;
  const data: Uint8Array[] = [];
  let dataBytes = 0;
  let ended = false;
  for (let at = 8; !ended;) {
    if (at + 12 > bytes.length) bad(at, `a chunk needs 12 bytes, ${bytes.length - at} are left: the file is truncated`);
    const length = view.getUint32(at);
    const body = bytes.subarray(at + 8, at + 8 + length);
    if (at + 12 + length > bytes.length) bad(at, `a chunk of ${length} bytes is cut off: the file is truncated`);
    if (view.getUint32(at + 8 + length) !== crc32(bytes.subarray(at + 4, at + 8 + length)))
      bad(at, 'the checksum of the chunk does not match: the file is damaged');
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (header === undefined && type !== 'IHDR') bad(at, `the first chunk is ${JSON.stringify(type)}, not IHDR`);
    if (type === 'IHDR') {
      if (header !== undefined || length !== 13) bad(at, 'the header chunk is not one of 13 bytes');
      header = readHeader(new DataView(bytes.buffer, bytes.byteOffset + at + 8, 13), at + 8, bad);
    } else if (type === 'PLTE') {
      if (length === 0 || length % 3 !== 0 || length > 768) bad(at, `a palette of ${length} bytes`);
      palette = body;
    } else if (type === 'IDAT') {
      data.push(body);
      dataBytes += length;
    } else if (type === 'tRNS') {
      bad(at, 'the picture is transparent', 'save it without transparency');
    } else if (type === 'IEND') {
      ended = true;
    } else if ((bytes[at + 4]! & CRITICAL) === 0) {
      bad(at, `unknown critical chunk ${JSON.stringify(type)}`);
    }
    at += 12 + length;
  }
  if (header === undefined) return bad(8, 'the picture has no header');
  const samples = COLOUR_TYPES[header.colourType]!.samples;
  const rowBytes = Math.ceil((header.width * samples * header.bitDepth) / 8);
  const expected = header.height * (rowBytes + 1);
  const packed = new Uint8Array(dataBytes);
  let filled = 0;
  for (const part of data) {
    packed.set(part, filled);
    filled += part.length;
  }
  const rows = unpack(packed, 'zlib', expected, place);
  if (rows.length !== expected) bad(8, `the header announces ${expected} bytes of pixels, the file has ${rows.length}`);
  unfilter(rows, header.height, rowBytes, Math.max(1, (samples * header.bitDepth) >> 3), bad);
  return toPixels(rows, header, rowBytes, palette, bad);
}

type Bad = (offset: number, message: string, remedy?: string) => never;

function readHeader(view: DataView, offset: number, bad: Bad): Header {
  const header: Header = {
    width: view.getUint32(0),
    height: view.getUint32(4),
    bitDepth: view.getUint8(8),
    colourType: view.getUint8(9),
  };
  const type = COLOUR_TYPES[header.colourType];
  if (type === undefined) return bad(offset + 9, `colour type ${header.colourType} is none of 0, 2, 3, 4, 6`);
  if (!type.depths.includes(header.bitDepth)) {
    bad(offset + 8, `${header.bitDepth} bits per sample, read are ${type.depths.join(', ')} of this colour type`);
  }
  if (header.width === 0 || header.height === 0) bad(offset, `a picture of ${header.width} x ${header.height} pixels`);
  if (header.width * header.height > MAX_PIXELS)
    bad(offset, `${header.width} x ${header.height} pixels, at most ${MAX_PIXELS} in all are read`);
  if (view.getUint8(12) !== 0) bad(offset + 12, 'the picture is interlaced', 'save it without interlacing');
  if (view.getUint8(10) !== 0 || view.getUint8(11) !== 0) bad(offset + 10, 'unknown compression or filter method');
  return header;
}

/** Undoes the filter of every row in place (PNG 1.2, section 6). Byte 0 of a row names its filter. */
function unfilter(rows: Uint8Array, height: number, rowBytes: number, pixelBytes: number, bad: Bad): void {
  for (let y = 0; y < height; y++) {
    const filter = rows[y * (rowBytes + 1)]!;
    const row = y * (rowBytes + 1) + 1;
    const above = row - rowBytes - 1;
    if (filter > 4) bad(8, `row ${y} has filter ${filter}, known are 0 to 4`);
    if (filter === 0) continue;
    for (let x = 0; x < rowBytes; x++) {
      const left = x >= pixelBytes ? rows[row + x - pixelBytes]! : 0;
      const up = y > 0 ? rows[above + x]! : 0;
      const corner = y > 0 && x >= pixelBytes ? rows[above + x - pixelBytes]! : 0;
      let guess = 0;
      if (filter === 1) guess = left;
      else if (filter === 2) guess = up;
      else if (filter === 3) guess = (left + up) >> 1;
      else guess = paeth(left, up, corner);
      rows[row + x] = rows[row + x]! + guess;
    }
  }
}

/** The neighbour nearest to left + up - corner; ties in the order left, up, corner. */
function paeth(left: number, up: number, corner: number): number {
  const estimate = left + up - corner;
  const [dLeft, dUp, dCorner] = [Math.abs(estimate - left), Math.abs(estimate - up), Math.abs(estimate - corner)];
  if (dLeft <= dUp && dLeft <= dCorner) return left;
  return dUp <= dCorner ? up : corner;
}

function toPixels(
  rows: Uint8Array,
  { width, height, bitDepth, colourType }: Header,
  rowBytes: number,
  palette: Uint8Array | undefined,
  bad: Bad,
): PngImage {
  const { samples } = COLOUR_TYPES[colourType]!;
  const channels = colourType === 0 || colourType === 4 ? 1 : 3;
  const hasAlpha = colourType >= 4;
  const values = new Uint8Array(width * height * channels);
  const mask = (1 << bitDepth) - 1;
  let at = 0;
  for (let y = 0; y < height; y++) {
    const row = y * (rowBytes + 1) + 1;
    for (let x = 0; x < width; x++) {
      if (colourType === 3 || bitDepth < 8) {
        const bit = x * bitDepth;
        const index = (rows[row + (bit >> 3)]! >> (8 - bitDepth - (bit & 7))) & mask;
        if (colourType === 0) {
          values[at++] = (index * 255) / mask;
          continue;
        }
        if (palette === undefined || index * 3 + 2 >= palette.length)
          return bad(8, `pixel ${x}, ${y} has colour ${index}, the palette has ${(palette?.length ?? 0) / 3}`);
        for (let c = 0; c < 3; c++) values[at++] = palette[index * 3 + c]!;
      } else {
        const pixel = row + x * samples;
        for (let c = 0; c < channels; c++) values[at++] = rows[pixel + c]!;
        if (hasAlpha && rows[pixel + channels] !== 255)
          bad(8, `pixel ${x}, ${y} is transparent`, 'save the picture without transparency');
      }
    }
  }
  return { width, height, channels, values };
}
