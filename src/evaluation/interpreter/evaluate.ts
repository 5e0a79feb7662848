import { platform } from '#platform';
import { sizeOf } from '../../ir/network/shapes.js';
import type { Transform } from '../../ir/network/preprocess.js';
import type { NetworkGraph } from '../../ir/network/types.js';
import { present } from '../../common/assert.js';
import { fail } from '../../common/diagnostics.js';
import { codedBuffer, encodeCounts } from '../../ir/network/input-code.js';
import { createInterpreter } from './network.js';

/** 8-bit samples with labels. */
interface Samples {
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
  /** What was done to the images, where a network asks for it. */
  readonly transforms?: readonly Transform[];
}

/** What a network computes on a data set. */
export interface NetworkEvaluation {
  /** [nSamples, nClasses] class scores. */
  readonly scores: Float64Array;
  /** [nSamples] decided class. */
  readonly predictions: Uint16Array;
  readonly correct: number;
  readonly nSamples: number;
}

/** Options of an evaluation; `seed` is that of Bernoulli input codes. */
export interface EvaluateOptions {
  readonly limit?: number;
  readonly seed: number;
  readonly signal?: AbortSignal;
}

/** @throws UserError when the network has preprocessing and the images had none. */
export function checkPreprocessed(graph: NetworkGraph, data: Pick<Samples, 'transforms'>): void {
  if (graph.preprocessing === undefined || data.transforms !== undefined) return;
  const message = 'its images need the preprocessing of the network, and had none';
  fail('not-preprocessed', `network "${graph.name}"`, message, 'pass applyTransforms(network.preprocessing, data)');
}

/** Samples between two looks at the signal. */
const SLICE = 200;

/**
 * Runs a network of either dialect with the interpreter. Rejects with the signal's reason when aborted.
 * @throws UserError when the network has preprocessing and the images had none.
 */
export async function evaluateNetwork(
  graph: NetworkGraph,
  data: Samples,
  options: EvaluateOptions,
): Promise<NetworkEvaluation> {
  const input = present(graph.nodes[0], 'input');
  const code = present(graph.nodes[1], 'input code');
  if (input.kind !== 'input' || code.kind !== 'encode')
    throw new Error('internal error: a network starts with its input');
  checkPreprocessed(graph, data);
  const nPixels = sizeOf(input.shape);
  const nSamples = Math.min(options.limit ?? Infinity, data.labels.length);
  const interpreter = createInterpreter(graph);
  const counts = codedBuffer(code.code, nPixels);
  const scores = new Float64Array(nSamples * interpreter.nClasses);
  const predictions = new Uint16Array(nSamples);
  let correct = 0;
  for (let s = 0; s < nSamples; s++) {
    if (s % SLICE === 0) {
      await platform.nextTurn();
      options.signal?.throwIfAborted();
    }
    encodeCounts(code.code, data.images.subarray(s * nPixels, (s + 1) * nPixels), s, options.seed, counts);
    // Every sample is a sequence of its own.
    interpreter.reset();
    const found = interpreter.run(counts);
    scores.set(found, s * interpreter.nClasses);
    predictions[s] = interpreter.decide(found);
    if (predictions[s] === data.labels[s]) correct++;
  }
  return { scores, predictions, correct, nSamples };
}
