/**
 * A model in another process, which is spoken to in lines: docs/conformance.md has the protocol. This is the side of the host; who starts the
 * process gives the channel.
 */
import type { ChipKit, KitCase, StepperField, Stimulus } from '../../chips/kit.js';
import { fail } from '../../common/diagnostics.js';
import type { ModelUnderTest, RunningModel } from '../model.js';

/** Version of the protocol. */
export const PROTOCOL_VERSION = 1;
/** Steps that are asked for at once. */
const BATCH = 32;
/** Fields of a model, and values of one, at most. */
const MOST_FIELDS = 64;
const MOST_VALUES = 2 ** 24;

/** Lines in and out. */
export interface LineChannel {
  /** Sends whole lines, each with its end. */
  send(text: string): void;
  /** The next line, without its end. @throws UserError where none comes */
  next(): Promise<string>;
  close(): Promise<void>;
}

/** Greets a model. @throws UserError for one that does not speak the protocol, or a chip that has no form of programs for it */
export async function foreignModel(
  kit: Pick<ChipKit, 'foreign'>,
  chip: string,
  channel: LineChannel,
  place: string,
): Promise<ModelUnderTest> {
  const { foreign } = kit;
  if (foreign === undefined) {
    return fail('no-foreign-form', place, `programs of "${chip}" have no form for other processes`, 'use a module');
  }
  channel.send(`hello lodestone ${PROTOCOL_VERSION}\n`);
  const greeting = (await channel.next()).split(' ');
  const [hello, version, name = '', ...words] = greeting;
  if (hello !== 'hello' || name === '') speaksWrong(place, greeting.join(' '), `hello ${PROTOCOL_VERSION} NAME`);
  if (version !== `${PROTOCOL_VERSION}`) {
    const remedy = `answer "hello ${PROTOCOL_VERSION} NAME"`;
    fail('foreign-version', place, `it speaks version ${version}, this program version ${PROTOCOL_VERSION}`, remedy);
  }
  const unknown = words.find((word) => word !== 'deterministic' && word !== 'plain');
  if (unknown !== undefined) speaksWrong(place, unknown, 'deterministic or plain');
  let running: ForeignRun | undefined;
  return {
    name,
    takes: words.includes('plain') ? 'plain' : words.includes('deterministic') ? 'deterministic' : 'everything',
    open: async ({ program, stimulus }: KitCase) => {
      // A comparison that ended early leaves the rest of a batch unread.
      await running?.skip();
      const lines = [...foreign.lines(program)];
      channel.send(`load ${chip} ${lines.length}\n${lines.join('\n')}\n`);
      const answer = await channel.next();
      if (answer.startsWith('no ')) {
        fail('model-unsupported', place, `"${name}" refuses a program: ${answer.slice(3, 203)}`, 'use another spec');
      }
      const fields = fieldsOf(answer, place);
      channel.send('reset\n');
      const ready = await channel.next();
      if (ready !== 'ok') speaksWrong(place, ready, '"ok" to a reset');
      running = new ForeignRun(fields, stimulus, channel, place);
      return running;
    },
    close: () => channel.close(),
  };
}

/** `ok NAME LENGTH NAME LENGTH ...`. */
function fieldsOf(answer: string, place: string): readonly StepperField[] {
  const [ok, ...words] = answer.split(' ');
  const n = words.length / 2;
  if (ok !== 'ok' || !Number.isInteger(n) || n < 1 || n > MOST_FIELDS) {
    speaksWrong(place, answer, `ok NAME LENGTH ..., for 1 to ${MOST_FIELDS} fields, or "no REASON"`);
  }
  return Array.from({ length: n }, (_, f): StepperField => {
    const name = words[2 * f] ?? '';
    const length = /^\d{1,8}$/.test(words[2 * f + 1] ?? '') ? Number(words[2 * f + 1]) : -1;
    if (name === '' || length < 1 || length > MOST_VALUES) speaksWrong(place, answer, `lengths of 1 to ${MOST_VALUES}`);
    return { name, length, writable: false, what: 'of a model in another process' };
  });
}

