/** Samples of a data set on the functional engine of a NorthPole-style chip: what crosses between threads, and what a thread does with it. */
import type { InputCode } from '../../ir/network/types.js';
import type { RunEngine, SampleRange, Stoppable } from '../../evaluation/tasks/run-engine.js';
import { attachNorthPoleEngine } from '../engines/northpole/engine.js';
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
export interface NorthPoleTask extends SampleRange, Stoppable {
  /** [n, nPixels] 8-bit samples of the whole data set. */
  readonly images: Uint8Array;
  /** [n, nClasses] class scores, written. */
  readonly scores: Int32Array;
  /** Seed of Bernoulli inputs. */
  readonly seed: number;
  /** What is drawn anew for every sample. */
  readonly use: UseFaults | undefined;
}

/** Samples on one thread; what is counted are the samples. */
export function northPoleRuns(setup: NorthPoleSetup): RunEngine<NorthPoleTask, number> {
  const { image, inputCode, nPixels } = setup;
  const counts = codedBuffer(inputCode, nPixels);
  const engine = attachNorthPoleEngine(image);
  return {
    run: ({ firstSample, nSamples, images, scores, seed, use }, shouldStop) => {
      engine.setUseFaults(use);
      for (let s = firstSample; s < firstSample + nSamples; s++) {
        if (shouldStop()) return undefined;
        encodeCounts(inputCode, images.subarray(s * nPixels, (s + 1) * nPixels), s, seed, counts);
        scores.set(engine.run(counts, s), s * engine.nClasses);
      }
      return nSamples;
    },
  };
}
