import type { TrueNorthProgram } from '../ir/program/truenorth.js';
import type { TimedSpikes } from '../ir/trace/timed-spikes.js';
import type { Engine } from './engines/contract.js';
import { simulateFrames } from './frames.js';

/** Samples to feed. */
export interface FrameInputOptions {
  /** [nSamples, inputShape] 8-bit samples. */
  readonly images: Uint8Array;
  readonly nSamples: number;
  /** The first of them; 0 without it. */
  readonly firstSample?: number;
  /** Seed of Bernoulli inputs. */
  readonly seed: number;
}

/** The host spikes of samples, one run from a reset chip. */
export interface FrameInputs {
  /** By the tick in which they act; `index` is core * axonsPerCore + axon. */
  readonly spikes: TimedSpikes;
  /** Ticks until the last output of the last sample. */
  readonly nTicks: number;
}

/** What the host sends for the first samples of a data set: the frames of a run, on an engine that only listens. */
export function frameInputs(
  program: TrueNorthProgram,
  { images, nSamples, seed, firstSample = 0 }: FrameInputOptions,
): FrameInputs {
  const ticks: number[] = [];
  const axons: number[] = [];
  let now = 0;
  const listener: Engine = {
    get now() {
      return now;
    },
    pinCounts: new Int32Array(0),
    reset: () => {
      now = 0;
    },
    inject: (core, axon, tick) => {
      ticks.push(tick);
      axons.push(core * program.spec.axonsPerCore + axon);
    },
    tick: () => {
      now++;
    },
    takeCounters: () => ({
      ...{ ticks: 0, inputSpikes: 0, hops: 0 },
      coreSpikes: new Float64Array(0),
      coreSynapticOperations: new Float64Array(0),
    }),
    potentials: () => new Int32Array(0),
  };
  const scores = new Int32Array((firstSample + nSamples) * program.outputs.nClasses);
  simulateFrames(listener, program, { images, nSamples, scores, seed, firstSample, drop: 0 }, () => false);
  return { spikes: { tick: Int32Array.from(ticks), index: Int32Array.from(axons) }, nTicks: now };
}
