import { present } from '../../common/assert.js';
import { type Dataset } from '../../data/index.js';
import { observeValues } from '../../evaluation/float/observe.js';
import type { NetworkGraph, NodeId } from '../../ir/network/types.js';
import { addToHistogram, emptyHistogram, type Histogram } from './ranges.js';

/**
 * The distributions of some values of a float network over a data set, by layer.
 * @throws UserError for data that do not fit the network
 */
export function calibrate(
  graph: NetworkGraph,
  data: Dataset,
  values: readonly NodeId[],
): ReadonlyMap<NodeId, Histogram> {
  const wanted = new Set(values);
  const bounds = new Map<NodeId, readonly [number, number]>();
  observeValues(graph, data, wanted, (id, value) => {
    let [low, high] = bounds.get(id) ?? [Infinity, -Infinity];
    for (const x of value) {
      if (x < low) low = x;
      if (x > high) high = x;
    }
    bounds.set(id, [low, high]);
  });
  const histograms = new Map([...bounds].map(([id, [low, high]]) => [id, emptyHistogram(low, high)]));
  observeValues(graph, data, wanted, (id, value) => addToHistogram(present(histograms.get(id), 'histogram'), value));
  return histograms;
}
