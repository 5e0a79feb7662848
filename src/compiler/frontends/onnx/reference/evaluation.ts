/**
 * Operators of ONNX with their inputs and attributes. This folder evaluates files by the definitions of their operators (onnx/docs/Operators.md,
 * qonnx/docs/qonnx-custom-ops). It shares the parser of files with the importer, and nothing of what the importer makes of operators.
 */
import { axisFrom, type NdArray, NotEvaluated } from '../../reference/arrays.js';
import type { OnnxNode } from '../model.js';

/** An operator with its inputs; absent ones are undefined. */
export interface Evaluation {
  readonly node: OnnxNode;
  readonly inputs: readonly (NdArray | undefined)[];
  readonly opset: number;
}

/** The results of an operator. */
export type Evaluate = (evaluation: Evaluation) => readonly NdArray[];

/** Input i. @throws NotEvaluated where there is none */
export function operand({ inputs, node }: Evaluation, i: number): NdArray {
  const found = inputs[i];
  if (found === undefined) throw new NotEvaluated(`${node.operator} without input ${i}`);
  return found;
}

export const int = ({ node }: Evaluation, name: string, otherwise: number): number =>
  node.attributes.get(name)?.int ?? otherwise;
export const float = ({ node }: Evaluation, name: string, otherwise: number): number =>
  node.attributes.get(name)?.float ?? otherwise;
export const text = ({ node }: Evaluation, name: string, otherwise: string): string =>
  node.attributes.get(name)?.text ?? otherwise;
export const ints = ({ node }: Evaluation, name: string): readonly number[] | undefined => {
  const found = node.attributes.get(name);
  return found === undefined ? undefined : found.ints;
};

/** A list that older operator sets have as an attribute, and newer ones as an input. */
export function list(evaluation: Evaluation, name: string, input: number): readonly number[] | undefined {
  const given = ints(evaluation, name);
  return given ?? (evaluation.inputs[input] === undefined ? undefined : [...operand(evaluation, input).data]);
}

/** Parameters of a quantiser, per tensor or along an axis: [n] as [1, n, 1, 1]. */
export function along(parameter: NdArray, axis: number, rank: number): NdArray {
  if (parameter.data.length === 1 || parameter.dims.length !== 1) return parameter;
  const dims = Array.from({ length: rank }, (_, a) => (a === axisFrom(axis, rank) ? parameter.data.length : 1));
  return { ...parameter, dims };
}
