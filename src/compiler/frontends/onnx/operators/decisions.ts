/** What is done to class scores at the end: the host compares them, so that the operators that do not change which is largest are left out. */
import { axisOf, elements, refuse, type Tensor } from '../values.js';
import { type Context, type Importer, type Importers, networkValue } from './context.js';

/** One decision over all elements that follow `axis` (or along it): more than one are refused. */
function decided(context: Context, inputs: readonly (Tensor | undefined)[], axis: number, isFlat: boolean): Tensor {
  const given = inputs[0];
  // Softmax in front of ArgMax: one decision.
  const of = given?.kind === 'decision' ? given.of : networkValue(inputs);
  const rank = of.dims.length;
  const at = axisOf(axis, rank);
  const among = isFlat ? elements(of.dims.slice(at)) : (of.dims[at] ?? 1);
  const total = elements(of.dims);
  if (among !== total) {
    return refuse(
      `it decides ${total / among} times, among ${among} of ${total} elements each`,
      'a network has one decision: export it with one vector of class scores, or without this operator',
    );
  }
  context.note('left to the host, which takes the largest score', 'dropped');
  return { kind: 'decision', of: context.network.plain(of) };
}

const softmax: Importer = (context, inputs) => {
  const isOld = context.opset < 13;
  return [decided(context, inputs, context.int('axis', isOld ? 1 : -1), isOld)];
};

const argMax: Importer = (context, inputs) => {
  if (context.int('select_last_index', 0) === 1) {
    context.warn('ties', 'it takes the last of equal scores, the host takes the first', 'leave select_last_index out');
  }
  return [decided(context, inputs, context.int('axis', 0), false)];
};

const topK: Importer = (context, inputs) => {
  if (context.int('largest', 1) !== 1) refuse('it takes the smallest scores', 'negate the scores, or take the largest');
  const decision = decided(context, inputs, context.int('axis', -1), false);
  return [decision, decision];
};

export const DECISION_OPERATORS: Importers = {
  Softmax: softmax,
  LogSoftmax: softmax,
  Hardmax: softmax,
  ArgMax: argMax,
  TopK: topK,
};
