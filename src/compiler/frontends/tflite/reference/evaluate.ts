/** Evaluates a file operator by operator. */
import type { NdArray } from '../../reference/arrays.js';
import { attempt } from '../../reference/attempt.js';
import { elementsOf } from '../elements.js';
import { type Operator, tensorAt, type TfliteModel } from '../model.js';
import { Refusal } from '../refusal.js';
import type { Evaluate } from './call.js';
import { ELEMENTWISE } from './elementwise.js';
import { LARQ } from './larq.js';
import { SHAPES } from './shapes.js';
import { WINDOWS } from './windows.js';

const OPERATORS: Readonly<Record<string, Evaluate>> = { ...ELEMENTWISE, ...SHAPES, ...WINDOWS };

/** Stored numbers by tensor. What is not defined here is missing, and what depends on it. */
export type FileEvaluation = ReadonlyMap<number, NdArray>;

/** A file whose constants are read when they are asked for first. */
export class TfliteEvaluator {
  readonly #model: TfliteModel;
  readonly #constants = new Map<number, NdArray | undefined>();
  readonly #operators: readonly Operator[];

  /** @param operators those that are evaluated; all of the file without them */
  constructor(model: TfliteModel, operators = model.operators) {
    this.#model = model;
    // What only constants lead to is computed once.
    const left: Operator[] = [];
    for (const op of operators) {
      const isConstant = op.inputs.every((i) => i < 0 || this.#constant(i) !== undefined);
      if (isConstant && op.inputs.length > 0) this.#run(op, this.#constants);
      else left.push(op);
    }
    this.#operators = left;
  }

  /** The values that depend on the inputs, whose values are given by tensor. */
  evaluate(inputs: FileEvaluation): FileEvaluation {
    const found = new Map(inputs);
    for (const op of this.#operators) this.#run(op, found);
    return found;
  }

  #constant(index: number): NdArray | undefined {
    if (this.#constants.has(index)) return this.#constants.get(index);
    const tensor = tensorAt(this.#model, index);
    const { data, shape: dims } = tensor;
    const found =
      data === undefined || tensor.isSparse
        ? undefined
        : attempt((): NdArray => ({ dims, data: elementsOf({ ...tensor, data }) }), Refusal);
    this.#constants.set(index, found);
    return found;
  }

  #run(op: Operator, into: Map<number, NdArray | undefined>): void {
    const table = op.isCustom ? LARQ : OPERATORS;
    const evaluate = Object.hasOwn(table, op.name) ? table[op.name] : undefined;
    if (evaluate === undefined) return;
    const inputs = op.inputs.map((i) => (i < 0 ? undefined : (into.get(i) ?? this.#constant(i))));
    const tensor = (i: number) => (i < 0 ? undefined : this.#model.tensors[i]);
    const [tensors, outputs] = [op.inputs.map(tensor), op.outputs.map(tensor)];
    const results = attempt(() => evaluate({ op, inputs, tensors, outputs }), Refusal) ?? [];
    op.outputs.forEach((index, k) => {
      const result = results[k];
      if (index >= 0 && result !== undefined) into.set(index, result);
    });
  }
}
