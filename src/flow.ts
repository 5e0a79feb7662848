/**
 * The way of one network, from a model file to an accuracy number. Every step is a pure function of its inputs and seeds;
 * files, terminals and clocks are the command line's business.
 *
 *   1. readNetwork      bytes -> float network                          ir/network
 *   2. toInteger        float -> integer network                        compiler/passes
 *   3. compileNetwork   integer network -> placed, verified program     compiler/targets
 *   4. runCompiled      program on a data set, beside the oracle        simulator
 *   5. RunResult        accuracy, counters, energy                      hw-models/costs, report
 */
import { fail } from './common/diagnostics.js';
import { wilsonInterval } from './common/statistics.js';
import { addWeightNoise } from './compiler/passes/weight-noise.js';
import { lowerToInteger } from './compiler/pipelines.js';
import {
  compileTrueNorth,
  type TrueNorthCompilation,
  type TrueNorthOptions,
} from './compiler/targets/truenorth/compile.js';
import { mappingTable } from './compiler/targets/truenorth/table.js';
import { verifyProgram } from './compiler/targets/truenorth/verify.js';
import { throwIfErrors } from './common/diagnostics.js';
import { energyPerSampleUj } from './hw-models/truenorth/costs.js';
import { TRUENORTH } from './hw-models/truenorth/spec.js';
import { decodeNetwork } from './ir/network/file.js';
import type { NetworkGraph } from './ir/network/types.js';
import { decodeProgram, encodeProgram, type ProgramFile } from './ir/program/file.js';
import type { TrueNorthProgram } from './ir/program/truenorth.js';
import type { NoiseSpec, RunResult } from './ir/trace/run-result.js';
import type { EngineChoice } from './simulator/engines/batch/choose.js';
import { evaluateNetwork, type NetworkEvaluation } from './simulator/interpreter/evaluate.js';
import { decide } from './simulator/interpreter/network.js';
import type { LabelledImages, SimulationOutput } from './simulator/parallel/runner.js';
import { runProgram } from './simulator/run.js';

/** Reads a model file (.lsn). @throws UserError with every finding */
export function readNetwork(bytes: Uint8Array, place: string): NetworkGraph {
  return decodeNetwork(bytes, place);
}

/** Lowers a float network to the integer network that chips compute. @throws UserError with every unsupported layer */
export function toInteger(graph: NetworkGraph): NetworkGraph {
  return lowerToInteger(graph);
}

/** How to compile. */
export interface CompileOptions extends Partial<TrueNorthOptions> {
  readonly chip: 'truenorth';
}

/** A network on a chip. */
export interface Compilation extends TrueNorthCompilation {
  readonly integer: NetworkGraph;
  /** The per-layer table, for people. */
  readonly table: string;
}

/** Compiles a network of either dialect. @throws UserError with every limit that is exceeded */
export function compileNetwork(graph: NetworkGraph, options: CompileOptions): Compilation {
  const integer = toInteger(graph);
  const compilation = compileTrueNorth(integer, { spec: TRUENORTH, ...options });
  return { ...compilation, integer, table: mappingTable(compilation) };
}

/** A program file (.lsp): program and oracle. */
export function writeProgram(compilation: ProgramFile): Uint8Array {
  return encodeProgram(compilation);
}

/** Reads a program file and verifies the program against the limits of its chip. @throws UserError with every finding */
export function readProgram(bytes: Uint8Array, place: string): ProgramFile<TrueNorthProgram> {
  const { program, integer } = decodeProgram(bytes, place);
  if (program.kind !== 'truenorth') {
    fail('other-chip', place, `this is a program for ${program.kind}`, 'compile the network for truenorth');
  }
  throwIfErrors(verifyProgram(program));
  return { program, integer };
}

