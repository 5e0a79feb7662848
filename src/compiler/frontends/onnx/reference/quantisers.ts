/** Quantisers of QONNX and ONNX. */
import { broadcast, filled, type NdArray, NotEvaluated } from '../../reference/arrays.js';
import { along, type Evaluate, type Evaluation, float, int, operand, text } from './evaluation.js';
import { roundEven } from './elementwise.js';

/** Nearest integer, by the names of QONNX. */
function rounded(mode: string, v: number): number {
  const half = Math.abs(v - Math.trunc(v)) === 0.5;
  switch (mode.toUpperCase()) {
    case 'FLOOR':
      return Math.floor(v);
    case 'CEIL':
      return Math.ceil(v);
    case 'DOWN':
    case 'ROUND_TO_ZERO':
      return Math.trunc(v);
    case 'UP':
      return v < 0 ? Math.floor(v) : Math.ceil(v);
    case 'ROUND':
    case 'HALF_EVEN':
      return roundEven(v);
    case 'HALF_UP':
      return half ? Math.trunc(v) + Math.sign(v) : Math.round(v);
    case 'HALF_DOWN':
      return half ? Math.trunc(v) : Math.round(v);
    default:
      throw new NotEvaluated(`rounding ${mode}`);
  }
}

const limits = (bits: number, isSigned: boolean, narrow: number): readonly [number, number] =>
  isSigned ? [-(2 ** (bits - 1)) + narrow, 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1 - narrow];

const quant: Evaluate = (evaluation) => {
  const [x, scale, zero, bits] = [0, 1, 2, 3].map((i) => operand(evaluation, i));
  const [isSigned, narrow] = [int(evaluation, 'signed', 1) === 1, int(evaluation, 'narrow', 0)];
  const mode = text(evaluation, 'rounding_mode', 'ROUND');
  return [
    broadcast([x!, scale!, zero!, bits!], (v, s, z, n) => {
      const [low, high] = limits(n!, isSigned, narrow);
      return (rounded(mode, Math.min(Math.max(v! / s! + z!, low), high)) - z!) * s!;
    }),
  ];
};

/** Thresholds [channels or 1, n] on dimension 1 of the value: how many are reached. */
const multiThreshold: Evaluate = (evaluation) => {
  const [x, thresholds] = [operand(evaluation, 0), operand(evaluation, 1)];
  const [gain, bias] = [float(evaluation, 'out_scale', 1), float(evaluation, 'out_bias', 0)];
  const layout = text(evaluation, 'data_layout', 'NCHW');
  const axis = layout.endsWith('C') ? x.dims.length - 1 : 1;
  const [channels = 1, n = 1] = thresholds.dims;
  return [
    filled(x.dims, (position, e) => {
      const c = channels === 1 ? 0 : position[axis]!;
      let reached = 0;
      for (let k = 0; k < n; k++) if (x.data[e]! >= thresholds.data[c * n + k]!) reached++;
      return gain * reached + bias;
    }),
  ];
};

/** Scale and zero point of a quantised tensor. */
function parameters(evaluation: Evaluation, at: number, rank: number, axis: number) {
  const scale = along(operand(evaluation, at), axis, rank);
  const zero = evaluation.inputs[at + 1];
  return {
    scale,
    zero: zero === undefined ? { dims: [], data: Float64Array.of(0) } : along(zero, axis, rank),
    given: zero,
  };
}

function isBlocked(evaluation: Evaluation): void {
  if (int(evaluation, 'block_size', 0) !== 0) throw new NotEvaluated('scales of blocks');
}

/** Real numbers as the integers of a type. */
function quantised(x: NdArray, scale: NdArray, zero: NdArray, range: readonly [number, number]): NdArray {
  const q = broadcast([x, scale, zero], (v, s, z) => Math.min(Math.max(roundEven(v! / s!) + z!, range[0]), range[1]));
  return { ...q, isInteger: true, range };
}

const UINT8: readonly [number, number] = [0, 255];

const quantizeLinear: Evaluate = (evaluation) => {
  isBlocked(evaluation);
  const x = operand(evaluation, 0);
  const { scale, zero, given } = parameters(evaluation, 1, x.dims.length, int(evaluation, 'axis', 1));
  if (given === undefined && int(evaluation, 'output_dtype', 0) !== 0) throw new NotEvaluated('output_dtype');
  return [quantised(x, scale, zero, given?.range ?? UINT8)];
};

const dequantizeLinear: Evaluate = (evaluation) => {
  isBlocked(evaluation);
  const x = operand(evaluation, 0);
  const { scale, zero } = parameters(evaluation, 1, x.dims.length, int(evaluation, 'axis', 1));
  return [broadcast([x, scale, zero], (q, s, z) => (q! - z!) * s!)];
};

/** What is left of x [m, k] times y [k, n] in integers, and of convolutions: real products of what quantised tensors stand for, quantised again. */
export const requantised =
  (multiply: (x: NdArray, w: NdArray, evaluation: Evaluation) => NdArray, weightAxis: number): Evaluate =>
  (evaluation) => {
    const [x, w] = [operand(evaluation, 0), operand(evaluation, 3)];
    const ofX = parameters(evaluation, 1, x.dims.length, 1);
    const ofW = parameters(evaluation, 4, w.dims.length, weightAxis);
    const ofY = parameters(evaluation, 6, 0, 0);
    const minus = (q: NdArray, zero: NdArray): NdArray => broadcast([q, zero], (a, b) => a! - b!);
    const sums = multiply(minus(x, ofX.zero), minus(w, ofW.zero), evaluation);
    const outAxis = weightAxis === 0 ? 1 : sums.dims.length - 1;
    const scaleW = along(operand(evaluation, 4), outAxis, sums.dims.length);
    const real = broadcast([sums, scaleW, ofX.scale], (s, a, b) => s! * (a! * b!));
    return [quantised(real, ofY.scale, ofY.zero, ofY.given?.range ?? UINT8)];
  };

/** Integers without their zero points, multiplied. */
export const integerProduct =
  (multiply: (x: NdArray, w: NdArray, evaluation: Evaluation) => NdArray, weightAxis: number): Evaluate =>
  (evaluation) => {
    const [x, w] = [operand(evaluation, 0), operand(evaluation, 1)];
    const [zeroX, zeroW] = [evaluation.inputs[2], evaluation.inputs[3]];
    const minus = (q: NdArray, zero: NdArray | undefined, axis: number): NdArray =>
      zero === undefined ? q : broadcast([q, along(zero, axis, q.dims.length)], (a, b) => a! - b!);
    // Of the first factor there is one, or one per row.
    const product = multiply(minus(x, zeroX, -2), minus(w, zeroW, weightAxis), evaluation);
    return [{ ...product, isInteger: true }];
  };

const bipolar: Evaluate = (evaluation) => [
  broadcast([operand(evaluation, 0), operand(evaluation, 1)], (v, s) => (v! >= 0 ? s! : -s!)),
];

export const QUANTISERS: Readonly<Record<string, Evaluate>> = {
  ...{ Quant: quant, IntQuant: quant, BipolarQuant: bipolar, MultiThreshold: multiThreshold },
  ...{ QuantizeLinear: quantizeLinear, DequantizeLinear: dequantizeLinear },
};
