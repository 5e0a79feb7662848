/**
 * Samples through a chip, pipelined as the program's timing says:
 *
 *   frame k    inputs act in    k * period + inputStart  + [0, inputTicks)
 *              outputs fire in  k * period + outputStart + [0, outputTicks)
 *
 * A run is a fixed number of consecutive samples from a reset chip, drained at its end. Where runs begin is a pure function
 * of the program, so results cannot depend on the number of workers.
 */
import { assert } from '../common/assert.js';
import type { TrueNorthProgram } from '../ir/program/truenorth.js';
import type { Engine, RunKey } from './engines/contract.js';
import { spikesInTick } from '../ir/network/input-code.js';
import { hasRaster, rasterOf, sampleBytes, writeCounts } from './event-window.js';

/**
 * Samples per run: 40, so that 10,000 samples are enough runs for the lanes of a batch on two threads; more where the pipeline is
 * so deep that filling and draining it would be more than about a tenth of a run. One where a sample has to start from a reset chip.
 */
export function samplesPerRun(program: Pick<TrueNorthProgram, 'timing' | 'events'>): number {
  // A network with time forgets nothing by itself.
  if (program.events !== undefined) return 1;
  return Math.max(40, 10 * Math.ceil((lastTickOf(program, 1) - program.timing.period) / program.timing.period));
}

/** Ticks of a run of `nSamples`: up to the last input and the last output. */
export function lastTickOf({ timing }: Pick<TrueNorthProgram, 'timing'>, nSamples: number): number {
  const { period, inputStart, inputTicks, outputStart, outputTicks } = timing;
  return (nSamples - 1) * period + Math.max(inputStart + inputTicks, outputStart + outputTicks);
}

/** One run. */
export interface FrameRun extends RunKey {
  /** [n, inputShape] 8-bit samples of the whole data set. */
  readonly images: Uint8Array;
  /** Number of samples, from `firstSample` on. */
  readonly nSamples: number;
  /** [n, nClasses] class scores of the whole data set; the rows of this run are written. */
  readonly scores: Int32Array;
}

/**
 * Runs `run` on `engine` from a reset chip. Returns false, with scores incomplete, as soon as `shouldStop` says so (asked
 * once per frame).
 */
export function simulateFrames(
  engine: Engine,
  program: TrueNorthProgram,
  run: FrameRun,
  shouldStop: () => boolean,
): boolean {
  const { period, inputStart, inputTicks, outputStart, outputTicks } = program.timing;
  assert(inputTicks <= period && outputTicks <= period, 'frames overlap at an input or an output');
  const input = new FrameInput(program, run);
  const lastTick = lastTickOf(program, run.nSamples);
  engine.reset(run);
  for (let tick = 0; tick < lastTick; tick++) {
    const frame = Math.floor((tick - inputStart) / period);
    const frameTick = tick - inputStart - frame * period;
    if (frameTick === 0 && shouldStop()) return false;
    if (frame >= 0 && frame < run.nSamples && frameTick < inputTicks) {
      if (frameTick === 0) input.begin(run.firstSample + frame);
      input.inject(engine, frameTick, tick);
    }
    const outputFrame = Math.floor((tick - outputStart) / period);
    const outputTick = tick - outputStart - outputFrame * period;
    if (outputFrame >= 0 && outputTick === 0) engine.pinCounts.fill(0);
    engine.tick();
    if (outputFrame >= 0 && outputFrame < run.nSamples && outputTick === outputTicks - 1) {
      writeScores(program, engine.pinCounts, run.scores, run.firstSample + outputFrame);
    }
  }
  return true;
}

/** score[c] = constant[c] + sum over pins of class c of coefficient * spikes. */
function writeScores({ outputs }: TrueNorthProgram, pinCounts: Int32Array, scores: Int32Array, sample: number): void {
  const row = sample * outputs.nClasses;
  scores.set(outputs.constant, row);
  for (let pin = 0; pin < pinCounts.length; pin++) {
    scores[row + outputs.pinClass[pin]!]! += outputs.pinCoefficient[pin]! * pinCounts[pin]!;
  }
}

/** The coded input of one frame, and its way to the axons. */
class FrameInput {
  readonly #program: TrueNorthProgram;
  readonly #run: FrameRun;
  readonly #nPixels: number;
  readonly #counts: Uint8Array;
  /** Spikes tick by tick; only where counts do not say when. */
  #raster: Uint8Array | undefined;

  constructor(program: TrueNorthProgram, run: FrameRun) {
    this.#program = program;
    this.#run = run;
    this.#nPixels = sampleBytes(program);
    this.#counts = new Uint8Array(program.inputs.nElements);
  }

  begin(sample: number): void {
    const pixels = this.#run.images.subarray(sample * this.#nPixels, (sample + 1) * this.#nPixels);
    const { seed } = this.#run;
    if (hasRaster(this.#program)) this.#raster = rasterOf(this.#program, pixels, { sample, seed });
    else writeCounts(this.#program, pixels, { sample, seed }, this.#counts);
  }

  inject(engine: Engine, frameTick: number, tick: number): void {
    const { rowStart, core, axon } = this.#program.inputs;
    const nElements = this.#counts.length;
    const raster = this.#raster;
    for (let element = 0; element < nElements; element++) {
      const spikes =
        raster === undefined
          ? spikesInTick(this.#counts[element]!, frameTick)
          : raster[frameTick * nElements + element] === 1;
      if (!spikes) continue;
      const end = rowStart[element + 1]!;
      for (let entry = rowStart[element]!; entry < end; entry++) engine.inject(core[entry]!, axon[entry]!, tick);
    }
  }
}
