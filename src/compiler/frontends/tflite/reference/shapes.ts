/** Operators that move stored numbers, joins and means. */
import { axisFrom, filled, type NdArray, NotEvaluated } from '../../reference/arrays.js';
import { imageDims, mean } from '../../reference/images.js';
import { cut, elementAt, joined, padded, reduced, reshaped, transposed } from '../../reference/moves.js';
import {
  type Call,
  clipped,
  type Evaluate,
  isInteger,
  numbers,
  operand,
  option,
  rangeOf,
  resultOf,
  scaleOf,
  tensorOf,
  zeroOf,
} from './call.js';
import { f32, roundAway } from './fixed-point.js';
import { integerMean } from './windows.js';

const reshape: Evaluate = (call) => {
  const x = operand(call, 0);
  const wanted = call.op.name === 'RESHAPE' && call.inputs[1] !== undefined ? numbers(call, 1) : resultOf(call).shape;
  return [reshaped(x, wanted)];
};

const pairs = (values: readonly number[]): readonly (readonly [number, number])[] =>
  Array.from({ length: values.length / 2 }, (_, axis) => [values[2 * axis]!, values[2 * axis + 1]!]);

const pad: Evaluate = (call) => {
  const x = operand(call, 0);
  const around = pairs(numbers(call, 1));
  if (call.op.name !== 'MIRROR_PAD') {
    const zero = isInteger(tensorOf(call, 0)) ? zeroOf(resultOf(call)) : 0;
    return [padded(x, around, call.op.name === 'PADV2' ? operand(call, 2).data[0]! : zero)];
  }
  // REFLECT leaves the border out, SYMMETRIC repeats it.
  const gap = option(call, 0) === 0 ? 0 : 1;
  return [padded(x, around, 0, (p, n) => (p < 0 ? -p - gap : 2 * n - 2 + gap - p))];
};

const slice: Evaluate = (call) => {
  const x = operand(call, 0);
  const [begin, size] = [numbers(call, 1), numbers(call, 2)];
  return [
    x.dims.reduce(
      (value, n, axis) => cut(value, axis, begin[axis]!, size[axis] === -1 ? n - begin[axis]! : size[axis]!),
      x,
    ),
  ];
};

const stridedSlice: Evaluate = (call) => {
  const x = operand(call, 0);
  const [begin, end, step] = [numbers(call, 1), numbers(call, 2), numbers(call, 3)];
  const has = (field: number, axis: number): boolean => ((option(call, field, 0, 'int32') >> axis) & 1) === 1;
  if ([2, 3].some((field) => option(call, field, 0, 'int32') !== 0)) throw new NotEvaluated('new dimensions');
  if (begin.length !== x.dims.length || step.some((s) => s < 1)) throw new NotEvaluated('a slice backwards');
  const within = (p: number, n: number): number => Math.min(Math.max(p < 0 ? p + n : p, 0), n);
  const taken = x.dims.reduce((value, n, axis) => {
    const from = has(0, axis) ? 0 : within(begin[axis]!, n);
    const to = has(4, axis) ? from + 1 : has(1, axis) ? n : within(end[axis]!, n);
    return cut(value, axis, from, Math.max(0, Math.ceil((to - from) / step[axis]!)), step[axis]);
  }, x);
  return [{ ...taken, dims: taken.dims.filter((_, axis) => !has(4, axis)) }];
};

const split: Evaluate = (call) => {
  const x = operand(call, 1);
  const axis = axisFrom(numbers(call, 0)[0] ?? 0, x.dims.length);
  const size = x.dims[axis]! / call.outputs.length;
  return call.outputs.map((_, k) => cut(x, axis, k * size, size));
};

/** Unsigned operands may have scales of their own (reference/concatenation.h). */
const concatenation: Evaluate = (call) => {
  const output = resultOf(call);
  const activation = option(call, 1);
  const values = call.tensors.map((_, i) => operand(call, i));
  const axis = option(call, 0, 0, 'int32');
  if (!isInteger(output)) {
    const [low, high] = rangeOf(activation);
    const all = joined(values, axis);
    return [{ ...all, data: all.data.map((v) => Math.min(Math.max(v, low), high)) }];
  }
  const clip = clipped(output, activation);
  const parts = values.map((value, i): NdArray => {
    const from = tensorOf(call, i);
    if (scaleOf(from) === scaleOf(output) && zeroOf(from) === zeroOf(output)) return value;
    if (output.type !== 'uint8') throw new NotEvaluated('signed operands of different scales');
    const scale = f32(scaleOf(from) * f32(1 / scaleOf(output)));
    const bias = f32(-zeroOf(from) * scale);
    return { ...value, data: value.data.map((q) => clip(roundAway(f32(f32(q * scale) + bias)) + zeroOf(output))) };
  });
  return [joined(parts, axis)];
};

