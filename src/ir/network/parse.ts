/** Reads the text form of a network (see print.ts). All mistakes are reported with their line. */
import { fromBase64 } from '../../common/base64.js';
import { present } from '../../common/assert.js';
import { type Diagnostic, errorAt, throwIfErrors } from '../../common/diagnostics.js';
import { unpackInt8 } from '../../common/packed-ints.js';
import { checkNetwork } from './check-network.js';
import { GRAPH_FIELDS, IN_HEAD, TEXT_HEADER } from './print.js';
import type { NetworkGraph } from './types.js';

const GRAPH_FIELD = new RegExp(`^()(${GRAPH_FIELDS.join('|')}) (.+)$`, 's');

const REMEDY = 'write networks as `lodestone inspect MODEL --text` prints them';

/**
 * Parses and checks a network.
 * @throws UserError with every finding: syntax first, then schema and verifier.
 */
export function parseNetwork(text: string, place: string): NetworkGraph {
  const found: Diagnostic[] = [];
  const report = (line: number, message: string): void => {
    found.push(errorAt('syntax', `${place} line ${line}`, message, REMEDY));
  };
  // A byte order mark is no part of the text; a name may hold any character, line separators of Unicode included.
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const header = /^lodestone-network (\d+) (float|integer) (".*")$/s.exec(lines[0] ?? '');
  let name: unknown;
  if (header === null || `lodestone-network ${header[1]}` !== TEXT_HEADER) {
    report(1, `expected "${TEXT_HEADER} float|integer \"name\""`);
  } else {
    attempt(1, () => (name = JSON.parse(header[3] ?? '')), 'its name is no JSON string: ');
  }
  const nodes: { readonly line: number; readonly fields: Map<string, unknown> }[] = [];
  /** Fields of the network itself, which stand before the first layer. */
  const graphFields = new Map<string, unknown>();
  lines.forEach((line, index) => {
    if (index === 0 || line.trim() === '' || line.startsWith('#')) return;
    const head = /^%(\S+) = (\w+)((?: %\S+)*)$/.exec(line);
    if (head !== null) {
      const fields = new Map<string, unknown>([['id', head[1]], ['kind', head[2]], ...inputsField(head[2]!, head[3]!)]);
      nodes.push({ line: index + 1, fields });
      return;
    }
    const field = GRAPH_FIELD.exec(line) ?? /^( {2})(\w+) (.+)$/s.exec(line);
    const target = field?.[1] === '' ? graphFields : nodes.at(-1)?.fields;
    if (field === null || target === undefined || (target === graphFields && nodes.length > 0)) {
      report(index + 1, 'neither a layer nor a field of one');
      return;
    }
    const key = field[2]!;
    if (IN_HEAD.includes(key)) {
      report(index + 1, `${key} stands in the first line of a layer: %id = kind %input`);
    } else if (target.has(key)) {
      report(index + 1, `${key} is given twice`);
    } else {
      attempt(index + 1, () => target.set(key, new ValueParser(field[3]!).parse()));
    }
  });
  throwIfErrors(found);
  const value = {
    name,
    dialect: header?.[2],
    nodes: nodes.map(({ fields }) => Object.fromEntries(fields)),
    ...Object.fromEntries(graphFields),
  };
  return checkNetwork(
    value,
    place,
    nodes.map(({ line }) => line),
  );

  function attempt(line: number, read: () => void, what = ''): void {
    try {
      read();
    } catch (error) {
      report(line, `${what}${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

/** Kinds whose inputs are a list, also where the text names fewer or more than they read: the schema reports that. */
const SEVERAL_INPUTS = ['add', 'concat', 'attention'];

function inputsField(kind: string, text: string): readonly (readonly [string, unknown])[] {
  const names = text.split(' %').slice(1);
  if (SEVERAL_INPUTS.includes(kind) || names.length > 1) return [['inputs', names]];
  return names.length === 0 ? [] : [['input', names[0]]];
}

/** Recursive descent over JSON extended by typed arrays. */
class ValueParser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): unknown {
    const value = this.#value(0);
    if (this.#at !== this.#text.length) throw new Error(`unexpected text at column ${this.#at + 1}`);
    return value;
  }

  #value(depth: number): unknown {
    if (depth > 8) throw new Error('nested too deeply');
    const array = this.#match(/(i1|i2|i8|u8|i16|i32|f32|f64)\[(\d{1,9})\]:([A-Za-z0-9+/]*={0,2})/y);
    if (array !== undefined) return decodeArray(array[1]!, Number(array[2]), array[3]!);
    const short = this.#match(/(i8|u8|i16|i32|f32|f64)\(([^)]*)\)/y);
    if (short !== undefined) return shortArray(short[1]!, short[2]!);
    const next = this.#text[this.#at];
    if (next === '[') return this.#list(depth);
    if (next === '{') return this.#object(depth);
    const scalar = this.#match(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y);
    if (scalar === undefined) throw new Error(`expected a value at column ${this.#at + 1}`);
    const parsed: unknown = JSON.parse(scalar[0]);
    return parsed;
  }

  #list(depth: number): unknown[] {
    const items: unknown[] = [];
    this.#at++;
    if (this.#take(']')) return items;
    do items.push(this.#value(depth + 1));
    while (this.#take(','));
    if (!this.#take(']')) throw new Error(`expected "]" at column ${this.#at + 1}`);
    return items;
  }

  #object(depth: number): Record<string, unknown> {
    const entries: [string, unknown][] = [];
    this.#at++;
    if (this.#take('}')) return {};
    do {
      const start = this.#at;
      const key = this.#match(/"(\w+)":/y);
      if (key === undefined) throw new Error(`expected a key at column ${start + 1}`);
      if (entries.some(([name]) => name === key[1])) throw new Error(`"${key[1]}" is given twice`);
      entries.push([key[1]!, this.#value(depth + 1)]);
    } while (this.#take(','));
    if (!this.#take('}')) throw new Error(`expected "}" at column ${this.#at + 1}`);
    return Object.fromEntries(entries);
  }

  #take(token: string): boolean {
    if (this.#text[this.#at] !== token) return false;
    this.#at++;
    return true;
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found === null) return undefined;
    this.#at = pattern.lastIndex;
    return found;
  }
}

const ARRAYS = new Map<
  string,
  {
    readonly bytes: number;
    from(values: readonly number[]): Numbers;
    over(buffer: ArrayBufferLike): Numbers;
  }
>([
  ['i8', { bytes: 1, from: (values) => Int8Array.from(values), over: (buffer) => new Int8Array(buffer) }],
  ['u8', { bytes: 1, from: (values) => Uint8Array.from(values), over: (buffer) => new Uint8Array(buffer) }],
  ['i16', { bytes: 2, from: (values) => Int16Array.from(values), over: (buffer) => new Int16Array(buffer) }],
  ['i32', { bytes: 4, from: (values) => Int32Array.from(values), over: (buffer) => new Int32Array(buffer) }],
  ['f32', { bytes: 4, from: (values) => Float32Array.from(values), over: (buffer) => new Float32Array(buffer) }],
  ['f64', { bytes: 8, from: (values) => Float64Array.from(values), over: (buffer) => new Float64Array(buffer) }],
]);
type Numbers = Int8Array | Uint8Array | Int16Array | Int32Array | Float32Array | Float64Array;

/** A number of a short array; `index` counts from 0. */
function readNumber(text: string, index: number): number {
  if (text === '') throw new Error(`number ${index + 1} of an array is missing`);
  if (!/^(?:-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|-?Infinity|NaN)$/.test(text)) {
    throw new Error(`number ${index + 1} of an array, ${JSON.stringify(text)}, is no number`);
  }
  return Number(text);
}

function shortArray(dtype: string, list: string): unknown {
  const values = list === '' ? [] : list.split(',').map(readNumber);
  const array = present(ARRAYS.get(dtype), 'array type').from(values);
  const float = dtype === 'f64' || dtype === 'f32';
  const wrong = values.findIndex((v, i) => !(Object.is(array[i], v) || (!float && array[i] === v)));
  if (wrong >= 0) throw new Error(`number ${wrong + 1} of an array, ${values[wrong]}, does not fit ${dtype}`);
  return array;
}

function decodeArray(dtype: string, length: number, base64: string): unknown {
  const bytes = fromBase64(base64);
  if (dtype === 'i1' || dtype === 'i2' || dtype === 'i8') return unpackInt8({ code: dtype, bytes }, length);
  const type = present(ARRAYS.get(dtype), 'array type');
  if (bytes.length !== length * type.bytes) {
    throw new Error(`an array of ${length} ${dtype} has ${bytes.length} bytes`);
  }
  return type.over(bytes.buffer);
}
