import type { Command } from 'commander';
import { sweepNoise } from '../../experiments/noise-sweep.js';
import { errorAt, fail, throwIfErrors } from '../../common/diagnostics.js';
import { compileNetwork, viewOf } from '../../flow.js';
import type { NoisePoint } from '../../ir/trace/run-result.js';
import { percent } from '../../report/format.js';
import { encodeResultFile } from '../../report/result-file.js';
import type { CliContext } from '../context.js';
import { printWarnings } from '../errors.js';
import { checkWritable, writeAtomic } from '../io.js';
import { loadModel, loadNorthPoleSpec, parseChip } from '../load.js';
import {
  checkLimit,
  type CommonOptions,
  NOISE_NAMES,
  parseChips,
  parseDistortion,
  parseLevels,
  parseLimit,
  scopeOf,
  type ScopeOptions,
  withCommonOptions,
  withScopeOptions,
} from '../options.js';
import { loadSamples } from '../../data/samples.js';
import { startProgress } from '../progress.js';
import { textTable } from '../table.js';
import { DISTORTION_NAMES, sweepNetwork } from './sweep-network.js';

interface SweepCommandOptions extends CommonOptions, ScopeOptions {
  readonly on: string;
  readonly chip: string;
  readonly spec?: string;
  readonly data: string;
  readonly distortion: string;
  readonly levels?: string;
  readonly chips: number;
  readonly limit?: number;
  readonly output?: string;
}

/** `lodestone sweep MODEL`: accuracy against the level of one kind of noise, over several simulated chips. */
export function addSweep(program: Command, context: CliContext, commandLine: string): void {
  withScopeOptions(
    withCommonOptions(
      program
        .command('sweep')
        .argument('<model>', 'model file (.lsn)')
        .description('accuracy against the level of one kind of noise, over several simulated chips')
        .requiredOption('--distortion <name>', `${NOISE_NAMES.join(', ')}; of a network ${DISTORTION_NAMES.join(', ')}`)
        .option('--levels <list>', 'levels, for example 0,0.001,0.01,0.1')
        .option(
          '--on <what>',
          'chip: noise of the deployed chip; network: distorted weights of the float network',
          'chip',
        )
        .option('--chip <name>', 'kind of chip: truenorth, northpole', 'truenorth')
        .option('--spec <file>', 'northpole: the chip, a preset or a YAML file')
        .option('--data <name>', 'data set: name, file or folder', 'mnist')
        .option('--chips <n>', 'simulated chips per level', parseChips, 10)
        .option('--limit <n>', 'only the first n samples', parseLimit)
        .option('-o, --output <file>', 'result file to write, for lodestone report'),
      context,
    ),
  ).action(async (path: string, options: SweepCommandOptions, command: Command) => {
    checkLimit(options.limit);
    if (options.on !== 'chip') {
      if (options.on !== 'network') fail('unknown-place', `--on ${options.on}`, 'there is no such place', ON_REMEDY);
      refuseChipOptions(command);
      await sweepNetwork(path, options, context);
      return;
    }
    const distortion = parseDistortion(options.distortion);
    if (options.levels === undefined) {
      fail('missing-levels', '--levels', `noise of a chip needs levels of ${distortion}`, 'pass --levels LIST');
    }
    const levels = parseLevels(options.levels, distortion);
    if (options.output !== undefined) await checkWritable(options.output);
    const target = parseChip(options.chip);
    if (options.spec !== undefined && target !== 'northpole') {
      const message = 'TrueNorth-style chips have no such option';
      fail('option-of-another-chip', `--spec ${options.spec}`, message, 'leave the option out');
    }
    const { spec, warnings } = await loadNorthPoleSpec(options.spec);
    if (!options.json) printWarnings(warnings, context);
    const model = await loadModel(path);
    const dataset = await loadSamples(options.data, model, options.limit);
    const progress = startProgress('sweeping', context, options.json);
    let points: readonly NoisePoint[];
    try {
      points = await sweepNoise(model, dataset, {
        target,
        spec,
        ...scopeOf(options),
        distortion,
        levels,
        chips: options.chips,
        ...(options.limit === undefined ? {} : { limit: options.limit }),
        workers: options.workers,
        seed: options.seed,
        signal: context.signal,
        onProgress: (done: number, total: number) => progress.update(done, total),
      });
    } finally {
      progress.stop();
    }
    if (options.output !== undefined) {
      const compiled =
        target === 'northpole'
          ? compileNetwork(model, { chip: target, spec })
          : compileNetwork(model, { chip: target, seed: options.seed });
      const content = { results: [], programs: [viewOf(compiled.program)], noise: points, commands: [commandLine] };
      await writeAtomic(options.output, encodeResultFile(content));
    }
    if (options.json) {
      context.out(`${JSON.stringify({ points, seed: options.seed, workers: options.workers }, null, 2)}\n`);
      return;
    }
    const header = [distortion, 'chips', 'mean', '95 % low', '95 % high', 'sd over chips'];
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

const ON_REMEDY = 'use --on chip or --on network';

/** Options that only a chip has, and the result file, whose noise is that of chips. */
function refuseChipOptions(command: Command): void {
  const refused = [
    'chip',
    'spec',
    'protectedBits',
    'faultMemories',
    'faultLayers',
    'faultCores',
    'known',
    'output',
  ].filter((name) => command.getOptionValueSource(name) === 'cli');
  throwIfErrors(
    refused.map((name) => {
      const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
      const remedy = name === 'output' ? 'save what --json prints' : 'leave the option out';
      return errorAt('option-of-a-chip', flag, 'a sweep of the network itself has no such option', remedy);
    }),
  );
}