const average: Evaluate = (call) => {
  const x = operand(call, 0);
  const axes = numbers(call, 1).map((axis) => axisFrom(axis, x.dims.length));
  const [input, output] = [tensorOf(call, 0), resultOf(call)];
  const combine = isInteger(input)
    ? (values: readonly number[]) =>
        integerMean(
          values.reduce((a, b) => a + b, 0),
          values.length,
          input,
          output,
        )
    : mean;
  return [reduced(x, axes, option(call, 0, 0, 'uint8') !== 0, combine)];
};

/** Float32 positions, as of reference/resize_nearest_neighbor.h. */
const resize: Evaluate = (call) => {
  const x = operand(call, 0);
  const [batch, h, w, c] = imageDims(x);
  const [height = 0, width = 0] = numbers(call, 1);
  const [isAligned, isCentred] = [option(call, 0, 0, 'uint8') !== 0, option(call, 1, 0, 'uint8') !== 0];
  const near = (p: number, from: number, to: number): number => {
    const scale = f32(isAligned && to > 1 ? (from - 1) / (to - 1) : from / to);
    const at = f32((p + (isCentred ? 0.5 : 0)) * scale);
    return Math.max(0, Math.min(isAligned ? Math.round(at) : Math.floor(at), from - 1));
  };
  return [
    filled([batch, height, width, c], ([b = 0, py = 0, px = 0, channel = 0]) =>
      elementAt(x, [b, near(py, h, height), near(px, w, width), channel]),
    ),
  ];
};

const depthToSpace: Evaluate = (call) => {
  const x = operand(call, 0);
  const [batch, h, w, c] = imageDims(x);
  const block = option(call, 0, 0, 'int32');
  const depth = c / block ** 2;
  return [
    filled([batch, h * block, w * block, depth], ([b = 0, y = 0, px = 0, d = 0]) =>
      elementAt(x, [
        b,
        Math.floor(y / block),
        Math.floor(px / block),
        ((y % block) * block + (px % block)) * depth + d,
      ]),
    ),
  ];
};

const spaceToDepth: Evaluate = (call) => {
  const x = operand(call, 0);
  const [batch, h, w, c] = imageDims(x);
  const block = option(call, 0, 0, 'int32');
  return [
    filled([batch, h / block, w / block, c * block ** 2], ([b = 0, y = 0, px = 0, d = 0]) => {
      const tap = Math.floor(d / c);
      return elementAt(x, [b, y * block + Math.floor(tap / block), px * block + (tap % block), d % c]);
    }),
  ];
};

/** Moves of integers keep what they mean: another scale of the result is no move. */
const unscaled =
  (evaluate: Evaluate, data = 0): Evaluate =>
  (call: Call) => {
    const [from, to] = [tensorOf(call, data), resultOf(call)];
    if (isInteger(from) && (scaleOf(from) !== scaleOf(to) || zeroOf(from) !== zeroOf(to))) {
      throw new NotEvaluated(`${call.op.name} between scales`);
    }
    return evaluate(call);
  };

export const SHAPES: Readonly<Record<string, Evaluate>> = {
  ...{ RESHAPE: reshape, SQUEEZE: reshape, EXPAND_DIMS: reshape, PAD: unscaled(pad), PADV2: unscaled(pad) },
  ...{ MIRROR_PAD: unscaled(pad), SLICE: slice, STRIDED_SLICE: stridedSlice, SPLIT: unscaled(split, 1) },
  TRANSPOSE: (call) => [transposed(operand(call, 0), numbers(call, 1))],
  ...{ CONCATENATION: concatenation, MEAN: average, RESIZE_NEAREST_NEIGHBOR: resize },
  ...{ DEPTH_TO_SPACE: depthToSpace, SPACE_TO_DEPTH: spaceToDepth },
};
