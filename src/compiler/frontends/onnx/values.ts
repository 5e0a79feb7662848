/** What a name of an ONNX graph stands for while it is imported: a constant, a value of the network, or the decision at its end. */
import type { NodeId } from '../../../ir/network/types.js';
import type { Numbers } from './tensor.js';

export type Dims = readonly number[];

/** Why an operator is not taken: thrown by its importer, reported with the others. */
export class Refusal extends Error {
  readonly remedy: string;

  constructor(message: string, remedy: string) {
    super(message);
    this.name = 'Refusal';
    this.remedy = remedy;
  }
}

/** Refuses the operator that is being imported. */
export function refuse(message: string, remedy: string): never {
  throw new Refusal(message, remedy);
}

/**
 * The integers behind a constant that was quantised: element = scale * integer, with one scale or one for every index of dimension `axis`.
 * Zero points are taken off the integers.
 */
export interface Quantised {
  readonly integers: Int8Array | Float64Array;
  readonly scale: Float64Array;
  readonly axis: number;
  /** Bits the file declares. */
  readonly bits: number;
}

export interface Constant {
  readonly kind: 'constant';
  readonly dims: Dims;
  readonly data: Numbers;
  /** Whether its elements are of an integer type: division truncates. */
  readonly isInteger: boolean;
  readonly quantised?: Quantised;
  /** Bits of its type, and whether that has a sign; for zero points, which say the type of what they belong to. */
  readonly range?: readonly [number, number];
}

/** How integers of a quantised tensor stand for real values: real = scale * (integer - zeroPoint). */
export interface Code {
  readonly scale: number;
  readonly zeroPoint: number;
}

/**
 * A value of the network. Its layer holds real numbers, row-major in the file's order; element = factor * number or, with a `code`, the
 * integer number / scale + zeroPoint (factor is 1 then).
 */
export interface Value {
  readonly kind: 'value';
  readonly id: NodeId;
  readonly dims: Dims;
  readonly factor: number;
  readonly code?: Code;
}

/** Class scores whose comparison is left to the host. */
export interface Decision {
  readonly kind: 'decision';
  readonly of: Value;
}

/** Something that an operator before it could not give; what reads it is not reported again. */
export interface Unknown {
  readonly kind: 'unknown';
}

export type Tensor = Constant | Value | Decision | Unknown;
export const UNKNOWN: Unknown = { kind: 'unknown' };

export const elements = (dims: Dims): number => dims.reduce((product, n) => product * n, 1);
export const sameDims = (a: Dims, b: Dims): boolean => a.length === b.length && a.every((n, i) => n === b[i]);

/** A dimension counted from the end where negative. */
export function axisOf(axis: number, rank: number): number {
  const from = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(from) || from < 0 || from >= Math.max(rank, 1)) {
    return refuse(`it names dimension ${axis} of ${rank}`, 'correct the axis');
  }
  return from;
}

/** Row-major distances between neighbours of every dimension. */
export function stridesOf(dims: Dims): number[] {
  const strides = new Array<number>(dims.length).fill(1);
  for (let a = dims.length - 2; a >= 0; a--) strides[a] = strides[a + 1]! * dims[a + 1]!;
  return strides;
}

/** Dimensions of two tensors together (numpy's rules of broadcasting). */
export function broadcastDims(a: Dims, b: Dims): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[i - rank + a.length] ?? 1;
    const y = b[i - rank + b.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1) {
      return refuse(`shapes [${a.join(', ')}] and [${b.join(', ')}] do not fit`, 'use shapes that agree');
    }
    return x === 1 ? y : x;
  });
}

/** Visits the elements of a tensor of `dims` that walks over another one with `strides` (0 repeats) from `offset` on: rows of the last dimension. */
function walk(
  dims: Dims,
  strides: readonly number[],
  offset: number,
  row: (at: number, from: number, count: number, step: number) => void,
): void {
  const n = elements(dims);
  const inner = dims[dims.length - 1] ?? 1;
  const step = strides[dims.length - 1] ?? 0;
  const at = new Array<number>(dims.length).fill(0);
  let from = offset;
  for (let e = 0; e < n; e += inner) {
    row(e, from, inner, step);
    for (let a = dims.length - 2; a >= 0; a--) {
      at[a]!++;
      from += strides[a]!;
      if (at[a]! < dims[a]!) break;
      from -= at[a]! * strides[a]!;
      at[a] = 0;
    }
  }
}

/** The source of every element of a tensor of `dims` that walks over another one. */
export function walkIndex(dims: Dims, strides: readonly number[], offset = 0): Int32Array {
  const index = new Int32Array(elements(dims));
  walk(dims, strides, offset, (at, from, count, step) => {
    for (let i = 0; i < count; i++) index[at + i] = from + i * step;
  });
  return index;
}

/** The elements of a tensor of `dims` that walks over another one, without a list of their sources. */
export function strided<T extends Numbers>(target: T, data: Numbers, dims: Dims, strides: readonly number[]): T {
  walk(dims, strides, 0, (at, from, count, step) => {
    for (let i = 0; i < count; i++) target[at + i] = data[from + i * step]!;
  });
  return target;
}

/** Strides with which a tensor of dimensions `from` reads as one of `to`. */
export function broadcastStrides(from: Dims, to: Dims): number[] {
  const strides = stridesOf(from);
  return to.map((_, i) => {
    const a = i - to.length + from.length;
    return a < 0 || from[a] === 1 ? 0 : strides[a]!;
  });
}

/** Sources of the elements of a transposed tensor: dimension i of the result is dimension permutation[i]. */
export function transposedIndex(dims: Dims, permutation: readonly number[]): Int32Array {
  const strides = stridesOf(dims);
  return walkIndex(
    permutation.map((a) => dims[a]!),
    permutation.map((a) => strides[a]!),
  );
}

/** Whether a list names every dimension once. */
export const isPermutation = (list: readonly number[], rank: number): boolean =>
  list.length === rank && new Set(list).size === rank && list.every((a) => Number.isInteger(a) && a >= 0 && a < rank);
