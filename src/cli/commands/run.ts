import { type Command, Option } from 'commander';
import { match } from 'ts-pattern';
import { fail } from '../../common/diagnostics.js';
import { isSequenceModel } from '../../experiments/sums.js';
import { runCompiled, type RunOptions, viewOf } from '../../flow.js';
import type { FaultName } from '../../ir/faults/catalogue.js';
import { resultAt, type SuppliedChip } from '../../flow/voltage.js';
import { withDeadCores } from '../../hw-models/truenorth/board-faults.js';
import type { KnownProgram } from '../../ir/program/file.js';
import { NO_NOISE, type NoiseSpec } from '../../ir/faults/levels.js';
import type { RunResult } from '../../ir/trace/run-result.js';
import { ENGINE_CHOICES, type EngineChoice } from '../../simulator/engines/batch/choose.js';
import { integer, percent, percentInterval, quantityWithBand, significant } from '../../common/format.js';
import { encodeResultFile } from '../../report/result-file.js';
import { noiseText } from '../../report/summary-section.js';
import { type CliContext, EXIT, type ExitCode } from '../context.js';
import { printWarnings } from '../errors.js';
import { namingOptions, noiseOption } from '../fault-options.js';
import { checkWritable, writeAtomic } from '../io.js';
import { loadAskedSamples, loadRunnable, parseChip } from '../load.js';
import {
  checkLimit,
  type CommonOptions,
  FAULT_NAMES_TEXT,
  parseBatch,
  parseLimit,
  parseNoise,
  refuseIdleScope,
  scopeOf,
  type ScopeOptions,
  withCommonOptions,
  withScopeOptions,
} from '../options.js';
import { parsePlaces } from '../places.js';
import { startProgress } from '../progress.js';
import { parseVolts, suppliedChip, VOLTAGE_TABLE_TEXT, type VoltageOptions } from '../voltage.js';
import { performanceLines } from './compile-northpole.js';

interface RunCommandOptions extends CommonOptions, ScopeOptions, VoltageOptions {
  readonly chip: string;
  readonly spec?: string;
  readonly batch?: number;
  readonly data: string;
  readonly float: boolean;
  readonly limit?: number;
  readonly noise?: string;
  readonly dead?: string;
  readonly engine: EngineChoice;
  readonly output?: string;
}

/** `lodestone run FILE --data mnist`: a program (or a model, compiled on the way) over a data set. */
export function addRun(
  program: Command,
  context: CliContext,
  commandLine: string,
  setExit: (code: ExitCode) => void,
): void {
  withScopeOptions(
    withCommonOptions(
      program
        .command('run')
        .argument('<file>', 'program file, or model file (compiled with the defaults)')
        .description('run a program over the test split of a data set, every sample compared with the integer network')
        .option('--chip <name>', 'chip a model file is compiled for: truenorth, northpole', 'truenorth')
        .option('--spec <file>', 'northpole: chip a model file is compiled for, a preset or a YAML file')
        .option('--batch <frames>', 'northpole: frames that go through each layer together', parseBatch)
        .option('--data <name>', 'data set: name, file or folder', 'mnist')
        .option('--limit <n>', 'only the first n samples', parseLimit)
        .option('--no-float', 'leave out the float network, whose accuracy is for information only')
        .option('--noise <k=v,...>', `noise, for example ber=0.01,drop=0.001: ${FAULT_NAMES_TEXT}`)
        .option('--voltage-table <file>', VOLTAGE_TABLE_TEXT)
        .option('--voltage <volts>', 'voltage of that table at which the chip runs', parseVolts)
        .option(
          '--dead <x,y;...>',
          'truenorth: cores that fail unknown to the compiler: silent, and spikes to them vanish',
        )
        .addOption(new Option('--engine <name>', 'truenorth: simulator').choices([...ENGINE_CHOICES]).default('auto'))
        .option('-o, --output <file>', 'result file to write, for lodestone report'),
      context,
    ),
  ).action(async (path: string, options: RunCommandOptions) => {
    const noiseAsked = options.noise === undefined ? NO_NOISE : parseNoise(options.noise);
    checkLimit(options.limit);
    const supplied = await suppliedChip(options, noiseAsked);
    if (options.noise === undefined && supplied === undefined) refuseIdleScope(options);
    const noise = supplied === undefined ? noiseAsked : { ...noiseAsked, ber: supplied.ber };
    if (options.output !== undefined) await checkWritable(options.output);
    const { seed, spec, batch } = options;
    const { warnings, ...loaded } = await loadRunnable(path, {
      seed,
      chip: parseChip(options.chip),
      ...(spec === undefined ? {} : { spec }),
      ...(batch === undefined ? {} : { batch }),
    });
    if (isSequenceModel(loaded.integer)) {
      fail('sequence-model', path, 'it reads tokens one by one, and a run goes over images', 'use `lodestone sums`');
    }
    const runnable = { ...loaded, program: withFaults(loaded.program, options, noise) };
    if (!options.json) printWarnings(warnings, context);
    const dataset = await loadAskedSamples(options, runnable.integer);
    const progress = startProgress('running', context, options.json);
    let result: RunResult;
    try {
      const chosen: RunOptions = {
        ...(options.limit === undefined ? {} : { limit: options.limit }),
        workers: options.workers,
        seed: options.seed,
        noise,
        ...scopeOf(options),
        engine: options.engine,
        float: options.float,
        signal: context.signal,
        onProgress: (done: number, total: number) => progress.update(done, total),
      };
      const levels = noiseOption(noise);
      const asked = {
        scope: chosen.scope,
        optionOf: (fault: FaultName) =>
          supplied === undefined || fault !== 'ber' ? levels(fault) : `--voltage ${supplied.volts}`,
      };
      const run = await namingOptions(asked, () => runCompiled(runnable, dataset, chosen));
      result = supplied === undefined ? run : resultAt(run, supplied);
    } finally {
      progress.stop();
    }
    // Without faults a difference is a broken core model, and a script must notice it.
    const isFaultless = options.dead === undefined && Object.values(noise).every((level) => level === 0);
    if (isFaultless && result.mismatches > 0) setExit(EXIT.userError);
    if (options.output !== undefined) {
      const programs = [viewOf(runnable.program)];
      await writeAtomic(
        options.output,
        encodeResultFile({ results: [result], programs, noise: [], commands: [commandLine] }),
      );
    }
    // The per-core lists of a large chip are for the result file, not for a terminal or a pipe.
    const brief = { ...result, ...OMITTED, ...(supplied === undefined ? {} : { voltage: supplied }), warnings };
    context.out(options.json ? `${JSON.stringify(brief, null, 2)}\n` : text(result, supplied));
  });
}

