/** What a run of either chip is compared with: the integer network, the float network and the labels. */
import { fail } from '../common/diagnostics.js';
import { bitsToText } from '../common/bit-text.js';
import { wilsonInterval } from '../common/statistics.js';
import { decide } from '../ir/network/readout.js';
import type { ChipProgram } from '../ir/program/chip-program.js';
import type { NetworkEvaluation } from '../evaluation/interpreter/evaluate.js';
import { createFloatRunner } from '../evaluation/float/runner.js';
import { countSamples, type LabelledImages } from '../evaluation/tasks/samples.js';
import { type OnProgress, progressInPhases } from './phases.js';
import type { Runnable, RunOptions } from './runnable.js';

/** @throws UserError for data that do not fit the program, and for no samples at all */
export function checkData(program: ChipProgram, data: LabelledImages, limit: number | undefined): void {
  countSamples({ inputShape: program.inputShape, nClasses: program.outputs.nClasses }, data, limit);
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

/** The references of a run, and what the chip reports its progress to. */
export interface EvaluatedReferences extends References {
  readonly chipProgress: OnProgress | undefined;
}

/**
 * Evaluates the references: the integer network, and the float network unless it is left out, both with the bits of the interpreter. Nothing
 * of the chips' engines has a part in it. A program of another tool has neither: its reference is what was recorded with it.
 * @throws UserError for other data than those that such a program came with
 */
export async function evaluateReferences(
  runnable: Runnable,
  data: LabelledImages,
  { limit, seed, signal, workers, onProgress, float: wanted = true }: RunOptions,
): Promise<EvaluatedReferences> {
  const { integer, float } = runnable;
  if (integer === undefined) {
    return { oracle: recordedOracle(runnable, data, limit), floating: undefined, chipProgress: onProgress };
  }
  const floating = wanted ? float : undefined;
  const nPhases = floating === undefined ? 2 : 3;
  const phase = progressInPhases(onProgress, nPhases);
  const common = { seed, signal, ...(limit === undefined ? {} : { limit }) };
  const nSamples = Math.min(limit ?? Infinity, data.labels.length);
  const runner = createFloatRunner(data, nSamples < MANY_SAMPLES ? 1 : workers);
  try {
    const oracle = await runner.evaluate(integer, { ...common, onProgress: phase(0) });
    return {
      oracle,
      floating:
        floating === undefined ? undefined : await runner.evaluate(floating, { ...common, onProgress: phase(1) }),
      chipProgress: phase(nPhases - 1),
    };
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
