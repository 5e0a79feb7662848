/**
 * ONNX models as data: ModelProto, GraphProto, NodeProto, AttributeProto, TensorProto and ValueInfoProto (onnx/onnx.proto, field numbers
 * there). Functions, sparse tensors, sequences and optionals are named where they appear, so that findings can say so.
 */
import { METADATA_PREFIX } from '../../exporters/own-metadata.js';
import { broken, type Field, fields, pushNumbers, text, WIRE } from './wire.js';

/** A tensor as the file holds it; its elements are read when they are needed (tensor.ts). */
export interface TensorProto {
  readonly name: string;
  readonly dims: readonly number[];
  /** Number of TensorProto.DataType. */
  readonly type: number;
  /** Little-endian elements, a view into the file. */
  readonly raw: Uint8Array | undefined;
  /** Fields with elements of their own types: float_data (4), int32_data (5), int64_data (7), double_data (10), uint64_data (11). */
  readonly typed: readonly Field[];
  /** Where the elements lie in another file: location, offset, length. */
  readonly external: ReadonlyMap<string, string> | undefined;
}

/** What an attribute holds. */
export interface Attribute {
  readonly name: string;
  readonly float?: number;
  readonly int?: number;
  readonly text?: string;
  readonly tensor?: TensorProto;
  readonly floats: readonly number[];
  readonly ints: readonly number[];
  readonly texts: readonly string[];
  /** Whether it holds a graph: control flow, which networks of layers do not have. */
  readonly hasGraph: boolean;
}

export interface OnnxNode {
  readonly name: string;
  readonly operator: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, Attribute>;
}

/** A graph input or output. */
export interface ValueInfo {
  readonly name: string;
  /** Number of TensorProto.DataType; undefined for what is no tensor. */
  readonly type: number | undefined;
  /** undefined for a dimension without a number; undefined altogether for a tensor of unknown rank. */
  readonly dims: readonly (number | undefined)[] | undefined;
}

export interface OnnxModel {
  readonly producer: string;
  /** Operator set of the default domain; undefined where the file does not say. */
  readonly opset: number | undefined;
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly initialisers: readonly TensorProto[];
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /** Names of functions the file defines itself, and how many sparse initialisers it has: neither is read. */
  readonly functions: readonly string[];
  readonly sparse: number;
  /** Texts of the file's metadata whose keys begin as those of our own export do, undecoded. */
  readonly metadata: ReadonlyMap<string, Uint8Array>;
}

/** Bounds on what a file may hold, far above what a simulated chip does. */
export const MAX_NODES = 65536;
const MAX_ENTRIES = 1 << 20;

/** Reads a model. @throws UserError with the byte where the file is wrong */
export function parseModel(bytes: Uint8Array, place: string): OnnxModel {
  const reader: Reader = { place, entries: 0 };
  let producer = '';
  let opset: number | undefined;
  let graph: Graph | undefined;
  const functions: string[] = [];
  const metadata = new Map<string, Uint8Array>();
  for (const field of walk(reader, bytes, 0)) {
    if (field.number === 2) producer = text(field, place);
    else if (field.number === 7) graph = parseGraph(reader, message(reader, field));
    else if (field.number === 8) opset = defaultOpset(reader, message(reader, field)) ?? opset;
    else if (field.number === 14) {
      const [key, value] = metadataEntry(reader, message(reader, field));
      if (key.startsWith(METADATA_PREFIX)) metadata.set(key, value);
    } else if (field.number === 25) functions.push(functionName(reader, message(reader, field)));
  }
  if (graph === undefined) return broken(place, 0, 'a model without a graph');
  return { producer, opset, functions, metadata, ...graph };
}

/** Reads a file that holds one tensor (TensorProto), as test data of the ONNX project do. @throws UserError */
export function parseTensor(bytes: Uint8Array, place: string): TensorProto {
  return tensor({ place, entries: 0 }, bytes);
}

type Graph = Omit<OnnxModel, 'producer' | 'opset' | 'functions' | 'metadata'>;

interface Reader {
  readonly place: string;
  /** Fields so far. */
  entries: number;
}

function* walk(reader: Reader, bytes: Uint8Array, base = bytes.byteOffset): Generator<Field> {
  for (const field of fields(bytes, reader.place, base)) {
    reader.entries++;
    if (reader.entries > MAX_ENTRIES) broken(reader.place, base, `more than ${MAX_ENTRIES} fields`);
    yield field;
  }
}

function message(reader: Reader, field: Field): Uint8Array {
  if (field.wire === WIRE.bytes) return field.bytes;
  return broken(reader.place, field.bytes.byteOffset, `field ${field.number} is a number where a message is due`);
}

function defaultOpset(reader: Reader, bytes: Uint8Array): number | undefined {
  let domain = '';
  let version: number | undefined;
  for (const field of walk(reader, bytes)) {
    if (field.number === 1) domain = text(field, reader.place);
    else if (field.number === 2) version = field.value;
  }
  return domain === '' || domain === 'ai.onnx' ? version : undefined;
}

function functionName(reader: Reader, bytes: Uint8Array): string {
  for (const field of walk(reader, bytes)) if (field.number === 1) return text(field, reader.place);
  return '';
}

/** A key with its value; texts of any length, which other tools write too. */
function metadataEntry(reader: Reader, bytes: Uint8Array): [string, Uint8Array] {
  let key = '';
  let value: Uint8Array = new Uint8Array(0);
  for (const field of walk(reader, bytes)) {
    if (field.number === 1) key = text(field, reader.place);
    else if (field.number === 2) value = message(reader, field);
  }
  return [key, value];
}

