/** Inflate (RFC 1951) with its wrappers zlib (RFC 1950) and gzip (RFC 1952), where the system has none that answers at once. */
import { crc32 } from '../archive/crc32.js';
import { type Packing, UNPACKS_TOO_LARGE } from './platform.js';

class InflateError extends Error {
  readonly code: string;
  constructor(code: string) {
    super(code);
    this.code = code;
  }
}
const damaged = (code = 'Z_DATA_ERROR'): never => {
  throw new InflateError(code);
};

/** Code lengths of literals and of distances in blocks with fixed codes. */
const FIXED_LITERALS = Uint8Array.from({ length: 288 }, (_, i) => (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8));
const FIXED_DISTANCES = new Uint8Array(30).fill(5);
/** In which order the lengths of the code of lengths are written. */
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15] as const;

/** Base values of codes that have so many extra bits each. */
function basesOf(first: number, bits: readonly number[]): readonly number[] {
  let base = first;
  return bits.map((n) => {
    const own = base;
    base += 1 << n;
    return own;
  });
}
const LENGTH_BITS = [...Array.from({ length: 28 }, (_, i) => (i < 8 ? 0 : (i - 4) >> 2)), 0];
const LENGTH_BASES = [...basesOf(3, LENGTH_BITS.slice(0, 28)), 258];
const DISTANCE_BITS = Array.from({ length: 30 }, (_, i) => (i < 4 ? 0 : (i - 2) >> 1));
const DISTANCE_BASES = basesOf(1, DISTANCE_BITS);

/** A canonical code: how many symbols have each length, and the symbols in order. */
interface Code {
  readonly counts: Uint16Array;
  readonly symbols: Uint16Array;
}

/** @throws for lengths that are no prefix code; one that lacks words is refused as zlib does, but for a single one of one bit */
function codeOf(lengths: Uint8Array): Code {
  const counts = new Uint16Array(16);
  for (const length of lengths) counts[length]!++;
  const used = lengths.length - counts[0]!;
  counts[0] = 0;
  let left = 1;
  for (let n = 1; n < 16; n++) {
    left = 2 * left - counts[n]!;
    if (left < 0) damaged();
  }
  if (left > 0 && !(used === 0 || (used === 1 && counts[1] === 1))) damaged();
  const next = new Uint16Array(16);
  for (let n = 1; n < 15; n++) next[n + 1] = next[n]! + counts[n]!;
  const symbols = new Uint16Array(used);
  lengths.forEach((length, symbol) => {
    if (length > 0) symbols[next[length]!++] = symbol;
  });
  return { counts, symbols };
}

class BitReader {
  readonly bytes: Uint8Array;
  at: number;
  #hold = 0;
  #held = 0;
  constructor(bytes: Uint8Array, at: number) {
    this.bytes = bytes;
    this.at = at;
  }

  bits(n: number): number {
    while (this.#held < n) {
      if (this.at >= this.bytes.length) damaged('Z_BUF_ERROR');
      this.#hold |= this.bytes[this.at++]! << this.#held;
      this.#held += 8;
    }
    const value = this.#hold & ((1 << n) - 1);
    this.#hold >>>= n;
    this.#held -= n;
    return value;
  }

  symbol({ counts, symbols }: Code): number {
    let code = 0;
    let first = 0;
    let index = 0;
    for (let n = 1; n < 16; n++) {
      code |= this.bits(1);
      const count = counts[n]!;
      if (code - count < first) return symbols[index + code - first]!;
      index += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    return damaged();
  }

  /** To the next whole byte; fewer than eight bits are ever held. */
  align(): void {
    this.#hold = 0;
    this.#held = 0;
  }
}

/** Grows as it is written, never beyond the limit. */
class Output {
  #bytes: Uint8Array;
  readonly #limit: number;
  length = 0;
  constructor(limit: number, guess: number) {
    this.#limit = limit;
    this.#bytes = new Uint8Array(Math.min(limit, Math.max(guess, 256)));
  }

