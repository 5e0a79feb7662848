/** What of a graph is lowered: from which input, to which output, which operators the host does instead, which nobody needs. */
import { errorAt, type Diagnostic } from '../../../common/diagnostics.js';
import { nearest } from '../../../common/nearest.js';
import type { ImportOptions } from '../frontend.js';
import { type Operator, type Tensor, tensorAt, type TfliteModel } from './model.js';

/** Decisions on class scores, and what leaves their order: the host's. */
export const DECISIONS: readonly string[] = ['SOFTMAX', 'LOG_SOFTMAX', 'ARG_MAX', 'DEQUANTIZE'];
/** Left out behind the scores together with a decision that they follow. */
const AFTER_DECISIONS = ['QUANTIZE', 'RESHAPE', 'SQUEEZE', 'EXPAND_DIMS'];
/** Operators whose first operand alone is data; the others may be shapes that are computed. */
const SHAPED = ['RESHAPE', 'SQUEEZE', 'EXPAND_DIMS', 'RESIZE_NEAREST_NEIGHBOR'];

export interface Plan {
  /** As it was read. */
  readonly file: TfliteModel;
  /** With constants in place of what only computes them. */
  readonly model: TfliteModel;
  /** What the bytes of an image become first: the input, or the integers it is quantised to. */
  readonly input: Tensor;
  /** QUANTIZE operators that the input code does. */
  readonly quantisers: ReadonlySet<number>;
  /** Class scores: what is left before the host decides. */
  readonly output: Tensor;
  readonly isInteger: boolean;
  /** Operators to lower, in order. */
  readonly operators: readonly Operator[];
  /** Operators that are left out, with the reason. */
  readonly dropped: ReadonlyMap<number, string>;
}

/** Plans a model; findings where an option has to choose. */
export function planModel(
  file: TfliteModel,
  options: ImportOptions,
): { readonly plan?: Plan; readonly diagnostics: readonly Diagnostic[] } {
  const found: Diagnostic[] = [];
  const { model, folded } = withoutConstantOperators(file);
  const computed = model.inputs.filter((i) => i >= 0 && tensorAt(model, i).data === undefined);
  const input = choose(model, computed, { name: options.inputName, option: '--input-name', what: 'input' }, found);
  const output = choose(
    model,
    model.outputs,
    { name: options.outputName, option: '--output-name', what: 'output' },
    found,
  );
  if (input === undefined || output === undefined) return { diagnostics: found };
  const producers = new Map<number, Operator>();
  for (const op of model.operators)
    for (const tensor of op.outputs) if (!folded.has(op.index)) producers.set(tensor, op);
  const dropped = new Map<number, string>(Array.from(folded, (index) => [index, 'a constant']));
  const scores = withoutDecisions(model, output, producers, dropped);
  const operators = neededFor(model, scores.index, producers);
  const readers = operators.filter((op) => op.inputs.includes(input.index));
  const quantisers = readers.filter(({ name }) => name === 'QUANTIZE');
  const isQuantised = input.type === 'float32' && quantisers.length > 0 && quantisers.length === readers.length;
  for (const op of isQuantised ? quantisers : []) dropped.set(op.index, 'the input code quantises');
  const quantised = isQuantised ? tensorAt(model, quantisers[0]?.outputs[0] ?? input.index) : input;
  const needed = new Set(operators.map(({ index }) => index));
  for (const { index } of model.operators) {
    if (!needed.has(index) && !dropped.has(index)) dropped.set(index, 'nothing that leads to the output reads it');
  }
  if (!['float32', 'int8', 'uint8'].includes(quantised.type)) {
    const remedy = 'export the model with an input of float32, int8 or uint8';
    found.push(
      errorAt('unsupported-input', model.place, `its input "${input.name}" is of type ${quantised.type}`, remedy),
    );
  }
  if (model.otherGraphs > 0 && operators.some(({ name }) => ['IF', 'WHILE', 'CALL', 'CALL_ONCE'].includes(name))) {
    const message = `it has ${model.otherGraphs} graphs besides its first, which control flow calls`;
    found.push(errorAt('control-flow', model.place, message, 'export the model without control flow'));
  }
  return {
    plan: {
      ...{ file, model, input: quantised, output: scores, isInteger: quantised.type !== 'float32', dropped },
      quantisers: new Set(isQuantised ? quantisers.map(({ index }) => index) : []),
      operators: operators.filter((op) => !dropped.has(op.index)),
    },
    diagnostics: found,
  };
}