function parseGraph(reader: Reader, bytes: Uint8Array): Graph {
  const nodes: OnnxNode[] = [];
  const initialisers: TensorProto[] = [];
  const inputs: ValueInfo[] = [];
  const outputs: ValueInfo[] = [];
  let name = '';
  let sparse = 0;
  for (const field of walk(reader, bytes)) {
    if (field.number === 1) nodes.push(parseNode(reader, message(reader, field)));
    else if (field.number === 2) name = text(field, reader.place);
    else if (field.number === 5) initialisers.push(tensor(reader, message(reader, field)));
    else if (field.number === 11) inputs.push(valueInfo(reader, message(reader, field)));
    else if (field.number === 12) outputs.push(valueInfo(reader, message(reader, field)));
    else if (field.number === 15) sparse++;
    if (nodes.length > MAX_NODES) broken(reader.place, bytes.byteOffset, `more than ${MAX_NODES} nodes`);
  }
  return { name, nodes, initialisers, inputs, outputs, sparse };
}

function parseNode(reader: Reader, bytes: Uint8Array): OnnxNode {
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes = new Map<string, Attribute>();
  let name = '';
  let operator = '';
  let domain = '';
  for (const field of walk(reader, bytes)) {
    if (field.number === 1) inputs.push(text(field, reader.place));
    else if (field.number === 2) outputs.push(text(field, reader.place));
    else if (field.number === 3) name = text(field, reader.place);
    else if (field.number === 4) operator = text(field, reader.place);
    else if (field.number === 7) domain = text(field, reader.place);
    else if (field.number === 5) {
      const attribute = parseAttribute(reader, message(reader, field));
      attributes.set(attribute.name, attribute);
    }
  }
  return { name, operator, domain, inputs, outputs, attributes };
}

type Draft = { -readonly [K in keyof Attribute]: Attribute[K] };

function parseAttribute(reader: Reader, bytes: Uint8Array): Attribute {
  const floats: number[] = [];
  const ints: number[] = [];
  const texts: string[] = [];
  const found: Draft = { name: '', floats, ints, texts, hasGraph: false };
  for (const field of walk(reader, bytes)) {
    if (field.number === 1) found.name = text(field, reader.place);
    else if (field.number === 2) found.float = firstNumber(reader, field, 'float');
    else if (field.number === 3) found.int = field.value;
    else if (field.number === 4) found.text = text(field, reader.place);
    else if (field.number === 5) found.tensor = tensor(reader, message(reader, field));
    else if (field.number === 6 || field.number === 11) found.hasGraph = true;
    else if (field.number === 7) pushNumbers(field, 'float', floats, reader.place);
    else if (field.number === 8) pushNumbers(field, 'varint', ints, reader.place);
    else if (field.number === 9) texts.push(text(field, reader.place));
  }
  return found;
}

function firstNumber(reader: Reader, field: Field, kind: 'float'): number {
  const numbers: number[] = [];
  pushNumbers(field, kind, numbers, reader.place);
  return numbers[0] ?? 0;
}

function tensor(reader: Reader, bytes: Uint8Array): TensorProto {
  const dims: number[] = [];
  const typed: Field[] = [];
  let external: Map<string, string> | undefined;
  let name = '';
  let type = 0;
  let raw: Uint8Array | undefined;
  let isExternal = false;
  for (const field of walk(reader, bytes)) {
    if (field.number === 1) pushNumbers(field, 'varint', dims, reader.place);
    else if (field.number === 2) type = field.value;
    else if ([4, 5, 6, 7, 10, 11].includes(field.number)) typed.push(field);
    else if (field.number === 8) name = text(field, reader.place);
    else if (field.number === 9) raw = message(reader, field);
    else if (field.number === 13) {
      external ??= new Map();
      external.set(...keyValue(reader, message(reader, field)));
    } else if (field.number === 14) isExternal = field.value === 1;
  }
  return { name, dims, type, raw, typed, external: isExternal ? (external ?? new Map()) : undefined };
}

function keyValue(reader: Reader, bytes: Uint8Array): [string, string] {
  let key = '';
  let value = '';
  for (const field of walk(reader, bytes)) {
    if (field.number === 1) key = text(field, reader.place);
    else if (field.number === 2) value = text(field, reader.place);
  }
  return [key, value];
}

function valueInfo(reader: Reader, bytes: Uint8Array): ValueInfo {
  let name = '';
  let found: Pick<ValueInfo, 'type' | 'dims'> = { type: undefined, dims: undefined };
  for (const field of walk(reader, bytes)) {
    if (field.number === 1) name = text(field, reader.place);
    else if (field.number === 2) {
      // TypeProto: tensor_type is field 1; sequences, maps and optionals are others.
      for (const type of walk(reader, message(reader, field))) {
        if (type.number === 1) found = tensorType(reader, message(reader, type));
      }
    }
  }
  return { name, ...found };
}

function tensorType(reader: Reader, bytes: Uint8Array): Pick<ValueInfo, 'type' | 'dims'> {
  let type = 0;
  let dims: (number | undefined)[] | undefined;
  for (const field of walk(reader, bytes)) {
    if (field.number === 1) type = field.value;
    else if (field.number === 2) {
      dims = [];
      for (const dim of walk(reader, message(reader, field))) {
        if (dim.number !== 1) continue;
        let size: number | undefined;
        for (const part of walk(reader, message(reader, dim))) if (part.number === 1) size = part.value;
        dims.push(size);
      }
    }
  }
  return { type, dims };
}
