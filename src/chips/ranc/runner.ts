/** Data sets on RANC: on the fast engines by the TrueNorth program that fires the same spikes, and on RANC's own model. */
import { ENGINE_CHOICES, type EngineChoice } from '../../simulator/engines/batch/choose.js';
import { windowed } from '../../simulator/event-window.js';
import { createRunner, type Runner } from '../../simulator/parallel/runner.js';
import type { LabelledImages } from '../../evaluation/tasks/samples.js';
import type { ChipOutput, ChipRunner, ChipRunRequest, OpenOptions } from '../chip.js';
import { runMeasures } from './measures.js';
import type { RancProgram } from './program.js';
import { runReference } from './reference.js';
import { trueNorthOf } from './truenorth.js';

/** The engines of RANC; the first one chooses. What no TrueNorth program equals runs on the reference model, whatever is asked for. */
export const RANC_ENGINES = ENGINE_CHOICES;

/** Opens a program, deployed. */
export function openRanc(program: RancProgram, { workers }: OpenOptions): ChipRunner {
  const equivalent = trueNorthOf(program);
  const runner = 'program' in equivalent ? createRunner(equivalent.program, workers) : undefined;
  let last: Promise<unknown> = Promise.resolve();
  return {
    run: (data, request) => {
      const engine = engineOf(request.engine);
      if (runner !== undefined && engine !== 'reference') return runFast(program, runner, { data, request, engine });
      const result = last.then(() => runSlow(program, data, request));
      last = result.catch(() => undefined);
      return result;
    },
    close: async () => {
      await runner?.close();
    },
  };
}

const engineOf = (name: string | undefined): EngineChoice => RANC_ENGINES.find((known) => known === name) ?? 'auto';

async function runFast(
  program: RancProgram,
  runner: Runner,
  run: { readonly data: LabelledImages; readonly request: ChipRunRequest; readonly engine: EngineChoice },
): Promise<ChipOutput> {
  const { noise, seed, chipSeed, limit, signal, onProgress } = run.request;
  const output = await runner.run(run.data, {
    ...{ seed, chipSeed, engine: run.engine, signal, onProgress },
    // What is fixed per chip is in the program already.
    noise: { ber: 0, drop: noise.drop },
    ...(limit === undefined ? {} : { limit }),
  });
  const { engine, nSamples, nClasses, scores, seconds, coreSpikes, coreSynapticOperations } = output;
  const { ticks, inputSpikes } = output.counters;
  const measures = runMeasures(windowed(program, run.data), { ticks, inputSpikes, coreSpikes, coreSynapticOperations });
  return { engine, nSamples, nClasses, scores, seconds, measures };
}

async function runSlow(program: RancProgram, data: LabelledImages, request: ChipRunRequest): Promise<ChipOutput> {
  const started = performance.now();
  const { nSamples, scores, counters } = await runReference(program, data, request);
  return {
    engine: 'reference',
    nSamples,
    nClasses: program.outputs.nClasses,
    scores,
    measures: runMeasures(windowed(program, data), counters),
    seconds: (performance.now() - started) / 1000,
  };
}
