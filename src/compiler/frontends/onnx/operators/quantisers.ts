/**
 * Quantisers. QONNX: Quant (IntQuant), BipolarQuant, Trunc, MultiThreshold (fastmachinelearning/qonnx, docs/qonnx-custom-ops). ONNX:
 * QuantizeLinear, DequantizeLinear and the Q operators (onnx/docs/Operators.md).
 */
import { QUANTISER_ROUND } from '../../../../ir/network/quantise.js';
import type { QuantiserRounding } from '../../../../ir/network/types.js';
import type { AffineStep } from '../affine.js';
import { value } from '../builder.js';
import { broadcastConstant, integers, quantisedConstant, scalar, varyingAxes } from '../constants.js';
import { axisOf, broadcastDims, type Constant, type Dims, refuse, type Tensor, type Value } from '../values.js';
import {
  constantInput,
  type Context,
  type Importer,
  type Importers,
  networkValue,
  requiredConstant,
} from './context.js';
import { spread, withConstant } from './elementwise.js';
import { constantProduct, convolved } from './linear.js';

type Inputs = readonly (Tensor | undefined)[];

const zero: Constant = integers([0], []);
const one: Constant = integers([1], []);

/** Roundings by their names in QONNX. */
const ROUNDINGS: ReadonlyMap<string, QuantiserRounding> = new Map([
  ['ROUND', 'halfEven'],
  ['HALF_EVEN', 'halfEven'],
  ['CEIL', 'ceil'],
  ['FLOOR', 'floor'],
  ['UP', 'awayFromZero'],
  ['DOWN', 'towardsZero'],
  ['HALF_UP', 'halfAwayFromZero'],
  ['HALF_DOWN', 'halfTowardsZero'],
]);

function roundingOf(context: Context, otherwise: string): QuantiserRounding {
  const name = context.text('rounding_mode', otherwise).toUpperCase();
  const rounding = ROUNDINGS.get(name === '' ? otherwise : name);
  return rounding ?? refuse(`the rounding "${name}"`, `use one of ${[...ROUNDINGS.keys()].join(', ')}`);
}

/** Which integers n bits hold. */
function levelsOf(bits: number, isSigned: boolean, isNarrow: boolean): readonly [number, number] {
  if (!(bits >= 1 && bits <= 32)) refuse(`a width of ${bits} bits`, 'use 1 to 32 bits');
  const low = isSigned ? -(2 ** (bits - 1)) + (isNarrow ? 1 : 0) : 0;
  const high = isSigned ? 2 ** (bits - 1) - 1 : 2 ** bits - 1 - (isNarrow ? 1 : 0);
  return [low, high];
}

/** How a rounding behind a zero point is one without it; undefined where it is none. */
function shifted(rounding: QuantiserRounding, zeroPoint: number): QuantiserRounding | undefined {
  if (zeroPoint === 0 || rounding === 'floor' || rounding === 'ceil') return rounding;
  if (rounding === 'halfEven') return zeroPoint % 2 === 0 ? 'halfEven' : 'halfOdd';
  return undefined;
}

/** Rounds (x / scale + zeroPoint) to integers low..high and takes zero point and scale off again. */
function requantised(
  context: Context,
  from: Value,
  {
    scale,
    zeroPoint,
    levels: [low, high],
    rounding,
  }: {
    readonly scale: Constant;
    readonly zeroPoint: Constant;
    readonly levels: readonly [number, number];
    readonly rounding: QuantiserRounding;
  },
): Value {
  const { network } = context;
  if (!scale.data.every((s) => s > 0 && Number.isFinite(s)))
    refuse('a scale that is not positive', 'quantise it again');
  const isOne = varyingAxes(scale, scale.dims).length === 0 && varyingAxes(zeroPoint, zeroPoint.dims).length === 0;
  const z = zeroPoint.data[0] ?? 0;
  const own = isOne && Number.isInteger(z) ? shifted(rounding, z) : undefined;
  if (own !== undefined) {
    const step = scale.data[0] ?? 1;
    return network.quantised(from, { step, low: low - z, high: high - z, rounding: own });
  }
  const divided = withStep(context, network.plain(from), 'divide', scale);
  const moved = withStep(context, divided, 'add', zeroPoint);
  const rounded = network.quantised(moved, { step: 1, low, high, rounding });
  const back = withStep(context, rounded, 'subtract', zeroPoint);
  return withConstant(context, back, 'multiply', scale);
}

