/** Samples of a data set on the functional engine of a NorthPole-style chip: what crosses between threads, and what a thread does with it. */
import type { InputCode } from '../../ir/network/types.js';
import { attachNorthPoleEngine, type NorthPoleEngine } from '../engines/northpole/engine.js';
import type { NorthPoleImage } from '../engines/northpole/image.js';
import type { UseFaults } from '../engines/northpole/use-faults.js';
import { codedBuffer, encodeCounts } from '../../ir/network/input-code.js';

/** What a worker knows from its start. The image is in shared memory. */
export interface NorthPoleSetup {
  readonly image: NorthPoleImage;
  readonly inputCode: InputCode;
  /** 8-bit values of a sample. */
  readonly nPixels: number;
}

/** Consecutive samples. Arrays are in shared memory. */
export interface NorthPoleTask {
  readonly firstSample: number;
  readonly nSamples: number;
  /** [n, nPixels] 8-bit samples of the whole data set. */
  readonly images: Uint8Array;
  /** [n, nClasses] class scores, written. */
  readonly scores: Int32Array;
  /** Seed of Bernoulli inputs. */
  readonly seed: number;
  /** [1] set to 1 to stop before the next sample. */
  readonly stop: Int32Array;
  /** What is drawn anew for every sample. */
  readonly use: UseFaults | undefined;
}

/** Makes what runs the tasks of one thread: true when a task is done, false when it was stopped. */
export function northPoleHost(setup: NorthPoleSetup): (task: NorthPoleTask) => boolean {
  const { image, inputCode, nPixels } = setup;
  const counts = codedBuffer(inputCode, nPixels);
  let engine: NorthPoleEngine | undefined;
  return ({ firstSample, nSamples, images, scores, seed, stop, use }) => {
    engine ??= attachNorthPoleEngine(image);
    engine.setUseFaults(use);
    for (let s = firstSample; s < firstSample + nSamples; s++) {
      if (Atomics.load(stop, 0) !== 0) return false;
      encodeCounts(inputCode, images.subarray(s * nPixels, (s + 1) * nPixels), s, seed, counts);
      scores.set(engine.run(counts, s), s * engine.nClasses);
    }
    return true;
  };
}
