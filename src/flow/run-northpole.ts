import { errorAt, throwIfErrors } from '../common/diagnostics.js';
import type { NorthPoleProgram } from '../ir/program/northpole.js';
import { NO_NOISE, type NoiseSpec, type NorthPoleRunResult } from '../ir/trace/run-result.js';
import type { LabelledImages } from '../simulator/parallel/runner.js';
import { runNorthPole } from '../simulator/run-northpole.js';
import { checkData, comparison, evaluateReferences } from './compare.js';
import { northPolePerformance } from './performance.js';
import type { Runnable, RunOptions } from './runnable.js';

type NorthPoleRunnable = Runnable & { readonly program: NorthPoleProgram };

/** A data set on a NorthPole-style chip, beside its references. */
export async function runOnNorthPole(
  runnable: NorthPoleRunnable,
  data: LabelledImages,
  options: RunOptions,
): Promise<NorthPoleRunResult> {
  const { program } = runnable;
  const { limit, seed, signal, workers, noise, onProgress } = options;
  checkNoise(noise);
  checkData(program, data, limit);
  const references = await evaluateReferences(runnable, data, options);
  const output = await runNorthPole(program, data, {
    seed,
    workers,
    ...(limit === undefined ? {} : { limit }),
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  return {
    ...comparison(program, data, output, references),
    ...northPolePerformance(program),
    target: 'northpole',
    seed,
    workers,
    engine: 'functional',
    noise,
  };
}

/** The faults of spiking chips have no meaning here. @throws UserError with each that is asked for */
function checkNoise(noise: NoiseSpec): void {
  const names = Object.keys(NO_NOISE);
  throwIfErrors(
    Object.entries(noise)
      .filter(([name, level]) => names.includes(name) && level > 0)
      .map(([name, level]) =>
        errorAt(
          'noise-not-modelled',
          `--noise ${name}=${level}`,
          'this kind of noise is not modelled for NorthPole-style chips',
          'run without --noise, or compile with --chip truenorth',
        ),
      ),
  );
}
