/** Sequences of tokens on the functional engine of a NorthPole-style chip: what crosses between threads, and what a thread does with it. */
import type { InputCode } from '../../ir/network/types.js';
import type { RunEngine, SampleRange, Stoppable } from '../../evaluation/tasks/run-engine.js';
import { attachNorthPoleEngine } from '../engines/northpole/engine.js';
import type { NorthPoleImage } from '../engines/northpole/image.js';
import type { UseFaults } from '../engines/northpole/use-faults.js';
import { codedBuffer, encodeCounts } from '../../ir/network/input-code.js';

/** What a worker knows from its start. The image is in shared memory. */
export interface SequenceSetup {
  readonly image: NorthPoleImage;
  readonly inputCode: InputCode;
}

/** Consecutive sequences: a sample is a sequence. Arrays are in shared memory. */
export interface SequenceTask extends SampleRange, Stoppable {
  /** Tokens of a sequence. */
  readonly length: number;
  /** [all sequences, length] */
  readonly tokens: Uint8Array;
  /** [all sequences, length, nClasses] scores after every token, written. */
  readonly scores: Int32Array;
  /** What is drawn anew for every token. */
  readonly use: UseFaults | undefined;
}

/** Sequences on one thread; what is counted are the sequences. */
export function sequenceRuns({ image, inputCode }: SequenceSetup): RunEngine<SequenceTask, number> {
  const counts = codedBuffer(inputCode, 1);
  const engine = attachNorthPoleEngine(image);
  return {
    run: ({ firstSample, nSamples, length, tokens, scores, use }, shouldStop) => {
      engine.setUseFaults(use);
      for (let s = firstSample; s < firstSample + nSamples; s++) {
        if (shouldStop()) return undefined;
        engine.reset();
        for (let at = s * length; at < (s + 1) * length; at++) {
          encodeCounts(inputCode, tokens.subarray(at, at + 1), at, 0, counts);
          scores.set(engine.run(counts, at), at * engine.nClasses);
        }
      }
      return nSamples;
    },
  };
}
