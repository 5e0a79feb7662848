import { type Command, Option } from 'commander';
import { fail } from '../../common/diagnostics.js';
import { runCompiled } from '../../flow.js';
import { withDeadCores } from '../../hw-models/truenorth/board-faults.js';
import type { TrueNorthProgram } from '../../ir/program/truenorth.js';
import { NO_NOISE, type NoiseSpec, type RunResult } from '../../ir/trace/run-result.js';
import { ENGINE_CHOICES, type EngineChoice } from '../../simulator/engines/batch/choose.js';
import { integer, percent, percentInterval, quantity, significant } from '../../report/format.js';
import { viewProgram } from '../../report/program-view.js';
import { encodeResultFile } from '../../report/result-file.js';
import { noiseText } from '../../report/summary-section.js';
import type { CliContext } from '../context.js';
import { printWarnings } from '../errors.js';
import { checkWritable, writeAtomic } from '../io.js';
import { loadRunnable } from '../load.js';
import { checkLimit, type CommonOptions, parseLimit, parseNoise, withCommonOptions } from '../options.js';
import { parsePlaces } from '../places.js';
import { loadSamples } from '../samples.js';
import { startProgress } from '../progress.js';

interface RunCommandOptions extends CommonOptions {
  readonly data: string;
  readonly limit?: number;
  readonly noise?: string;
  readonly dead?: string;
  readonly engine: EngineChoice;
  readonly output?: string;
}

/** `lodestone run FILE --data mnist`: a program (or a model, compiled on the way) over a data set. */
export function addRun(program: Command, context: CliContext, commandLine: string): void {
  withCommonOptions(
    program
      .command('run')
      .argument('<file>', 'program file, or model file (compiled with the defaults)')
      .description('run a program over the test split of a data set, every sample compared with the integer network')
      .option('--data <name>', 'data set: name, file or folder', 'mnist')
      .option('--limit <n>', 'only the first n samples', parseLimit)
      .option('--noise <k=v,...>', 'noise: ber, drop, additive, multiplicative, for example ber=0.01,drop=0.001')
      .option('--dead <x,y;...>', 'cores that fail unknown to the compiler: silent, and spikes to them vanish')
      .addOption(new Option('--engine <name>', 'simulator').choices([...ENGINE_CHOICES]).default('auto'))
      .option('-o, --output <file>', 'result file to write, for lodestone report'),
    context,
  ).action(async (path: string, options: RunCommandOptions) => {
    const noise = options.noise === undefined ? NO_NOISE : parseNoise(options.noise);
    checkLimit(options.limit);
    if (options.output !== undefined) await checkWritable(options.output);
    const { warnings, ...loaded } = await loadRunnable(path, options.seed);
    const runnable = { ...loaded, program: withFaults(loaded.program, options.dead, noise) };
    if (!options.json) printWarnings(warnings, context);
    const dataset = await loadSamples(options.data, runnable.integer, options.limit);
    const progress = startProgress('simulating', context, options.json);
    let result: RunResult;
    try {
      result = await runCompiled(runnable, dataset, {
        ...(options.limit === undefined ? {} : { limit: options.limit }),
        workers: options.workers,
        seed: options.seed,
        noise,
        engine: options.engine,
        signal: context.signal,
        onProgress: (done: number, total: number) => progress.update(done, total),
      });
    } finally {
      progress.stop();
    }
    if (options.output !== undefined) {
      const programs = [viewProgram(runnable.program)];
      await writeAtomic(
        options.output,
        encodeResultFile({ results: [result], programs, noise: [], commands: [commandLine] }),
      );
    }
    // The per-core lists of a large chip are for the result file, not for a terminal or a pipe.
    const brief = { ...result, coreSpikes: undefined, coreSynapticOperations: undefined, warnings };
    context.out(options.json ? `${JSON.stringify(brief, null, 2)}\n` : text(result));
  });
}

/** The program on a chip with dead cores. @throws UserError for cores that do not exist, and together with weight noise */
function withFaults(program: TrueNorthProgram, dead: string | undefined, noise: NoiseSpec): TrueNorthProgram {
  if (dead === undefined) return program;
  if (noise.additive > 0 || noise.multiplicative > 0) {
    fail(
      'dead-cores-with-weight-noise',
      `--dead ${dead}`,
      'weight noise compiles the network again, cores would move',
      'use one of them, or --noise ber, drop',
    );
  }
  return withDeadCores(program, parsePlaces(dead, '--dead'));
}

function text(result: RunResult): string {
  const energy = result.energyUj;
  const lines: readonly (readonly [string, string])[] = [
    ['network', `${result.name} on ${result.chip}, ${result.data}`],
    ['accuracy', `${percent(result.accuracy)} (95 %: ${percentInterval(result.accuracyInterval)})`],
    ['integer network', percent(result.accuracyInteger)],
    ...(result.accuracyFloat === undefined ? [] : [['float network', percent(result.accuracyFloat)] as const]),
    ['samples', `${integer(result.samples)}, ${integer(result.correct)} correct`],
    ['mismatches', `${integer(result.mismatches)} samples differ from the integer network`],
    ['noise', noiseText(result)],
    ['cores', integer(result.cores)],
    ['ticks per sample', `${significant(result.ticksPerSample)}, latency ${integer(result.latencyTicks)}`],
    ['core-ticks', integer(result.coreTicks)],
    ['spikes', integer(result.spikes)],
    ['synaptic operations', integer(result.synapticOperations)],
    ['energy per sample', 'unknown' in energy ? `unknown: ${energy.reason}` : `${quantity(energy)}, ${energy.status}`],
    ...('unknown' in energy ? [] : [['energy source', energy.source] as const]),
    [
      'time',
      `${significant(result.seconds)} s, ${significant(result.samplesPerSecond)} samples/s, ${result.workers} workers, ${result.engine} engine`,
    ],
    ['seed', String(result.seed)],
  ];
  return `${lines.map(([name, value]) => `${name.padEnd(20)} ${value}`).join('\n')}\n`;
}
