/** Matrix products, convolutions, pools and norms. */
import { axisFrom, broadcast, filled, type NdArray, NotEvaluated, sizeOf, strides } from '../../reference/arrays.js';
import { reduced } from '../../reference/moves.js';
import { along, type Evaluate, type Evaluation, float, int, ints, list, operand, text } from './evaluation.js';
import { integerProduct, requantised } from './quantisers.js';

/** Stacks of matrices: [..., m, k] times [..., k, n]; vectors as a row or a column. */
export function matMul(a: NdArray, b: NdArray): NdArray {
  const [isRow, isColumn] = [a.dims.length === 1, b.dims.length === 1];
  const left = isRow ? [1, ...a.dims] : a.dims;
  const right = isColumn ? [...b.dims, 1] : b.dims;
  const [m = 1, k = 1] = left.slice(-2);
  const n = right.at(-1) ?? 1;
  const stack = broadcast(
    [left, right].map((dims) => ({ dims: dims.slice(0, -2), data: new Float64Array(sizeOf(dims.slice(0, -2))) })),
    () => 0,
  ).dims;
  const at = (dims: readonly number[], position: readonly number[]): number => {
    const own = strides(dims);
    return dims.slice(0, -2).reduce((sum, size, i) => {
      const p = position[i + stack.length - (dims.length - 2)]!;
      return sum + (size === 1 ? 0 : p) * own[i]!;
    }, 0);
  };
  const result = filled([...stack, m, n], (position) => {
    const [row = 0, column = 0] = position.slice(-2);
    const [x, y] = [at(left, position) + row * k, at(right, position) + column];
    let sum = 0;
    for (let i = 0; i < k; i++) sum += a.data[x + i]! * b.data[y + i * n]!;
    return sum;
  });
  return { ...result, dims: [...stack, ...(isRow ? [] : [m]), ...(isColumn ? [] : [n])] };
}

const transposed2 = (x: NdArray): NdArray => {
  const [m = 1, n = 1] = x.dims;
  return filled([n, m], ([i = 0, j = 0]) => x.data[j * n + i]!);
};

const gemm: Evaluate = (evaluation) => {
  const a = operand(evaluation, 0);
  const flat = { ...a, dims: a.dims.length > 2 ? [a.dims[0]!, sizeOf(a.dims.slice(1))] : a.dims };
  const left = int(evaluation, 'transA', 0) === 1 ? transposed2(flat) : flat;
  const b = operand(evaluation, 1);
  const right = int(evaluation, 'transB', 0) === 1 ? transposed2(b) : b;
  const alpha = float(evaluation, 'alpha', 1);
  const product = matMul(left, right);
  const c = evaluation.inputs[2];
  if (c === undefined) return [{ ...product, data: product.data.map((v) => alpha * v) }];
  const beta = float(evaluation, 'beta', 1);
  return [broadcast([product, c], (v, w) => alpha * v! + beta * w!)];
};

/** Sizes of a window over the space of a tensor [n, c, ...space], after all padding rules. */
interface Slide {
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  readonly before: readonly number[];
  readonly output: readonly number[];
  readonly space: readonly number[];
}

function slideOf(evaluation: Evaluation, space: readonly number[], kernel: readonly number[]): Slide {
  const rank = space.length;
  const stride = ints(evaluation, 'strides') ?? kernel.map(() => 1);
  const dilation = ints(evaluation, 'dilations') ?? kernel.map(() => 1);
  const span = kernel.map((k, a) => (k - 1) * dilation[a]! + 1);
  const auto = text(evaluation, 'auto_pad', 'NOTSET');
  const given = ints(evaluation, 'pads') ?? new Array<number>(2 * rank).fill(0);
  const isSame = auto === 'SAME_UPPER' || auto === 'SAME_LOWER';
  const isCeil = int(evaluation, 'ceil_mode', 0) === 1;
  const sizes = space.map((n, a) => {
    if (isSame) {
      const output = Math.ceil(n / stride[a]!);
      const total = Math.max(0, (output - 1) * stride[a]! + span[a]! - n);
      return { output, before: auto === 'SAME_LOWER' ? Math.ceil(total / 2) : Math.floor(total / 2) };
    }
    const [first, last] = auto === 'VALID' ? [0, 0] : [given[a]!, given[a + rank]!];
    const steps = (n + first + last - span[a]!) / stride[a]!;
    let output = (isCeil ? Math.ceil(steps) : Math.floor(steps)) + 1;
    // A window that would begin in the padding behind the image is left out.
    if (isCeil && (output - 1) * stride[a]! >= n + first) output--;
    return { output, before: first };
  });
  return {
    ...{ kernel, stride, dilation, space },
    before: sizes.map(({ before }) => before),
    output: sizes.map(({ output }) => output),
  };
}

/** Visits the taps of the window at a position: the offset in space, or -1 outside, and the tap. */
function taps(
  slide: Slide,
  position: readonly number[],
  visit: (offset: number, tap: number, where: readonly number[]) => void,
): void {
  const { kernel, stride, dilation, before, space } = slide;
  const count = sizeOf(kernel);
  const steps = strides(kernel);
  const own = strides(space);
  for (let tap = 0; tap < count; tap++) {
    let offset = 0;
    const where = kernel.map(
      (k, a) => position[a]! * stride[a]! - before[a]! + (Math.floor(tap / steps[a]!) % k) * dilation[a]!,
    );
    for (let a = 0; a < kernel.length; a++) {
      const p = where[a]!;
      offset = offset < 0 || p < 0 || p >= space[a]! ? -1 : offset + p * own[a]!;
    }
    visit(offset, tap, where);
  }
}

