/**
 * Tensors as arrays of float64 with their dimensions, row-major, and how operators walk over them: what the evaluations of files by their own
 * definitions share, whatever the format. Nothing of what importers make of operators is here.
 */
/** A tensor. */
export interface NdArray {
  readonly dims: readonly number[];
  readonly data: Float64Array;
  /** Whether the elements are of an integer type: quotients are truncated. */
  readonly isInteger?: boolean;
  /** Least and largest number of its type, where that has 8 bits or fewer, or 16. */
  readonly range?: readonly [low: number, high: number];
}

/** What is not evaluated: the value is missing, and all that depends on it. */
export class NotEvaluated extends Error {}

export const sizeOf = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);

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
