import { setImmediate } from 'node:timers/promises';
import { assert, present } from '../../common/assert.js';
import type { Dataset } from '../../data/index.js';
import { readoutValue } from '../../ir/network/readout.js';
import type { NetworkGraph } from '../../ir/network/types.js';
import { backendName } from '../backend.js';
import { makeBatch } from '../batches.js';
import { createEvaluator } from '../evaluator.js';
import { countCorrect, crossEntropy } from '../loss.js';
import type { Quality } from './search.js';

/** Images per step. */
const BATCH = 250;

/** What {@link measureQuality} reports to and stops at. */
export interface QualityOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Accuracy and loss of a float network on a data set. Integer weights: bit for bit what the interpreter decides. Rejects with
 * the signal's reason when aborted.
 */
export async function measureQuality(
  graph: NetworkGraph,
  data: Dataset,
  { signal, onProgress }: QualityOptions = {},
): Promise<Quality> {
  await backendName();
  const evaluator = createEvaluator(graph);
  const code = graph.nodes[1];
  assert(code?.kind === 'encode', 'the second node is the input code');
  const total = data.labels.length;
  let nCorrect = 0;
  let lossSum = 0;
  for (let first = 0; first < total; first += BATCH) {
    signal?.throwIfAborted();
    const n = Math.min(BATCH, total - first);
    const indices = Int32Array.from({ length: n }, (_, i) => first + i);
    const { coded, labels } = makeBatch(data, indices, code.code);
    const features = decided(graph, evaluator.run(coded));
    const layout = { nFeatures: features.length / n, nClasses: data.nClasses };
    nCorrect += countCorrect(features, labels, layout);
    lossSum += n * crossEntropy(new Float32Array(features), labels, layout, 1).loss;
    onProgress?.(first + n, total);
    // Lets signals and timers of the caller run.
    await setImmediate();
  }
  return { accuracy: nCorrect / total, loss: lossSum / total };
}

/** Scores as the output layer compares them. */
function decided(graph: NetworkGraph, features: Float64Array): Float64Array {
  const output = present(graph.nodes.at(-1), 'output');
  if (output.kind !== 'scores' || (output.scale === undefined && output.offset === undefined)) return features;
  const n = output.scale?.length ?? output.offset?.length ?? 1;
  return features.map((score, i) => readoutValue(output, score, i % n));
}