/** An operation that stays where it is written. */
function withStep(context: Context, from: Value, kind: AffineStep['kind'], constant: Constant): Value {
  return context.network.affine(from, { kind, ...spread(constant, broadcastDims(from.dims, constant.dims)) });
}

/** The levels of a constant: clip, then round, as the reference does. */
function quantisedLevels(
  { data, dims }: Constant,
  {
    scale,
    zeroPoint,
    levels: [low, high],
    round,
  }: {
    readonly scale: Constant;
    readonly zeroPoint: Constant;
    readonly levels: readonly [number, number];
    readonly round: (x: number) => number;
  },
): Float64Array {
  const s = broadcastConstant(scale, dims);
  const z = broadcastConstant(zeroPoint, dims);
  return Float64Array.from(data, (x, e) => round(Math.min(Math.max(x / s[e]! + z[e]!, low), high)) + 0);
}

const quant: Importer = (context, inputs) => {
  const scale = requiredConstant(inputs, 1, 'the scale');
  const zeroPoint = constantInput(inputs, 2, 'the zero point') ?? zero;
  const bits = scalar(requiredConstant(inputs, 3, 'the bit width'), 'the bit width');
  const isSigned = context.int('signed', 1) === 1;
  const levels = levelsOf(bits, isSigned, context.int('narrow', 0) === 1);
  const rounding = roundingOf(context, 'ROUND');
  const [first] = inputs;
  const isBinary = bits === 1 && isSigned;
  if (first?.kind === 'constant') {
    const round = isBinary ? (x: number): number => (x >= 0 ? 1 : -1) : QUANTISER_ROUND[rounding];
    const q = quantisedLevels(first, { scale, zeroPoint, levels: isBinary ? [-2, 2] : levels, round });
    return [quantisedConstant(first.dims, q, { scale, zeroPoint, bits })];
  }
  const from = networkValue(inputs);
  if (!isBinary) return [requantised(context, from, { scale, zeroPoint, levels, rounding })];
  const { network } = context;
  const moved = zeroPoint.data.every((z) => z === 0)
    ? from
    : withStep(context, withStep(context, network.plain(from), 'divide', scale), 'add', zeroPoint);
  const sign = network.each(network.unfactored(moved), (id) => ({ kind: 'sign', input: id }));
  const back = withStep(context, sign, 'subtract', zeroPoint);
  return [withConstant(context, back, 'multiply', scale)];
};

const bipolar: Importer = (context, inputs) => {
  const scale = requiredConstant(inputs, 1, 'the scale');
  const [first] = inputs;
  if (first?.kind === 'constant') {
    const q = Int8Array.from(first.data, (x) => (x >= 0 ? 1 : -1));
    return [quantisedConstant(first.dims, q, { scale, zeroPoint: zero, bits: 1 })];
  }
  const { network } = context;
  const sign = network.each(network.unfactored(networkValue(inputs)), (id) => ({ kind: 'sign', input: id }));
  return [withConstant(context, sign, 'multiply', scale)];
};

const trunc: Importer = (context, inputs) => {
  const isSecond = inputs.length >= 6;
  const number = (i: number, what: string): number => scalar(requiredConstant(inputs, i, what), what);
  const scale = number(1, 'the scale');
  const z = number(2, 'the zero point');
  const inBits = number(3, 'the input width');
  const outBits = number(isSecond ? 5 : 4, 'the output width');
  const outScale = isSecond ? number(4, 'the output scale') : scale;
  const divisor = isSecond ? 2 ** Math.round(Math.log2(outScale / scale)) : 2 ** (inBits - outBits);
  const rounding = roundingOf(context, 'FLOOR');
  const { network } = context;
  const from = network.plain(networkValue(inputs));
  const step = (on: Value, kind: AffineStep['kind'], by: number): Value =>
    network.affine(on, { kind, axis: undefined, by: Float64Array.of(by) });
  const moved = step(step(from, 'divide', scale), 'add', z);
  // What is truncated are integers; rounding to them first keeps floor and ceil away from what float64 adds.
  const nudge = rounding === 'floor' ? 0.5 : rounding === 'ceil' ? -0.5 : 0;
  const whole = nudge === 0 ? network.named(moved, 'roundHalfEven') : step(moved, 'add', nudge);
  const divided = step(whole, 'divide', divisor);
  const isSigned = context.int('signed', 1) === 1;
  const levels = isSecond
    ? levelsOf(outBits, isSigned, context.int('narrow', 0) === 1)
    : // The first version does not clip: everything that so many bits hold, with a sign or without.
      ([-(2 ** (outBits - 1)), 2 ** outBits - 1] as const);
  const rounded = network.quantised(divided, { step: 1, low: levels[0], high: levels[1], rounding });
  const back = step(rounded, 'subtract', isSecond ? z / divisor : z);
  return [withConstant(context, back, 'multiply', { ...one, data: Float64Array.of(outScale) })];
};

