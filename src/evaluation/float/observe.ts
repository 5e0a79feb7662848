import { assert, present } from '../../common/assert.js';
import { readerOf } from '../../ir/network/check-samples.js';
import { sizeOf } from '../../ir/network/shapes.js';
import type { NetworkGraph, NodeId } from '../../ir/network/types.js';
import { codedSamples } from '../coded-samples.js';
import { createInterpreter } from '../interpreter/network.js';
import { countSamples, type LabelledImages } from '../tasks/samples.js';
import { createFloatEngine } from './engine.js';

/** Sees the value of a layer for one sample, as long as the call lasts. */
export type ObserveValue = (id: NodeId, value: Float64Array) => void;

/**
 * Runs a verified network over a data set and shows the values of some layers, sample by sample, with the bits of the interpreter.
 * @throws UserError for data that do not fit the network
 */
export function observeValues(
  graph: NetworkGraph,
  data: LabelledImages,
  ids: ReadonlySet<NodeId>,
  observe: ObserveValue,
): void {
  const [input, code] = graph.nodes;
  assert(input?.kind === 'input' && code?.kind === 'encode', 'a network starts with its input');
  const nSamples = countSamples(readerOf(graph), data, undefined);
  const coded = codedSamples(code.code, data.images, sizeOf(input.shape), 0);
  const engine = createFloatEngine(graph, { observed: ids });
  if (engine === undefined) {
    const interpreter = createInterpreter(graph);
    for (let s = 0; s < nSamples; s++) {
      interpreter.reset();
      const values = interpreter.trace(coded(s));
      for (const id of ids) observe(id, present(values.get(id), 'value'));
    }
    return;
  }
  const scores = new Float64Array(engine.tile * engine.nClasses);
  for (let first = 0; first < nSamples; first += engine.tile) {
    const n = Math.min(engine.tile, nSamples - first);
    engine.run({ coded, first, n }, scores);
    for (let s = 0; s < n; s++) for (const id of ids) observe(id, engine.observed(id, s));
  }
}
