/** Traces as models: step by step from a stream, binary or text, told apart by their first bytes. */
import { FIELD_LEVELS, type FieldLevel, type StepperField } from '../../chips/kit.js';
import { crc32 } from '../../common/archive/crc32.js';
import { fail } from '../../common/diagnostics.js';
import type { RunningModel } from '../model.js';
import { BLOCK, BLOCK_HEAD, MAGIC, MOST_BYTES, MOST_FIELDS, MOST_VALUES, TEXT_HEAD } from './format.js';
import { ByteReader } from './varint.js';

/** A trace that is read as it is asked for. */
export interface OpenTrace {
  /** The golden that it holds, see golden.ts. */
  readonly golden: Uint8Array | undefined;
  readonly model: RunningModel;
}

/** Opens a trace. @throws UserError for bytes that are none, here and in every step */
export async function openTrace(chunks: AsyncIterable<Uint8Array>, place: string): Promise<OpenTrace> {
  const input = new ChunkReader(chunks);
  const head = await input.peek(Math.max(MAGIC.length, TEXT_HEAD.length));
  const begins = (word: string): boolean => Array.from(word).every((letter, i) => head[i] === letter.charCodeAt(0));
  if (begins(MAGIC)) return openBinary(input, place);
  if (begins(TEXT_HEAD)) return { golden: undefined, model: await openText(input, place) };
  const version = begins(MAGIC.slice(0, -1)) ? `it has version ${head[7] ?? 0}, this program reads 1` : undefined;
  return bad(place, version ?? 'it is no trace', 'pass a file of `lodestone conform record`');
}

const bad = (place: string, message: string, remedy = 'copy the file again, or record it again'): never =>
  fail('bad-trace', place, message, remedy);

async function openBinary(input: ChunkReader, place: string): Promise<OpenTrace> {
  await input.take(MAGIC.length);
  let at = MAGIC.length;
  let golden: Uint8Array | undefined;
  /** The next block, checked. */
  const next = async (): Promise<{ readonly kind: string; readonly payload: Uint8Array; readonly where: string }> => {
    const where = `${place} byte ${at}`;
    const head = await input.take(BLOCK_HEAD);
    if (head === undefined) return bad(where, 'it ends without its last block');
    const kind = String.fromCharCode(head[0]!);
    const view = new DataView(head.buffer, head.byteOffset);
    const length = view.getUint32(1, true);
    const most = Object.hasOwn(MOST_BYTES, kind)
      ? MOST_BYTES[kind]!
      : bad(where, `there are no blocks of kind ${head[0]}`);
    if (length > most) bad(where, `a block announces ${length} bytes, one of kind ${kind} has at most ${most}`);
    const payload = (await input.take(length)) ?? bad(where, `a block of ${length} bytes is cut off`);
    const checked = new Uint8Array(1 + length);
    checked[0] = head[0]!;
    checked.set(payload, 1);
    if (crc32(checked) !== view.getUint32(5, true)) bad(where, 'the checksum of a block does not match');
    at += BLOCK_HEAD + length;
    return { kind, payload, where };
  };
  let first = await next();
  if (first.kind === BLOCK.golden) {
    golden = first.payload;
    first = await next();
  }
  if (first.kind !== BLOCK.fields) bad(first.where, 'it does not say its fields');
  const lines = new TextDecoder().decode(first.payload).split('\n').slice(0, -1);
  const values = new FieldValues(lines, first.where);
  let steps: ByteReader | undefined;
  let done = 0;
  let ended = false;
  const step = async (): Promise<boolean> => {
    if (ended) return false;
    while (steps === undefined || steps.isAtEnd) {
      const { kind, payload, where } = await next();
      if (kind === BLOCK.end) {
        const announced =
          payload.length === 4 ? new DataView(payload.buffer, payload.byteOffset).getUint32(0, true) : -1;
        if (announced !== done) bad(where, `it announces ${announced} steps and has ${done}`);
        if ((await input.peek(1)).length > 0) bad(where, 'something follows its last block');
        ended = true;
        return false;
      }
      if (kind !== BLOCK.steps) bad(where, `a block of kind ${kind} among the steps`);
      steps = new ByteReader(payload);
    }
    try {
      values.read(steps);
    } catch (error) {
      if (error instanceof RangeError) bad(`${place} step ${done}`, error.message);
      throw error;
    }
    done++;
    return true;
  };
  return { golden, model: { fields: values.fields, step, peek: (field) => values.peek(field) } };
}

