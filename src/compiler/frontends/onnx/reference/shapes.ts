/** Operators that move elements, and those on shapes. */
import { constantOf } from '../call.js';
import { axisFrom, filled, type NdArray, NotEvaluated, sizeOf, strides } from '../../reference/arrays.js';
import { cut, joined, transposed } from '../../reference/moves.js';
import { type Evaluate, int, ints, list, operand, text } from './evaluation.js';

const shaped = (x: NdArray, dims: readonly number[]): NdArray => {
  if (sizeOf(dims) !== x.data.length) throw new NotEvaluated(`[${x.dims.join()}] as [${dims.join()}]`);
  return { ...x, dims };
};

const reshape: Evaluate = (evaluation) => {
  const x = operand(evaluation, 0);
  const zeroIsZero = int(evaluation, 'allowzero', 0) === 1;
  const wanted = [...operand(evaluation, 1).data].map((n, a) => (n === 0 && !zeroIsZero ? (x.dims[a] ?? 1) : n));
  const known = wanted.reduce((product, n) => (n === -1 ? product : product * n), 1);
  return [
    shaped(
      x,
      wanted.map((n) => (n === -1 ? x.data.length / known : n)),
    ),
  ];
};

const flatten: Evaluate = (evaluation) => {
  const x = operand(evaluation, 0);
  const axis = axisFrom(int(evaluation, 'axis', 1), x.dims.length);
  return [shaped(x, [sizeOf(x.dims.slice(0, axis)), sizeOf(x.dims.slice(axis))])];
};

const transpose: Evaluate = (evaluation) => {
  const x = operand(evaluation, 0);
  const order = ints(evaluation, 'perm') ?? x.dims.map((_, a) => x.dims.length - 1 - a);
  return [transposed(x, order)];
};

const squeeze: Evaluate = (evaluation) => {
  const x = operand(evaluation, 0);
  const axes = list(evaluation, 'axes', 1)?.map((a) => axisFrom(a, x.dims.length));
  return [
    shaped(
      x,
      x.dims.filter((n, a) => (axes === undefined ? n !== 1 : !axes.includes(a))),
    ),
  ];
};

const unsqueeze: Evaluate = (evaluation) => {
  const x = operand(evaluation, 0);
  const given = list(evaluation, 'axes', 1) ?? [];
  const rank = x.dims.length + given.length;
  const axes = given.map((a) => axisFrom(a, rank));
  const rest = [...x.dims];
  return [
    shaped(
      x,
      Array.from({ length: rank }, (_, a) => (axes.includes(a) ? 1 : (rest.shift() ?? 1))),
    ),
  ];
};

const concat: Evaluate = (evaluation) => [
  joined(
    evaluation.inputs.filter((input) => input !== undefined),
    int(evaluation, 'axis', 1),
  ),
];

const split: Evaluate = (evaluation) => {
  const x = operand(evaluation, 0);
  const axis = axisFrom(int(evaluation, 'axis', 0), x.dims.length);
  const n = x.dims[axis] ?? 1;
  const count = evaluation.node.outputs.length;
  const size = Math.ceil(n / count);
  const sizes = list(evaluation, 'split', 1) ?? Array.from({ length: count }, (_, i) => Math.min(size, n - i * size));
  let from = 0;
  return sizes.map((own) => {
    const part = cut(x, axis, from, own);
    from += own;
    return part;
  });
};

const slice: Evaluate = (evaluation) => {
  const x = operand(evaluation, 0);
  const [starts, ends] = [list(evaluation, 'starts', 1) ?? [], list(evaluation, 'ends', 2) ?? []];
  const axes = list(evaluation, 'axes', 3) ?? starts.map((_, i) => i);
  const steps = evaluation.inputs[4] === undefined ? starts.map(() => 1) : [...operand(evaluation, 4).data];
  return [
    starts.reduce((value, start, i) => {
      const axis = axisFrom(axes[i]!, value.dims.length);
      const [n, step] = [value.dims[axis]!, steps[i]!];
      const bound = (at: number, low: number, high: number): number =>
        Math.min(Math.max(at < 0 ? at + n : at, low), high);
      const from = step > 0 ? bound(start, 0, n) : bound(start, 0, n - 1);
      const to = step > 0 ? bound(ends[i]!, 0, n) : bound(ends[i]!, -1, n - 1);
      return cut(value, axis, from, Math.max(0, Math.ceil((to - from) / step)), step);
    }, x),
  ];
};