const OMITTED = { coreSpikes: undefined, coreSynapticOperations: undefined };

/** The program on a chip with dead cores. @throws UserError for cores that do not exist, and with what compiles the network again */
function withFaults(program: KnownProgram, { dead, known }: RunCommandOptions, noise: NoiseSpec): KnownProgram {
  if (dead === undefined) return program;
  if (program.kind !== 'truenorth') {
    fail(
      'option-of-another-chip',
      `--dead ${dead}`,
      'NorthPole-style chips have no such option',
      'leave the option out',
    );
  }
  if (noise.additive > 0 || noise.multiplicative > 0) {
    fail(
      'dead-cores-with-weight-noise',
      `--dead ${dead}`,
      'weight noise compiles the network again, cores would move',
      'use one of them, or --noise ber, drop',
    );
  }
  if (known === true) {
    const message = 'known faults compile the network again, cores would move';
    fail('dead-cores-with-known-faults', `--dead ${dead} --known`, message, 'use one of them, or compile --faulty');
  }
  return withDeadCores(program, parsePlaces(dead, '--dead'));
}

/** The lines that depend on the kind of chip. */
const chipLines = (result: RunResult): readonly (readonly [string, string])[] =>
  match(result)
    .returnType<readonly (readonly [string, string])[]>()
    .with({ target: 'truenorth' }, (run) => [
      ['ticks per sample', `${significant(run.ticksPerSample)}, latency ${integer(run.latencyTicks)}`],
      ['core-ticks', integer(run.coreTicks)],
      ['spikes', integer(run.spikes)],
      ['synaptic operations', integer(run.synapticOperations)],
      ['hops', integer(run.counters.hops)],
    ])
    .with({ target: 'northpole' }, performanceLines)
    .exhaustive();

const voltageLine = ({ volts, ber, energyScale, table }: SuppliedChip): string =>
  `${volts} V: bit error rate ${significant(ber)}, dynamic energy times ${significant(energyScale)}, by ${table}`;

function text(result: RunResult, supplied: SuppliedChip | undefined): string {
  const energy = result.energyUj;
  const lines: readonly (readonly [string, string])[] = [
    ['network', `${result.name} on ${result.chip}, ${result.data}`],
    ['accuracy', `${percent(result.accuracy)} (95 %: ${percentInterval(result.accuracyInterval)})`],
    ['integer network', percent(result.accuracyInteger)],
    ...(result.accuracyFloat === undefined ? [] : [['float network', percent(result.accuracyFloat)] as const]),
    ['samples', `${integer(result.samples)}, ${integer(result.correct)} correct`],
    ['mismatches', `${integer(result.mismatches)} samples differ from the integer network`],
    ...(supplied === undefined ? [] : [['voltage', voltageLine(supplied)] as const]),
    ['noise', noiseText(result)],
    ['cores', integer(result.cores)],
    ...chipLines(result),
    [
      'energy per sample',
      'unknown' in energy ? `unknown: ${energy.reason}` : `${quantityWithBand(energy)}, ${energy.status}`,
    ],
    ...('unknown' in energy ? [] : [['energy source', energy.source] as const]),
    [
      'time',
      `${significant(result.seconds)} s, ${significant(result.samplesPerSecond)} samples/s, ${result.workers} workers, ${result.engine} engine; ${significant(performance.now() / 1000)} s with everything around it`,
    ],
    ['seed', String(result.seed)],
  ];
  return `${lines.map(([name, value]) => `${name.padEnd(20)} ${value}`).join('\n')}\n`;
}
