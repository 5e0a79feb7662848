/** Data sets on a NorthPole-style chip, by the functional engine. */
import type { NorthPoleProgram } from '../../ir/program/northpole.js';
import { createNorthPoleRunner } from '../../simulator/parallel/northpole-runner.js';
import type { ChipRunner, OpenOptions } from '../chip.js';
import { northPoleFaults } from './faults.js';
import { northPoleMeasures } from './measures.js';

/** Opens a program; the faults of each run are drawn into its image. */
export function openNorthPole(program: NorthPoleProgram, { workers }: OpenOptions): ChipRunner {
  const runner = createNorthPoleRunner(program, workers);
  const measures = northPoleMeasures(program);
  return {
    run: async (data, request) => {
      const { seed, chipSeed, limit, signal, onProgress } = request;
      const faults = northPoleFaults(program, request, { chipSeed, noiseSeed: seed });
      const output = await runner.run(data, {
        seed,
        ...(faults === undefined ? {} : { faults }),
        ...(limit === undefined ? {} : { limit }),
        ...(signal === undefined ? {} : { signal }),
        ...(onProgress === undefined ? {} : { onProgress }),
      });
      const { nSamples, nClasses, scores, seconds } = output;
      return { engine: 'functional', nSamples, nClasses, scores, seconds, measures };
    },
    close: () => runner.close(),
  };
}
