/**
 * A pull parser of JSON in bytes, one pass, for files that `JSON.parse` cannot read: they repeat keys in one object, hold
 * comments and are larger than a string may be. The caller walks the structure and takes what it needs; nothing else is built.
 */
import type { Findings } from './findings.js';

const CODE = {
  quote: 34,
  slash: 47,
  star: 42,
  comma: 44,
  colon: 58,
  openBracket: 91,
  closeBracket: 93,
  backslash: 92,
  openBrace: 123,
  closeBrace: 125,
  minus: 45,
  zero: 48,
  nine: 57,
} as const;

/** Deepest nesting of a value that is skipped: a hostile file must not overflow the stack. */
const MAX_DEPTH = 64;
const REMEDY = 'write the file again: it is damaged or not of this format';

/** What the next value is, by its first byte. */
export type JsonKind = 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null' | 'end' | 'other';

/** A cursor in a JSON text. Every method first skips white space and comments; syntax errors are fatal findings. */
export class JsonBytes {
  readonly bytes: Uint8Array;
  readonly findings: Findings;
  /** Offset of the next byte. */
  position = 0;
  /** After `stringSpan`: the end of the text, before the closing quote. */
  spanEnd = 0;
  readonly #recent: (string | undefined)[] = [];

  constructor(bytes: Uint8Array, findings: Findings) {
    this.bytes = bytes;
    this.findings = findings;
    // A byte order mark is not white space of JSON, but editors write it.
    if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) this.position = 3;
  }

  /** The kind of the next value; `position` is its first byte afterwards. */
  kind(): JsonKind {
    this.#skipSpace();
    const code = this.bytes[this.position];
    if (code === undefined) return 'end';
    if (code === CODE.quote) return 'string';
    if (code === CODE.minus || (code >= CODE.zero && code <= CODE.nine)) return 'number';
    if (code === CODE.openBrace) return 'object';
    if (code === CODE.openBracket) return 'array';
    if (this.#startsWith('true') || this.#startsWith('false')) return 'boolean';
    return this.#startsWith('null') ? 'null' : 'other';
  }

  /** Calls `visit` for every member, repeated keys included; `visit` takes the value. */
  members(visit: (key: string, keyPosition: number) => void): void {
    this.#expect(CODE.openBrace, '{');
    if (this.#take(CODE.closeBrace)) return;
    do {
      this.#skipSpace();
      const keyPosition = this.position;
      const key = this.string();
      this.#expect(CODE.colon, ':');
      visit(key, keyPosition);
    } while (this.#take(CODE.comma));
    this.#expect(CODE.closeBrace, '} or ,');
  }

  /** Calls `visit` for every element; `visit` takes it. */
  elements(visit: (index: number) => void): void {
    this.#expect(CODE.openBracket, '[');
    if (this.#take(CODE.closeBracket)) return;
    let index = 0;
    do visit(index++);
    while (this.#take(CODE.comma));
    this.#expect(CODE.closeBracket, '] or ,');
  }

  /** A string. */
  string(): string {
    const start = this.stringSpan();
    let plain = true;
    for (let i = start; i < this.spanEnd && plain; i++) {
      const code = this.bytes[i]!;
      plain = code >= 32 && code < 128 && code !== CODE.backslash;
    }
    if (plain && this.spanEnd - start < 256) return this.#shortString(start, this.spanEnd);
    try {
      const text: unknown = JSON.parse(decoder.decode(this.bytes.subarray(start - 1, this.spanEnd + 1)));
      if (typeof text === 'string') return text;
    } catch {
      // Told below.
    }
    return this.#fail('a string with an invalid escape, control character or UTF-8 sequence', start);
  }

  /** Skips a string; returns the offset of its text, whose end is `spanEnd`. */
  stringSpan(): number {
    this.#expect(CODE.quote, 'a string');
    const start = this.position;
    const { bytes } = this;
    let end = start;
    while (end < bytes.length && bytes[end] !== CODE.quote) end += bytes[end] === CODE.backslash ? 2 : 1;
    if (end >= bytes.length) this.#fail('a string without an end', start);
    this.spanEnd = end;
    this.position = end + 1;
    return start;
  }

  /** A number. */
  number(): number {
    this.#skipSpace();
    const { bytes } = this;
    const start = this.position;
    let at = start;
    const negative = bytes[at] === CODE.minus;
    if (negative) at++;
    const firstDigit = at;
    let value = 0;
    for (let code = bytes[at]; code !== undefined && code >= CODE.zero && code <= CODE.nine; code = bytes[++at]) {
      value = value * 10 + code - CODE.zero;
    }
    const leadingZero = at - firstDigit > 1 && bytes[firstDigit] === CODE.zero;
    if (at === firstDigit || leadingZero) this.#fail('a number is needed here', start);
    if (!isNumberByte(bytes[at]) && at - firstDigit <= 15) {
      this.position = at;
      return negative ? 0 - value : value;
    }
    while (isNumberByte(bytes[at])) at++;
    const text = at - start <= 64 ? String.fromCharCode(...bytes.subarray(start, at)) : '';
    if (!/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text)) this.#fail('a number is needed here', start);
    this.position = at;
    return Number(text);
  }

  /** `true` or `false`. */
  boolean(): boolean {
    this.#skipSpace();
    for (const [text, value] of [
      ['true', true],
      ['false', false],
    ] as const) {
      if (!this.#startsWith(text)) continue;
      this.position += text.length;
      return value;
    }
    return this.#fail('true or false is needed here', this.position);
  }

  /** Skips any value; returns the offset of its first byte. */
  skip(depth = 0): number {
    if (depth > MAX_DEPTH) this.#fail(`nesting deeper than ${MAX_DEPTH}`, this.position);
    const kind = this.kind();
    const start = this.position;
    if (kind === 'object') this.members(() => this.skip(depth + 1));
    else if (kind === 'array') this.elements(() => this.skip(depth + 1));
    else if (kind === 'string') this.stringSpan();
    else if (kind === 'number') this.number();
    else if (kind === 'boolean') this.boolean();
    else if (kind === 'null') this.position += 4;
    else this.#fail('a value is needed here', this.position);
    return start;
  }

  /** ASCII text. The same few keys come again and again: they are not built anew. */
  #shortString(start: number, end: number): string {
    const { bytes } = this;
    const length = end - start;
    const slot = length === 0 ? 0 : (length * 31 + bytes[start]! * 7 + bytes[end - 1]!) & 255;
    const known = this.#recent[slot];
    if (known?.length === length) {
      let i = 0;
      while (i < length && known.charCodeAt(i) === bytes[start + i]) i++;
      if (i === length) return known;
    }
    const text = String.fromCharCode(...bytes.subarray(start, end));
    this.#recent[slot] = text;
    return text;
  }

  #fail(message: string, position: number): never {
    const ends = position >= this.bytes.length;
    return this.findings.fatal('json-syntax', position, ends ? `${message}, but the file ends` : message, REMEDY);
  }

  #expect(code: number, what: string): void {
    if (!this.#take(code)) this.#fail(`${what} is needed here`, this.position);
  }

  #take(code: number): boolean {
    this.#skipSpace();
    if (this.bytes[this.position] !== code) return false;
    this.position++;
    return true;
  }

  #startsWith(text: string): boolean {
    for (let i = 0; i < text.length; i++) if (this.bytes[this.position + i] !== text.charCodeAt(i)) return false;
    return true;
  }

  #skipSpace(): void {
    const { bytes } = this;
    for (;;) {
      const code = bytes[this.position];
      if (code === 32 || code === 10 || code === 13 || code === 9) this.position++;
      else if (code === CODE.slash && bytes[this.position + 1] === CODE.star) this.#skipComment();
      else return;
    }
  }

  #skipComment(): void {
    const { bytes } = this;
    const start = this.position;
    let at = start + 2;
    while (at < bytes.length && !(bytes[at] === CODE.star && bytes[at + 1] === CODE.slash)) at++;
    if (at >= bytes.length) this.#fail('a comment without an end', start);
    this.position = at + 2;
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Digits, sign, point, exponent. */
function isNumberByte(code: number | undefined): boolean {
  return (
    code !== undefined &&
    ((code >= CODE.zero && code <= CODE.nine) ||
      code === 43 ||
      code === 45 ||
      code === 46 ||
      code === 69 ||
      code === 101)
  );
}
