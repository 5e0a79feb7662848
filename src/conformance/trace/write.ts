import { crc32 } from '../../common/archive/crc32.js';
import type { StepperField } from '../../chips/kit.js';
import type { RunningModel } from '../model.js';
import { BLOCK, BLOCK_HEAD, MAGIC, STEP_BYTES, TEXT_HEAD } from './format.js';
import { ByteWriter } from './varint.js';

/** What a trace is written of. */
export interface TraceSource {
  readonly model: RunningModel;
  /** What of it; all fields without it. */
  readonly fields?: readonly string[] | undefined;
  /** The golden, see golden.ts; a trace without one is good for comparisons only. */
  readonly golden?: Uint8Array | undefined;
}

/** Runs a model to its end; the pieces of its trace as they come, so that nothing has to fit into memory. */
export async function* traceBytes({ model, fields: wanted, golden }: TraceSource): AsyncGenerator<Uint8Array> {
  const fields = chosen(model, wanted);
  yield new TextEncoder().encode(MAGIC);
  if (golden !== undefined) yield block(BLOCK.golden, golden);
  yield block(BLOCK.fields, new TextEncoder().encode(fields.map((field) => `${fieldLine(field)}\n`).join('')));
  const before = fields.map(({ length }) => new Int32Array(length));
  const bytes = new ByteWriter();
  let steps = 0;
  for (; await model.step(); steps++) {
    fields.forEach(({ name }, f) => {
      const last = before[f]!;
      const values = model.peek(name);
      const changed: number[] = [];
      for (let i = 0; i < last.length; i++) if (values[i] !== last[i]) changed.push(i);
      bytes.unsigned(changed.length);
      let next = 0;
      for (const i of changed) {
        bytes.unsigned(i - next);
        bytes.signed((values[i]! - last[i]!) | 0);
        last[i] = values[i]!;
        next = i + 1;
      }
    });
    if (bytes.length >= STEP_BYTES) yield block(BLOCK.steps, bytes.take());
  }
  if (bytes.length > 0) yield block(BLOCK.steps, bytes.take());
  const end = new Uint8Array(4);
  new DataView(end.buffer).setUint32(0, steps, true);
  yield block(BLOCK.end, end);
}

/** The same as text, one value a line: what changed, as it is then. */
export async function* traceText({ model, fields: wanted }: Omit<TraceSource, 'golden'>): AsyncGenerator<Uint8Array> {
  const fields = chosen(model, wanted);
  const encoder = new TextEncoder();
  yield encoder.encode([TEXT_HEAD, ...fields.map((field) => `field ${fieldLine(field)}`), ''].join('\n'));
  const before = fields.map(({ length }) => new Int32Array(length));
  let steps = 0;
  for (; await model.step(); steps++) {
    const lines = [`step ${steps}`];
    fields.forEach(({ name }, f) => {
      const last = before[f]!;
      model.peek(name).forEach((value, i) => {
        if (value !== last[i]) lines.push(`${name} ${i} ${value}`);
        last[i] = value;
      });
    });
    yield encoder.encode(`${lines.join('\n')}\n`);
  }
  yield encoder.encode(`end ${steps}\n`);
}

function chosen({ fields }: RunningModel, wanted: readonly string[] | undefined): readonly StepperField[] {
  return wanted === undefined ? fields : fields.filter(({ name }) => wanted.includes(name));
}

const fieldLine = ({ name, length, level = 'state' }: StepperField): string => `${length} ${level} ${name}`;

function block(kind: string, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(BLOCK_HEAD + payload.length);
  const checked = new Uint8Array(1 + payload.length);
  checked[0] = kind.charCodeAt(0);
  checked.set(payload, 1);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, kind.charCodeAt(0));
  view.setUint32(1, payload.length, true);
  view.setUint32(5, crc32(checked), true);
  bytes.set(payload, BLOCK_HEAD);
  return bytes;
}
