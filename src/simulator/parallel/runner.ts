/** Evaluates one program over data sets, on worker threads that stay between evaluations. */
import { throwIfErrors } from '../../common/diagnostics.js';
import type { PotentialUpsets } from '../../hw-models/faults/potential-upsets.js';
import { programReader } from '../../ir/program/chip-program.js';
import type { TrueNorthProgram } from '../../ir/program/truenorth.js';
import { levelProblems, noiseProblems, type NoiseSpec } from '../../ir/faults/levels.js';
import type { Counters } from '../../ir/trace/run-result.js';
import { chooseEngine, type EngineChoice } from '../engines/batch/choose.js';
import type { EngineCounters } from '../engines/contract.js';
import { windowed } from '../event-window.js';
import { samplesPerRun } from '../frames.js';
import { createEvaluator, type Evaluator } from './evaluator.js';
import { countOf, type Workers } from '../../evaluation/tasks/pool.js';
import { type DataSetOptions, runSamples } from '../../evaluation/tasks/run-samples.js';
import { badSeeds, countSamples, type LabelledImages } from '../../evaluation/tasks/samples.js';
import { sharedBytes, sharedInt32 } from '../../evaluation/tasks/shared.js';
import { shareProgram } from './share-program.js';
import type { RunTask } from './run-task.js';

/** How to evaluate. */
export interface EvaluationOptions extends DataSetOptions {
  /** Only the first `limit` samples. */
  readonly limit?: number;
  /** Draws that change per use: stochastic modes, transient faults, bernoulli inputs. A safe integer >= 0. */
  readonly seed: number;
  /** Draws that are fixed per chip: crossbar bit errors. */
  readonly chipSeed: number;
  /** Of all noise, bit errors of crossbars and faults of spikes act here; 0 where left out. */
  readonly noise: Pick<NoiseSpec, 'ber' | 'drop'> & Partial<Pick<NoiseSpec, 'spike_delay'>>;
  /** Upsets of potentials; none without it. */
  readonly upsets?: PotentialUpsets;
  /** `auto`: the one that is expected to be the fastest. `batch` is replaced by `fast` where it cannot run the program. */
  readonly engine: EngineChoice;
}

/** What an evaluation gives. Scores and counters depend on program, data and seeds only. */
export interface SimulationOutput {
  /** The engine that ran. */
  readonly engine: Evaluator['engine'];
  readonly nSamples: number;
  readonly nClasses: number;
  /** [nSamples, nClasses] class scores. */
  readonly scores: Int32Array;
  readonly counters: Counters;
  /** [nCores] spikes fired, after drops. */
  readonly coreSpikes: Float64Array;
  /** [nCores] active axons times connected neurons. */
  readonly coreSynapticOperations: Float64Array;
  /** Wall clock of the evaluation. */
  readonly seconds: number;
}

/** Evaluates a program again and again: chip seeds, noise levels, data sets. One evaluation at a time; more are queued. */
export interface Runner {
  run(data: LabelledImages, options: EvaluationOptions): Promise<SimulationOutput>;
  /** Ends the workers. */
  close(): Promise<void>;
}

/**
 * A runner on its threads (1: the calling thread), which start with the first evaluation, or those of others; `run` rejects with a
 * UserError for data that do not fit.
 */
export function createRunner(program: TrueNorthProgram, workers: Workers): Runner {
  const shared = countOf(workers) > 1 ? shareProgram(program) : program;
  const evaluators = new Map<string, Evaluator>();
  // What a thread knows from its start holds for so many steps of a sample.
  const evaluatorOf = (used: TrueNorthProgram, engine: Evaluator['engine']): Evaluator => {
    const key = `${engine}/${used.events?.steps ?? ''}`;
    const evaluator = evaluators.get(key) ?? createEvaluator(used, engine, workers);
    evaluators.set(key, evaluator);
    return evaluator;
  };
  let last: Promise<unknown> = Promise.resolve();
  return {
    run: (data, options) => {
      const result = last.then(() => evaluate(shared, evaluatorOf, data, options));
      last = result.catch(() => undefined);
      return result;
    },
    close: async () => {
      await Promise.all([...evaluators.values()].map(({ pool }) => pool.close()));
      evaluators.clear();
    },
  };
}

