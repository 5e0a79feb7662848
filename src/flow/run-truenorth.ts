import { compileTrueNorth } from '../compiler/targets/truenorth/compile.js';
import { energyOptionsOf, energyPerSampleUj } from '../hw-models/truenorth/costs.js';
import type { TrueNorthProgram } from '../ir/program/truenorth.js';
import type { TrueNorthRunResult } from '../ir/trace/run-result.js';
import type { LabelledImages } from '../evaluation/tasks/samples.js';
import { runProgram } from '../simulator/run.js';
import { checkData, comparison, evaluateReferences } from './compare.js';
import { avoidingDown, faultyTrueNorth, runnerFaults } from './faulty-truenorth.js';
import { trueNorthFaultSupport } from '../hw-models/truenorth/fault-support.js';
import { throwIfErrors } from '../common/diagnostics.js';
import { scopeProblems } from './truenorth-scope.js';
import { faultProblems, type FaultRequest } from '../ir/faults/check.js';
import { noisyNetwork } from './noise.js';
import type { Runnable, RunOptions } from './runnable.js';

type TrueNorthRunnable = Runnable & { readonly program: TrueNorthProgram };

/** A data set on a TrueNorth-style chip, beside its references. */
export async function runOnTrueNorth(
  runnable: TrueNorthRunnable,
  data: LabelledImages,
  options: RunOptions,
): Promise<TrueNorthRunResult> {
  const { limit, seed, signal, workers, noise, engine } = options;
  const support = trueNorthFaultSupport(runnable.program.spec);
  throwIfErrors([...faultProblems(options, support), ...scopeProblems(runnable.program, options.scope ?? {})]);
  const chipSeed = options.chipSeed ?? seed;
  const program = faultyTrueNorth(deployedProgram(runnable, options, chipSeed), options, chipSeed);
  checkData(program, data, limit);
  const references = await evaluateReferences(runnable, data, options);
  const output = await runProgram(program, data, {
    seed,
    chipSeed,
    workers,
    ...runnerFaults(program, options),
    engine,
    ...(limit === undefined ? {} : { limit }),
    ...(signal === undefined ? {} : { signal }),
    onProgress: references.chipProgress,
  });
  const { counters, nSamples } = output;
  const { timing, cores } = program;
  return {
    ...comparison(program, data, output, references),
    target: 'truenorth',
    cores: cores.nCores,
    ticksPerSample: timing.period,
    latencyTicks: timing.outputStart + timing.outputTicks - timing.inputStart,
    coreTicks: counters.coreTicks,
    spikes: counters.spikes,
    synapticOperations: counters.synapticOperations,
    counters,
    energyUj: energyPerSampleUj(counters, cores.nCores, nSamples, energyOptionsOf(program.spec)),
    seed,
    workers,
    engine: output.engine,
    noise,
    ...(options.scope === undefined ? {} : { scope: options.scope }),
    coreSpikes: Array.from(output.coreSpikes),
    coreSynapticOperations: Array.from(output.coreSynapticOperations),
  };
}

/** The program of the chip at hand: weight noise acts before compilation and needs the model, known faults are avoided. */
function deployedProgram(runnable: TrueNorthRunnable, request: FaultRequest, chipSeed: number): TrueNorthProgram {
  const noisy = noisyNetwork(runnable, request.noise, chipSeed);
  const program =
    noisy === undefined ? runnable.program : compileTrueNorth(noisy, { spec: runnable.program.spec }).program;
  return avoidingDown(program, () => noisy ?? runnable.integer, request, chipSeed);
}
