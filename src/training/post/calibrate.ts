import { assert, present } from '../../common/assert.js';
import { type Dataset } from '../../data/index.js';
import type { NetworkGraph, NodeId } from '../../ir/network/types.js';
import { makeBatch } from '../batches.js';
import { createEvaluator, type Visit } from '../evaluator.js';
import { addToHistogram, emptyHistogram, type Histogram } from './ranges.js';

/** Images per step. */
const BATCH = 250;

/** The distributions of some values of a float network over a data set, by layer. */
export function calibrate(
  graph: NetworkGraph,
  data: Dataset,
  values: readonly NodeId[],
): ReadonlyMap<NodeId, Histogram> {
  const wanted = new Set(values);
  const bounds = new Map<NodeId, readonly [number, number]>();
  forEachBatch(graph, data, (id, batch) => {
    if (!wanted.has(id)) return;
    let [low, high] = bounds.get(id) ?? [Infinity, -Infinity];
    for (const value of batch) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
    bounds.set(id, [low, high]);
  });
  const histograms = new Map([...bounds].map(([id, [low, high]]) => [id, emptyHistogram(low, high)]));
  forEachBatch(graph, data, (id, batch) => {
    if (wanted.has(id)) addToHistogram(present(histograms.get(id), 'histogram'), batch);
  });
  return histograms;
}

function forEachBatch(graph: NetworkGraph, data: Dataset, visit: Visit): void {
  const evaluator = createEvaluator(graph);
  const code = graph.nodes[1];
  assert(code?.kind === 'encode', 'the second node is the input code');
  for (let first = 0; first < data.labels.length; first += BATCH) {
    const n = Math.min(BATCH, data.labels.length - first);
    const indices = Int32Array.from({ length: n }, (_, i) => first + i);
    evaluator.run(makeBatch(data, indices, code.code).coded, visit);
  }
}