/** A convolution of [n, c, ...space] by [outputs, c / groups, ...kernel]. */
export function convolve(x: NdArray, w: NdArray, evaluation: Evaluation): NdArray {
  const [batch = 1, channels = 1, ...space] = x.dims;
  const [outputs = 1, perGroup = 1, ...kernel] = w.dims;
  const groups = int(evaluation, 'group', 1);
  const slide = slideOf(evaluation, space, kernel);
  const [plane, count] = [sizeOf(space), sizeOf(kernel)];
  const at: { readonly offset: number; readonly tap: number }[] = [];
  const data = new Float64Array(batch * outputs * sizeOf(slide.output));
  const positions = filled(slide.output, () => 0);
  let p = 0;
  filled(positions.dims, (position) => {
    at.length = 0;
    taps(slide, position, (offset, tap) => {
      if (offset >= 0) at.push({ offset, tap });
    });
    for (let b = 0; b < batch; b++) {
      for (let o = 0; o < outputs; o++) {
        const first = Math.floor(o / (outputs / groups)) * perGroup;
        let sum = 0;
        for (let c = 0; c < perGroup; c++) {
          const [from, weights] = [(b * channels + first + c) * plane, (o * perGroup + c) * count];
          for (const { offset, tap } of at) sum += x.data[from + offset]! * w.data[weights + tap]!;
        }
        data[(b * outputs + o) * positions.data.length + p] = sum;
      }
    }
    p++;
    return 0;
  });
  return { dims: [batch, outputs, ...slide.output], data };
}

const withBias = (x: NdArray, bias: NdArray | undefined): NdArray =>
  bias === undefined ? x : broadcast([x, along(bias, 1, x.dims.length)], (v, b) => v! + b!);

const conv: Evaluate = (evaluation) => [
  withBias(convolve(operand(evaluation, 0), operand(evaluation, 1), evaluation), evaluation.inputs[2]),
];

/** The bias of QLinearConv holds sums: it has the scale of input times weights. */
const qLinearConv: Evaluate = (evaluation) =>
  requantised((x, w, inner) => withBias(convolve(x, w, inner), evaluation.inputs[8]), 0)(evaluation);

const pool =
  (combine: (values: readonly number[], counted: number) => number): Evaluate =>
  (evaluation) => {
    const x = operand(evaluation, 0);
    const [batch = 1, channels = 1, ...space] = x.dims;
    const slide = slideOf(evaluation, space, ints(evaluation, 'kernel_shape') ?? []);
    const all = int(evaluation, 'count_include_pad', 0) === 1;
    const after = (ints(evaluation, 'pads') ?? []).slice(space.length);
    const plane = sizeOf(space);
    return [
      filled([batch, channels, ...slide.output], ([b = 0, c = 0, ...position]) => {
        const values: number[] = [];
        let counted = 0;
        taps(slide, position, (offset, _tap, where) => {
          if (offset >= 0) values.push(x.data[(b * channels + c) * plane + offset]!);
          // Rows that only rounding up adds do not count.
          if (offset >= 0 || (all && where.every((p, a) => p < space[a]! + (after[a] ?? 0)))) counted++;
        });
        return combine(values, counted);
      }),
    ];
  };

const mean = (values: readonly number[], counted: number): number => values.reduce((a, b) => a + b, 0) / counted;

const reduce =
  (combine: (values: readonly number[]) => number): Evaluate =>
  (evaluation) => {
    const x = operand(evaluation, 0);
    const rank = x.dims.length;
    const given = list(evaluation, 'axes', 1) ?? [];
    if (given.length === 0 && int(evaluation, 'noop_with_empty_axes', 0) === 1) return [x];
    const axes = given.length === 0 ? x.dims.map((_, a) => a) : given.map((a) => axisFrom(a, rank));
    return [reduced(x, axes, int(evaluation, 'keepdims', 1) === 1, combine)];
  };

const global =
  (combine: (values: readonly number[]) => number): Evaluate =>
  (evaluation) => {
    const x = operand(evaluation, 0);
    const [batch = 1, channels = 1, ...space] = x.dims;
    const plane = sizeOf(space);
    const dims = [batch, channels, ...space.map(() => 1)];
    return [filled(dims, (_, e) => combine([...x.data.subarray(e * plane, (e + 1) * plane)]))];
  };

const batchNormalization: Evaluate = (evaluation) => {
  if (int(evaluation, 'training_mode', 0) === 1) throw new NotEvaluated('training');
  const x = operand(evaluation, 0);
  const [scale, shift, average, variance] = [1, 2, 3, 4].map((i) => along(operand(evaluation, i), 1, x.dims.length));
  const epsilon = float(evaluation, 'epsilon', 1e-5);
  return [
    broadcast(
      [x, scale!, shift!, average!, variance!],
      (v, s, b, m, d) => ((v! - m!) / Math.sqrt(d! + epsilon)) * s! + b!,
    ),
  ];
};

const average = (values: readonly number[]): number => mean(values, values.length);
const largest = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), -Infinity);

export const WINDOWS: Readonly<Record<string, Evaluate>> = {
  ...{ Gemm: gemm, Conv: conv, QLinearConv: qLinearConv, BatchNormalization: batchNormalization },
  MatMul: (evaluation) => [matMul(operand(evaluation, 0), operand(evaluation, 1))],
  QLinearMatMul: requantised(matMul, -1),
  ConvInteger: integerProduct(convolve, 0),
  MatMulInteger: integerProduct(matMul, -1),
  MaxPool: pool(largest),
  AveragePool: pool(mean),
  GlobalAveragePool: global(average),
  GlobalMaxPool: global(largest),
  ReduceMean: reduce(average),
  ReduceSum: reduce((values) => values.reduce((a, b) => a + b, 0)),
  ReduceMax: reduce(largest),
  ReduceMin: reduce((values) => -largest(values.map((v) => -v))),
};