const multiThreshold: Importer = (context, inputs) => {
  const { network } = context;
  const from = network.plain(networkValue(inputs));
  const thresholds = requiredConstant(inputs, 1, 'the thresholds');
  const [rows = 1, n = 1] = thresholds.dims;
  const rank = from.dims.length;
  const isLast = context.text('data_layout', 'NCHW').endsWith('C') && rank > 2;
  const axis = isLast ? rank - 1 : Math.min(1, rank - 1);
  const channels = from.dims[axis] ?? 1;
  if (rows !== 1 && rows !== channels) refuse(`thresholds for ${rows} channels of ${channels}`, 'export it again');
  const scale = context.float('out_scale', 1);
  const bias = context.float('out_bias', 0);
  const along = (k: number): AffineStep['by'] =>
    Float64Array.from({ length: rows }, (_, c) => thresholds.data[c * n + k]!);
  const against = (k: number): Value =>
    network.affine(from, { kind: 'subtract', axis: rows === 1 ? undefined : axis, by: along(k) });
  const after = (on: Value, by: number, add: number): Value => {
    const scaled = withConstant(context, on, 'multiply', { ...one, data: Float64Array.of(by) });
    return withConstant(context, scaled, 'add', { ...one, data: Float64Array.of(add) });
  };
  if (n === 1) {
    // Two values around 0 are a sign.
    if (scale === -2 * bias && scale > 0) {
      return [
        after(
          network.each(against(0), (id) => ({ kind: 'sign', input: id })),
          scale / 2,
          0,
        ),
      ];
    }
    return [
      after(
        network.each(against(0), (id) => ({ kind: 'step', input: id })),
        scale,
        bias,
      ),
    ];
  }
  if (n > 255) refuse(`${n} thresholds`, 'use at most 255, for 8 bits');
  const even = evenThresholds(thresholds.data, rows, n);
  if (even !== undefined) {
    const first = against(0);
    const steps = network.affine(first, { kind: 'divide', axis: rows === 1 ? undefined : axis, by: even });
    const up = network.affine(steps, { kind: 'add', axis: undefined, by: Float64Array.of(1) });
    return [after(network.quantised(up, { step: 1, low: 0, high: n, rounding: 'floor' }), scale, bias)];
  }
  context.note(`${n} thresholds at uneven distances: as many comparisons and their sum`);
  const ones = Array.from({ length: n }, (_, k) => network.each(against(k), (id) => ({ kind: 'step', input: id })));
  const sum = ones.reduce((a, b) => ({ ...a, id: network.add({ kind: 'add', inputs: [a.id, b.id] }) }));
  return [after(sum, scale, bias)];
};

/** The distance of evenly spaced thresholds of every channel, exact to the last bits of float32; undefined where one differs. */
function evenThresholds(data: ArrayLike<number>, rows: number, n: number): Float64Array | undefined {
  const distances = new Float64Array(rows);
  for (let c = 0; c < rows; c++) {
    const first = data[c * n]!;
    const distance = (data[c * n + n - 1]! - first) / (n - 1);
    if (!(distance > 0 && Number.isFinite(distance))) return undefined;
    for (let k = 0; k < n; k++) {
      const t = data[c * n + k]!;
      if (Math.abs(t - (first + k * distance)) > 2 ** -22 * Math.max(Math.abs(t), distance)) return undefined;
    }
    distances[c] = distance;
  }
  return distances;
}

/** Scales and zero points of the Q operators: one number, or a list along `axis`. Blocks have none of ours. */
function alongAxis(context: Context, constant: Constant, dims: Dims): Constant {
  if (context.int('block_size', 0) !== 0) {
    refuse('scales of blocks of elements', 'quantise with one scale per tensor or per channel');
  }
  if (constant.data.length === 1) return { ...constant, dims: [] };
  if (constant.dims.length !== 1)
    refuse('scales of blocks of elements', 'quantise with one scale per tensor or per channel');
  const axis = axisOf(context.int('axis', 1), dims.length);
  if (dims[axis] !== constant.data.length) {
    refuse(`${constant.data.length} scales for ${dims[axis]} channels`, 'export the model again');
  }
  return { ...constant, dims: dims.map((n, a) => (a === axis ? n : 1)) };
}

