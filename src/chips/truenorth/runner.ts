/** Data sets on a TrueNorth-style chip. */
import { platform } from '#platform';
import { ENGINE_CHOICES, type EngineChoice } from '../../simulator/engines/batch/choose.js';
import { tableFits } from '../../hw-models/truenorth/cost-table.js';
import type { TrueNorthProgram } from '../../ir/program/truenorth.js';
import { windowed } from '../../simulator/event-window.js';
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
      const running = runner.run(data, {
        seed,
        chipSeed,
        ...runnerFaults(program, request),
        engine: engineOf(request.engine),
        ...(limit === undefined ? {} : { limit }),
        ...(signal === undefined ? {} : { signal }),
        ...(onProgress === undefined ? {} : { onProgress }),
      });
      // Once the tasks are handed out, and while the threads run them: what the measures need, made once.
      await Promise.race([running, platform.nextTurn()]);
      tableFits();
      const output = await running;
      const { engine, nSamples, nClasses, scores, seconds } = output;
      return { engine, nSamples, nClasses, scores, seconds, measures: runMeasures(windowed(program, data), output) };
    },
    close: () => runner.close(),
  };
}

const engineOf = (name: string | undefined): EngineChoice => ENGINE_CHOICES.find((known) => known === name) ?? 'auto';
