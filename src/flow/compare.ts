/** What a run of either chip is compared with: the integer network, the float network and the labels. */
import { present } from '../common/assert.js';
import { fail } from '../common/diagnostics.js';
import { bitsToText } from '../common/bit-text.js';
import { wilsonInterval } from '../common/statistics.js';
import { decide } from '../ir/network/readout.js';
import { type ChipProgram, programReader } from '../ir/program/chip-program.js';
import type { NetworkEvaluation } from '../evaluation/interpreter/evaluate.js';
import { createFloatRunner, NETWORK_WORKER } from '../evaluation/float/runner.js';
import { settleAll } from '../evaluation/tasks/run-samples.js';
import { startThreads, type Threads } from '../evaluation/tasks/threads.js';
import { countSamples, type LabelledImages } from '../evaluation/tasks/samples.js';
import type { OnProgress } from './phases.js';
import type { Runnable, RunOptions } from './runnable.js';

/** @throws UserError for data that do not fit the program, and for no samples at all */
export function checkData(program: ChipProgram, data: LabelledImages, limit: number | undefined): void {
  countSamples(programReader(program), data, limit);
}

/** The integer network, or what was recorded in its place, and the float network where it is at hand, on the samples of a run. */
export interface References {
  readonly oracle: Oracle;
  readonly floating: NetworkEvaluation | undefined;
}

/** What a chip has to compute. */
export interface Oracle {
  /** [nSamples, nClasses] class scores. */
  readonly scores: ArrayLike<number>;
  /** Samples that these scores decide as labelled. */
  readonly correct: number;
}

/** Samples from which threads are worth starting. */
const MANY_SAMPLES = 512;

/** Threads for a run; those of its references are read at once. Nothing where the calling thread is to do all. */
export const startRunThreads = (workers: number): Threads | undefined =>
  workers > 1 ? startThreads(Math.floor(workers), [NETWORK_WORKER]) : undefined;

/** How many references are evaluated: each is a phase of the progress. */
export function countReferences({ integer, float }: Runnable, { float: wanted = true }: RunOptions): number {
  if (integer === undefined) return 0;
  return wanted && float !== undefined ? 2 : 1;
}

/**
 * Evaluates the references: the integer network, and the float network unless it is left out, both with the bits of the interpreter. Nothing
 * of the chips' engines has a part in it. A program of another tool has neither: its reference is what was recorded with it. `phase(i)` hears
 * of the progress of reference i. @throws UserError for other data than those that such a program came with
 */
export async function evaluateReferences(
  runnable: Runnable,
  data: LabelledImages,
  options: RunOptions,
  phase: (reference: number) => OnProgress | undefined,
): Promise<References> {
  const { limit, seed, signal, workers, threads } = options;
  const { integer, float } = runnable;
  if (integer === undefined) return { oracle: recordedOracle(runnable, data, limit), floating: undefined };
  const networks = countReferences(runnable, options) === 2 && float !== undefined ? [integer, float] : [integer];
  const common = { seed, signal, ...(limit === undefined ? {} : { limit }) };
  const nSamples = Math.min(limit ?? Infinity, data.labels.length);
  const runner = createFloatRunner(
    data,
    threads ?? (nSamples < MANY_SAMPLES && integer.time === undefined ? 1 : workers),
  );
  try {
    const evaluations = networks.map((network, i) => runner.evaluate(network, { ...common, onProgress: phase(i) }));
    await settleAll(evaluations, () => undefined);
    const [oracle, floating] = await Promise.all(evaluations);
    return { oracle: present(oracle, 'oracle'), floating };
  } finally {
    await runner.close();
  }
}

/** @throws UserError for other data than those that the program came with */
function recordedOracle({ program, recorded }: Runnable, data: LabelledImages, limit: number | undefined): Oracle {
  if (recorded === undefined || recorded.data !== data) {
    const message =
      'it is a program of another tool: nothing says what it has to compute, but for the samples that it came with';
    return fail('recorded-samples', `program "${program.name}"`, message, 'run it on its own samples');
  }
  const nSamples = Math.min(limit ?? Infinity, data.labels.length);
  const predictions = decisions(program, recorded.scores, nSamples);
  return {
    scores: recorded.scores,
    correct: predictions.reduce((n, prediction, s) => n + (prediction === data.labels[s] ? 1 : 0), 0),
  };
}

/** The part of a result that does not depend on the kind of chip. */
export function comparison(
  program: ChipProgram,
  data: LabelledImages,
  output: {
    readonly nSamples: number;
    readonly nClasses: number;
    readonly scores: Int32Array;
  },
  references: References,
) {
  const { nSamples, nClasses, scores } = output;
  const { oracle, floating } = references;
  const predictions = decisions(program, scores, nSamples);
  let correct = 0;
  let mismatches = 0;
  const outcomes = new Uint8Array(Math.ceil(nSamples / 8));
  for (let s = 0; s < nSamples; s++) {
    if (predictions[s] === data.labels[s]) {
      correct++;
      outcomes[s >> 3]! |= 1 << (s & 7);
    }
    let equal = true;
    for (let k = s * nClasses; k < (s + 1) * nClasses; k++) equal &&= scores[k] === oracle.scores[k];
    if (!equal) mismatches++;
  }
  return {
    kind: 'run-result' as const,
    name: program.name,
    chip: program.spec.name,
    data: data.name,
    samples: nSamples,
    correct,
    accuracy: correct / nSamples,
    accuracyInterval: wilsonInterval(correct, nSamples),
    accuracyInteger: oracle.correct / nSamples,
    ...(floating === undefined ? {} : { accuracyFloat: floating.correct / nSamples }),
    mismatches,
    outcomes: bitsToText(outcomes),
  };
}

/** The class every sample is decided for, from [nSamples, nClasses] scores. */
export function decisions(program: ChipProgram, scores: Int32Array, nSamples: number): Uint16Array {
  const { outputs } = program;
  const { nClasses } = outputs;
  return Uint16Array.from({ length: nSamples }, (_, s) =>
    decide(scores.subarray(s * nClasses, (s + 1) * nClasses), outputs),
  );
}
