/** Samples through up to 128 chips in lock step: the runs of `frames.ts`, one per lane. */
import { assert } from '../../../common/assert.js';
import type { TrueNorthProgram } from '../../../ir/program/truenorth.js';
import { lastTickOf, type FrameRun } from '../../frames.js';
import { hasRaster, rasterOf, sampleBytes, writeCounts } from '../../event-window.js';
import type { EngineCounters } from '../contract.js';
import type { BatchEngine } from './engine.js';
import { LANES } from './layout.js';

/** Consecutive runs: run l begins at sample firstSample + l * samplesPerRun; the last one may be shorter. */
export interface BatchRuns extends FrameRun {
  /** Samples of all runs. */
  readonly nSamples: number;
  readonly samplesPerRun: number;
}

/**
 * Simulates all runs from reset chips, writes their scores and returns their counters. Returns `undefined`, with scores
 * incomplete, as soon as `shouldStop` says so (asked once per frame). There are no transient faults.
 */
export function simulateBatch(
  engine: BatchEngine,
  program: TrueNorthProgram,
  runs: BatchRuns,
  shouldStop: () => boolean,
): EngineCounters | undefined {
  const { period, inputStart, inputTicks, outputStart, outputTicks } = program.timing;
  assert(inputTicks <= period && outputTicks <= period, 'frames overlap at an input or an output');
  assert(runs.drop === 0 && (runs.late ?? 0) === 0 && runs.upsets === undefined, 'transient faults in a batch');
  const lanes = new BatchLanes(program, runs);
  const lastTick = lastTickOf(program, lanes.samplesOf(0));
  const shortTick = lastTickOf(program, lanes.samplesOf(lanes.nLanes - 1));
  engine.reset(lanes.nLanes);
  for (let tick = 0; tick < lastTick; tick++) {
    if (tick === shortTick) engine.keepLanes(lanes.nLanes - 1);
    const frame = Math.floor((tick - inputStart) / period);
    const frameTick = tick - inputStart - frame * period;
    if (frameTick === 0 && shouldStop()) {
      engine.takeCounters();
      return undefined;
    }
    if (frame >= 0 && frame < lanes.samplesOf(0) && frameTick < inputTicks) lanes.inject(engine, frame, frameTick);
    const outputFrame = Math.floor((tick - outputStart) / period);
    const outputTick = tick - outputStart - outputFrame * period;
    if (outputFrame >= 0 && outputTick === 0) engine.clearPins();
    engine.tick();
    if (outputFrame >= 0 && outputTick === outputTicks - 1) lanes.writeScores(engine.scores(), outputFrame);
  }
  return { ticks: (lanes.nLanes - 1) * lastTick + shortTick, ...engine.takeCounters() };
}

/** Which sample is in which lane, and its way in and out. */
class BatchLanes {
  readonly nLanes: number;
  readonly #program: TrueNorthProgram;
  readonly #runs: BatchRuns;
  readonly #nPixels: number;
  readonly #counts: Uint8Array;
  /** Spikes of every lane tick by tick; only where counts do not say when. */
  readonly #rasters: (Uint8Array | undefined)[] = [];

  constructor(program: TrueNorthProgram, runs: BatchRuns) {
    this.nLanes = Math.ceil(runs.nSamples / runs.samplesPerRun);
    assert(this.nLanes >= 1 && this.nLanes <= LANES, `${this.nLanes} runs in a batch`);
    this.#program = program;
    this.#runs = runs;
    this.#nPixels = sampleBytes(program);
    this.#counts = new Uint8Array(program.inputs.nElements);
  }

  /** Samples of the run in `lane`. */
  samplesOf(lane: number): number {
    const { nSamples, samplesPerRun } = this.#runs;
    return Math.min(samplesPerRun, nSamples - lane * samplesPerRun);
  }

  /** The input spikes of one tick of frame `frame` of every run. */
  inject(engine: BatchEngine, frame: number, frameTick: number): void {
    if (hasRaster(this.#program)) {
      this.#writeRasters(engine.counts, frame, frameTick);
      engine.injectCounts(0);
      return;
    }
    if (frameTick === 0) this.#writeCounts(engine.counts, frame);
    engine.injectCounts(frameTick);
  }

  writeScores(batch: Int32Array, frame: number): void {
    const { firstSample, samplesPerRun, scores } = this.#runs;
    const { nClasses } = this.#program.outputs;
    for (let lane = 0; lane < this.nLanes; lane++) {
      if (frame >= this.samplesOf(lane)) continue;
      const row = batch.subarray(lane * nClasses, (lane + 1) * nClasses);
      scores.set(row, (firstSample + lane * samplesPerRun + frame) * nClasses);
    }
  }

  #writeCounts(columns: Uint8Array, frame: number): void {
    const counts = this.#counts;
    for (let lane = 0; lane < this.nLanes; lane++) {
      if (frame < this.samplesOf(lane)) {
        const sample = this.#sample(lane, frame);
        writeCounts(this.#program, this.#pixels(sample), { sample, seed: this.#runs.seed }, counts);
      } else {
        counts.fill(0);
      }
      writeColumn(columns, counts, lane);
    }
  }

  #writeRasters(columns: Uint8Array, frame: number, frameTick: number): void {
    const { seed } = this.#runs;
    for (let lane = 0; lane < this.nLanes; lane++) {
      if (frameTick === 0) {
        const sample = this.#sample(lane, frame);
        this.#rasters[lane] =
          frame < this.samplesOf(lane) ? rasterOf(this.#program, this.#pixels(sample), { sample, seed }) : undefined;
      }
      const raster = this.#rasters[lane];
      const nElements = this.#counts.length;
      if (raster === undefined) this.#counts.fill(0);
      else this.#counts.set(raster.subarray(frameTick * nElements, (frameTick + 1) * nElements));
      writeColumn(columns, this.#counts, lane);
    }
  }

  #sample(lane: number, frame: number): number {
    return this.#runs.firstSample + lane * this.#runs.samplesPerRun + frame;
  }

  #pixels(sample: number): Uint8Array {
    return this.#runs.images.subarray(sample * this.#nPixels, (sample + 1) * this.#nPixels);
  }
}

/** Column `lane` of [nElements, 128]. */
function writeColumn(columns: Uint8Array, values: Uint8Array, lane: number): void {
  for (let element = 0, at = lane; element < values.length; element++, at += LANES) columns[at] = values[element]!;
}
