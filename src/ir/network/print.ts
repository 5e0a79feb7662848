/**
 * The text form of a network: one line per layer, its fields indented below.
 *
 * ```
 * lodestone-network 1 float "mnist-mlp"
 * %image = input
 *   shape [28,28,1]
 * %fc1 = dense %image
 *   nOut 256
 *   weights i1[200704]:k9s...
 * ```
 * Before the layers a line `preprocessing [...]` lists what is done to an image first, where there is something, and `time {"step":0.001}`
 * makes the network a spiking one.
 * A layer that reads several values names them in order: `%sum = add %left %right`.
 *
 * Values are JSON; arrays of up to 64 numbers are dtype(1,2,3), longer ones dtype[length]:base64 (little endian; i1 and i2
 * as in packed-ints). `parseNetwork` reads it back. With `summary`, arrays are described instead, for people; that form cannot be read back.
 */
import { toBase64 } from '../../common/base64.js';
import { packInt8 } from '../../common/packed-ints.js';
import { sha256 } from '../../common/sha256.js';
import { inputsOf, type NetworkGraph, type NetworkNode } from './types.js';

/** `full` can be parsed; `summary` is short. */
export interface PrintOptions {
  readonly weights: 'full' | 'summary';
}

/** First word of the text form, with its version. */
export const TEXT_HEADER = 'lodestone-network 1';

/** Arrays up to this length are printed as numbers. */
const SHORT = { full: 64, summary: 4 } as const;

/** Fields that stand in the first line of a layer. */
export const IN_HEAD: readonly string[] = ['id', 'kind', 'input', 'inputs'];

/** Fields of the network itself: lines before the first layer, where they are there. */
export const GRAPH_FIELDS = ['preprocessing', 'time'] as const;

/** Prints a network of either dialect. */
export function printNetwork(graph: NetworkGraph, options: PrintOptions = { weights: 'full' }): string {
  const lines = [`${TEXT_HEADER} ${graph.dialect} ${JSON.stringify(graph.name)}`];
  for (const key of GRAPH_FIELDS) {
    const value = graph[key];
    if (value !== undefined) lines.push(`${key} ${printValue(value, options)}`);
  }
  for (const node of graph.nodes) lines.push(...printNode(node, options));
  return lines.join('\n') + '\n';
}

function printNode(node: NetworkNode, options: PrintOptions): readonly string[] {
  const head = [`%${node.id} = ${node.kind}`, ...inputsOf(node).map((id) => `%${id}`)].join(' ');
  const fields = Object.entries(node).filter(([key]) => !IN_HEAD.includes(key));
  return [head, ...fields.map(([key, value]) => `  ${key} ${printValue(value, options)}`)];
}

function printValue(value: unknown, options: PrintOptions): string {
  if (ArrayBuffer.isView(value)) return printArray(value, options);
  if (Array.isArray(value)) {
    const shown =
      options.weights === 'summary' && value.length > 4 && typeof value[0] === 'object' ? value.slice(0, 4) : value;
    const items = shown.map((item) => printValue(item, options));
    return `[${items.join(',')}${shown.length < value.length ? `,... ${value.length} in all` : ''}]`;
  }
  if (typeof value === 'object' && value !== null) {
    return `{${Object.entries(value)
      .map(([key, item]) => `${JSON.stringify(key)}:${printValue(item, options)}`)
      .join(',')}}`;
  }
  return JSON.stringify(value);
}

function printArray(view: ArrayBufferView, options: PrintOptions): string {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  const packed = view instanceof Int8Array ? packInt8(view) : undefined;
  const plain = dtypeOf(view);
  const dtype = packed?.code ?? plain;
  const length = isNumbers(view) ? view.length : view.byteLength;
  if (length <= SHORT[options.weights] && isNumbers(view))
    return `${plain}(${Array.from(view, printNumber).join(',')})`;
  if (options.weights === 'full') {
    return `${dtype}[${length}]:${toBase64(packed?.bytes ?? bytes)}`;
  }
  const digest = sha256(bytes).slice(0, 8);
  return `${dtype}[${length}] ${rangeOf(view)} sha256 ${digest}`;
}

/** A number that reads back as it is, negative zero included. */
function printNumber(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

type Numbers = Int8Array | Uint8Array | Int16Array | Int32Array | Float32Array | Float64Array;

/** Names of the arrays in the text form. */
const DTYPES = {
  i8: Int8Array,
  u8: Uint8Array,
  i16: Int16Array,
  i32: Int32Array,
  f32: Float32Array,
  f64: Float64Array,
} as const;

function dtypeOf(view: ArrayBufferView): string {
  const found = Object.entries(DTYPES).find(([, type]) => view instanceof type);
  if (found === undefined) throw new Error('internal error: a network cannot hold this kind of typed array');
  return found[0];
}

function isNumbers(view: ArrayBufferView): view is Numbers {
  return Object.values(DTYPES).some((type) => view instanceof type);
}

function rangeOf(view: ArrayBufferView): string {
  if (!isNumbers(view)) return '';
  let low = Infinity;
  let high = -Infinity;
  for (const v of view) {
    low = Math.min(low, v);
    high = Math.max(high, v);
  }
  const format = (v: number): string => (Number.isInteger(v) ? String(v) : v.toPrecision(4));
  return `${format(low)}..${format(high)}`;
}
