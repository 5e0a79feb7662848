/**
 * Tensors as arrays of float64 with their dimensions, row-major, and how operators of ONNX walk over them. This folder evaluates files by the
 * definitions of their operators (onnx/docs/Operators.md, qonnx/docs/qonnx-custom-ops). It shares the parser of files with the importer, and
 * nothing of what the importer makes of operators.
 */
import type { OnnxNode } from '../model.js';

export interface NdArray {
  readonly dims: readonly number[];
  readonly data: Float64Array;
  /** Whether the elements are of an integer type: quotients are truncated. */
  readonly isInteger?: boolean;
  /** Least and largest number of its type, where that has 8 bits or fewer, or 16. */
  readonly range?: readonly [low: number, high: number];
}

/** An operator with its inputs; absent ones are undefined. */
export interface Evaluation {
  readonly node: OnnxNode;
  readonly inputs: readonly (NdArray | undefined)[];
  readonly opset: number;
}

/** The results of an operator. */
export type Evaluate = (evaluation: Evaluation) => readonly NdArray[];

/** What is not evaluated: the value is missing, and all that depends on it. */
export class NotEvaluated extends Error {}

export const sizeOf = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);

/** Input i. @throws NotEvaluated where there is none */
export function operand({ inputs, node }: Evaluation, i: number): NdArray {
  const found = inputs[i];
  if (found === undefined) throw new NotEvaluated(`${node.operator} without input ${i}`);
  return found;
}

export const int = ({ node }: Evaluation, name: string, otherwise: number): number =>
  node.attributes.get(name)?.int ?? otherwise;
export const float = ({ node }: Evaluation, name: string, otherwise: number): number =>
  node.attributes.get(name)?.float ?? otherwise;
export const text = ({ node }: Evaluation, name: string, otherwise: string): string =>
  node.attributes.get(name)?.text ?? otherwise;
export const ints = ({ node }: Evaluation, name: string): readonly number[] | undefined => {
  const found = node.attributes.get(name);
  return found === undefined ? undefined : found.ints;
};

/** A list that older operator sets have as an attribute, and newer ones as an input. */
export function list(evaluation: Evaluation, name: string, input: number): readonly number[] | undefined {
  const given = ints(evaluation, name);
  return given ?? (evaluation.inputs[input] === undefined ? undefined : [...operand(evaluation, input).data]);
}

/** A dimension, counted from the end where it is negative. */
export const axisFrom = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

export const strides = (dims: readonly number[]): number[] => dims.map((_, a) => sizeOf(dims.slice(a + 1)));

/** A tensor of `dims` whose element at a position is what `at` says. */
export function filled(dims: readonly number[], at: (position: readonly number[], element: number) => number): NdArray {
  const data = new Float64Array(sizeOf(dims));
  const position = dims.map(() => 0);
  for (let e = 0; e < data.length; e++) {
    data[e] = at(position, e);
    for (let a = dims.length - 1; a >= 0; a--) {
      position[a]!++;
      if (position[a]! < dims[a]!) break;
      position[a] = 0;
    }
  }
  return { dims, data };
}

/** Element by element, with numpy's rules of broadcasting. */
export function broadcast(arrays: readonly NdArray[], f: (...values: readonly number[]) => number): NdArray {
  const rank = Math.max(...arrays.map(({ dims }) => dims.length));
  const dims = Array.from({ length: rank }, (_, a) => {
    const sizes = arrays.map((array) => array.dims[a - rank + array.dims.length] ?? 1);
    return sizes.find((n) => n !== 1) ?? 1;
  });
  const walks = arrays.map((array) => {
    const own = strides(array.dims);
    return dims.map((_, a) => {
      const b = a - rank + array.dims.length;
      return b < 0 || array.dims[b] === 1 ? 0 : own[b]!;
    });
  });
  const isInteger = arrays.every((array) => array.isInteger === true);
  const values = arrays.map(() => 0);
  const result = filled(dims, (position) => {
    walks.forEach((walk, i) => {
      let index = 0;
      for (let a = 0; a < rank; a++) index += position[a]! * walk[a]!;
      values[i] = arrays[i]!.data[index]!;
    });
    return f(...values);
  });
  return { ...result, isInteger };
}

export const each = (x: NdArray, f: (v: number) => number): NdArray => ({ dims: x.dims, data: x.data.map(f) });

/** Parameters of a quantiser, per tensor or along an axis: [n] as [1, n, 1, 1]. */
export function along(parameter: NdArray, axis: number, rank: number): NdArray {
  if (parameter.data.length === 1 || parameter.dims.length !== 1) return parameter;
  const dims = Array.from({ length: rank }, (_, a) => (a === axisFrom(axis, rank) ? parameter.data.length : 1));
  return { ...parameter, dims };
}
