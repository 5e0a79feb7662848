/**
 * Operators on constants: the arithmetic of shapes that exporters leave behind, and what is done to parameters before a layer reads them.
 * Every result is bounded; what is not in the table here goes on as an operator of the network, and is refused there if it cannot be one.
 */
import { QUANTISER_ROUND } from '../../../ir/network/quantise.js';
import { broadcastConstant, gathered, integers, like, reshapedConstant, transposedConstant } from './constants.js';
import type { Numbers } from './tensor.js';
import {
  axisOf,
  broadcastDims,
  broadcastStrides,
  type Constant,
  type Dims,
  elements,
  refuse,
  stridesOf,
  walkIndex,
} from './values.js';
import type { Call } from './call.js';

/** Most elements of a constant that is computed. */
const MAX_ELEMENTS = 1 << 24;

type Fold = (call: Call, inputs: readonly (Constant | undefined)[]) => readonly Constant[];

const need = (constant: Constant | undefined): Constant => constant ?? refuse('an input is missing', 'export it again');

function bounded(dims: Dims): number {
  const n = elements(dims);
  if (!dims.every((d) => Number.isInteger(d) && d >= 0) || n > MAX_ELEMENTS) {
    return refuse(`a constant of the shape [${dims.join(', ')}]`, `constants have at most ${MAX_ELEMENTS} elements`);
  }
  return n;
}

const elementwise =
  (apply: (x: number) => number, isInteger?: boolean): Fold =>
  (_, [x]) => {
    const from = need(x);
    const whole = isInteger ?? from.isInteger;
    const data = whole ? new Float64Array(from.data.length) : new Float32Array(from.data.length);
    for (let i = 0; i < data.length; i++) data[i] = apply(from.data[i]!);
    return [{ kind: 'constant', dims: from.dims, data, isInteger: whole }];
  };

/** float32, as the exporting tool computes, or integers. */
const binary =
  (apply: (a: number, b: number, isInteger: boolean) => number, isInteger?: boolean): Fold =>
  (_, [first, second]) => {
    const [a, b] = [need(first), need(second)];
    const dims = broadcastDims(a.dims, b.dims);
    const n = bounded(dims);
    const whole = isInteger ?? (a.isInteger && b.isInteger);
    const [x, y] = [broadcastConstant(a, dims), broadcastConstant(b, dims)];
    const data = whole ? new Float64Array(n) : new Float32Array(n);
    for (let i = 0; i < n; i++) data[i] = apply(x[i]!, y[i]!, whole);
    return [{ kind: 'constant', dims, data, isInteger: whole }];
  };

/** A product with one positive number keeps integers and their scale. */
const product: Fold = (call, inputs) => {
  const [plain] = binary((a, b) => a * b)(call, inputs);
  const [a, b] = [need(inputs[0]), need(inputs[1])];
  const [carrier, factor] = a.quantised === undefined ? [b, a] : [a, b];
  const by = factor.data[0] ?? 0;
  const { quantised } = carrier;
  if (plain === undefined || quantised === undefined || factor.data.length !== 1 || !(by > 0)) return [need(plain)];
  if (plain.dims.length !== carrier.dims.length) return [plain];
  return [{ ...plain, quantised: { ...quantised, scale: quantised.scale.map((s) => s * by) } }];
};

/** The dimensions a list of axes names, from an input or an attribute. */
export function axesOf(call: Call, input: Constant | undefined, rank: number): number[] | undefined {
  const list = input === undefined ? call.ints('axes') : Array.from(input.data);
  return list?.map((a) => axisOf(a, rank));
}

/** The shape that Reshape asks for: 0 copies (unless allowzero), -1 is what is left. */
export function reshapeDims(from: Dims, wanted: readonly number[], allowsZero: boolean): number[] {
  const dims = wanted.map((n, i) => (n === 0 && !allowsZero ? (from[i] ?? 0) : n));
  const free = dims.indexOf(-1);
  const known = dims.reduce((product, n, i) => (i === free ? product : product * n), 1);
  if (free >= 0) dims[free] = known === 0 ? 0 : elements(from) / known;
  if (elements(dims) !== elements(from) || !dims.every((n) => Number.isInteger(n) && n >= 0)) {
    return refuse(`${elements(from)} elements have no shape [${wanted.join(', ')}]`, 'correct the shape');
  }
  return dims;
}

/** Start, number and step of a slice along a dimension (ONNX Slice: ends are clamped). */
function sliceOf(size: number, start: number, end: number, step: number): readonly [number, number] {
  if (step === 0 || !Number.isInteger(step)) refuse(`a slice with the step ${step}`, 'correct it');
  const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
  const clamp = (at: number): number => Math.min(Math.max(at < 0 ? at + size : at, low), high);
  const [from, to] = [clamp(start), clamp(end)];
  return [from, Math.max(0, Math.ceil((to - from) / step))];
}

