/** How far the integer form of a spiking network is from the real one: spikes of every layer of neurons, counted on the same frames. */
import type { NetworkGraph, NodeId } from '../../ir/network/types.js';
import { createSpikingEvaluator, type SpikingEvaluator } from './evaluator.js';

/** Counts of a layer over all samples; of a layer that gives its potential, nothing. */
export interface SpikeCounts {
  readonly layer: NodeId;
  readonly nNeurons: number;
  /** Spikes of all neurons. */
  readonly float: number;
  readonly integer: number;
  /** Mean and largest difference of a neuron's count in a sample. */
  readonly meanError: number;
  readonly largestError: number;
  /** Counts that are equal, of all neurons and samples. */
  readonly equal: number;
}

/** A comparison over samples. */
export interface SpikingComparison {
  readonly layers: readonly SpikeCounts[];
  readonly nSamples: number;
  /** Samples with the same class. */
  readonly sameClass: number;
}

/** Coded frames of a sample, one after the other. */
export type Frames = Iterable<ArrayLike<number>>;

/** A comparison sample by sample. */
export interface RunningComparison {
  /** Runs both forms on the frames of one sample more. */
  add(frames: Frames): void;
  /** What was counted so far. */
  result(): SpikingComparison;
}

/** Runs both forms of a network, whose neurons have the same names, on samples. */
export function compareSpiking(
  float: NetworkGraph,
  integer: NetworkGraph,
  samples: Iterable<Frames>,
): SpikingComparison {
  const comparison = startComparison(float, integer);
  for (const frames of samples) comparison.add(frames);
  return comparison.result();
}

/** The same for who wants to do something between the samples. */
export function startComparison(float: NetworkGraph, integer: NetworkGraph): RunningComparison {
  const forms = [createSpikingEvaluator(float), createSpikingEvaluator(integer)] as const;
  const layers = float.nodes.flatMap((node) =>
    node.kind === 'neuron' && node.spike !== undefined ? [startCounting(node.id)] : [],
  );
  let nSamples = 0;
  let sameClass = 0;
  return {
    add: (frames) => {
      for (const form of forms) form.reset();
      for (const frame of frames) for (const form of forms) form.step(frame);
      for (const layer of layers) count(layer, forms);
      if (forms[0].decide() === forms[1].decide()) sameClass++;
      nSamples++;
    },
    result: () => ({
      layers: layers.map(({ compared, sum, ...counts }) => ({
        ...counts,
        meanError: compared === 0 ? 0 : sum / compared,
      })),
      ...{ nSamples, sameClass },
    }),
  };
}

interface Counting {
  readonly layer: NodeId;
  nNeurons: number;
  float: number;
  integer: number;
  largestError: number;
  equal: number;
  compared: number;
  sum: number;
}

const startCounting = (layer: NodeId): Counting => ({
  ...{ layer, nNeurons: 0, float: 0, integer: 0, largestError: 0, equal: 0, compared: 0, sum: 0 },
});

function count(counting: Counting, [float, integer]: readonly [SpikingEvaluator, SpikingEvaluator]): void {
  const a = float.total(counting.layer) ?? new Float64Array(0);
  const b = integer.total(counting.layer) ?? new Float64Array(0);
  counting.nNeurons = a.length;
  for (let n = 0; n < a.length; n++) {
    const error = Math.abs(a[n]! - (b[n] ?? 0));
    counting.float += a[n]!;
    counting.integer += b[n] ?? 0;
    counting.largestError = Math.max(counting.largestError, error);
    counting.sum += error;
    if (error === 0) counting.equal++;
  }
  counting.compared += a.length;
}
