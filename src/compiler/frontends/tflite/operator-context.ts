/** What the lowering of one operator sees: its operands, its options, and where its layers go. */
import { sizeOf } from '../../../ir/network/shapes.js';
import type { NetworkNode, NodeId, Shape, Window2d } from '../../../ir/network/types.js';
import { elementsOf } from './elements.js';
import type { FlatTable } from './flatbuffer.js';
import { type Operator, type Tensor, tensorAt, type TfliteModel } from './model.js';
import { TYPE_BITS } from './names.js';
import { Refusal } from './refusal.js';

/** A computed tensor. */
export interface Value {
  readonly id: NodeId;
  /** As the file has it, with the batch of 1. */
  readonly full: Shape;
}

/** The shape of a layer for a tensor: without its batch. */
export function layerShape(full: Shape): Shape {
  if (full.length === 0) return [1];
  return full.length > 1 && full[0] === 1 ? full.slice(1) : full;
}

/** Elements of one layer that moves values. */
const MOST_MOVED = 2 ** 22;

/** What is shared by all operators of a file. */
export interface Lowering {
  readonly model: TfliteModel;
  readonly values: Map<number, Value>;
  readonly nodes: NetworkNode[];
  readonly fresh: (wanted: string) => NodeId;
  /** Elements that may still be moved or written. */
  left: number;
}

/** One operator being lowered. */
export class OperatorContext {
  readonly op: Operator;
  readonly options: FlatTable | undefined;
  /** Layers that this operator became. */
  readonly layers: NodeId[] = [];
  /** Why it has no layer of its own, where it is dropped. */
  dropped: string | undefined;
  note: string | undefined;
  readonly #lowering: Lowering;
  readonly #name: string;

  constructor(op: Operator, lowering: Lowering) {
    this.op = op;
    this.options = op.options;
    this.#lowering = lowering;
    this.#name = layerName(op, lowering.model);
  }