const pad: Evaluate = (evaluation) => {
  const x = operand(evaluation, 0);
  const rank = x.dims.length;
  if (text(evaluation, 'mode', 'constant') !== 'constant' || evaluation.inputs[3] !== undefined) {
    throw new NotEvaluated('padding that is not constant');
  }
  const pads = list(evaluation, 'pads', 1) ?? [];
  const fill = evaluation.inputs[2]?.data[0] ?? evaluation.node.attributes.get('value')?.float ?? 0;
  const own = strides(x.dims);
  const dims = x.dims.map((n, a) => n + pads[a]! + pads[a + rank]!);
  const padded = filled(dims, (position) => {
    let index = 0;
    for (let a = 0; a < rank; a++) {
      const p = position[a]! - pads[a]!;
      if (p < 0 || p >= x.dims[a]!) return fill;
      index += p * own[a]!;
    }
    return x.data[index]!;
  });
  return [{ ...x, ...padded }];
};

const gather: Evaluate = (evaluation) => {
  const [x, indices] = [operand(evaluation, 0), operand(evaluation, 1)];
  const axis = axisFrom(int(evaluation, 'axis', 0), x.dims.length);
  const n = x.dims[axis] ?? 1;
  const dims = [...x.dims.slice(0, axis), ...indices.dims, ...x.dims.slice(axis + 1)];
  const inner = sizeOf(x.dims.slice(axis + 1));
  const count = indices.data.length;
  const gathered = filled(dims, (_, e) => {
    const [outer, which, rest] = [Math.floor(e / (count * inner)), Math.floor(e / inner) % count, e % inner];
    return x.data[(outer * n + axisFrom(indices.data[which]!, n)) * inner + rest]!;
  });
  return [{ ...x, ...gathered }];
};

const constant: Evaluate = ({ node }) => {
  const tensor = node.attributes.get('value')?.tensor;
  const list1 = (values: readonly number[], isInteger: boolean): readonly NdArray[] => [
    { dims: [values.length], data: Float64Array.from(values), isInteger },
  ];
  if (tensor !== undefined) return [arrayOf(constantOf(tensor, node.name))];
  const of = (name: string) => node.attributes.get(name);
  if (of('value_float') !== undefined) return [{ dims: [], data: Float64Array.of(of('value_float')?.float ?? 0) }];
  if (of('value_int') !== undefined) {
    return [{ dims: [], data: Float64Array.of(of('value_int')?.int ?? 0), isInteger: true }];
  }
  if (of('value_ints') !== undefined) return list1(of('value_ints')?.ints ?? [], true);
  if (of('value_floats') !== undefined) return list1(of('value_floats')?.floats ?? [], false);
  throw new NotEvaluated('a constant that is no tensor');
};

/** A tensor of the file. */
export const arrayOf = ({
  dims,
  data,
  isInteger,
  range,
}: {
  readonly dims: readonly number[];
  readonly data: ArrayLike<number>;
  readonly isInteger: boolean;
  readonly range?: readonly [number, number];
}): NdArray => ({ dims, data: Float64Array.from(data), isInteger, ...(range === undefined ? {} : { range }) });

const shapeOf: Evaluate = (evaluation) => {
  const { dims } = operand(evaluation, 0);
  const from = axisFrom(int(evaluation, 'start', 0), dims.length);
  const to = axisFrom(int(evaluation, 'end', dims.length), dims.length);
  const own = dims.slice(from, to);
  return [{ dims: [own.length], data: Float64Array.from(own), isInteger: true }];
};

export const SHAPES: Readonly<Record<string, Evaluate>> = {
  ...{ Reshape: reshape, Flatten: flatten, Transpose: transpose, Squeeze: squeeze, Unsqueeze: unsqueeze },
  ...{ Concat: concat, Split: split, Slice: slice, Pad: pad, Gather: gather, Constant: constant, Shape: shapeOf },
};
