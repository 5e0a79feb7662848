/** Distorted float networks on one data set and all cores: each chip's weights are drawn on the thread that runs it. */
import { type Distortion, distortWeights } from '../compiler/passes/distort-weights.js';
import type { NetworkGraph } from '../ir/network/types.js';
import { createVariantRunner, type FloatRunner } from '../evaluation/float/runner.js';
import type { LabelledImages } from '../evaluation/tasks/samples.js';

/** A simulated chip: what is drawn for it. */
export interface DistortedChip {
  readonly distortion: Distortion;
  readonly chipSeed: number;
}

/** Evaluates networks and, as variants, chips made of them; see FloatRunner. */
export type DistortionRunner = FloatRunner<DistortedChip>;

/** The weights of a chip. */
export const distortedNetwork = (network: NetworkGraph, { distortion, chipSeed }: DistortedChip): NetworkGraph =>
  distortWeights(network, distortion, chipSeed);

/** A runner with `workers` threads (1: the calling thread), to be closed. Results do not depend on their number. */
export function createDistortionRunner(data: LabelledImages, workers: number): DistortionRunner {
  return createVariantRunner(data, workers, {
    file: 'experiments/distortion-worker.js',
    derive: distortedNetwork,
  });
}
