/** Data sets on a TrueNorth-style chip. */
import { ENGINE_CHOICES, type EngineChoice } from '../../simulator/engines/batch/choose.js';
import type { TrueNorthProgram } from '../../ir/program/truenorth.js';
import { createRunner } from '../../simulator/parallel/runner.js';
import type { ChipRunner, OpenOptions } from '../chip.js';
import { runnerFaults } from './faults.js';
import { runMeasures } from './measures.js';

/** Opens a program, deployed; faults that act in the runner are loaded for each run. */
export function openTrueNorth(program: TrueNorthProgram, { workers }: OpenOptions): ChipRunner {
  const runner = createRunner(program, workers);
  return {
    run: async (data, request) => {
      const { seed, chipSeed, limit, signal, onProgress } = request;
      const output = await runner.run(data, {
        seed,
        chipSeed,
        ...runnerFaults(program, request),
        engine: engineOf(request.engine),
        ...(limit === undefined ? {} : { limit }),
        ...(signal === undefined ? {} : { signal }),
        ...(onProgress === undefined ? {} : { onProgress }),
      });
      const { engine, nSamples, nClasses, scores, seconds } = output;
      return { engine, nSamples, nClasses, scores, seconds, measures: runMeasures(program, output) };
    },
    close: () => runner.close(),
  };
}

const engineOf = (name: string | undefined): EngineChoice => ENGINE_CHOICES.find((known) => known === name) ?? 'auto';
