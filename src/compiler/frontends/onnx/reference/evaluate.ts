/** Evaluates a file operator by operator. */
import { UserError } from '../../../../common/diagnostics.js';
import { constantOf } from '../call.js';
import { TENSOR_DOMAINS } from '../domains.js';
import type { OnnxModel, OnnxNode } from '../model.js';
import { Refusal } from '../values.js';
import type { NdArray } from '../../reference/arrays.js';
import { attempt } from '../../reference/attempt.js';
import { type Evaluate } from './evaluation.js';
import { ELEMENTWISE } from './elementwise.js';
import { QUANTISERS } from './quantisers.js';
import { arrayOf, SHAPES } from './shapes.js';
import { WINDOWS } from './windows.js';

const OPERATORS: Readonly<Record<string, Evaluate>> = { ...ELEMENTWISE, ...QUANTISERS, ...SHAPES, ...WINDOWS };

/** Values by name. What is not defined here is missing, and what depends on it. */
export type FileEvaluation = ReadonlyMap<string, NdArray>;

/** A file whose constants are read; those in other files are missing. */
export class OnnxEvaluator {
  readonly #model: OnnxModel;
  readonly #input: string;
  readonly #constants = new Map<string, NdArray>();
  readonly #nodes: OnnxNode[] = [];

  /** @param input the input that is no constant */
  constructor(model: OnnxModel, input: string) {
    this.#model = model;
    this.#input = input;
    for (const tensor of model.initialisers) {
      const found = attempt(() => arrayOf(constantOf(tensor, 'file')), UserError, Refusal);
      if (found !== undefined) this.#constants.set(tensor.name, found);
    }
    // What only constants lead to is computed once.
    for (const node of model.nodes) {
      if (node.inputs.every((name) => name === '' || this.#constants.has(name))) this.#run(node, this.#constants);
      else this.#nodes.push(node);
    }
  }

  /** The values that depend on the input. */
  evaluate(input: NdArray): FileEvaluation {
    const found = new Map<string, NdArray>([[this.#input, input]]);
    for (const node of this.#nodes) this.#run(node, found);
    return found;
  }

  #run(node: OnnxNode, into: Map<string, NdArray>): void {
    const evaluate = TENSOR_DOMAINS.includes(node.domain) ? OPERATORS[node.operator] : undefined;
    if (evaluate === undefined) return;
    const inputs = node.inputs.map((name) => into.get(name) ?? this.#constants.get(name));
    if (node.inputs.some((name, i) => name !== '' && inputs[i] === undefined)) return;
    const results = attempt(() => evaluate({ node, inputs, opset: this.#model.opset ?? 0 }), UserError, Refusal) ?? [];
    node.outputs.forEach((name, i) => {
      const result = results[i];
      if (name !== '' && result !== undefined) into.set(name, result);
    });
  }
}
