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
 * Values are JSON; arrays of up to 64 numbers are dtype(1,2,3), longer ones dtype[length]:base64 (little endian; i1 and i2
 * as in packed-ints). `parseNetwork` reads it back. With `summary`, arrays are described instead, for people; that form cannot be read back.
 */
import { createHash } from 'node:crypto';
import { packInt8 } from '../../common/packed-ints.js';
import type { NetworkGraph, NetworkNode } from './types.js';

/** `full` can be parsed; `summary` is short. */
export interface PrintOptions {
  readonly weights: 'full' | 'summary';
}

/** First word of the text form, with its version. */
export const TEXT_HEADER = 'lodestone-network 1';

/** Arrays up to this length are printed as numbers. */
const SHORT = 64;

/** Prints a network of either dialect. */
export function printNetwork(graph: NetworkGraph, options: PrintOptions = { weights: 'full' }): string {
  const lines = [`${TEXT_HEADER} ${graph.dialect} ${JSON.stringify(graph.name)}`];
  for (const node of graph.nodes) lines.push(...printNode(node, options));
  return lines.join('\n') + '\n';
}

function printNode(node: NetworkNode, options: PrintOptions): readonly string[] {
  const head = `%${node.id} = ${node.kind}${node.kind === 'input' ? '' : ` %${node.input}`}`;
  const fields = Object.entries(node).filter(([key]) => key !== 'id' && key !== 'kind' && key !== 'input');
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
  const width = view instanceof Float64Array ? 8 : view instanceof Int32Array ? 4 : 1;
  const dtype = packed?.code ?? (view instanceof Float64Array ? 'f64' : view instanceof Int32Array ? 'i32' : 'u8');
  const length = view.byteLength / width;
  const plain = view instanceof Int8Array ? 'i8' : dtype;
  if (length <= SHORT && isNumbers(view)) return `${plain}(${view.join(',')})`;
  if (options.weights === 'full') {
    return `${dtype}[${length}]:${Buffer.from(packed?.bytes ?? bytes).toString('base64')}`;
  }
  const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 8);
  return `${dtype}[${length}] ${rangeOf(view)} sha256 ${digest}`;
}

type Numbers = Int8Array | Int32Array | Float64Array | Uint8Array;

function isNumbers(view: ArrayBufferView): view is Numbers {
  return [Int8Array, Int32Array, Float64Array, Uint8Array].some((type) => view instanceof type);
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