/** What a Slice takes along every dimension; attributes until opset 9, inputs since. */
export function slicesOf(
  call: Call,
  dims: Dims,
  inputs: readonly (Constant | undefined)[],
): { readonly dims: number[]; readonly strides: number[]; readonly offset: number } {
  const [starts, ends, axes, steps] = inputs;
  const list = (name: string, input: Constant | undefined): readonly number[] | undefined =>
    input === undefined ? call.ints(name) : Array.from(input.data);
  const from = list('starts', starts) ?? refuse('no starts', 'give them as constants');
  const to = list('ends', ends) ?? refuse('no ends', 'give them as constants');
  const along = (list('axes', axes) ?? from.map((_, i) => i)).map((a) => axisOf(a, dims.length));
  const by = steps === undefined ? from.map(() => 1) : Array.from(steps.data);
  const strides = stridesOf(dims);
  const result = [...dims];
  let offset = 0;
  along.forEach((axis, i) => {
    const [start, count] = sliceOf(dims[axis]!, from[i] ?? 0, to[i] ?? 0, by[i] ?? 1);
    result[axis] = count;
    offset += count === 0 ? 0 : start * strides[axis]!;
    strides[axis]! *= by[i] ?? 1;
  });
  return { dims: result, strides, offset };
}

const sliced: Fold = (call, [x, ...rest]) => {
  const from = need(x);
  const { dims, strides, offset } = slicesOf(call, from.dims, rest);
  return [withoutQuantised({ ...from, dims, data: gathered(from.data, walkIndex(dims, strides, offset)) })];
};

function withoutQuantised({ kind, dims, data, isInteger }: Constant): Constant {
  return { kind, dims, data, isInteger };
}

const gather: Fold = (call, [x, at]) => {
  const [from, index] = [need(x), need(at)];
  const axis = axisOf(call.int('axis', 0), from.dims.length);
  const size = from.dims[axis] ?? 1;
  const inner = elements(from.dims.slice(axis + 1));
  const dims = [...from.dims.slice(0, axis), ...index.dims, ...from.dims.slice(axis + 1)];
  const n = bounded(dims);
  const places = Array.from(index.data, (i) => (i < 0 ? i + size : i));
  if (places.some((i) => !(i >= 0 && i < size))) refuse('an index beyond its dimension', 'correct the indices');
  const take = places.length * inner;
  const source = Int32Array.from({ length: n }, (_, e) => {
    const outer = Math.floor(e / take);
    const place = places[Math.floor((e % take) / inner)]!;
    return (outer * size + place) * inner + (e % inner);
  });
  return [withoutQuantised({ ...from, dims, data: gathered(from.data, source) })];
};

const concat: Fold = (call, inputs) => {
  const parts = inputs.map(need);
  const [first] = parts;
  const rank = first?.dims.length ?? 0;
  const axis = axisOf(call.int('axis', 0), rank);
  const dims = [...(first?.dims ?? [])];
  const wrong = parts.find(({ dims: d }) => d.length !== rank || d.some((n, a) => a !== axis && n !== dims[a]));
  if (wrong !== undefined) {
    refuse(`shapes [${dims.join(', ')}] and [${wrong.dims.join(', ')}] do not fit`, 'use shapes that agree');
  }
  dims[axis] = parts.reduce((sum, { dims: d }) => sum + (d[axis] ?? 0), 0);
  const data = like(need(first).data, bounded(dims));
  const inner = elements(dims.slice(axis + 1));
  const row = dims[axis]! * inner;
  let start = 0;
  for (const part of parts) {
    const width = (part.dims[axis] ?? 0) * inner;
    for (let e = 0; e < part.data.length; e++) {
      data[Math.floor(e / width) * row + start + (e % width)] = part.data[e]!;
    }
    start += width;
  }
  return [{ kind: 'constant', dims, data, isInteger: parts.every(({ isInteger }) => isInteger) }];
};

const unsqueezed: Fold = (call, [x, axes]) => {
  const from = need(x);
  return [
    reshapedConstant(
      from,
      unsqueezedDims(
        from.dims,
        axesOf(call, axes, from.dims.length + (axes?.data.length ?? call.ints('axes')?.length ?? 0)),
      ),
    ),
  ];
};

/** Dimensions of 1 put in. */
export function unsqueezedDims(dims: Dims, axes: readonly number[] | undefined): number[] {
  if (axes === undefined) return refuse('no axes', 'give them as constants');
  const rest = [...dims];
  return Array.from({ length: dims.length + axes.length }, (_, a) => (axes.includes(a) ? 1 : (rest.shift() ?? 1)));
}

