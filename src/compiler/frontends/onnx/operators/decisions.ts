/** What is done to class scores at the end: the host compares them, so that the operators that do not change which is largest are left out. */
import { axisOf, elements, refuse, type Tensor } from '../values.js';
import { type Context, type Importer, type Importers, networkValue } from './context.js';

/**
 * A decision over all elements that follow `axis` (or along it). Where that leaves several, the scores of all of them are those of the network, in the
 * order of the file, and a warning says that the class which runs compare is not theirs.
 */
function decided(context: Context, inputs: readonly (Tensor | undefined)[], axis: number, isFlat: boolean): Tensor {
  const given = inputs[0];
  // Softmax in front of ArgMax: one decision.
  const of = given?.kind === 'decision' ? given.of : networkValue(inputs);
  const rank = of.dims.length;
  const at = axisOf(axis, rank);
  const among = isFlat ? elements(of.dims.slice(at)) : (of.dims[at] ?? 1);
  const total = elements(of.dims);
  if (among !== total) {
    context.warn(
      'several-decisions',
      `it decides ${total / among} times, among ${among} of ${total} scores each; runs take the largest of all scores for the class`,
      'compare the scores, not the class; or export the network with one vector of class scores',
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
