/** Moves of elements and means along axes, for all kinds of tensors. */
import { axisFrom, filled, type NdArray, NotEvaluated, sizeOf, strides } from './arrays.js';

/** The element of `x` at a position. */
export const elementAt = (x: NdArray, position: readonly number[]): number =>
  x.data[position.reduce((index, p, axis) => index * x.dims[axis]! + p, 0)]!;

/** Elements of `x` in their order with other dimensions; one may be -1. @throws NotEvaluated where they do not fit */
export function reshaped(x: NdArray, dims: readonly number[]): NdArray {
  const known = sizeOf(dims.filter((n) => n !== -1));
  const full = dims.map((n) => (n === -1 ? x.data.length / known : n));
  if (sizeOf(full) !== x.data.length) throw new NotEvaluated(`${x.data.length} elements as [${dims.join(', ')}]`);
  return { ...x, dims: full };
}

/** Axis k of the result is axis `order[k]`. */
export function transposed(x: NdArray, order: readonly number[]): NdArray {
  const own = strides(x.dims);
  const dims = order.map((axis) => x.dims[axis]!);
  const moved = filled(dims, (position) => x.data[position.reduce((index, p, k) => index + p * own[order[k]!]!, 0)]!);
  return { ...x, ...moved };
}

/** Numbers around `x`, before and after along each axis; `from` gives the position inside for one outside, or undefined for `fill`. */
export function padded(
  x: NdArray,
  around: readonly (readonly [before: number, after: number])[],
  fill: number,
  from: (position: number, n: number) => number | undefined = () => undefined,
): NdArray {
  const dims = x.dims.map((n, axis) => n + around[axis]![0] + around[axis]![1]);
  const moved = filled(dims, (position) => {
    let index = 0;
    for (let axis = 0; axis < dims.length; axis++) {
      const [n, p] = [x.dims[axis]!, position[axis]! - around[axis]![0]];
      const inside = p >= 0 && p < n ? p : from(p, n);
      if (inside === undefined) return fill;
      index = index * n + inside;
    }
    return x.data[index]!;
  });
  return { ...x, ...moved };
}

/** Tensors side by side along an axis. @throws NotEvaluated where they do not fit */
export function joined(parts: readonly NdArray[], along: number): NdArray {
  const [first] = parts;
  if (first === undefined) throw new NotEvaluated('nothing to join');
  const axis = axisFrom(along, first.dims.length);
  const fits = ({ dims }: NdArray): boolean =>
    dims.length === first.dims.length && dims.every((n, a) => a === axis || n === first.dims[a]);
  if (first.dims[axis] === undefined || !parts.every(fits)) throw new NotEvaluated('parts of shapes that do not fit');
  const dims = first.dims.map((n, a) => (a === axis ? parts.reduce((sum, part) => sum + part.dims[a]!, 0) : n));
  const data = new Float64Array(sizeOf(dims));
  const inner = sizeOf(dims.slice(axis + 1));
  let before = 0;
  for (const part of parts) {
    const run = part.dims[axis]! * inner;
    for (let outer = 0; outer < part.data.length / Math.max(1, run); outer++) {
      data.set(part.data.subarray(outer * run, (outer + 1) * run), outer * dims[axis]! * inner + before);
    }
    before += run;
  }
  return { ...first, dims, data, isInteger: parts.every(({ isInteger }) => isInteger === true) };
}

/** The `size` elements of an axis from `from` on, `step` apart. */
export function cut(x: NdArray, axis: number, from: number, size: number, step = 1): NdArray {
  const dims = x.dims.map((n, a) => (a === axis ? size : n));
  const moved = filled(dims, (position) =>
    elementAt(
      x,
      position.map((p, a) => (a === axis ? from + p * step : p)),
    ),
  );
  return { ...x, ...moved };
}

/** What `combine` makes of the elements along axes. */
export function reduced(
  x: NdArray,
  axes: readonly number[],
  keepsDims: boolean,
  combine: (values: readonly number[]) => number,
): NdArray {
  const kept = x.dims.map((n, axis) => (axes.includes(axis) ? 1 : n));
  const own = strides(kept);
  const groups = Array.from({ length: sizeOf(kept) }, (): number[] => []);
  filled(x.dims, (position, e) => {
    groups[position.reduce((sum, p, axis) => sum + (axes.includes(axis) ? 0 : p * own[axis]!), 0)]!.push(x.data[e]!);
    return 0;
  });
  const dims = keepsDims ? kept : x.dims.filter((_, axis) => !axes.includes(axis));
  return { dims, data: Float64Array.from(groups, combine) };
}
