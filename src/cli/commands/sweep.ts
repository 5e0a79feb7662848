import type { Command } from 'commander';
import type { Chip } from '../../chips/chip.js';
import { CHIPS } from '../../chips/installed.js';
import { type Diagnostic, errorAt, fail, throwIfErrors } from '../../common/diagnostics.js';
import { percent } from '../../common/format.js';
import { sweepNoise } from '../../experiments/noise-sweep.js';
import { sweepVoltages, type VoltagePoint } from '../../experiments/voltage-sweep.js';
import type { VoltageTable } from '../../hw-models/faults/voltage-table.js';
import type { FaultName } from '../../ir/faults/catalogue.js';
import type { NoisePoint } from '../../ir/trace/run-result.js';
import { encodeResultFile } from '../../report/result-file.js';
import { chipOf, type ChipChoice, compileAsked, withChipOptions } from '../chip-options.js';
import { optionFlag } from '../../common/option-flag.js';
import { originOf } from '../../flow/origin.js';
import { printJson } from '../json-envelope.js';
import type { CliContext } from '../context.js';
import { printWarnings } from '../tell.js';
import { withEventOptions } from '../event-options.js';
import { namingOptions } from '../fault-options.js';
import { checkWritable, writeAtomic } from '../io.js';
import { loadRunnable, samplesFor } from '../load.js';
import {
  checkLimit,
  type DataOptions,
  FAULT_NAMES_TEXT,
  parseChips,
  parseDistortion,
  parseLevels,
  scopeOf,
  type ScopeOptions,
  type SeedOption,
  withData,
  withLimit,
  withScopeOptions,
  withSeed,
  withWorkers,
  type WorkersOption,
} from '../options.js';
import { startProgress } from '../progress.js';
import { textTable } from '../table.js';
import { loadVoltageTable, VOLTAGE_TABLE_TEXT } from '../voltage.js';
import { voltageText } from './sweep-voltage.js';
import { DISTORTION_NAMES, sweepNetwork } from './sweep-network.js';

interface SweepCommandOptions extends DataOptions, SeedOption, WorkersOption, ScopeOptions, ChipChoice {
  readonly json: boolean;
  readonly on: string;
  readonly distortion?: string;
  readonly levels?: string;
  readonly voltageTable?: string;
  readonly chips: number;
  readonly output?: string;
}

/** `lodestone sweep FILE`: accuracy against the level of one kind of noise, over several simulated chips. */
export function addSweep(program: Command, context: CliContext, commandLine: string): void {
  const kinds = context.chips ?? CHIPS;
  const command = withSeed(
    program
      .command('sweep')
      .argument('<file>', 'model file, or program file')
      .description('accuracy against the level of one kind of noise, over several simulated chips'),
  );
  withScopeOptions(
    withEventOptions(withLimit(withData(withChipOptions(withWorkers(command, context), { chips: kinds }))))
      .option(
        '--distortion <name>',
        `what is swept over: ${FAULT_NAMES_TEXT}; of a network ${DISTORTION_NAMES.join(', ')}`,
      )
      .option('--levels <list>', 'levels, for example 0,0.001,0.01,0.1')
      .option('--voltage-table <file>', VOLTAGE_TABLE_TEXT)
      .option(
        '--on <what>',
        'chip: noise of the deployed chip; network: distorted weights of the float network',
        'chip',
      )
      .option('--chips <n>', 'simulated chips per level', parseChips, 10)
      .option('-o, --output <file>', 'result file to write, for lodestone report'),
  ).action(async (path: string, options: SweepCommandOptions, called: Command) => {
    checkLimit(options.limit);
    if (options.on !== 'chip') {
      if (options.on !== 'network') fail('unknown-place', `--on ${options.on}`, 'there is no such place', ON_REMEDY);
      refuseChipOptions(called, kinds);
      await sweepNetwork(path, { ...options, distortion: distortionOf(options) }, context, called);
      return;
    }
    const swept = await sweptLevels(options);
    const { output, json, seed, workers, limit, chips } = options;
    if (output !== undefined) await checkWritable(output);
    const { chip, named } = await chipOf(called, options, kinds);
    const { warnings, file, ...runnable } = await loadRunnable(
      path,
      compileAsked({ command: called, path, chip, named, chips: kinds, seed }),
    );
    if (!json) printWarnings(warnings, context);
    const dropped: Diagnostic[] = [];
    const dataset = await samplesFor(runnable, options, called, (found) => dropped.push(...found));
    if (!json) printWarnings(dropped, context);
    const progress = startProgress('sweeping', context, json);
    const common = {
      ...scopeOf(options),
      ...(limit === undefined ? {} : { limit }),
      ...{ chips, workers, seed, signal: context.signal },
      onProgress: (done: number, total: number) => progress.update(done, total),
    };
    const sweep = async (): Promise<Swept> =>
      swept.kind === 'voltage'
        ? { kind: 'voltage', voltages: await sweepVoltages(runnable, dataset, { ...common, table: swept.table }) }
        : { kind: 'noise', points: await sweepNoise(runnable, dataset, { ...common, ...swept }) };
    const asked = {
      ...scopeOf(options),
      optionOf: (fault: FaultName) =>
        swept.kind === 'voltage' ? '--voltage-table' : `--distortion ${fault} --levels ${options.levels ?? ''}`,
    };
    const found = await namingOptions(asked, sweep).finally(() => progress.stop());
    const points = found.kind === 'noise' ? found.points : found.voltages.map(({ accuracy }) => accuracy);
    if (output !== undefined) {
      const programs = [runnable.chip.view(runnable.program)];
      const origins = [originOf(runnable, file, context.version)];
      const content = { results: [], programs, noise: points, origins, commands: [commandLine] };
      await writeAtomic(output, encodeResultFile(content));
    }
    if (json) {
      const { program, chip: swept } = runnable;
      const content = {
        ...{ name: program.name, target: swept.name, chip: program.spec.name, data: dataset.name },
        points: found.kind === 'noise' ? points : found.voltages,
        ...{ seed, warnings: [...warnings, ...dropped] },
      };
      printJson(context, 'lodestone-sweep', content, { workers });
      return;
    }
    if (found.kind === 'voltage') {
      context.out(voltageText(found.voltages));
      return;
    }
    const header = [points[0]?.distortion ?? '', 'chips', 'mean', '95 % low', '95 % high', 'sd over chips'];
    const rows = points.map((point) => [
      String(point.level),
      String(point.chips),
      percent(point.accuracyMean),
      percent(point.interval[0]),
      percent(point.interval[1]),
      percent(point.accuracyStd),
    ]);
    context.out(textTable(header, rows));
  });
}

