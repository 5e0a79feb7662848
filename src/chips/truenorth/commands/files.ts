import { trueNorth } from '../chip.js';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { CliContext, ExitCode } from '../../../cli/context.js';
import { withChipOptions } from '../../../cli/chip-options.js';
import { parseLimit, withData, withLimit, withSeed } from '../../../cli/options.js';
import { OutputOption } from '../../../cli/output-is-input.js';
import { DEFAULT_SAMPLES, exportProgram, type ExportOptions } from './export.js';
import type { RunOptions } from './recording.js';
import { run } from './replay.js';

const MAX_TICKS = 2 ** 28;

/** `lodestone truenorth`: models and spikes of the vendor's tools. `run` exits with 1 where spikes differ from a recording. */
export function addTrueNorth(program: Command, context: CliContext, setExit: (code: ExitCode) => void): void {
  const group = program.command('truenorth').description('models and spike files of the TrueNorth tools (CPE, NSCS)');
  withSeed(group.command('run'))
    .argument('<model>', 'CPE model (.json)')
    .description('run a model on recorded input spikes; with --expect, exit code 1 if an output spike differs')
    .option('--input <spikes>', 'spikes of the host (.sfti, .sfci, .sfcp, .sfri)')
    .option('--in-map <file>', 'pin map of the inputs (to read)')
    .option('--expect <file>', 'recorded output to compare with (.sfcp, .sfro, .sfto, .csv)')
    .option(
      '--out-map <file>',
      'pin map of the outputs (to read: for connector pins, and to say which neurons were recorded)',
    )
    .option('--ticks <n>', 'ticks to run (default: those of --expect)', parseTicks)
    .option('--force-spikes <spikes>', 'replace the output of --from-cores by these spikes')
    .option('--from-cores <a-b,...>', 'core ids whose output --force-spikes replaces', parseCores)
    .option('--record-cores <a-b,...>', 'record every neuron of these cores too, for --force-spikes', parseCores)
    .option('-o, --output <file>', 'write the output spikes: .sfto, .sfro, .csv, or .sfcp with --out-map')
    .addOption(
      new Option('--engine <name>', 'simulator: all of them give the same bits')
        .choices(['fast', 'reference'])
        .default('fast'),
    )
    .action(async (path: string, options: RunOptions) => run(path, options, context, setExit));
  const exported = withLimit(withData(group.command('export')), `${DEFAULT_SAMPLES}, or all where there are fewer`);
  withChipOptions(withSeed(exported), { chips: [trueNorth] })
    .argument('<program>', "program (.lsp), model (ours or another tool's) or CPE model (.json)")
    .description('write a program as a CPE model, and its pin maps')
    .requiredOption('-o, --output <file>', 'CPE model to write (.json)')
    .addOption(
      new OutputOption('--in-map <file>', 'pin map of the inputs (to write: pin e is entry e of the input map)'),
    )
    .addOption(new OutputOption('--out-map <file>', 'pin map of the outputs (to write)'))
    .addOption(
      new OutputOption(
        '--input-spikes <file>',
        'spikes of the host to write, for --limit samples of --data (.sfti, .sfri, .sfcp)',
      ),
    )
    .addOption(
      new OutputOption('--output-spikes <file>', 'spikes of the output neurons to write, for the same samples'),
    )
    .addOption(
      new OutputOption(
        '--decoding <file>',
        'decoding.json to write beside the model, for the same samples: with it the model opens like a program',
      ),
    )
    .action(async (path: string, options: ExportOptions, called: Command) =>
      exportProgram(path, options, context, called),
    );
}

function parseTicks(value: string): number {
  const ticks = parseLimit(value);
  if (ticks < 1 || ticks > MAX_TICKS)
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${MAX_TICKS}.`);
  return ticks;
}

/** "0-5,8" -> [[0, 5], [8, 8]] */
function parseCores(value: string): readonly (readonly [number, number])[] {
  return value.split(',').map((part) => {
    const match = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(part.trim());
    const low = Number(match?.[1] ?? Number.NaN);
    const high = Number(match?.[2] ?? low);
    if (Number.isNaN(low) || high < low) throw new InvalidArgumentError('It must be core ids such as 0-5 or 0-5,8.');
    return [low, high] as const;
  });
}