async function openText(input: ChunkReader, place: string): Promise<RunningModel> {
  let line = 0;
  const next = async (): Promise<string> => {
    line++;
    return (await input.line()) ?? bad(`${place} line ${line}`, 'it ends without its last line');
  };
  await next();
  const fieldLines: string[] = [];
  let ahead = await next();
  for (; ahead.startsWith('field ') && fieldLines.length < MOST_FIELDS; ahead = await next()) {
    fieldLines.push(ahead.slice('field '.length));
  }
  const values = new FieldValues(fieldLines, place);
  let done = 0;
  let ended = false;
  const step = async (): Promise<boolean> => {
    if (ended) return false;
    if (ahead === `end ${done}`) {
      ended = true;
      return false;
    }
    if (ahead !== `step ${done}`)
      bad(`${place} line ${line}`, `"step ${done}" or "end ${done}" stands here in a trace`);
    for (ahead = await next(); !/^(step|end) \d+$/.test(ahead); ahead = await next()) {
      const [, name, index, value] =
        /^(.+) (\d+) (-?\d+)$/.exec(ahead) ?? bad(`${place} line ${line}`, 'NAME INDEX VALUE stands here');
      const problem = values.set(name ?? '', Number(index), Number(value));
      if (problem !== undefined) bad(`${place} line ${line}`, problem);
    }
    done++;
    return true;
  };
  return { fields: values.fields, step, peek: (field) => values.peek(field) };
}

/** The values of all fields, as the steps change them. */
class FieldValues {
  readonly fields: readonly StepperField[];
  readonly #values: readonly Int32Array[];

  /** From lines LENGTH LEVEL NAME. */
  constructor(lines: readonly string[], place: string) {
    if (lines.length === 0 || lines.length > MOST_FIELDS)
      bad(place, `${lines.length} fields; 1 to ${MOST_FIELDS} are there`);
    this.fields = lines.map((line) => fieldOf(line, place));
    const total = this.fields.reduce((sum, { length }) => sum + length, 0);
    if (total > MOST_VALUES) bad(place, `its fields have ${total} values, more than ${MOST_VALUES}`);
    if (new Set(this.fields.map(({ name }) => name)).size < lines.length) bad(place, 'two fields have one name');
    this.#values = this.fields.map(({ length }) => new Int32Array(length));
  }

  /** @throws RangeError for bytes that are no step */
  read(bytes: ByteReader): void {
    for (const values of this.#values) {
      const changes = bytes.unsigned();
      if (changes > values.length) throw new RangeError(`${changes} changes of ${values.length} values`);
      let index = -1;
      for (let k = 0; k < changes; k++) {
        index += 1 + bytes.unsigned();
        if (index >= values.length) throw new RangeError(`a change of value ${index} of ${values.length}`);
        values[index] = values[index]! + bytes.signed();
      }
    }
  }

  /** What is wrong with it, if anything. */
  set(name: string, index: number, value: number): string | undefined {
    const at = this.fields.findIndex((field) => field.name === name);
    const values = this.#values[at];
    if (values === undefined) return `there is no field "${name}"`;
    if (index >= values.length) return `${name} has ${values.length} values, there is none at ${index}`;
    if (!Number.isSafeInteger(value) || (value | 0) !== value) return `${value} has more than 32 bits`;
    values[index] = value;
    return undefined;
  }

  /** The values themselves, which the next step changes. */
  peek(name: string): Int32Array {
    const values = this.#values[this.fields.findIndex((field) => field.name === name)];
    if (values === undefined) throw new RangeError(`no field "${name}"`);
    return values;
  }
}

function fieldOf(line: string, place: string): StepperField {
  const [, length, level, name] = /^(\d{1,9}) ([a-z]+) (.{1,200})$/.exec(line) ?? [];
  if (name === undefined || !isLevel(level)) return bad(place, `"${line.slice(0, 60)}" is no field: LENGTH LEVEL NAME`);
  return { name, level, length: Number(length), writable: false, what: 'recorded' };
}

const isLevel = (word: string | undefined): word is FieldLevel => FIELD_LEVELS.some((level) => level === word);

/** Reads a stream piece by piece; nothing is kept that was taken. */
class ChunkReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #held: Uint8Array = new Uint8Array(0);
  #ended = false;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  async #fill(n: number): Promise<void> {
    if (this.#held.length >= n || this.#ended) return;
    const pieces = [this.#held];
    let length = this.#held.length;
    while (length < n) {
      const { value, done } = await this.#chunks.next();
      if (done === true) {
        this.#ended = true;
        break;
      }
      pieces.push(value);
      length += value.length;
    }
    const joined = new Uint8Array(length);
    let at = 0;
    for (const piece of pieces) {
      joined.set(piece, at);
      at += piece.length;
    }
    this.#held = joined;
  }

  /** Up to n bytes, which stay. */
  async peek(n: number): Promise<Uint8Array> {
    await this.#fill(n);
    return this.#held.subarray(0, n);
  }

  /** The next n bytes; undefined where there are fewer. */
  async take(n: number): Promise<Uint8Array | undefined> {
    await this.#fill(n);
    if (this.#held.length < n) return undefined;
    const taken = this.#held.slice(0, n);
    this.#held = this.#held.subarray(n);
    return taken;
  }

  /** The next line without its end; undefined at the end, and for a line longer than any of ours. */
  async line(): Promise<string | undefined> {
    for (let wanted = 1; wanted <= 4096; wanted = this.#held.length + 1) {
      await this.#fill(wanted);
      const end = this.#held.indexOf(10);
      if (end >= 0) {
        const line = new TextDecoder().decode(this.#held.subarray(0, end)).replace(/\r$/, '');
        this.#held = this.#held.subarray(end + 1);
        return line;
      }
      if (this.#ended) return undefined;
    }
    return undefined;
  }
}
