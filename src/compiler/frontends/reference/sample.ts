/** What the evaluation of a file hands over. */
import type { NodeId } from '../../../ir/network/types.js';
import type { FileSample } from '../frontend.js';

/** The values of layers, with the class scores as those of the last layer, and the class: that of the largest score, ties to the lowest. */
export function sampleOf(
  layers: ReadonlyMap<NodeId, Float64Array>,
  output: NodeId,
  scores: Float64Array,
): Required<FileSample> {
  return {
    layers: new Map([...layers, [output, scores]]),
    decision: scores.reduce((best, v, k) => (v > scores[best]! ? k : best), 0),
  };
}
