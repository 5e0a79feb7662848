/** Data sets on RANC's own readable model: runs of consecutive samples from a reset chip, as on the fast engines. */
import { isDropped } from '../../hw-models/faults/spike-drop.js';
import { RancChip, type LosesSpike } from '../../hw-models/ranc/chip.js';
import { widthsOf } from '../../hw-models/ranc/chip-spec.js';
import { CORE_BLOCK } from '../../ir/program/core-arrays.js';
import { rancPackets } from '../../ir/program/formats/ranc/samples.js';
import { programReader } from '../../ir/program/chip-program.js';
import { createPool } from '../../evaluation/tasks/pool.js';
import type { SampleRange, Stoppable } from '../../evaluation/tasks/run-engine.js';
import { runSamples } from '../../evaluation/tasks/run-samples.js';
import { countSamples, type LabelledImages } from '../../evaluation/tasks/samples.js';
import { rasterOf, sampleBytes, windowed } from '../../simulator/event-window.js';
import { lastTickOf, samplesPerRun } from '../../simulator/frames.js';
import type { ChipRunRequest } from '../chip.js';
import { type RancProgram, rancSpecOf } from './program.js';

/** Events of a run or of a data set. */
export interface RancCounters {
  ticks: number;
  inputSpikes: number;
  /** [nCores] spikes that went to a core or a line of the bus. */
  readonly coreSpikes: Float64Array;
  /** [nCores] active axons times the neurons they connect to. */
  readonly coreSynapticOperations: Float64Array;
}

/** What a data set gives. */
export interface RancScores {
  readonly nSamples: number;
  /** [nSamples, nClasses]. */
  readonly scores: Int32Array;
  readonly counters: RancCounters;
}

/** Runs a data set. @throws UserError for data that do not fit; rejects with the signal's reason when aborted */
export async function runReference(
  compiled: RancProgram,
  data: LabelledImages,
  { noise, seed, limit, signal, onProgress }: ChipRunRequest,
): Promise<RancScores> {
  const { cores } = compiled;
  const { nClasses } = compiled.outputs;
  const nSamples = countSamples(programReader(compiled), data, limit);
  const program = windowed(compiled, data);
  const scores = new Int32Array(nSamples * nClasses);
  const counters: RancCounters = {
    ticks: 0,
    inputSpikes: 0,
    coreSpikes: new Float64Array(cores.nCores),
    coreSynapticOperations: new Float64Array(cores.nCores),
  };
  const run = ({ stop, ...part }: SampleRange & Stoppable): RancChip | undefined =>
    Atomics.load(stop, 0) === 0 ? runFrames(program, data, { ...part, seed, drop: noise.drop, scores }) : undefined;
  await runSamples({
    ...{ nSamples, samplesPerTask: samplesPerRun(program), signal, onProgress },
    pool: createPool({ workers: 1, file: '', setup: undefined, local: () => run }),
    taskOf: (part) => part,
    add: ({ events, coreSpikes, coreSynapticOperations }) => {
      counters.ticks += events.ticks;
      counters.inputSpikes += events.packets;
      coreSpikes.forEach((n, c) => (counters.coreSpikes[c]! += n));
      coreSynapticOperations.forEach((n, c) => (counters.coreSynapticOperations[c]! += n));
    },
  });
  return { nSamples, scores, counters };
}

interface Frames extends SampleRange {
  readonly seed: number;
  readonly drop: number;
  /** [n, nClasses] of the whole data set; the rows of these samples are written. */
  readonly scores: Int32Array;
}

/** Samples through a chip of its own, pipelined; returns the chip for what it counted. */
function runFrames(
  program: RancProgram,
  { images }: LabelledImages,
  { firstSample, nSamples, seed, drop, scores }: Frames,
): RancChip {
  const { spec, cores, outputBus, timing } = program;
  const { period, outputStart, outputTicks } = timing;
  const nPixels = sampleBytes(program);
  const packets = rancPackets(program, program, nSamples, (frame) => {
    const sample = firstSample + frame;
    return rasterOf(program, images.subarray(sample * nPixels, (sample + 1) * nPixels), { sample, seed });
  });
  const padded = CORE_BLOCK * Math.ceil(spec.neuronsPerCore / CORE_BLOCK);
  // Ticks of programs begin with 0, those of RANC with 1.
  const loses: LosesSpike = (core, neuron, tick) =>
    isDropped({ probability: drop, late: 0, seed, firstSample }, core * padded + neuron, tick - 1);
  const model = { spec: rancSpecOf(program), cores, outputBus, packets };
  const chip = new RancChip(model, widthsOf(spec), drop > 0 ? loses : undefined);
  const lastTick = lastTickOf(program, nSamples);
  const counts = new Int32Array(outputBus.nOutputs);
  for (let tick = 0; tick < lastTick; tick++) {
    chip.tick();
    const frame = Math.floor((tick - outputStart) / period);
    const frameTick = tick - outputStart - frame * period;
    if (frame < 0 || frame >= nSamples || frameTick >= outputTicks) continue;
    if (frameTick === 0) counts.fill(0);
    chip.bus.forEach((bit, line) => (counts[line]! += bit));
    if (frameTick === outputTicks - 1) writeScores(program, counts, scores, firstSample + frame);
  }
  return chip;
}

/** score[c] = constant[c] + sum over lines of class c of coefficient * spikes. */
function writeScores({ outputs }: RancProgram, counts: Int32Array, scores: Int32Array, sample: number): void {
  const row = sample * outputs.nClasses;
  scores.set(outputs.constant, row);
  counts.forEach((count, line) => (scores[row + outputs.pinClass[line]!]! += outputs.pinCoefficient[line]! * count));
}