  #room(n: number): void {
    const wanted = this.length + n;
    if (wanted > this.#limit) damaged(UNPACKS_TOO_LARGE);
    if (wanted <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.min(this.#limit, Math.max(wanted, 2 * this.#bytes.length)));
    larger.set(this.#bytes);
    this.#bytes = larger;
  }

  put(byte: number): void {
    this.#room(1);
    this.#bytes[this.length++] = byte;
  }

  append(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** Repeats what was written `distance` bytes ago; `from` is where this stream began. */
  repeat(distance: number, n: number, from: number): void {
    if (distance > this.length - from) damaged();
    this.#room(n);
    for (let i = 0; i < n; i++, this.length++) this.#bytes[this.length] = this.#bytes[this.length - distance]!;
  }

  from(start: number): Uint8Array {
    return this.#bytes.subarray(start, this.length);
  }
}

function inflateBlocks(input: BitReader, out: Output): void {
  const from = out.length;
  for (let isLast = 0; isLast === 0;) {
    isLast = input.bits(1);
    const type = input.bits(2);
    if (type === 0) storedBlock(input, out);
    else if (type === 1) codedBlock(input, out, from, codeOf(FIXED_LITERALS), fixedDistances());
    else if (type === 2) codedBlock(input, out, from, ...readCodes(input));
    else damaged();
  }
}

/** The fixed code of distances, which lacks two words. */
function fixedDistances(): Code {
  const counts = new Uint16Array(16);
  counts[5] = FIXED_DISTANCES.length;
  return { counts, symbols: Uint16Array.from(FIXED_DISTANCES, (_, i) => i) };
}

function storedBlock(input: BitReader, out: Output): void {
  input.align();
  const { bytes, at } = input;
  if (at + 4 > bytes.length) damaged('Z_BUF_ERROR');
  const length = bytes[at]! | (bytes[at + 1]! << 8);
  if ((length ^ 0xffff) !== (bytes[at + 2]! | (bytes[at + 3]! << 8))) damaged();
  if (at + 4 + length > bytes.length) damaged('Z_BUF_ERROR');
  out.append(bytes.subarray(at + 4, at + 4 + length));
  input.at = at + 4 + length;
}

function readCodes(input: BitReader): [Code, Code] {
  const nLiterals = input.bits(5) + 257;
  const nDistances = input.bits(5) + 1;
  const nLengths = input.bits(4) + 4;
  if (nLiterals > 286 || nDistances > 30) damaged();
  const ofLengths = new Uint8Array(19);
  for (const symbol of ORDER.slice(0, nLengths)) ofLengths[symbol] = input.bits(3);
  const code = codeOf(ofLengths);
  const lengths = new Uint8Array(nLiterals + nDistances);
  for (let i = 0; i < lengths.length;) {
    const symbol = input.symbol(code);
    if (symbol < 16) {
      lengths[i++] = symbol;
      continue;
    }
    if (symbol === 16 && i === 0) damaged();
    const value = symbol === 16 ? lengths[i - 1]! : 0;
    const n = symbol === 16 ? 3 + input.bits(2) : symbol === 17 ? 3 + input.bits(3) : 11 + input.bits(7);
    if (i + n > lengths.length) damaged();
    lengths.fill(value, i, i + n);
    i += n;
  }
  if (lengths[256] === 0) damaged();
  return [codeOf(lengths.subarray(0, nLiterals)), codeOf(lengths.subarray(nLiterals))];
}

function codedBlock(input: BitReader, out: Output, from: number, literals: Code, distances: Code): void {
  for (let symbol = input.symbol(literals); symbol !== 256; symbol = input.symbol(literals)) {
    if (symbol < 256) {
      out.put(symbol);
      continue;
    }
    const base = LENGTH_BASES[symbol - 257] ?? damaged();
    const length = base + input.bits(LENGTH_BITS[symbol - 257]!);
    const away = input.symbol(distances);
    const distance = (DISTANCE_BASES[away] ?? damaged()) + input.bits(DISTANCE_BITS[away]!);
    out.repeat(distance, length, from);
  }
}

/** Unpacks at most `limit` bytes, checksums included; throws errors with the codes of zlib. */
export function inflateBytes(bytes: Uint8Array, packing: Packing, limit: number): Uint8Array {
  const out = new Output(Math.max(limit, 1), Math.min(4 * bytes.length, 1 << 26));
  if (packing === 'gzip') return gunzip(bytes, out);
  const start = packing === 'zlib' ? zlibHeader(bytes) : 0;
  const input = new BitReader(bytes, start);
  inflateBlocks(input, out);
  if (packing === 'zlib') {
    if (input.at + 4 > bytes.length) damaged('Z_BUF_ERROR');
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (view.getUint32(input.at) !== adler32(out.from(0))) damaged();
  }
  return out.from(0);
}

function zlibHeader(bytes: Uint8Array): number {
  if (bytes.length < 2) damaged('Z_BUF_ERROR');
  const [method = 0, flags = 0] = bytes;
  if ((method & 15) !== 8 || method >> 4 > 7 || (method * 256 + flags) % 31 !== 0) damaged();
  if ((flags & 32) !== 0) damaged('Z_NEED_DICT');
  return 2;
}

/** Members one after the other; what follows and is none is padding, as gunzip takes it. */
function gunzip(bytes: Uint8Array, out: Output): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  do {
    const start = gzipHeader(bytes, at);
    const from = out.length;
    const input = new BitReader(bytes, start);
    inflateBlocks(input, out);
    if (input.at + 8 > bytes.length) damaged('Z_BUF_ERROR');
    const own = out.from(from);
    if (view.getUint32(input.at, true) !== crc32(own) || view.getUint32(input.at + 4, true) !== own.length >>> 0)
      damaged();
    at = input.at + 8;
  } while (bytes[at] === 0x1f && bytes[at + 1] === 0x8b);
  return out.from(0);
}

function gzipHeader(bytes: Uint8Array, start: number): number {
  if (bytes.length < start + 10) damaged('Z_BUF_ERROR');
  if (bytes[start] !== 0x1f || bytes[start + 1] !== 0x8b || bytes[start + 2] !== 8) damaged();
  const flags = bytes[start + 3]!;
  if ((flags & 0xe0) !== 0) damaged();
  let at = start + 10;
  if ((flags & 4) !== 0) at += 2 + ((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8));
  for (const flag of [8, 16]) {
    if ((flags & flag) === 0) continue;
    const end = bytes.indexOf(0, at);
    if (end < 0) damaged('Z_BUF_ERROR');
    at = end + 1;
  }
  return (flags & 2) === 0 ? at : at + 2;
}

function adler32(bytes: Uint8Array): number {
  let a = 1;
  let b = 0;
  for (let i = 0; i < bytes.length;) {
    for (const end = Math.min(i + 3800, bytes.length); i < end; i++) b += a += bytes[i]!;
    a %= 65521;
    b %= 65521;
  }
  return b * 65536 + a;
}