/** A program in the other process, read in batches of steps. */
class ForeignRun implements RunningModel {
  readonly fields: readonly StepperField[];
  readonly #stimulus: Stimulus;
  readonly #channel: LineChannel;
  readonly #place: string;
  readonly #values: ReadonlyMap<string, Int32Array>;
  #now = 0;
  #asked = 0;
  #event = 0;

  constructor(fields: readonly StepperField[], stimulus: Stimulus, channel: LineChannel, place: string) {
    this.fields = fields;
    this.#stimulus = stimulus;
    this.#channel = channel;
    this.#place = place;
    this.#values = new Map(fields.map(({ name, length }) => [name, new Int32Array(length)]));
  }

  async step(): Promise<boolean> {
    if (this.#now >= this.#stimulus.steps) {
      await this.#readAgain();
      return false;
    }
    if (this.#now === this.#asked) this.#ask();
    for (let f = 0; f < this.fields.length; f++) this.#read(await this.#channel.next());
    this.#now++;
    if (this.#now === this.#asked) {
      const end = await this.#channel.next();
      if (end !== 'ok') speaksWrong(this.#place, end, '"ok" after the last step of a batch');
    }
    return true;
  }

  /** Reads what was asked for and is not wanted any more. */
  async skip(): Promise<void> {
    if (this.#now === this.#asked) return;
    for (let n = (this.#asked - this.#now) * this.fields.length; n >= 0; n--) await this.#channel.next();
    this.#now = this.#asked;
  }

  /** What a model says when it is asked has to be what it said after the last step. */
  async #readAgain(): Promise<void> {
    for (const [name, values] of this.#values) {
      const before = values.slice();
      this.#channel.send(`read ${name}\n`);
      const line = await this.#channel.next();
      this.#read(line);
      const at = values.findIndex((value, i) => value !== before[i]);
      if (at >= 0)
        speaksWrong(this.#place, `${name} ${at} ${values[at]}`, `what it said after the last step, ${before[at]},`);
    }
  }

  peek(field: string): Int32Array {
    const values = this.#values.get(field);
    if (values === undefined) throw new RangeError(`no field "${field}"`);
    return values;
  }

  /** The next steps, with the events that enter in them. */
  #ask(): void {
    const { steps, events } = this.#stimulus;
    const count = Math.min(BATCH, steps - this.#now);
    const lines: string[] = [];
    for (; this.#event < events.length && events[this.#event]! < this.#now + count; this.#event += 3) {
      const [step = 0, core = 0, line = 0] = events.subarray(this.#event, this.#event + 3);
      lines.push(`${step - this.#now} ${core} ${line}\n`);
    }
    this.#asked = this.#now + count;
    this.#channel.send(`tick ${count} ${lines.length}\n${lines.join('')}`);
  }

  /** `NAME V V V ...`, or what changed: `NAME @ INDEX V INDEX V ...`. */
  #read(line: string): void {
    const [name = '', ...words] = line.trim().split(' ');
    const values = this.#values.get(name);
    if (values === undefined)
      return speaksWrong(this.#place, line, `one line for each of ${[...this.#values.keys()].join(', ')}`);
    const isSparse = words[0] === '@';
    const numbers = (isSparse ? words.slice(1) : words).map((word) =>
      /^-?\d{1,10}$/.test(word) ? Number(word) : Number.NaN,
    );
    if (numbers.some((value) => (value | 0) !== value)) speaksWrong(this.#place, line, 'whole numbers of 32 bits');
    if (!isSparse) {
      if (numbers.length !== values.length) {
        speaksWrong(this.#place, line, `${values.length} values of ${name}, not ${numbers.length}`);
      }
      values.set(numbers);
      return;
    }
    for (let k = 0; k < numbers.length; k += 2) {
      const [index = -1, value] = numbers.slice(k, k + 2);
      if (value === undefined || index < 0 || index >= values.length) {
        speaksWrong(this.#place, line, `pairs of an index below ${values.length} and a value`);
      }
      values[index] = value!;
    }
  }
}

function speaksWrong(place: string, said: string, wanted: string): never {
  const shown = said.length > 120 ? `${said.slice(0, 120)}...` : said;
  return fail('foreign-protocol', place, `it says "${shown}" where ${wanted} is due`, 'see docs/conformance.md');
}
