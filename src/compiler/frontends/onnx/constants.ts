/** Constants: making them, moving their elements (their integers and scales with them), reading them as parameters. */
import type { Numbers } from './tensor.js';
import {
  broadcastStrides,
  type Constant,
  type Dims,
  elements,
  isPermutation,
  type Quantised,
  refuse,
  sameDims,
  stridesOf,
  transposedIndex,
  walkIndex,
} from './values.js';

/** A constant of integers, as shapes are. */
export const integers = (values: Iterable<number>, dims?: Dims): Constant => {
  const data = Float64Array.from(values);
  return { kind: 'constant', dims: dims ?? [data.length], data, isInteger: true };
};

/** An empty array of the kind of another. */
export function like(data: Numbers, length: number): Numbers {
  if (data instanceof Float32Array) return new Float32Array(length);
  if (data instanceof Int8Array) return new Int8Array(length);
  if (data instanceof Uint8Array) return new Uint8Array(length);
  if (data instanceof Int16Array) return new Int16Array(length);
  if (data instanceof Uint16Array) return new Uint16Array(length);
  if (data instanceof Int32Array) return new Int32Array(length);
  if (data instanceof Uint32Array) return new Uint32Array(length);
  return new Float64Array(length);
}

function move<T extends Numbers>(target: T, data: Numbers, index: Int32Array): T {
  for (let e = 0; e < index.length; e++) target[e] = data[index[e]!]!;
  return target;
}

/** Elements at other places, in an array of the same kind. */
export const gathered = (data: Numbers, index: Int32Array): Numbers => move(like(data, index.length), data, index);

const gatheredIntegers = (data: Int8Array | Float64Array, index: Int32Array): Int8Array | Float64Array =>
  data instanceof Int8Array
    ? move(new Int8Array(index.length), data, index)
    : move(new Float64Array(index.length), data, index);

/** The same elements in another shape; integers and scales stay where the dimension of the scales does. */
export function reshapedConstant(constant: Constant, dims: Dims): Constant {
  const { quantised, ...rest } = constant;
  const kept = quantised === undefined ? undefined : reshapedQuantised(quantised, constant.dims, dims);
  return { ...rest, dims, ...(kept === undefined ? {} : { quantised: kept }) };
}

function reshapedQuantised(quantised: Quantised, from: Dims, to: Dims): Quantised | undefined {
  if (quantised.scale.length === 1) return { ...quantised, axis: 0 };
  const before = elements(from.slice(0, quantised.axis));
  const axis = to.findIndex((n, a) => n === quantised.scale.length && elements(to.slice(0, a)) === before);
  return axis < 0 ? undefined : { ...quantised, axis };
}

/** Dimensions exchanged, integers and scales with them. */
export function transposedConstant(constant: Constant, permutation: readonly number[]): Constant {
  const { dims, data, quantised } = constant;
  if (!isPermutation(permutation, dims.length)) refuse(`the permutation [${permutation.join(', ')}]`, 'correct it');
  const index = transposedIndex(dims, permutation);
  return {
    kind: 'constant',
    dims: permutation.map((a) => dims[a]!),
    data: gathered(data, index),
    isInteger: constant.isInteger,
    ...(quantised === undefined
      ? {}
      : {
          quantised: {
            ...quantised,
            integers: gatheredIntegers(quantised.integers, index),
            axis: Math.max(0, permutation.indexOf(quantised.axis)),
          },
        }),
  };
}

/** Elements repeated to another shape. */
export function broadcastConstant(constant: Constant, dims: Dims): Numbers {
  if (sameDims(constant.dims, dims)) return constant.data;
  return gathered(constant.data, walkIndex(dims, broadcastStrides(constant.dims, dims)));
}

/** Along which dimensions of a tensor of `dims` a constant changes, once it is repeated to them. */
export function varyingAxes(constant: Constant, dims: Dims): number[] {
  const { data } = constant;
  if (data.every((v) => v === data[0])) return [];
  const own = constant.dims;
  return dims.flatMap((_, a) => {
    const i = a - dims.length + own.length;
    return i >= 0 && own[i]! > 1 && changesAlong(constant, i) ? [a] : [];
  });
}

function changesAlong({ data, dims }: Constant, axis: number): boolean {
  const stride = stridesOf(dims)[axis]!;
  const size = dims[axis]!;
  for (let e = 0; e < data.length; e++) {
    if (Math.floor(e / stride) % size > 0 && data[e] !== data[e - stride]) return true;
  }
  return false;
}

/** The one number of a constant. */
export function scalar(constant: Constant, what: string): number {
  const [first] = constant.data;
  if (first === undefined || constant.data.some((v) => v !== first)) {
    return refuse(`${what} has ${constant.data.length} elements that differ`, 'use one number');
  }
  return first;
}

/** Parameters as numbers, one per channel. */
export function perChannel(constant: Constant, channels: number, what: string): Float64Array {
  const { data } = constant;
  if (data.length !== channels && data.length !== 1) {
    refuse(`${what} has ${data.length} elements for ${channels} channels`, 'export the model again');
  }
  return Float64Array.from({ length: channels }, (_, c) => data[data.length === 1 ? 0 : c]!);
}

/**
 * A constant with the integers behind it. `scale` and `zeroPoint` repeat along the elements (numpy's rules, or along `axis` where they are
 * lists). Scales that change along more than one dimension leave real numbers only.
 */
export function quantisedConstant(
  dims: Dims,
  levels: Numbers,
  { scale, zeroPoint, bits }: { readonly scale: Constant; readonly zeroPoint: Constant; readonly bits: number },
): Constant {
  const axes = varyingAxes(scale, dims);
  const axis = axes[0] ?? 0;
  const n = elements(dims);
  const zeros = broadcastStrides(zeroPoint.dims, dims);
  const scales = broadcastStrides(scale.dims, dims);
  const isShared = axes.length === 0 && zeroPoint.data.length === 1;
  const z = isShared ? undefined : walkIndex(dims, zeros);
  const s = isShared ? undefined : walkIndex(dims, scales);
  const data = new Float32Array(n);
  const small = new Int8Array(n);
  let fits = true;
  const off = new Float64Array(n);
  for (let e = 0; e < n; e++) {
    const q = levels[e]! - zeroPoint.data[z === undefined ? 0 : z[e]!]!;
    off[e] = q;
    small[e] = q;
    if (small[e] !== q) fits = false;
    data[e] = q * scale.data[s === undefined ? 0 : s[e]!]!;
  }
  const plain: Constant = { kind: 'constant', dims, data, isInteger: false };
  if (axes.length > 1 || !off.every(Number.isInteger)) return plain;
  const along = axes.length === 0 ? 1 : dims[axis]!;
  const stride = axes.length === 0 ? 0 : (broadcastStrides(scale.dims, dims)[axis] ?? 0);
  const list = Float64Array.from({ length: along }, (_, i) => scale.data[i * stride]!);
  if (list.some((v) => !(v > 0 && Number.isFinite(v)))) return plain;
  return { ...plain, quantised: { integers: fits ? small : off, scale: list, axis, bits } };
}