/** Number of TensorProto.DataType for output_dtype, as ranges. */
const OUTPUT_TYPES: ReadonlyMap<number, readonly [number, number]> = new Map([
  [2, [0, 255]],
  [3, [-128, 127]],
  [4, [0, 65535]],
  [5, [-32768, 32767]],
  [21, [0, 15]],
  [22, [-8, 7]],
  [25, [0, 3]],
  [26, [-2, 1]],
]);

const quantizeLinear: Importer = (context, inputs) => {
  const [first] = inputs;
  const dims = first?.kind === 'constant' ? first.dims : networkValue(inputs).dims;
  const scale = alongAxis(context, requiredConstant(inputs, 1, 'the scale'), dims);
  const zeroGiven = constantInput(inputs, 2, 'the zero point');
  const type = context.int('output_dtype', 0);
  const levels = zeroGiven?.range ?? OUTPUT_TYPES.get(type === 0 ? 2 : type);
  if (levels === undefined) return refuse(`integers of the data type ${type}`, 'use int8 or uint8');
  const zeroPoint = alongAxis(context, zeroGiven ?? zero, dims);
  if (first?.kind === 'constant') {
    const [low, high] = levels;
    const s = broadcastConstant(scale, dims);
    const z = broadcastConstant(zeroPoint, dims);
    const data = Float64Array.from(first.data, (x, e) =>
      Math.min(Math.max(QUANTISER_ROUND.halfEven(x / s[e]!) + z[e]!, low), high),
    );
    return [{ kind: 'constant', dims, data, isInteger: true, range: levels }];
  }
  return [linearQuantised(context, networkValue(inputs), { scale, zeroPoint, levels })];
};

/** QuantizeLinear: rounded, then the zero point added, then limited. */
function linearQuantised(
  context: Context,
  from: Value,
  {
    scale,
    zeroPoint,
    levels,
  }: { readonly scale: Constant; readonly zeroPoint: Constant; readonly levels: readonly [number, number] },
): Value {
  const { network } = context;
  if (!scale.data.every((s) => s > 0 && Number.isFinite(s)))
    refuse('a scale that is not positive', 'quantise it again');
  const [low, high] = levels;
  const isOne = scale.data.length === 1 && zeroPoint.data.length === 1;
  const z = zeroPoint.data[0] ?? 0;
  if (isOne) {
    const step = scale.data[0] ?? 1;
    const rounded = network.quantised(from, { step, low: low - z, high: high - z, rounding: 'halfEven' });
    return { ...value(rounded.id, from.dims), code: { scale: step, zeroPoint: z } };
  }
  if (zeroPoint.data.some((v) => v !== z)) {
    refuse('zero points that differ from channel to channel', 'quantise activations symmetrically per channel');
  }
  const divided = withStep(context, network.plain(from), 'divide', scale);
  const rounded = network.quantised(divided, { step: 1, low: low - z, high: high - z, rounding: 'halfEven' });
  return network.affine(rounded, { kind: 'add', axis: undefined, by: Float64Array.of(z) });
}

const bitsOf = ([low, high]: readonly [number, number]): number => Math.ceil(Math.log2(high - low + 1));

const dequantizeLinear: Importer = (context, inputs) => {
  const [first] = inputs;
  const dims = first?.kind === 'constant' ? first.dims : networkValue(inputs).dims;
  const scale = alongAxis(context, requiredConstant(inputs, 1, 'the scale'), dims);
  const zeroPoint = alongAxis(context, constantInput(inputs, 2, 'the zero point') ?? zero, dims);
  if (first?.kind === 'constant') {
    const bits = bitsOf(first.range ?? [-(2 ** 31), 2 ** 31 - 1]);
    return [quantisedConstant(dims, first.data, { scale, zeroPoint, bits })];
  }
  return [linearDequantised(context, networkValue(inputs), scale, zeroPoint)];
};

/** The real values behind integers: nothing to do where they were quantised with the same scale. */
function linearDequantised(context: Context, from: Value, scale: Constant, zeroPoint: Constant): Value {
  const { code } = from;
  const isOne = scale.data.length === 1 && zeroPoint.data.length === 1;
  if (code !== undefined && isOne && code.scale === scale.data[0] && code.zeroPoint === (zeroPoint.data[0] ?? 0)) {
    return value(from.id, from.dims);
  }
  const centred = withStep(context, context.network.plain(from), 'subtract', zeroPoint);
  return withConstant(context, centred, 'multiply', scale);
}