/** Dimensions of 1 left out: those named, or all. */
export function squeezedDims(dims: Dims, axes: readonly number[] | undefined): number[] {
  const wrong = axes?.find((a) => dims[a] !== 1);
  if (wrong !== undefined) refuse(`dimension ${wrong} has ${dims[wrong]} elements, not 1`, 'correct the axes');
  return dims.filter((n, a) => (axes === undefined ? n !== 1 : !axes.includes(a)));
}

const squeezed: Fold = (call, [x, axes]) => {
  const from = need(x);
  return [reshapedConstant(from, squeezedDims(from.dims, axesOf(call, axes, from.dims.length)))];
};

const reshaped: Fold = (call, [x, shape]) => {
  const from = need(x);
  const wanted = shape === undefined ? (call.ints('shape') ?? []) : Array.from(shape.data);
  return [reshapedConstant(from, reshapeDims(from.dims, wanted, call.int('allowzero', 0) === 1))];
};

const reduced =
  (start: number, apply: (sum: number, x: number) => number, end: (sum: number, n: number) => number): Fold =>
  (call, [x, axesInput]) => {
    const from = need(x);
    const rank = from.dims.length;
    const axes = axesOf(call, axesInput, rank) ?? from.dims.map((_, a) => a);
    const kept = from.dims.map((n, a) => (axes.includes(a) ? 1 : n));
    const sums = new Float64Array(elements(kept)).fill(start);
    const at = walkIndex(from.dims, broadcastStrides(kept, from.dims));
    for (let e = 0; e < at.length; e++) sums[at[e]!] = apply(sums[at[e]!]!, from.data[e]!);
    const n = from.data.length / Math.max(1, sums.length);
    const dims = call.int('keepdims', 1) === 1 ? kept : kept.filter((_, a) => !axes.includes(a));
    return [{ kind: 'constant', dims, data: sums.map((v) => end(v, n)), isInteger: from.isInteger }];
  };

const split: Fold = (call, [x, sizes]) => {
  const from = need(x);
  const axis = axisOf(call.int('axis', 0), from.dims.length);
  const parts = splitSizes(call, from.dims[axis] ?? 1, sizes);
  const strides = stridesOf(from.dims);
  let start = 0;
  return parts.map((size) => {
    const dims = from.dims.map((n, a) => (a === axis ? size : n));
    const data = gathered(from.data, walkIndex(dims, strides, start * strides[axis]!));
    start += size;
    return { kind: 'constant', dims, data, isInteger: from.isInteger };
  });
};

/** How many elements each result of Split has. */
export function splitSizes(call: Call, size: number, input: Constant | undefined): number[] {
  const given = input === undefined ? call.ints('split') : Array.from(input.data);
  const count = call.outputs;
  const even = Math.ceil(size / count);
  const sizes =
    given === undefined
      ? Array.from({ length: count }, (_, i) => Math.max(0, Math.min(even, size - i * even)))
      : [...given];
  if (
    sizes.length < count ||
    sizes.reduce((a, b) => a + b, 0) !== size ||
    !sizes.every((n) => Number.isInteger(n) && n > 0)
  ) {
    return refuse(`parts of ${sizes.join(', ')} elements of ${size}`, 'correct the sizes');
  }
  return sizes;
}

const cast: Fold = (call, [x]) => {
  const from = need(x);
  const to = call.int('to', 1);
  const isInteger = ![1, 10, 11, 16].includes(to);
  if (from.isInteger === isInteger || !isInteger) return [{ ...from, isInteger }];
  return elementwise(to === 9 ? (v) => (v === 0 ? 0 : 1) : Math.trunc, true)(call, [from]);
};

const constantOfShape: Fold = (call, [shape]) => {
  const dims = Array.from(need(shape).data);
  const value = call.tensor('value');
  const data = like(value?.data ?? new Float32Array(0), bounded(dims)).fill(value?.data[0] ?? 0);
  return [{ kind: 'constant', dims, data, isInteger: value?.isInteger ?? false }];
};

const range: Fold = (_, [start, limit, delta]) => {
  const [from, to, by] = [start, limit, delta].map((c) => need(c).data[0] ?? 0);
  const n = Math.max(0, Math.ceil(((to ?? 0) - (from ?? 0)) / (by ?? 1)));
  if (!(n <= 65536)) refuse(`a range of ${n} numbers`, 'use at most 65536');
  return [integers(Array.from({ length: n }, (_, i) => (from ?? 0) + i * (by ?? 1)))];
};

const expand: Fold = (_, [x, shape]) => {
  const from = need(x);
  const dims = broadcastDims(from.dims, Array.from(need(shape).data));
  bounded(dims);
  return [{ kind: 'constant', dims, data: broadcastConstant(from, dims), isInteger: from.isInteger }];
};

