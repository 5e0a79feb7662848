/** A TensorFlow Lite file as plain data: tensors, operators, and where their numbers lie. Field numbers are those of schema.fbs, version 3. */
import { present } from '../../../common/assert.js';
import { fail } from '../../../common/diagnostics.js';
import { FlatBuffer, type FlatTable } from './flatbuffer.js';
import { builtinName, CUSTOM, TENSOR_TYPES, type TensorType, TYPE_BITS } from './names.js';

/** real = scale * (q - zeroPoint), one pair for the tensor or one for each index along `axis`. */
export interface Quantisation {
  /** float32 numbers, above 0. */
  readonly scale: Float64Array;
  readonly zeroPoint: Float64Array;
  readonly axis: number;
}

export interface Tensor {
  readonly index: number;
  readonly name: string;
  /** With the batch. */
  readonly shape: readonly number[];
  readonly type: TensorType;
  /** What stands in the file; undefined for what is computed. */
  readonly data: Uint8Array | undefined;
  readonly quantisation: Quantisation | undefined;
  readonly isSparse: boolean;
}

export interface Operator {
  readonly index: number;
  /** Of a builtin or a custom operator. */
  readonly name: string;
  readonly isCustom: boolean;
  /** Tensors; -1 for an optional one that is left out. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly options: FlatTable | undefined;
  readonly customOptions: Uint8Array | undefined;
}

export interface TfliteModel {
  readonly bytes: Uint8Array;
  readonly place: string;
  readonly description: string;
  readonly tensors: readonly Tensor[];
  readonly operators: readonly Operator[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** Graphs besides the first. */
  readonly otherGraphs: number;
}

/** Elements that a computed tensor may have, far above what any chip holds; those of constants stand in the file. */
const MOST_ELEMENTS = 2 ** 24;
/** Reads the first graph of a file. @throws UserError where the file is damaged */
export function readModel(bytes: Uint8Array, place: string): TfliteModel {
  const file = new FlatBuffer(bytes, place);
  const root = file.root();
  const [main, ...others] = root.tables(2);
  if (main === undefined) fail('empty-file', place, 'it holds no graph', 'export the model again');
  const codes = root.tables(1).map((code) => ({
    // Numbers above 127 stand in the newer field only.
    builtin: Math.max(code.int8(0), code.int32(3)),
    custom: code.text(1) ?? '',
  }));
  const buffers = root.tables(4).map((buffer) => bufferOf(file, buffer));
  const tensors = main.tables(0).map((table, index) => tensorOf(table, index, buffers, file));
  const known = (tensor: number): number => {
    if (tensor >= -1 && tensor < tensors.length) return tensor;
    return file.damaged(0, `tensor ${tensor} of ${tensors.length} is read or written`);
  };
  const operators = main.tables(3).map((table, index): Operator => {
    const { builtin, custom } =
      codes[table.uint32(0)] ?? file.damaged(0, `operator ${index} has code ${table.uint32(0)} of ${codes.length}`);
    return {
      index,
      name: builtin === CUSTOM ? custom : builtinName(builtin),
      isCustom: builtin === CUSTOM,
      inputs: table.int32s(1).map(known),
      outputs: table.int32s(2).map(known),
      options: table.table(4),
      customOptions: customOptions(file, table),
    };
  });
  return {
    bytes,
    place,
    description: root.text(3) ?? '',
    tensors,
    operators,
    inputs: main.int32s(1).map(known),
    outputs: main.int32s(2).map(known),
    otherGraphs: others.length,
  };
}

/** The bytes of a buffer: inline, or in files above 2 GB behind the FlatBuffer. Undefined where there are none. */
function bufferOf(file: FlatBuffer, buffer: FlatTable): Uint8Array | undefined {
  const data = buffer.bytes(0);
  if (data !== undefined && data.length > 0) return data;
  const [offset, size] = [buffer.uint64(1), buffer.uint64(2)];
  // 0 and 1 mark places that a writer has not filled in.
  if (offset <= 1) return undefined;
  file.check(offset, size, 'a buffer behind the tables');
  return file.bytes.subarray(offset, offset + size);
}

function customOptions(file: FlatBuffer, operator: FlatTable): Uint8Array | undefined {
  const inline = operator.bytes(5);
  const [offset, size] = [operator.uint64(9), operator.uint64(10)];
  if (inline !== undefined || offset <= 1) return inline;
  file.check(offset, size, 'options behind the tables');
  return file.bytes.subarray(offset, offset + size);
}

function tensorOf(
  table: FlatTable,
  index: number,
  buffers: readonly (Uint8Array | undefined)[],
  file: FlatBuffer,
): Tensor {
  const shape = table.int32s(0).map((n) => n);
  const name = table.text(3) ?? '';
  const type = TENSOR_TYPES[table.uint8(1)] ?? 'unknown';
  const buffer = table.uint32(2);
  if (buffer >= Math.max(1, buffers.length))
    file.damaged(0, `tensor ${index} lies in buffer ${buffer} of ${buffers.length}`);
  const what = `tensor ${index} "${name.slice(0, 80)}"`;
  if (shape.some((n) => n < 0)) file.damaged(0, `${what} has the shape [${shape.join(', ')}]`);
  const elements = shape.reduce((product, n) => product * n, 1);
  // Buffer 0 is the empty one.
  const data = buffer === 0 ? undefined : buffers[buffer];
  if (data === undefined && elements > MOST_ELEMENTS) {
    const remedy = 'use a smaller model';
    fail('too-large', file.place, `${what} has ${elements} elements, more than ${MOST_ELEMENTS}`, remedy);
  }
  const bits = TYPE_BITS[type];
  const isSparse = table.table(6) !== undefined;
  if (data !== undefined && bits > 0 && !isSparse && data.length !== Math.ceil((elements * bits) / 8)) {
    file.damaged(0, `${what} has ${data.length} bytes for ${elements} elements of ${bits} bits`);
  }
  return { index, name, shape, type, data, quantisation: quantisationOf(table.table(4), what, file), isSparse };
}

function quantisationOf(table: FlatTable | undefined, what: string, file: FlatBuffer): Quantisation | undefined {
  if (table === undefined) return undefined;
  const scale = Float64Array.from(table.float32s(2));
  if (scale.length === 0) return undefined;
  const zeroPoint = Float64Array.from(table.int64s(3));
  if (zeroPoint.length === 0) return { scale, zeroPoint: new Float64Array(scale.length), axis: table.int32(6) };
  if (zeroPoint.length !== scale.length)
    file.damaged(0, `${what} has ${scale.length} scales and ${zeroPoint.length} zero points`);
  return { scale, zeroPoint, axis: table.int32(6) };
}

/** The tensor of a number that has been checked. */
export const tensorAt = (model: TfliteModel, index: number): Tensor => present(model.tensors[index], `tensor ${index}`);