/** What a sweep of a chip goes over. */
type SweptLevels =
  | { readonly kind: 'noise'; readonly distortion: FaultName; readonly levels: readonly number[] }
  | { readonly kind: 'voltage'; readonly table: VoltageTable };

/** What it gives. */
type Swept =
  | { readonly kind: 'noise'; readonly points: readonly NoisePoint[] }
  | { readonly kind: 'voltage'; readonly voltages: readonly VoltagePoint[] };

/** @throws UserError for neither a distortion nor a table, and for both */
async function sweptLevels(options: SweepCommandOptions): Promise<SweptLevels> {
  const { voltageTable, levels } = options;
  if (voltageTable !== undefined) {
    const refused = (['distortion', 'levels'] as const).flatMap((name) => {
      const message = 'a voltage table gives the rates of bit errors to sweep over';
      return options[name] === undefined
        ? []
        : [errorAt('option-beside-a-table', `--${name} ${options[name]}`, message, 'leave the option out')];
    });
    throwIfErrors(refused);
    return { kind: 'voltage', table: await loadVoltageTable(voltageTable) };
  }
  const distortion = parseDistortion(distortionOf(options));
  if (levels === undefined) {
    fail('missing-levels', '--levels', `noise of a chip needs levels of ${distortion}`, 'pass --levels LIST');
  }
  return { kind: 'noise', distortion, levels: parseLevels(levels, distortion) };
}

function distortionOf({ distortion }: SweepCommandOptions): string {
  const remedy = 'pass --distortion NAME, or --voltage-table FILE for a chip';
  return distortion ?? fail('missing-distortion', '--distortion', 'a sweep needs something to sweep over', remedy);
}

const ON_REMEDY = 'use --on chip or --on network';

/** Options that only a chip has, and the result file, whose noise is that of chips. */
function refuseChipOptions(command: Command, kinds: readonly Chip[]): void {
  const ofChips = kinds.flatMap(({ options }) => options.map(({ key }) => key)).filter((key) => key !== 'seed');
  const scope = ['protectedBits', 'faultMemories', 'faultLayers', 'faultCores', 'known'];
  const refused = [...new Set(['chip', 'spec', ...ofChips, ...scope, 'voltageTable', 'output'])].filter(
    (name) => command.getOptionValueSource(name) === 'cli',
  );
  throwIfErrors(
    refused.map((name) => {
      const remedy = name === 'output' ? 'save what --json prints' : 'leave the option out';
      return errorAt('option-of-a-chip', optionFlag(name), 'a sweep of the network itself has no such option', remedy);
    }),
  );
}
