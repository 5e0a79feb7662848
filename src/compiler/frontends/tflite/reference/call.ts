/** An operator of a file with its operands: what its evaluation sees. */
import { type NdArray, NotEvaluated } from '../../reference/arrays.js';
import type { FlatTable } from '../flatbuffer.js';
import type { Operator, Tensor } from '../model.js';
import { f32, roundAway } from './fixed-point.js';

/** Values are the numbers that are stored: integers of integer tensors; binary ones of Larq are words of 32 bits. */
export interface Call {
  readonly op: Operator;
  /** Tensors and values of the operands; absent ones are undefined. */
  readonly tensors: readonly (Tensor | undefined)[];
  readonly inputs: readonly (NdArray | undefined)[];
  readonly outputs: readonly (Tensor | undefined)[];
}

/** The results of an operator. */
export type Evaluate = (call: Call) => readonly NdArray[];

/** Value of operand i. @throws NotEvaluated where there is none */
export function operand({ inputs, op }: Call, i: number): NdArray {
  const found = inputs[i];
  if (found === undefined) throw new NotEvaluated(`${op.name} without operand ${i}`);
  return found;
}

/** Tensor of operand i. */
export function tensorOf({ tensors, op }: Call, i: number): Tensor {
  const found = tensors[i];
  if (found === undefined) throw new NotEvaluated(`${op.name} without operand ${i}`);
  return found;
}

/** Tensor of result k. */
export function resultOf({ outputs, op }: Call, k = 0): Tensor {
  const found = outputs[k];
  if (found === undefined) throw new NotEvaluated(`${op.name} without result ${k}`);
  return found;
}

/** Whole numbers of a small operand: a shape, axes. */
export const numbers = (call: Call, i: number): readonly number[] => [...operand(call, i).data];

/** A field of the options; `absent` without them. */
export const option = (
  { op }: Call,
  id: number,
  absent = 0,
  kind: 'int8' | 'uint8' | 'int32' | 'float32' = 'int8',
): number => {
  const table: FlatTable | undefined = op.options;
  return table === undefined ? absent : kind === 'float32' ? table.float32(id) : table[kind](id, absent);
};

/** Whether a tensor holds 8-bit integers: its operators compute with integers. */
export const isInteger = ({ type }: Tensor): boolean => type === 'int8' || type === 'uint8';

/** The scale of a tensor, or of channel c. */
export function scaleOf({ quantisation, name }: Tensor, c = 0): number {
  const scales = quantisation?.scale;
  const scale = scales?.[scales.length === 1 ? 0 : c];
  if (scale === undefined) throw new NotEvaluated(`"${name}" without a scale`);
  return scale;
}

/** What stands for 0 in a tensor, or in channel c. */
export function zeroOf({ quantisation }: Tensor, c = 0): number {
  const zeros = quantisation?.zeroPoint;
  return zeros?.[zeros.length === 1 ? 0 : c] ?? 0;
}

/** Real ranges of the activations that are clips, by number: none, ReLU, ReLU from -1 to 1, ReLU6. */
const RANGES: readonly (readonly [number, number])[] = [
  [-Infinity, Infinity],
  [0, Infinity],
  [-1, 1],
  [0, 6],
];

/** The range of an activation. @throws NotEvaluated for one that is no clip */
export function rangeOf(activation: number): readonly [number, number] {
  const range = RANGES[activation];
  if (range === undefined) throw new NotEvaluated(`activation ${activation}`);
  return range;
}

/** Clips stored numbers of a result to its type and its activation. */
export function clipped(output: Tensor, activation = 0): (q: number) => number {
  const [from, to] = rangeOf(activation);
  const at = (real: number): number => zeroOf(output) + roundAway(f32(real / scaleOf(output)));
  const low = Math.max(output.type === 'uint8' ? 0 : -128, from === -Infinity ? -Infinity : at(from));
  const high = Math.min(output.type === 'uint8' ? 255 : 127, to === Infinity ? Infinity : at(to));
  return (q) => Math.min(Math.max(q, low), high);
}

/** Real numbers of operand i: floats as they are, integers by their scales, as float32 (kernels/dequantize.cc). */
export function reals(call: Call, i: number): NdArray {
  const [x, tensor] = [operand(call, i), tensorOf(call, i)];
  if (tensor.type === 'float32' || tensor.type === 'float16') return x;
  const { quantisation } = tensor;
  if (quantisation === undefined) throw new NotEvaluated(`"${tensor.name}" without a scale`);
  const { axis, scale } = quantisation;
  const inner = x.dims.slice(axis + 1).reduce((a, b) => a * b, 1);
  const channel = (e: number): number => (scale.length === 1 ? 0 : Math.floor(e / inner) % x.dims[axis]!);
  const real = (q: number, c: number): number => f32(scaleOf(tensor, c) * (q - zeroOf(tensor, c)));
  return { dims: x.dims, data: x.data.map((q, e) => real(q, channel(e))) };
}
