import { present } from '../../common/assert.js';
import type { FloatRunner } from '../../evaluation/float/runner.js';
import type { DataSetOptions } from '../../evaluation/tasks/run-samples.js';
import { readoutValue } from '../../ir/network/readout.js';
import type { NetworkGraph } from '../../ir/network/types.js';
import { crossEntropy } from '../loss.js';
import type { Quality } from './search.js';

/**
 * Accuracy and loss of a network on the data set of `runner`, whose labels are `labels`: what the interpreter decides, bit for bit.
 * Rejects with the signal's reason when aborted, with a UserError for data that do not fit the network.
 */
export async function measureQuality(
  runner: FloatRunner,
  labels: Uint8Array,
  graph: NetworkGraph,
  options: DataSetOptions = {},
): Promise<Quality> {
  const { scores, correct, nSamples } = await runner.evaluate(graph, { ...options, seed: 0 });
  const nClasses = scores.length / nSamples;
  const output = present(graph.nodes.at(-1), 'output');
  const readout = output.kind === 'scores' ? output : {};
  // Scores as the decision compares them.
  const compared = Float32Array.from(scores, (score, i) => readoutValue(readout, score, i % nClasses));
  const layout = { nFeatures: nClasses, nClasses };
  return { accuracy: correct / nSamples, loss: crossEntropy(compared, labels.subarray(0, nSamples), layout, 1).loss };
}