/** Weights of a Q operator as a constant with scale. */
function weightsOf(
  inputs: Inputs,
  at: number,
  scale: Constant,
  zeroPoint: Constant | undefined,
  outputAxis: number,
): Constant {
  const weights = requiredConstant(inputs, at, 'the weights');
  const along = (constant: Constant): Constant =>
    constant.data.length === 1
      ? { ...constant, dims: [] }
      : { ...constant, dims: weights.dims.map((n, a) => (a === outputAxis ? n : 1)) };
  const bits = bitsOf(weights.range ?? [-128, 127]);
  return quantisedConstant(weights.dims, weights.data, {
    scale: along(scale),
    zeroPoint: along(zeroPoint ?? zero),
    bits,
  });
}

/** The result of a Q operator. */
function requantisedTo(context: Context, inputs: Inputs, real: Value, at: number): Value {
  const scale = requiredConstant(inputs, at, 'the output scale');
  const zeroPoint = requiredConstant(inputs, at + 1, 'the output zero point');
  const levels = zeroPoint.range ?? [0, 255];
  return linearQuantised(context, real, { scale, zeroPoint, levels });
}

const qLinearConv: Importer = (context, inputs) => {
  const xScale = requiredConstant(inputs, 1, 'the input scale');
  const from = linearDequantised(context, networkValue(inputs), xScale, requiredConstant(inputs, 2, 'the zero point'));
  const wScale = requiredConstant(inputs, 4, 'the weight scale');
  const weights = weightsOf(inputs, 3, wScale, constantInput(inputs, 5, 'the weight zero point'), 0);
  const bias = constantInput(inputs, 8, 'the bias');
  const scaled: Constant | undefined =
    bias === undefined
      ? undefined
      : {
          ...bias,
          data: Float64Array.from(
            bias.data,
            (b, o) => b * (xScale.data[0] ?? 1) * wScale.data[wScale.data.length === 1 ? 0 : o]!,
          ),
        };
  return [requantisedTo(context, inputs, convolved(context, from, weights, { bias: scaled }), 6)];
};

const qLinearMatMul: Importer = (context, inputs) => {
  const from = linearDequantised(
    context,
    networkValue(inputs),
    requiredConstant(inputs, 1, 'the input scale'),
    requiredConstant(inputs, 2, 'the input zero point'),
  );
  const given = requiredConstant(inputs, 3, 'the matrix');
  const wScale = requiredConstant(inputs, 4, 'the weight scale');
  const weights = weightsOf(
    inputs,
    3,
    wScale,
    constantInput(inputs, 5, 'the weight zero point'),
    given.dims.length - 1,
  );
  return [requantisedTo(context, inputs, constantProduct(context, [from, weights]), 6)];
};

/** Integers less their zero point. */
const centred = (context: Context, from: Value, zeroPoint: Constant | undefined): Value => {
  const z = zeroPoint === undefined ? 0 : scalar(zeroPoint, 'the zero point');
  const { code } = from;
  if (code?.zeroPoint === z) return { ...value(from.id, from.dims), factor: 1 / code.scale };
  return withStep(context, context.network.plain(from), 'subtract', { ...zero, data: Float64Array.of(z) });
};

const convInteger: Importer = (context, inputs) => {
  const from = centred(context, networkValue(inputs), constantInput(inputs, 2, 'the zero point'));
  const weights = weightsOf(inputs, 1, one, constantInput(inputs, 3, 'the weight zero point'), 0);
  return [convolved(context, from, weights, { bias: undefined })];
};

const matMulInteger: Importer = (context, inputs) => {
  const from = centred(context, networkValue(inputs), constantInput(inputs, 2, 'the zero point'));
  const rank = requiredConstant(inputs, 1, 'the matrix').dims.length;
  const weights = weightsOf(inputs, 1, one, constantInput(inputs, 3, 'the weight zero point'), rank - 1);
  return [constantProduct(context, [from, weights])];
};

const floatQuant: Importer = () =>
  refuse('numbers with exponents of few bits', 'quantise to integers (Quant), or export the network as float');

export const QUANTISER_OPERATORS: Importers = {
  Quant: quant,
  IntQuant: quant,
  BipolarQuant: bipolar,
  Trunc: trunc,
  MultiThreshold: multiThreshold,
  FloatQuant: floatQuant,
  QuantizeLinear: quantizeLinear,
  DequantizeLinear: dequantizeLinear,
  QLinearConv: qLinearConv,
  QLinearMatMul: qLinearMatMul,
  ConvInteger: convInteger,
  MatMulInteger: matMulInteger,
};
