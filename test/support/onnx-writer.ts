/** A small writer of ONNX files (protocol buffers), for tests. */

/** A tensor: `type` is the number of TensorProto.DataType; elements are written as raw data of that type. */
export interface MadeTensor {
  readonly dims: readonly number[];
  readonly type?: number;
  readonly values?: readonly number[];
  /** Raw data, where values do not say them. */
  readonly raw?: Uint8Array;
  /** Location, offset and length of external data. */
  readonly external?: Readonly<Record<string, string>>;
  /** Where values go: raw data, or the field for numbers of their type. */
  readonly as?: 'raw' | 'typed';
}

export type MadeAttribute = number | { readonly int: number } | string | readonly number[] | MadeTensor;

export interface MadeNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly name?: string;
  readonly domain?: string;
  /** Whole numbers are ints, others floats, as in { int: 1 } for certain ones. */
  readonly attributes?: Readonly<Record<string, MadeAttribute>>;
}

export interface MadeValue {
  readonly name: string;
  readonly type?: number;
  readonly dims: readonly (number | string)[];
}

export interface MadeModel {
  readonly nodes: readonly MadeNode[];
  readonly inputs: readonly MadeValue[];
  readonly outputs: readonly MadeValue[];
  readonly initialisers?: Readonly<Record<string, MadeTensor>>;
  /** 0 leaves it out. */
  readonly opset?: number;
  /** Fields behind those of the graph and those of the model. */
  readonly graphFields?: Uint8Array;
  readonly modelFields?: Uint8Array;
}

const encoder = new TextEncoder();

export const joined = (parts: readonly Uint8Array[]): Uint8Array => {
  const out = new Uint8Array(parts.reduce((n, part) => n + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
};

/** A number as a varint of 64 bits. */
export function varint(value: number): Uint8Array {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  do {
    const low = Number(rest & 127n);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 128 : low);
  } while (rest > 0n);
  return Uint8Array.from(bytes);
}

export const numberField = (field: number, value: number): Uint8Array => joined([varint(field * 8), varint(value)]);
export const bytesField = (field: number, bytes: Uint8Array): Uint8Array =>
  joined([varint(field * 8 + 2), varint(bytes.length), bytes]);
export const textField = (field: number, text: string): Uint8Array => bytesField(field, encoder.encode(text));

function float32(values: readonly number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}

/** Elements as raw data. */
function rawData(type: number, values: readonly number[]): Uint8Array {
  switch (type) {
    case 1:
      return float32(values);
    case 2:
    case 9:
      return Uint8Array.from(values);
    case 3:
      return new Uint8Array(Int8Array.from(values).buffer);
    case 6:
      return new Uint8Array(Int32Array.from(values).buffer);
    case 7:
      return new Uint8Array(BigInt64Array.from(values.map(BigInt)).buffer);
    case 11:
      return new Uint8Array(Float64Array.from(values).buffer);
    default:
      throw new Error(`no raw data of type ${type}`);
  }
}

export function madeTensor(tensor: MadeTensor, name = ''): Uint8Array {
  const { dims, type = 1, values, raw, external, as = 'raw' } = tensor;
  const elements =
    values === undefined
      ? []
      : as === 'raw'
        ? [bytesField(9, rawData(type, values))]
        : type === 1
          ? [bytesField(4, float32(values))]
          : values.map((v) => numberField(type === 7 ? 7 : 5, v));
  return joined([
    ...dims.map((n) => numberField(1, n)),
    numberField(2, type),
    ...elements,
    textField(8, name),
    ...(raw === undefined ? [] : [bytesField(9, raw)]),
    ...Object.entries(external ?? {}).map(([key, value]) =>
      bytesField(13, joined([textField(1, key), textField(2, value)])),
    ),
    ...(external === undefined ? [] : [numberField(14, 1)]),
  ]);
}

function madeAttribute(name: string, value: MadeAttribute): Uint8Array {
  const named = textField(1, name);
  const float = (v: number): Uint8Array => joined([varint(2 * 8 + 5), float32([v])]);
  if (typeof value === 'number') {
    return joined([named, Number.isInteger(value) ? numberField(3, value) : float(value)]);
  }
  if (typeof value === 'string') return joined([named, textField(4, value)]);
  if ('int' in value) return joined([named, numberField(3, value.int)]);
  if ('dims' in value) return joined([named, bytesField(5, madeTensor(value))]);
  const isWhole = value.every((v) => Number.isInteger(v));
  return joined([named, ...(isWhole ? value.map((v) => numberField(8, v)) : [bytesField(7, float32(value))])]);
}

function madeNode({ op, inputs, outputs, name = '', domain = '', attributes = {} }: MadeNode): Uint8Array {
  return joined([
    ...inputs.map((input) => textField(1, input)),
    ...outputs.map((output) => textField(2, output)),
    textField(3, name),
    textField(4, op),
    ...Object.entries(attributes).map(([key, value]) => bytesField(5, madeAttribute(key, value))),
    textField(7, domain),
  ]);
}

function madeValue({ name, type = 1, dims }: MadeValue): Uint8Array {
  const shape = joined(dims.map((n) => bytesField(1, typeof n === 'number' ? numberField(1, n) : textField(2, n))));
  const tensor = joined([numberField(1, type), bytesField(2, shape)]);
  return joined([textField(1, name), bytesField(2, bytesField(1, tensor))]);
}

/** The bytes of a model. */
export function madeModel({
  nodes,
  inputs,
  outputs,
  initialisers = {},
  opset = 17,
  graphFields = new Uint8Array(0),
  modelFields = new Uint8Array(0),
}: MadeModel): Uint8Array {
  const graph = joined([
    ...nodes.map((node) => bytesField(1, madeNode(node))),
    textField(2, 'made'),
    ...Object.entries(initialisers).map(([name, tensor]) => bytesField(5, madeTensor(tensor, name))),
    ...inputs.map((input) => bytesField(11, madeValue(input))),
    ...outputs.map((output) => bytesField(12, madeValue(output))),
    graphFields,
  ]);
  return joined([
    numberField(1, 8),
    textField(2, 'tests'),
    bytesField(7, graph),
    ...(opset === 0 ? [] : [bytesField(8, joined([textField(1, ''), numberField(2, opset)]))]),
    modelFields,
  ]);
}
