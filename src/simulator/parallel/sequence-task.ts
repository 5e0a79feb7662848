/** Sequences of tokens on the functional engine of a NorthPole-style chip: what crosses between threads, and what a thread does with it. */
import type { InputCode } from '../../ir/network/types.js';
import { attachNorthPoleEngine, type NorthPoleEngine } from '../engines/northpole/engine.js';
import type { NorthPoleImage } from '../engines/northpole/image.js';
import type { UseFaults } from '../engines/northpole/use-faults.js';
import { codedBuffer, encodeCounts } from '../../ir/network/input-code.js';

/** What a worker knows from its start. The image is in shared memory. */
export interface SequenceSetup {
  readonly image: NorthPoleImage;
  readonly inputCode: InputCode;
}

/** Consecutive sequences. Arrays are in shared memory. */
export interface SequenceTask {
  readonly first: number;
  readonly n: number;
  /** Tokens of a sequence. */
  readonly length: number;
  /** [all sequences, length] */
  readonly tokens: Uint8Array;
  /** [all sequences, length, nClasses] scores after every token, written. */
  readonly scores: Int32Array;
  /** [1] set to 1 to stop before the next sequence. */
  readonly stop: Int32Array;
  /** What is drawn anew for every token. */
  readonly use: UseFaults | undefined;
}

/** Makes what runs the tasks of one thread: true when a task is done, false when it was stopped. */
export function sequenceHost({ image, inputCode }: SequenceSetup): (task: SequenceTask) => boolean {
  const counts = codedBuffer(inputCode, 1);
  let engine: NorthPoleEngine | undefined;
  return ({ first, n, length, tokens, scores, stop, use }) => {
    engine ??= attachNorthPoleEngine(image);
    engine.setUseFaults(use);
    for (let s = first; s < first + n; s++) {
      if (Atomics.load(stop, 0) !== 0) return false;
      engine.reset();
      for (let at = s * length; at < (s + 1) * length; at++) {
        encodeCounts(inputCode, tokens.subarray(at, at + 1), at, 0, counts);
        scores.set(engine.run(counts, at), at * engine.nClasses);
      }
    }
    return true;
  };
}
