import { type Command, Option } from 'commander';
import { type Diagnostic, fail } from '../../common/diagnostics.js';
import { integer, percent, percentInterval, quantityWithBand, significant } from '../../common/format.js';
import type { Chip } from '../../chips/chip.js';
import { CHIPS } from '../../chips/installed.js';
import { originOf } from '../../flow/origin.js';
import type { Threads } from '../../evaluation/tasks/threads.js';
import { runCompiled, type Runnable, type RunOptions } from '../../flow.js';
import { startRunThreads } from '../../flow/compare.js';
import { measuresAt, type SuppliedChip } from '../../flow/voltage.js';
import type { FaultName } from '../../ir/faults/catalogue.js';
import { NO_NOISE, type NoiseSpec } from '../../ir/faults/levels.js';
import { isSequenceModel } from '../../ir/network/sequences.js';
import type { RunResult } from '../../ir/trace/run-result.js';
import { encodeResultFile } from '../../report/result-file.js';
import { noiseText } from '../../report/summary-section.js';
import { chipOf, chipOptionValues, type ChipChoice, compileAsked, withChipOptions } from '../chip-options.js';
import { alarming } from '../colour.js';
import { printJson } from '../json-envelope.js';
import { type CliContext, EXIT, type ExitCode } from '../context.js';
import { printWarnings } from '../tell.js';
import { namingOptions, noiseOption } from '../fault-options.js';
import { withEventOptions } from '../event-options.js';
import { checkWritable, writeAtomic } from '../io.js';
import { loadRunnable, samplesFor } from '../load.js';
import { measureLines } from '../measure-lines.js';
import {
  checkLimit,
  type DataOptions,
  parseNoise,
  refuseIdleScope,
  scopeOf,
  type ScopeOptions,
  type SeedOption,
  withData,
  withLimit,
  withNoise,
  withScopeOptions,
  withSeed,
  withWorkers,
  type WorkersOption,
} from '../options.js';
import { startProgress } from '../progress.js';
import { parseVolts, suppliedChip, VOLTAGE_TABLE_TEXT, type VoltageOptions } from '../voltage.js';

interface RunCommandOptions extends DataOptions, SeedOption, WorkersOption, ScopeOptions, VoltageOptions, ChipChoice {
  readonly json: boolean;
  readonly float: boolean;
  readonly noise?: string;
  readonly engine?: string;
  readonly output?: string;
}

/** `lodestone run FILE --data mnist`: a program (or a model, compiled on the way) over a data set. */
export function addRun(
  program: Command,
  context: CliContext,
  commandLine: string,
  setExit: (code: ExitCode) => void,
): void {
  const chips = context.chips ?? CHIPS;
  const engines = chips.map(({ name, engines: own }) => `${name}: ${own.join(', ')}`).join('; ');
  const command = withSeed(
    program
      .command('run')
      .argument('<file>', `program file, or model file, ours or another tool's (compiled on the way)`)
      .description('run a program over the test split of a data set, every sample compared with the integer network'),
  );
  const withSamples = withEventOptions(
    withLimit(withData(withChipOptions(withWorkers(command, context), { chips, damages: true }))),
  );
  withScopeOptions(
    withNoise(withSamples)
      .option('--no-float', 'leave out the float network, whose accuracy is for information only')
      .option('--voltage-table <file>', VOLTAGE_TABLE_TEXT)
      .option('--voltage <volts>', 'voltage of that table at which the chip runs', parseVolts)
      .addOption(
        new Option('--engine <name>', `simulator: all of them give the same bits (${engines})`).choices(
          everyEngine(chips),
        ),
      )
      .option('-o, --output <file>', 'result file to write, for lodestone report'),
  ).action(async (path: string, options: RunCommandOptions, called: Command) => {
    // They start while the program is read, or compiled.
    const threads = startRunThreads(options.workers);
    try {
      await run(path, options, called, threads);
    } finally {
      await threads?.close();
    }
  });

  const run = async (
    path: string,
    options: RunCommandOptions,
    called: Command,
    threads: Threads | undefined,
  ): Promise<void> => {
    const noiseAsked = options.noise === undefined ? NO_NOISE : parseNoise(options.noise);
    checkLimit(options.limit);
    const supplied = await suppliedChip(options, noiseAsked);
    if (options.noise === undefined && supplied === undefined) refuseIdleScope(options);
    const noise = supplied === undefined ? noiseAsked : { ...noiseAsked, ber: supplied.ber };
    const { chip, named } = await chipOf(called, options, chips);
    const { output, limit, seed, workers, json } = options;
    if (output !== undefined) await checkWritable(output);
    const { warnings, file, ...loaded } = await loadRunnable(
      path,
      compileAsked({ command: called, path, chip, named, chips, seed }),
    );
    if (loaded.integer !== undefined && isSequenceModel(loaded.integer)) {
      fail('sequence-model', path, 'it reads tokens one by one, and a run goes over images', 'use `lodestone sums`');
    }
    const engine = engineOf(loaded.chip, options.engine);
    const damages = await chipOptionValues(called, loaded.chip, 'damages', chips);
    const runnable = damaged(loaded, damages, { noise, known: options.known === true });
    if (!json) printWarnings(warnings, context);
    const dropped: Diagnostic[] = [];
    const dataset = await samplesFor(runnable, options, called, (found) => dropped.push(...found));
    if (!json) printWarnings(dropped, context);
    const progress = startProgress('running', context, json);
    let result: RunResult;
    try {
      const chosen: RunOptions = {
        ...(limit === undefined ? {} : { limit }),
        ...(engine === undefined ? {} : { engine }),
        ...{ workers, threads, seed, noise, ...scopeOf(options), signal: context.signal },
        float: options.float,
        onProgress: (done: number, total: number) => progress.update(done, total),
      };
      const levels = noiseOption(noise);
      const asked = {
        scope: chosen.scope,
        optionOf: (fault: FaultName) =>
          supplied === undefined || fault !== 'ber' ? levels(fault) : `--voltage ${supplied.volts}`,
      };
      const run = await namingOptions(asked, () => runCompiled(runnable, dataset, chosen));
      result = supplied === undefined ? run : measuresAt(run, supplied);
    } finally {
      progress.stop();
    }
    // Without faults a difference is a broken core model, and a script must notice it.
    const isFaultless = Object.keys(damages).length === 0 && Object.values(noise).every((level) => level === 0);
    if (isFaultless && result.mismatches > 0) setExit(EXIT.userError);
    if (output !== undefined) {
      const programs = [runnable.chip.view(runnable.program)];
      const origins = [originOf(loaded, file, context.version)];
      const content = { results: [result], programs, noise: [], origins, commands: [commandLine] };
      await writeAtomic(output, encodeResultFile(content));
    }
    // The values per core of a large chip are for the result file, not for a terminal or a pipe.
    const { host, ...same } = result;
    const brief = {
      ...same,
      ...OMITTED,
      ...(supplied === undefined ? {} : { voltage: supplied }),
      warnings: [...warnings, ...dropped],
    };
    if (json) printJson(context, 'lodestone-run', brief, { ...host });
    else context.out(text(result, supplied, context));
  };
}