  /** Tensor of operand i. */
  tensor(i: number): Tensor {
    const index = this.op.inputs[i] ?? -1;
    if (index < 0) throw new Refusal(`it has no operand ${i}`, 'export the model again');
    return tensorAt(this.#lowering.model, index);
  }

  has(i: number): boolean {
    return (this.op.inputs[i] ?? -1) >= 0;
  }

  /** Tensor of result k. */
  output(k = 0): Tensor {
    const index = this.op.outputs[k] ?? -1;
    if (index < 0) throw new Refusal('it has no result', 'export the model again');
    return tensorAt(this.#lowering.model, index);
  }

  /** The value of operand i, which has to be computed. */
  value(i: number): Value {
    const tensor = this.tensor(i);
    const value = this.#lowering.values.get(tensor.index);
    if (value !== undefined) return value;
    const what = tensor.data === undefined ? 'not computed' : 'a constant';
    throw new Refusal(
      `its operand "${tensor.name}" is ${what}`,
      'leave the operator to the exporter, which folds constants',
    );
  }

  isConstant(i: number): boolean {
    return this.has(i) && !this.#lowering.values.has(this.tensor(i).index);
  }

  /** The constant of operand i. */
  constant(i: number): Tensor & { readonly data: Uint8Array } {
    const tensor = this.tensor(i);
    const { data } = tensor;
    if (tensor.isSparse)
      throw new Refusal(`"${tensor.name}" is stored sparsely`, 'export the model with dense weights');
    if (data === undefined || TYPE_BITS[tensor.type] === 0) {
      throw new Refusal(`"${tensor.name}" is no constant`, 'export the model with constants in their place');
    }
    return { ...tensor, data };
  }

  /** The numbers of a constant; integers as they are stored. */
  numbers(i: number): Float64Array {
    const tensor = this.constant(i);
    this.charge(sizeOf(tensor.shape));
    return elementsOf(tensor);
  }

  /** Counts what is made up from few bytes of the file. */
  charge(elements: number): void {
    this.#lowering.left -= elements;
    if (this.#lowering.left < 0)
      throw new Refusal('the file asks for too many numbers', 'use a smaller model', 'too-large');
  }

  /** A name for a layer: that of the result, or with a word behind it. */
  id(word?: string): NodeId {
    return this.#lowering.fresh(word === undefined ? this.#name : `${this.#name}.${word}`);
  }

  /** Adds a layer; gives its name. */
  add(node: NetworkNode): NodeId {
    this.#lowering.nodes.push(node);
    this.layers.push(node.id);
    return node.id;
  }

  /** Says what result k is. */
  give(id: NodeId, full: Shape, k = 0): void {
    const index = this.op.outputs[k];
    if (index !== undefined && index >= 0) this.#lowering.values.set(index, { id, full });
  }

  /** The operand as an image [height, width, channels]. */
  image(value: Value): readonly [number, number, number] {
    const [batch, h, w, c] = value.full;
    if (value.full.length !== 4 || batch !== 1 || h === undefined || w === undefined || c === undefined) {
      throw new Refusal(
        `it reads the shape [${value.full.join(', ')}], not one image`,
        'export the model with a batch of 1 and four dimensions',
      );
    }
    return [h, w, c];
  }

  /** A layer that moves elements, or none where they stay; `full` is the shape of the result. */
  rearrange(input: Value, full: Shape, index?: Int32Array, fill = 0, word = 'moved'): NodeId {
    const shape = layerShape(full);
    if (index === undefined && shape.join() === layerShape(input.full).join()) return input.id;
    if (shape.length > 6) throw new Refusal(`its result has ${shape.length} dimensions`, 'use at most 6');
    if (index === undefined && shape.length === 1)
      return this.add({ kind: 'flatten', id: this.id(word), input: input.id });
    if (index !== undefined) this.charge(index.length);
    return this.add({
      ...{ kind: 'rearrange', id: this.id(word), input: input.id, shape },
      ...(index === undefined ? {} : { index }),
      ...(fill === 0 || index === undefined ? {} : { fill }),
    });
  }

  /** Room for the index of a layer that moves `size` elements; refused before it is allocated where it is too large. */
  index(size: number): Int32Array {
    if (!(size >= 1 && size <= MOST_MOVED)) {
      throw new Refusal(`its result has ${size} elements`, `use at most ${MOST_MOVED}`, 'too-large');
    }
    this.charge(size);
    return new Int32Array(size);
  }
}

/** A name from the tensor it writes, without what exporters put around it. */
function layerName(op: Operator, model: TfliteModel): string {
  const output = op.outputs[0] ?? -1;
  const name = output < 0 ? '' : (tensorAt(model, output).name.split(';')[0] ?? '');
  return name === '' ? `${op.name === '' ? 'custom' : op.name.toLowerCase()}${op.index}` : name.slice(0, 96);
}

/** Window, stride and dilation of an operator on images, and the padding that its scheme asks for. */
export interface Geometry extends Window2d {
  readonly dilation: readonly [number, number];
}

/** ComputePaddingHeightWidth: SAME puts the odd row below and to the right. */
export function geometryOf(
  [height, width]: readonly [number, number, number],
  { isSame, ...fields }: Omit<Geometry, 'padding'> & { readonly isSame: boolean },
): Geometry {
  const { window, stride, dilation } = fields;
  if ([...window, ...stride, ...dilation].some((n) => !(n >= 1 && n <= 4096))) {
    throw new Refusal(
      `window [${window.join(', ')}], stride [${stride.join(', ')}], dilation [${dilation.join(', ')}]`,
      'use sizes within 1..4096',
    );
  }
  const along = (axis: 0 | 1, size: number): readonly [number, number] => {
    if (!isSame) return [0, 0];
    const span = (window[axis] - 1) * dilation[axis] + 1;
    const total = Math.max(0, (Math.ceil(size / stride[axis]) - 1) * stride[axis] + span - size);
    return [Math.floor(total / 2), total - Math.floor(total / 2)];
  };
  return { ...fields, padding: [...along(0, height), ...along(1, width)] };
}

/** Padding schemes by number. */
export function isSamePadding(code: number): boolean {
  if (code === 0 || code === 1) return code === 0;
  throw new Refusal(`its padding scheme is ${code}`, 'use SAME or VALID');
}

/** Rows and columns that a geometry gives. @throws Refusal where its window does not fit */
export function outputImage(
  [height, width]: readonly [number, number, number],
  { window, stride, dilation, padding }: Geometry,
): readonly [number, number] {
  const along = (axis: 0 | 1, size: number, pad: number): number =>
    Math.floor((size + pad - ((window[axis] - 1) * dilation[axis] + 1)) / stride[axis]) + 1;
  const result = [along(0, height, padding[0] + padding[1]), along(1, width, padding[2] + padding[3])] as const;
  if (result[0] < 1 || result[1] < 1) {
    throw new Refusal(
      `its window [${window.join(', ')}] does not fit an image of ${height} x ${width}`,
      'use a smaller window',
    );
  }
  return result;
}
