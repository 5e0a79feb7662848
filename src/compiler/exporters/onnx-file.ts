/** ONNX files as data, and their bytes (onnx/onnx.proto; field numbers there). */
import { bytesField, floatField, joined, numberField, textField } from './protobuf-writer.js';

/** A constant: float32 numbers, or int64 where an operator wants indices. */
export interface OnnxTensor {
  readonly name: string;
  readonly dims: readonly number[];
  readonly type: 'float' | 'int64';
  readonly values: Float32Array | readonly number[];
}

/** What an attribute holds: whole numbers from 0 on. */
export type OnnxAttribute =
  | { readonly float: number }
  | { readonly int: number }
  | { readonly ints: readonly number[] }
  | { readonly text: string };

/** An operator; every one of ours has one result. */
export interface OnnxOperator {
  readonly name: string;
  readonly operator: string;
  /** Empty for ONNX itself. */
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

/** A float32 tensor that goes in or out. */
export interface OnnxValue {
  readonly name: string;
  readonly dims: readonly number[];
}

export interface OnnxFile {
  readonly name: string;
  readonly producerVersion: string;
  readonly operators: readonly OnnxOperator[];
  readonly tensors: readonly OnnxTensor[];
  readonly input: OnnxValue;
  readonly output: OnnxValue;
  /** Operator sets by domain. */
  readonly opsets: readonly (readonly [domain: string, version: number])[];
  readonly metadata: ReadonlyMap<string, string>;
}

/** Version of the format: the one of ONNX 1.12, which has operator set 17. */
const IR_VERSION = 8;
const FLOAT = 1;
const INT64 = 7;
/** Types of attributes (AttributeProto.AttributeType). */
const ATTRIBUTE = { float: 1, int: 2, text: 3, ints: 7 } as const;

function rawData({ type, values }: OnnxTensor): Uint8Array {
  const bytes = new Uint8Array(values.length * (type === 'float' ? 4 : 8));
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < values.length; i++) {
    if (type === 'float') view.setFloat32(4 * i, values[i]!, true);
    else view.setBigInt64(8 * i, BigInt(values[i]!), true);
  }
  return bytes;
}

const tensorBytes = (tensor: OnnxTensor): Uint8Array =>
  joined([
    ...tensor.dims.map((n) => numberField(1, n)),
    numberField(2, tensor.type === 'float' ? FLOAT : INT64),
    textField(8, tensor.name),
    bytesField(9, rawData(tensor)),
  ]);

function attributeBytes(name: string, value: OnnxAttribute): Uint8Array {
  const of = (type: keyof typeof ATTRIBUTE, ...fields: readonly Uint8Array[]): Uint8Array =>
    joined([textField(1, name), ...fields, numberField(20, ATTRIBUTE[type])]);
  if ('float' in value) return of('float', floatField(2, value.float));
  if ('int' in value) return of('int', numberField(3, value.int));
  if ('text' in value) return of('text', textField(4, value.text));
  return of('ints', ...value.ints.map((n) => numberField(8, n)));
}

const operatorBytes = ({ name, operator, domain, inputs, output, attributes }: OnnxOperator): Uint8Array =>
  joined([
    ...inputs.map((input) => textField(1, input)),
    textField(2, output),
    textField(3, name),
    textField(4, operator),
    ...Object.entries(attributes).map(([key, value]) => bytesField(5, attributeBytes(key, value))),
    ...(domain === '' ? [] : [textField(7, domain)]),
  ]);

function valueBytes({ name, dims }: OnnxValue): Uint8Array {
  const shape = joined(dims.map((n) => bytesField(1, numberField(1, n))));
  const type = bytesField(1, joined([numberField(1, FLOAT), bytesField(2, shape)]));
  return joined([textField(1, name), bytesField(2, type)]);
}

/** The bytes of a file. Equal files give equal bytes. */
export function encodeOnnx(file: OnnxFile): Uint8Array {
  const graph = joined([
    ...file.operators.map((operator) => bytesField(1, operatorBytes(operator))),
    textField(2, file.name),
    ...file.tensors.map((tensor) => bytesField(5, tensorBytes(tensor))),
    bytesField(11, valueBytes(file.input)),
    bytesField(12, valueBytes(file.output)),
  ]);
  return joined([
    numberField(1, IR_VERSION),
    textField(2, 'lodestone'),
    textField(3, file.producerVersion),
    bytesField(7, graph),
    ...file.opsets.map(([domain, version]) => bytesField(8, joined([textField(1, domain), numberField(2, version)]))),
    ...[...file.metadata].map(([key, value]) => bytesField(14, joined([textField(1, key), textField(2, value)]))),
  ]);
}