const OMITTED = { loads: undefined, outcomes: undefined };

const everyEngine = (chips: readonly Chip[]): string[] => [...new Set(chips.flatMap(({ engines }) => engines))];

/** @throws UserError for an engine that the chip does not have */
function engineOf({ engines, title }: Chip, name: string | undefined): string | undefined {
  if (name === undefined || engines.includes(name)) return name;
  return fail('unknown-engine', `--engine ${name}`, `${title} have no such engine`, `use ${engines.join(', ')}`);
}

/** The program on a damaged chip. @throws UserError for places that do not exist, and with what compiles the network again */
function damaged(
  runnable: Runnable,
  damages: object,
  { noise, known }: { readonly noise: NoiseSpec; readonly known: boolean },
): Runnable {
  const names = Object.keys(damages).map((name) => `--${name}`);
  if (names.length === 0) return runnable;
  const place = names.join(', ');
  if (noise.additive > 0 || noise.multiplicative > 0) {
    const message = 'weight noise compiles the network again, cores would move';
    fail('damage-with-weight-noise', place, message, 'use one of them, or --noise ber, drop');
  }
  if (known) {
    const message = 'known faults compile the network again, cores would move';
    fail('damage-with-known-faults', `${place} --known`, message, 'use one of them, or compile --faulty');
  }
  return { ...runnable, program: runnable.chip.damage(runnable.program, damages) };
}

const voltageLine = ({ volts, ber, energyScale, table }: SuppliedChip): string =>
  `${volts} V: bit error rate ${significant(ber)}, dynamic energy times ${significant(energyScale)}, by ${table}`;

function text(result: RunResult, supplied: SuppliedChip | undefined, context: CliContext): string {
  const differing = `${integer(result.mismatches)} samples differ from the integer network`;
  const energy = result.energyUj;
  const { host } = result;
  const lines: readonly (readonly [string, string])[] = [
    ['network', `${result.name} on ${result.chip}, ${result.data}`],
    ['accuracy', `${percent(result.accuracy)} (95 %: ${percentInterval(result.accuracyInterval)})`],
    ['integer network', percent(result.accuracyInteger)],
    ...(result.accuracyFloat === undefined ? [] : [['float network', percent(result.accuracyFloat)] as const]),
    ['samples', `${integer(result.samples)}, ${integer(result.correct)} correct`],
    ['mismatches', alarming(differing, result.mismatches > 0, context)],
    ...(supplied === undefined ? [] : [['voltage', voltageLine(supplied)] as const]),
    ['noise', noiseText(result)],
    ...measureLines(result),
    [
      'energy per sample',
      'unknown' in energy ? `unknown: ${energy.reason}` : `${quantityWithBand(energy)}, ${energy.status}`,
    ],
    ...('unknown' in energy ? [] : [['energy source', energy.source] as const]),
    [
      'time',
      `${significant(host.seconds)} s, ${significant(host.samplesPerSecond)} samples/s, ${host.workers} workers, ${result.engine} engine; ${significant(process.uptime())} s with everything around it`,
    ],
    ['seed', String(result.seed)],
  ];
  return `${lines.map(([name, value]) => `${name.padEnd(20)} ${value}`).join('\n')}\n`;
}