/** How to run. */
export interface RunOptions {
  readonly limit?: number;
  readonly workers: number;
  /** Draws that change per use: dropped spikes, Bernoulli inputs. */
  readonly seed: number;
  /** Draws that belong to the chip: bit errors, weight noise. The same as `seed` by default. */
  readonly chipSeed?: number;
  readonly noise: NoiseSpec;
  /** `auto`: the one that is expected to be the fastest; all give the same bits. */
  readonly engine: EngineChoice;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** A program with its oracle and, when the model was at hand, the float network. */
export interface Runnable extends ProgramFile<TrueNorthProgram> {
  readonly float?: NetworkGraph;
}

/** Runs a program over a data set and compares every class score with the integer network. */
export async function runCompiled(runnable: Runnable, data: LabelledImages, options: RunOptions): Promise<RunResult> {
  const { integer, float } = runnable;
  const { limit, seed, signal } = options;
  const chipSeed = options.chipSeed ?? seed;
  const program = deployedProgram(runnable, options.noise, chipSeed);
  checkData(program, data, limit);
  const common = { seed, ...(limit === undefined ? {} : { limit }), ...(signal === undefined ? {} : { signal }) };
  const oracle = await evaluateNetwork(integer, data, common);
  const floating = float === undefined ? undefined : await evaluateNetwork(float, data, common);
  const { workers, noise, engine, onProgress } = options;
  const output = await runProgram(program, data, {
    ...common,
    workers,
    chipSeed,
    noise,
    engine,
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  return resultOf(program, data, output, { oracle, floating, options });
}

/** The program of the chip at hand: weight noise acts before compilation and needs the model. */
function deployedProgram(runnable: Runnable, noise: NoiseSpec, chipSeed: number): TrueNorthProgram {
  if (noise.additive === 0 && noise.multiplicative === 0) return runnable.program;
  if (runnable.float === undefined) {
    fail(
      'noise-needs-model',
      '--noise additive, multiplicative',
      'weight noise acts before deployment, and a program file holds deployed weights only',
      'pass the model file (.lsn) instead of the program file',
    );
  }
  const noisy = addWeightNoise(runnable.float, noise, chipSeed);
  return compileNetwork(noisy, { chip: 'truenorth', spec: runnable.program.spec }).program;
}

function checkData(program: TrueNorthProgram, data: LabelledImages, limit: number | undefined): void {
  if (program.inputShape.join() !== data.shape.join()) {
    fail(
      'wrong-input-shape',
      `data set "${data.name}"`,
      `samples are [${data.shape.join(', ')}], the network takes [${program.inputShape.join(', ')}]`,
      'use a data set of the shape the network was trained on',
    );
  }
  if (Math.min(limit ?? Infinity, data.labels.length) < 1) {
    fail('no-samples', `data set "${data.name}"`, 'there is nothing to run: zero samples', 'use a limit of at least 1');
  }
}

function resultOf(
  program: TrueNorthProgram,
  data: LabelledImages,
  output: SimulationOutput,
  run: {
    readonly oracle: NetworkEvaluation;
    readonly floating: NetworkEvaluation | undefined;
    readonly options: RunOptions;
  },
): RunResult {
  const { oracle, floating, options } = run;
  const { nSamples, nClasses, scores, counters, seconds } = output;
  const predictions = decisions(program, scores, nSamples);
  let correct = 0;
  let mismatches = 0;
  for (let s = 0; s < nSamples; s++) {
    if (predictions[s] === data.labels[s]) correct++;
    let equal = true;
    for (let k = s * nClasses; k < (s + 1) * nClasses; k++) equal &&= scores[k] === oracle.scores[k];
    if (!equal) mismatches++;
  }
  const { timing, cores } = program;
  return {
    kind: 'run-result',
    name: program.name,
    chip: program.spec.name,
    data: data.name,
    samples: nSamples,
    correct,
    accuracy: correct / nSamples,
    accuracyInterval: wilsonInterval(correct, nSamples),
    accuracyInteger: oracle.correct / nSamples,
    ...(floating === undefined ? {} : { accuracyFloat: floating.correct / nSamples }),
    mismatches,
    seconds,
    samplesPerSecond: nSamples / seconds,
    cores: cores.nCores,
    ticksPerSample: timing.period,
    latencyTicks: timing.outputStart + timing.outputTicks - timing.inputStart,
    coreTicks: counters.coreTicks,
    spikes: counters.spikes,
    synapticOperations: counters.synapticOperations,
    counters,
    energyUj: energyPerSampleUj(counters, cores.nCores, nSamples),
    seed: options.seed,
    workers: options.workers,
    engine: output.engine,
    noise: options.noise,
    coreSpikes: Array.from(output.coreSpikes),
    coreSynapticOperations: Array.from(output.coreSynapticOperations),
  };
}

/** The class every sample is decided for, from [nSamples, nClasses] scores. */
export function decisions(program: TrueNorthProgram, scores: Int32Array, nSamples: number): Uint16Array {
  const { nClasses, scale, offset } = program.outputs;
  return Uint16Array.from({ length: nSamples }, (_, s) =>
    decide(scores.subarray(s * nClasses, (s + 1) * nClasses), scale, offset),
  );
}