async function evaluate(
  compiled: TrueNorthProgram,
  evaluatorOf: (program: TrueNorthProgram, engine: Evaluator['engine']) => Evaluator,
  data: LabelledImages,
  options: EvaluationOptions,
): Promise<SimulationOutput> {
  checkOptions(options);
  const nSamples = countSamples(programReader(compiled), data, options.limit);
  const program = windowed(compiled, data);
  options.signal?.throwIfAborted();
  const { noise, upsets } = options;
  const late = noise.spike_delay ?? 0;
  const transientFaults = noise.drop > 0 || late > 0 || upsets !== undefined;
  const choice = chooseEngine(options.engine, program, { nSamples, transientFaults });
  const { engine, pool, runsPerTask, loadChip } = evaluatorOf(program, choice);
  const started = performance.now();
  const { nClasses } = program.outputs;
  const scores = sharedInt32(nSamples * nClasses);
  const perRun = samplesPerRun(program);
  const common: Omit<RunTask, 'firstSample' | 'nSamples' | 'stop'> = {
    samplesPerRun: perRun,
    ...loadChip({ ber: noise.ber, chipSeed: options.chipSeed }),
    images: sharedBytes(data.images),
    scores,
    drop: noise.drop,
    late,
    ...(upsets === undefined ? {} : { upsets }),
    seed: options.seed,
  };
  const total = emptyCounters(program.cores.nCores);
  // As few tasks as possible, of equal numbers of runs: in lock step the number of lanes hardly matters.
  const nRuns = Math.ceil(nSamples / perRun);
  const samplesPerTask = perRun * Math.ceil(nRuns / Math.ceil(nRuns / runsPerTask));
  const { signal, onProgress } = options;
  const waited = await runSamples({
    ...{ nSamples, samplesPerTask, pool, signal, onProgress },
    taskOf: (part): RunTask => ({ ...common, ...part }),
    add: (counters) => addCounters(total, counters),
  });
  return {
    engine,
    nSamples,
    nClasses,
    scores,
    counters: totals(program, total),
    coreSpikes: total.coreSpikes,
    coreSynapticOperations: total.coreSynapticOperations,
    seconds: (performance.now() - started - waited) / 1000,
  };
}

function checkOptions({ noise, upsets, seed, chipSeed }: EvaluationOptions): void {
  throwIfErrors([
    ...noiseProblems(noise),
    ...(upsets === undefined ? [] : levelProblems('ber_0to1', upsets.rate0to1, 'upsets.rate0to1')),
    ...(upsets === undefined ? [] : levelProblems('ber_1to0', upsets.rate1to0, 'upsets.rate1to0')),
    ...badSeeds({ seed, chipSeed }),
  ]);
}

function emptyCounters(nCores: number): EngineCounters {
  return {
    ticks: 0,
    inputSpikes: 0,
    hops: 0,
    coreSpikes: new Float64Array(nCores),
    coreSynapticOperations: new Float64Array(nCores),
  };
}

/** Integers below 2^53 in float64: the sum does not depend on the order of runs. */
function addCounters(total: EngineCounters, run: EngineCounters): void {
  total.ticks += run.ticks;
  total.inputSpikes += run.inputSpikes;
  total.hops += run.hops;
  run.coreSpikes.forEach((spikes, core) => (total.coreSpikes[core]! += spikes));
  run.coreSynapticOperations.forEach((operations, core) => (total.coreSynapticOperations[core]! += operations));
}

function totals({ cores, spec }: TrueNorthProgram, run: EngineCounters): Counters {
  const coreTicks = run.ticks * cores.nCores;
  const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);
  return {
    ticks: run.ticks,
    coreTicks,
    rows: coreTicks * spec.neuronsPerCore,
    spikes: sum(run.coreSpikes),
    inputSpikes: run.inputSpikes,
    synapticOperations: sum(run.coreSynapticOperations),
    hops: run.hops,
  };
}
