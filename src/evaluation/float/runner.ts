/** Evaluates float networks, and networks of either dialect, on one data set and all cores, with the bits of the interpreter. */
import { isShared, sharedBuffer } from '../../common/shared-memory.js';
import { throwIfErrors } from '../../common/diagnostics.js';
import { present } from '../../common/assert.js';
import { readerOf } from '../../ir/network/check-samples.js';
import { decide } from '../../ir/network/readout.js';

import type { NetworkGraph } from '../../ir/network/types.js';
import { checkPreprocessed, type NetworkEvaluation } from '../interpreter/evaluate.js';
import { type Derive, type FloatSetup, type FloatTask, type FloatTaskResult, floatRuns } from './task.js';
import { countOf, createPool, type Workers } from '../tasks/pool.js';
import { taskHost } from '../tasks/run-engine.js';
import { type DataSetOptions, runSamples } from '../tasks/run-samples.js';
import { badSeeds, countSamples, type LabelledImages } from '../tasks/samples.js';
import { sharedBytes } from '../tasks/shared.js';

/** How to evaluate. */
export interface FloatEvaluationOptions<Variant = never> extends DataSetOptions {
  /** Only the first `limit` samples. */
  readonly limit?: number;
  /** Draws of Bernoulli inputs. A safe integer >= 0. */
  readonly seed: number;
  /** What the worker makes of the network first, see {@link FloatWorker}. */
  readonly variant?: Variant;
  /** Runs the interpreter itself on all cores; the bits are the same. */
  readonly interpreter?: boolean;
}

/** How many samples are decided for their label. */
export interface CorrectSamples {
  readonly correct: number;
  readonly nSamples: number;
}

/** Evaluates networks on one data set. Any number of calls may be under way: they share the threads in the order of the calls. */
export interface FloatRunner<Variant = never> {
  /** Counts correct decisions; rejects with a UserError for data that do not fit the network. */
  correctOf(network: NetworkGraph, options: FloatEvaluationOptions<Variant>): Promise<CorrectSamples>;
  /** All class scores and decisions, bit for bit those of evaluateNetwork. */
  evaluate(network: NetworkGraph, options: FloatEvaluationOptions): Promise<NetworkEvaluation>;
  /** Ends the workers. */
  close(): Promise<void>;
}

/** Workers that make variants of networks on their threads. */
export interface FloatWorker<Variant> {
  /** File of the worker, relative to src: its tasks are answered by floatRuns of `derive`. */
  readonly file: string;
  /** A pure function of network and variant. */
  readonly derive: Derive<Variant>;
}

/** Most samples of a task. */
const TASK_SAMPLES = 2048;
/** Least samples of a task: fewer are not worth making the network ready on another thread. */
const LEAST_SAMPLES = 128;
/** Samples of a task on the calling thread, which looks at the signal in between. */
const LOCAL_SAMPLES = 256;

/** File of the worker of networks as they are, relative to src. */
export const NETWORK_WORKER = 'evaluation/float/worker.js';

const PLAIN: FloatWorker<never> = { file: NETWORK_WORKER, derive: (network) => network };

/** A runner on its threads (1: the calling thread) or those of others. The data set is shared once. */
export function createFloatRunner(data: LabelledImages, workers: Workers): FloatRunner {
  return createVariantRunner(data, workers, PLAIN);
}

/** A runner whose threads make variants of networks, so that making them is spread over the cores too. */
export function createVariantRunner<Variant>(
  data: LabelledImages,
  workers: Workers,
  { file, derive }: FloatWorker<Variant>,
): FloatRunner<Variant> {
  const nWorkers = countOf(workers);
  const setup: FloatSetup = { images: sharedBytes(data.images), labels: sharedBytes(data.labels) };
  const local = (): ((task: FloatTask<Variant>) => FloatTaskResult) => taskHost(() => floatRuns(setup, derive));
  const pool = createPool<FloatTask<Variant>, FloatTaskResult>({ workers, file, setup, local });
  let keys = 0;
  const sharedNetworks = new WeakMap<NetworkGraph, NetworkGraph>();
  const run = async (
    network: NetworkGraph,
    options: FloatEvaluationOptions<Variant>,
    scoresFor: (nSamples: number) => Float64Array | undefined,
  ): Promise<CorrectSamples> => {
    const { seed, signal, onProgress, variant, interpreter = false } = options;
    throwIfErrors(badSeeds({ seed }));
    checkPreprocessed(network, data);
    const nSamples = countSamples(readerOf(network), data, options.limit);
    const key = keys++;
    const scores = scoresFor(nSamples);
    const shared = sharedNetworks.get(network) ?? shareNetwork(network);
    sharedNetworks.set(network, shared);
    let correct = 0;
    await runSamples<FloatTask<Variant>, number>({
      ...{ nSamples, pool, signal, onProgress },
      // A variant is made once: its samples stay on one thread. Others are spread over the threads.
      samplesPerTask:
        nWorkers === 1
          ? network.time === undefined
            ? LOCAL_SAMPLES
            : 1
          : variant === undefined
            ? Math.min(TASK_SAMPLES, Math.max(leastSamples(network), Math.ceil(nSamples / (4 * nWorkers))))
            : nSamples,
      taskOf: (part) => ({ ...part, key, network: shared, seed, interpreter, variant, scores }),
      add: (found) => {
        correct += found;
      },
    });
    return { correct, nSamples };
  };
  return {
    correctOf: (network, options) => run(network, options, () => undefined),
    evaluate: async (network, options) => {
      const last = present(network.nodes.at(-1), 'output layer');
      const { nClasses } = readerOf(network);
      let scores: Float64Array = new Float64Array(0);
      const { correct, nSamples } = await run(network, options, (n) => {
        scores = new Float64Array(sharedBuffer(8 * n * nClasses));
        return scores;
      });
      const readout = last.kind === 'scores' ? last : {};
      const predictions = Uint16Array.from({ length: nSamples }, (_, s) =>
        decide(scores.subarray(s * nClasses, (s + 1) * nClasses), readout),
      );
      return { scores, predictions, correct, nSamples };
    },
    close: () => pool.close(),
  };
}

/** A sample of a network with time is many frames: few of them are worth a task. */
const leastSamples = ({ time }: NetworkGraph): number => (time === undefined ? LEAST_SAMPLES : 1);

/** The network with the weights of its large layers in shared memory, so that tasks do not copy them. */
function shareNetwork(network: NetworkGraph): NetworkGraph {
  const nodes = network.nodes.map((node) =>
    node.kind === 'dense' || node.kind === 'conv2d' ? { ...node, weights: sharedWeights(node.weights) } : node,
  );
  return { ...network, nodes };
}

function sharedWeights(weights: Int8Array | Float32Array): Int8Array | Float32Array {
  if (isShared(weights.buffer)) return weights;
  const buffer = sharedBuffer(weights.byteLength);
  const copy = weights instanceof Int8Array ? new Int8Array(buffer) : new Float32Array(buffer);
  copy.set(weights);
  return copy;
}