/** DEQUANTIZE of a constant is the constant: whoever reads it finds its numbers and its scale. */
function withoutConstantOperators(model: TfliteModel): {
  readonly model: TfliteModel;
  readonly folded: ReadonlySet<number>;
} {
  const tensors = model.tensors.slice();
  const folded = new Set<number>();
  for (const op of model.operators) {
    const [from = -1, to = -1] = [op.inputs[0], op.outputs[0]];
    const constant = tensors[from];
    const result = tensors[to];
    if (op.name !== 'DEQUANTIZE' || constant?.data === undefined || result === undefined) continue;
    folded.add(op.index);
    tensors[to] = { ...constant, index: result.index, name: result.name };
  }
  return { model: { ...model, tensors }, folded };
}

function choose(
  model: TfliteModel,
  indices: readonly number[],
  { name, option, what }: { readonly name: string | undefined; readonly option: string; readonly what: string },
  found: Diagnostic[],
): Tensor | undefined {
  const tensors = [...new Set(indices)].filter((i) => i >= 0).map((i) => tensorAt(model, i));
  const listed = tensors
    .slice(0, 10)
    .map((tensor) => `"${tensor.name}"`)
    .join(', ');
  if (name !== undefined) {
    const chosen = tensors.find((tensor) => tensor.name === name);
    if (chosen !== undefined) return chosen;
    const hint = nearest(
      name,
      tensors.map((tensor) => tensor.name),
    );
    const message = `it has no ${what} "${name}"${hint === undefined ? '' : `; did you mean "${hint}"?`}`;
    found.push(errorAt(`unknown-${what}`, model.place, message, `choose one of ${listed}`));
    return undefined;
  }
  const [only] = tensors;
  if (only !== undefined && tensors.length === 1) return only;
  const message = tensors.length === 0 ? `it has no ${what}` : `it has ${tensors.length} ${what}s: ${listed}`;
  const remedy = tensors.length === 0 ? 'export the model again' : `choose one with ${option} NAME`;
  found.push(errorAt(tensors.length === 0 ? `missing-${what}` : `several-${what}s`, model.place, message, remedy));
  return undefined;
}

/** The tensor behind which only decisions follow. */
function withoutDecisions(
  model: TfliteModel,
  output: Tensor,
  producers: ReadonlyMap<number, Operator>,
  dropped: Map<number, string>,
): Tensor {
  let end = output;
  let kept = output;
  const waiting: number[] = [];
  // Every operator once: a file may go round in circles.
  for (let n = 0; n <= model.operators.length; n++) {
    const op = producers.get(end.index);
    const from = op?.inputs[0] ?? -1;
    if (op === undefined || op.isCustom || from < 0) break;
    if (DECISIONS.includes(op.name)) {
      for (const index of [...waiting, op.index]) dropped.set(index, 'the decision is left to the host');
      waiting.length = 0;
      end = tensorAt(model, from);
      kept = end;
    } else if (AFTER_DECISIONS.includes(op.name)) {
      waiting.push(op.index);
      end = tensorAt(model, from);
    } else break;
  }
  return kept;
}

/** Operators that lead to a tensor, in the order of the file. */
function neededFor(model: TfliteModel, tensor: number, producers: ReadonlyMap<number, Operator>): readonly Operator[] {
  const needed = new Set<number>();
  const open = [tensor];
  for (let t = open.pop(); t !== undefined; t = open.pop()) {
    const op = producers.get(t);
    if (op === undefined || needed.has(op.index)) continue;
    needed.add(op.index);
    const data = SHAPED.includes(op.name)
      ? op.inputs.slice(0, 1)
      : op.name === 'TRANSPOSE_CONV'
        ? op.inputs.slice(1)
        : op.inputs;
    open.push(...data.filter((i) => i >= 0));
  }
  return model.operators.filter(({ index }) => needed.has(index));
}
