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
  strided,
  stridesOf,
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

/**
 * A constant that its integers say. Its real numbers are made when they are asked for: layers read the integers. Spreading it makes them too.
 */
function fromIntegers(dims: Dims, quantised: Quantised): Constant {
  let data: Float32Array | undefined;
  return {
    kind: 'constant',
    dims,
    isInteger: false,
    quantised,
    get data() {
      data ??= realNumbers(dims, quantised);
      return data;
    },
  };
}

function realNumbers(dims: Dims, { integers: q, scale, axis }: Quantised): Float32Array {
  const stride = elements(dims.slice(axis + 1));
  const data = new Float32Array(q.length);
  for (let e = 0; e < data.length; e++) {
    data[e] = q[e]! * scale[scale.length === 1 ? 0 : Math.floor(e / stride) % scale.length]!;
  }
  return data;
}

/** The same elements in another shape; integers and scales stay where the dimension of the scales does. */
export function reshapedConstant(constant: Constant, dims: Dims): Constant {
  const { quantised } = constant;
  const kept = quantised === undefined ? undefined : reshapedQuantised(quantised, constant.dims, dims);
  if (kept !== undefined) return fromIntegers(dims, kept);
  const { kind, data, isInteger, range } = constant;
  return { kind, dims, data, isInteger, ...(range === undefined ? {} : { range }) };
}

function reshapedQuantised(quantised: Quantised, from: Dims, to: Dims): Quantised | undefined {
  if (quantised.scale.length === 1) return { ...quantised, axis: 0 };
  const before = elements(from.slice(0, quantised.axis));
  const axis = to.findIndex((n, a) => n === quantised.scale.length && elements(to.slice(0, a)) === before);
  return axis < 0 ? undefined : { ...quantised, axis };
}

/** Dimensions exchanged, integers and scales with them. */
export function transposedConstant(constant: Constant, permutation: readonly number[]): Constant {
  const { dims, quantised } = constant;
  if (!isPermutation(permutation, dims.length)) refuse(`the permutation [${permutation.join(', ')}]`, 'correct it');
  const to = permutation.map((a) => dims[a]!);
  const own = stridesOf(dims);
  const strides = permutation.map((a) => own[a]!);
  if (quantised === undefined) {
    const moved = strided(like(constant.data, elements(dims)), constant.data, to, strides);
    return { kind: 'constant', dims: to, data: moved, isInteger: constant.isInteger };
  }
  const { integers: q } = quantised;
  const empty = q instanceof Int8Array ? new Int8Array(q.length) : new Float64Array(q.length);
  const axis = Math.max(0, permutation.indexOf(quantised.axis));
  return fromIntegers(to, { ...quantised, integers: strided(empty, q, to, strides), axis });
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
  const along = axes.length === 0 ? 1 : dims[axis]!;
  const stride = axes.length === 0 ? 0 : (broadcastStrides(scale.dims, dims)[axis] ?? 0);
  const list = Float64Array.from({ length: along }, (_, i) => scale.data[i * stride]!);
  const isPlain = axes.length > 1 || list.some((s) => !(s > 0 && Number.isFinite(s)));
  const centred = withoutZeroPoint(dims, levels, zeroPoint);
  if (!isPlain && (centred instanceof Int8Array || centred.every(Number.isInteger))) {
    return fromIntegers(dims, { integers: centred, scale: list, axis, bits });
  }
  const scales = broadcastConstant(scale, dims);
  return { kind: 'constant', dims, data: Float32Array.from(centred, (q, e) => q * scales[e]!), isInteger: false };
}

/** Integers less their zero points; a view of the file where there is nothing to take off. */
function withoutZeroPoint(dims: Dims, levels: Numbers, zeroPoint: Constant): Int8Array | Float64Array {
  const { data } = zeroPoint;
  if (levels instanceof Int8Array && data.every((z) => z === 0)) return levels;
  const [first = 0] = data;
  const each = data.every((z) => z === first) ? undefined : broadcastConstant(zeroPoint, dims);
  const small = new Int8Array(levels.length);
  for (let e = 0; e < small.length; e++) {
    const q = levels[e]! - (each === undefined ? first : each[e]!);
    small[e] = q;
    if (small[e] !== q) return Float64Array.from(levels, (level, i) => level - (each === undefined ? first : each[i]!));
  }
  return small;
}
