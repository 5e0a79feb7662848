import { compileNorthPole } from '../compiler/targets/northpole/compile.js';
import type { NorthPoleProgram } from '../ir/program/northpole.js';
import type { NoiseSpec } from '../ir/faults/levels.js';
import type { NorthPoleRunResult } from '../ir/trace/run-result.js';
import type { LabelledImages } from '../evaluation/tasks/samples.js';
import { runNorthPole } from '../simulator/run-northpole.js';
import { checkData, comparison, evaluateReferences } from './compare.js';
import { NORTHPOLE_FAULT_SUPPORT } from '../hw-models/northpole/fault-support.js';
import { throwIfErrors } from '../common/diagnostics.js';
import { faultProblems } from '../ir/faults/check.js';
import { noisyNetwork } from './noise.js';
import { northPoleFaults, scopeProblems } from './northpole-faults.js';
import { northPolePerformance } from './performance.js';
import type { Runnable, RunOptions } from './runnable.js';

type NorthPoleRunnable = Runnable & { readonly program: NorthPoleProgram };

/** A data set on a NorthPole-style chip, beside its references. */
export async function runOnNorthPole(
  runnable: NorthPoleRunnable,
  data: LabelledImages,
  options: RunOptions,
): Promise<NorthPoleRunResult> {
  const { limit, seed, signal, workers, noise, scope } = options;
  throwIfErrors([...faultProblems(options, NORTHPOLE_FAULT_SUPPORT), ...scopeProblems(runnable.program, scope ?? {})]);
  const chipSeed = options.chipSeed ?? seed;
  const program = compiledWithNoise(runnable, noise, chipSeed);
  checkData(program, data, limit);
  const faults = northPoleFaults(program, options, { chipSeed, noiseSeed: seed });
  const references = await evaluateReferences(runnable, data, options);
  const output = await runNorthPole(program, data, {
    seed,
    workers,
    ...(faults === undefined ? {} : { faults }),
    ...(limit === undefined ? {} : { limit }),
    ...(signal === undefined ? {} : { signal }),
    onProgress: references.chipProgress,
  });
  return {
    ...comparison(program, data, output, references),
    ...northPolePerformance(program),
    target: 'northpole',
    seed,
    workers,
    engine: 'functional',
    noise,
    ...(scope === undefined ? {} : { scope }),
  };
}

/** The program whose weights had noise before deployment: it is compiled again, which needs the model. */
function compiledWithNoise(runnable: NorthPoleRunnable, noise: NoiseSpec, chipSeed: number): NorthPoleProgram {
  const noisy = noisyNetwork(runnable, noise, chipSeed);
  if (noisy === undefined) return runnable.program;
  const { spec, batch } = runnable.program;
  return compileNorthPole(noisy, { spec, batch }).program;
}