const where: Fold = (_, [condition, first, second]) => {
  const [c, a, b] = [need(condition), need(first), need(second)];
  const dims = broadcastDims(broadcastDims(c.dims, a.dims), b.dims);
  const n = bounded(dims);
  const [on, x, y]: readonly Numbers[] = [c, a, b].map((k) => broadcastConstant(k, dims));
  const data = new Float64Array(n).map((_, i) => (on![i] === 0 ? y![i]! : x![i]!));
  return [{ kind: 'constant', dims, data, isInteger: a.isInteger && b.isInteger }];
};

const same: Fold = (_, [x]) => [need(x)];

/** What is computed on constants, by operator. */
export const FOLDS: ReadonlyMap<string, Fold> = new Map<string, Fold>([
  ['Identity', same],
  ['Dropout', same],
  ['Cast', cast],
  ['CastLike', (_, [x, to]) => [{ ...need(x), isInteger: need(to).isInteger }]],
  ['Shape', (call, [x]) => [shapeOf(call, need(x).dims)]],
  ['Size', (_, [x]) => [integers([elements(need(x).dims)], [])]],
  ['Gather', gather],
  ['Unsqueeze', unsqueezed],
  ['Squeeze', squeezed],
  ['Concat', concat],
  ['Slice', sliced],
  ['Split', split],
  ['Reshape', reshaped],
  ['Flatten', (call, [x]) => [reshapedConstant(need(x), flattenedDims(call, need(x).dims))]],
  [
    'Transpose',
    (call, [x]) => {
      const from = need(x);
      return [transposedConstant(from, call.ints('perm') ?? from.dims.map((_, a) => from.dims.length - 1 - a))];
    },
  ],
  ['ConstantOfShape', constantOfShape],
  ['Range', range],
  ['Expand', expand],
  ['Where', where],
  ['Add', binary((a, b) => a + b)],
  ['Sub', binary((a, b) => a - b)],
  ['Mul', product],
  ['Div', binary((a, b, isInteger) => (isInteger ? Math.trunc(a / b) : a / b))],
  ['Pow', binary((a, b) => a ** b)],
  ['Mod', binary((a, b) => a - b * Math.floor(a / b))],
  ['Max', binary((a, b) => Math.max(a, b))],
  ['Min', binary((a, b) => Math.min(a, b))],
  ['Equal', binary((a, b) => (a === b ? 1 : 0), true)],
  ['Greater', binary((a, b) => (a > b ? 1 : 0), true)],
  ['Less', binary((a, b) => (a < b ? 1 : 0), true)],
  ['And', binary((a, b) => (a !== 0 && b !== 0 ? 1 : 0), true)],
  ['Or', binary((a, b) => (a !== 0 || b !== 0 ? 1 : 0), true)],
  ['Not', elementwise((x) => (x === 0 ? 1 : 0), true)],
  ['Neg', elementwise((x) => 0 - x)],
  ['Abs', elementwise(Math.abs)],
  ['Sqrt', elementwise(Math.sqrt, false)],
  ['Exp', elementwise(Math.exp, false)],
  ['Log', elementwise(Math.log, false)],
  ['Tanh', elementwise(Math.tanh, false)],
  ['Reciprocal', elementwise((x) => 1 / x, false)],
  ['Relu', elementwise((x) => Math.max(x, 0))],
  ['Floor', elementwise(Math.floor)],
  ['Ceil', elementwise(Math.ceil)],
  ['Round', elementwise(QUANTISER_ROUND.halfEven)],
  ['Sign', elementwise(Math.sign)],
  [
    'ReduceProd',
    reduced(
      1,
      (a, b) => a * b,
      (v) => v,
    ),
  ],
  [
    'ReduceSum',
    reduced(
      0,
      (a, b) => a + b,
      (v) => v,
    ),
  ],
  [
    'ReduceMean',
    reduced(
      0,
      (a, b) => a + b,
      (v, n) => v / n,
    ),
  ],
  ['ReduceMax', reduced(-Infinity, Math.max, (v) => v)],
  ['ReduceMin', reduced(Infinity, Math.min, (v) => v)],
]);

/** Dimensions as Shape gives them, between `start` and `end`. */
export function shapeOf(call: Call, dims: Dims): Constant {
  const rank = dims.length;
  const [from, count] = sliceOf(rank, call.int('start', 0), call.int('end', rank), 1);
  return integers(dims.slice(from, from + count));
}

/** The two dimensions of Flatten. */
export function flattenedDims(call: Call, dims: Dims): number[] {
  const axis = call.int('axis', 1);
  const at = axis < 0 ? axis + dims.length : axis;
  if (at < 0 || at > dims.length) refuse(`it names dimension ${axis} of ${dims.length}`, 'correct the axis');
  return [elements(dims.slice(0, at)), elements(dims.slice(at))];
}
