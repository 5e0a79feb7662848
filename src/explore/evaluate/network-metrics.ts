/**
 * Measures of a network by itself, as NeuroBench names them: Yik et al., "The NeuroBench framework for benchmarking neuromorphic computing
 * algorithms and systems", Nature Communications 16:1545 (2025). Of the integer network that chips compute.
 *
 *   footprint              bits of weights, constants and the values that are held at one time
 *   connectionSparsity     weights that are 0, of all
 *   activationSparsity     values that layers hand on and that are 0, of all
 *   denseOperations        multiply-accumulates, zeros included
 *   effectiveOperations    those of a weight and a value that are both not 0
 *   membraneUpdates        neurons of the network that keep a potential, each updated once per step
 */
import { present } from '../../common/assert.js';
import { observeValues } from '../../evaluation/float/observe.js';
import type { LabelledImages } from '../../evaluation/tasks/samples.js';
import { networkFootprint } from '../../ir/network/footprint.js';
import { linearRows } from '../../ir/network/linear.js';
import { inferShapes, sizeOf } from '../../ir/network/shapes.js';
import type { NetworkGraph, NetworkNode, NodeId } from '../../ir/network/types.js';
import type { Metrics } from '../metrics.js';

/** Images that show how many values are 0. */
export const SPARSITY_IMAGES = 100;
/** Layers with more multiply-accumulates are not expanded: effective operations are not told then. */
const MOST_EXPANDED = 1 << 25;

/** The measures; those of values over the first {@link SPARSITY_IMAGES} images. */
export function networkMetrics(integer: NetworkGraph, data: LabelledImages): Metrics {
  const { weights, constants, values, macs, layers } = networkFootprint(integer);
  const shapes = inferShapes(integer);
  const linear = integer.nodes.filter(isLinear);
  // A sequence has a value per step: which ones would be another measure.
  const isLarge = integer.time !== undefined || layers.some((layer) => layer.macs > MOST_EXPANDED);
  /** By the value that layers read: how many weights that are not 0 each of its elements meets. */
  const met = new Map<NodeId, Float64Array>();
  if (!isLarge) {
    for (const node of linear) {
      const input = present(shapes.get(node.input), 'shape');
      const counts = met.get(node.input) ?? new Float64Array(sizeOf(input));
      for (const column of linearRows(node, input).column) counts[column]!++;
      met.set(node.input, counts);
    }
  }
  const read = new Set(linear.map(({ input }) => input));
  let [zeros, seen, effective, samples] = [0, 0, 0, 0];
  const some = firstImages(data, SPARSITY_IMAGES);
  const first = [...read][0];
  const observe = (id: NodeId, value: Float64Array): void => {
    if (id === first) samples++;
    const counts = met.get(id);
    for (let i = 0; i < value.length; i++) {
      if (value[i] === 0) zeros++;
      else if (counts !== undefined) effective += counts[i]!;
    }
    seen += value.length;
  };
  if (integer.time === undefined) observeValues(integer, some, read, observe);
  return {
    footprint: weights.bits + constants.bits + values.most,
    ...(weights.count === 0 ? {} : { connectionSparsity: weights.zeros / weights.count }),
    ...(seen === 0 ? {} : { activationSparsity: zeros / seen }),
    denseOperations: macs,
    ...(isLarge || samples === 0 ? {} : { effectiveOperations: effective / samples }),
    membraneUpdates: neuronsOf(integer, shapes),
  };
}

const isLinear = (node: NetworkNode): node is Extract<NetworkNode, { kind: 'dense' | 'conv2d' | 'blockDense' }> =>
  node.kind === 'dense' || node.kind === 'conv2d' || node.kind === 'blockDense';

function neuronsOf(graph: NetworkGraph, shapes: ReadonlyMap<NodeId, readonly number[]>): number {
  const kept = graph.nodes.filter(({ kind }) => kind === 'integerNeuron');
  return kept.reduce((sum, { id }) => sum + sizeOf(present(shapes.get(id), 'shape')), 0);
}

function firstImages(data: LabelledImages, n: number): LabelledImages {
  const size = sizeOf(data.shape);
  const most = Math.min(n, data.labels.length);
  return { ...data, images: data.images.subarray(0, most * size), labels: data.labels.subarray(0, most) };
}
