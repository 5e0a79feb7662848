/** Runs sequences of tokens through a program of a sequence model. */
import { type Diagnostic, errorAt, throwIfErrors } from '../common/diagnostics.js';
import type { NorthPoleFaults } from '../hw-models/faults/northpole-faults.js';
import { sizeOf } from '../ir/network/shapes.js';
import type { NorthPoleProgram } from '../ir/program/northpole.js';
import { deployedLayers, withFaultyTables } from './engines/northpole/chip-faults.js';
import { faultRangeProblems } from './engines/northpole/fault-range.js';
import { createNorthPoleImage, loadNorthPoleChip } from './engines/northpole/image.js';
import { contextOf } from './engines/northpole/sequence-layers.js';
import { useFaults } from './engines/northpole/use-faults.js';
import { createPool } from '../evaluation/tasks/pool.js';
import { taskHost } from '../evaluation/tasks/run-engine.js';
import { type DataSetOptions, runSamples } from '../evaluation/tasks/run-samples.js';
import { sharedBytes, sharedInt32 } from '../evaluation/tasks/shared.js';
import { sequenceRuns, type SequenceSetup, type SequenceTask } from './parallel/sequence-task.js';

/** Sequences of one length. */
export interface TokenSequences {
  /** [n, length] */
  readonly tokens: Uint8Array;
  readonly length: number;
}

/** How to run; a sample is a sequence. */
export interface SequenceRunOptions extends DataSetOptions {
  /** Worker threads; 1 runs in the calling thread. */
  readonly workers: number;
  /** What is wrong with the chip; tokens are its uses, counted over all sequences. */
  readonly faults?: NorthPoleFaults;
}

/** What a run gives. All but the wall clock depends on program and tokens only. */
export interface SequenceOutput {
  readonly nSequences: number;
  readonly length: number;
  readonly nClasses: number;
  /** [nSequences, length, nClasses] scores of the token that follows, after every token. */
  readonly scores: Int32Array;
  /** Cycles of the chip for all tokens, one after the other; every token takes those of a full context. */
  readonly cycles: number;
  /** Of the chip at the clock of its spec. */
  readonly microsecondsPerToken: number;
  /** Of the chip, for one sequence at a time. */
  readonly tokensPerSecond: number;
  /** Wall clock of the run. */
  readonly seconds: number;
}

/** Most sequences of a task. */
const TASK_SEQUENCES = 16;

/**
 * Runs every sequence from an empty cache on the functional engine: scores are the same for any number of workers. Rejects with a UserError for
 * sequences that do not fit the program.
 */
export async function runSequences(
  program: NorthPoleProgram,
  { tokens, length }: TokenSequences,
  { workers, faults, signal, onProgress }: SequenceRunOptions,
): Promise<SequenceOutput> {
  throwIfErrors(sequenceProblems(program, tokens, length));
  if (faults !== undefined) throwIfErrors(faultRangeProblems(program, faults));
  signal?.throwIfAborted();
  const started = performance.now();
  const nWorkers = Math.max(1, Math.floor(workers));
  const nSequences = tokens.length / length;
  const deployed = faults === undefined ? program : withFaultyTables(program, faults);
  const image = createNorthPoleImage(deployed, nWorkers);
  if (faults !== undefined) loadNorthPoleChip(image, deployed, deployedLayers(deployed, faults));
  const use = useFaults(program, faults);
  const setup: SequenceSetup = { image, inputCode: program.inputCode };
  const pool = createPool<SequenceTask, number | undefined>({
    workers: nWorkers,
    file: 'simulator/parallel/sequence-worker.js',
    setup,
    local: () => taskHost(() => sequenceRuns(setup)),
  });
  const { nClasses } = program.outputs;
  const scores = sharedInt32(tokens.length * nClasses);
  const shared = sharedBytes(tokens);
  try {
    await runSamples({
      ...{ nSamples: nSequences, pool, signal, onProgress },
      samplesPerTask: Math.min(TASK_SEQUENCES, Math.ceil(nSequences / (4 * nWorkers))),
      taskOf: (part) => ({ ...part, length, tokens: shared, scores, use }),
      add: () => undefined,
    });
  } finally {
    await pool.close();
  }
  const { cycles, spec } = program;
  return {
    ...{ nSequences, length, nClasses, scores },
    cycles: cycles * tokens.length,
    microsecondsPerToken: cycles / spec.clockMhz,
    tokensPerSecond: (spec.clockMhz * 1e6) / cycles,
    seconds: (performance.now() - started) / 1000,
  };
}

/** What does not fit: a program of images, no sequences, more tokens than the context, tokens outside of the vocabulary. */
function sequenceProblems(program: NorthPoleProgram, tokens: Uint8Array, length: number): readonly Diagnostic[] {
  const problems: Diagnostic[] = [];
  const place = `program ${program.name}`;
  const context = contextOf(program);
  if (sizeOf(program.inputShape) !== 1 || context === Infinity) {
    const message = `it takes [${program.inputShape.join(', ')}] values at a time and keeps no state`;
    problems.push(errorAt('not-a-sequence-model', place, message, 'run it on images, or compile a sequence model'));
    return problems;
  }
  if (!Number.isInteger(length) || length < 1 || tokens.length === 0 || tokens.length % length !== 0) {
    const message = `${tokens.length} tokens are no sequences of ${length}`;
    problems.push(errorAt('no-sequences', place, message, 'give at least one sequence, all of one length'));
    return problems;
  }
  if (length > context) {
    const message = `sequences of ${length} tokens, the program has a context of ${context}`;
    problems.push(
      errorAt('context-exceeded', place, message, 'use shorter sequences, or a model with a longer context'),
    );
  }
  const vocabulary = vocabularyOf(program);
  const largest = tokens.reduce((a, b) => Math.max(a, b), 0);
  if (largest >= vocabulary) {
    const message = `token ${largest}, the vocabulary has ${vocabulary}`;
    problems.push(
      errorAt('token-outside-table', place, message, 'use tokens of the vocabulary the model was trained with'),
    );
  }
  return problems;
}

/** Rows of the smallest table by value. */
function vocabularyOf({ layers, tensors }: NorthPoleProgram): number {
  return layers.reduce((rows, layer) => {
    if (layer.kind !== 'sequence' || layer.operation.kind !== 'embedding' || layer.operation.by !== 'value')
      return rows;
    return Math.min(rows, layer.operation.table.length / (tensors[layer.output]?.shape[2] ?? 1));
  }, Infinity);
}
