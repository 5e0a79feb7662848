import { type Command, Option } from 'commander';
import { errorAt, throwIfErrors, UserError } from '../../common/diagnostics.js';
import { BOARD_NAMES } from '../../hw-models/truenorth/board.js';
import type { CliContext } from '../context.js';
import { printWarnings } from '../errors.js';
import { checkWritable, writeAtomic } from '../io.js';
import { type ChipName, loadModel, parseChip } from '../load.js';
import { type CommonOptions, parseBatch, parseWindow, withCommonOptions } from '../options.js';
import type { PassObserver } from '../../compiler/passes/pass.js';
import { checkPass, didNotRun, passesOf, passTable } from '../passes.js';
import { compileForNorthPole, type NorthPoleCommandOptions } from './compile-northpole.js';
import { compileForTrueNorth, parseGrid, type TrueNorthCommandOptions } from './compile-truenorth.js';

interface CompileCommandOptions extends CommonOptions, TrueNorthCommandOptions, NorthPoleCommandOptions {
  readonly chip: string;
  readonly output?: string;
  readonly printAfter?: string;
  readonly verbose: boolean;
}

/** `lodestone compile MODEL --chip truenorth|northpole -o FILE`: from a model to a program. */
export function addCompile(program: Command, context: CliContext): void {
  withCommonOptions(
    program
      .command('compile')
      .argument('<model>', 'model file (.lsn)')
      .description('map a model onto a chip; prints what was chosen for each layer and what it costs')
      .option('--chip <name>', 'target chip: truenorth, northpole', 'truenorth')
      .option('-o, --output <file>', 'program file to write; without it only the mapping is printed')
      .option('--print-after <pass>', 'print what this pass made, in place of the mapping: networks in text form')
      .option('--verbose', 'list the passes too, with what each counted', false)
      .option('--spec <file>', 'chip to compile for, a preset or a YAML file (`lodestone chip NAME --yaml` prints one)')
      .option('--batch <frames>', 'northpole: frames that go through each layer together', parseBatch)
      .option('--window <ticks>', 'truenorth: length of the windows in which partial sums travel', parseWindow)
      .addOption(
        new Option('--objective <what>', 'truenorth: what the choice of lowerings minimises').choices([
          'cores',
          'latency',
          'coreTicks',
        ]),
      )
      .addOption(
        new Option(
          '--board <name>',
          'truenorth: chips on a board: ns1e (1 chip), ns16e (4 x 4 chips); one chip by default',
        ).choices(BOARD_NAMES),
      )
      .option('--grid <columns>x<rows>', 'truenorth: use only so many columns and rows of the chip or board', parseGrid)
      .option('--faulty <x,y;...>', 'truenorth: cores known to be faulty: nothing is placed there'),
    context,
  ).action(async (path: string, options: CompileCommandOptions) => {
    const chip = parseChip(options.chip);
    checkOptions(chip, options);
    const known = passesOf(chip);
    if (options.printAfter !== undefined) checkPass(options.printAfter, known);
    if (options.output !== undefined) await checkWritable(options.output);
    const model = await loadModel(path);
    const printed: string[] = [];
    const observe: PassObserver = ({ pass, text }) => {
      if (pass !== options.printAfter) return;
      printed.push(text());
      // At once, so that it is there when a later pass fails.
      if (!options.json) context.out(text());
    };
    const compiled =
      chip === 'truenorth'
        ? await compileForTrueNorth(model, options, observe)
        : await compileForNorthPole(model, options, observe);
    if (options.printAfter !== undefined && printed.length === 0) throw new UserError([didNotRun(options.printAfter)]);
    if (options.output !== undefined) await writeAtomic(options.output, compiled.bytes);
    if (options.json) {
      const summary = {
        name: model.name,
        chip,
        ...compiled.summary,
        warnings: compiled.warnings,
        passes: compiled.passes,
        ...(printed.length === 0 ? {} : { printed: printed.join('') }),
        output: options.output ?? null,
        seed: options.seed,
        workers: options.workers,
      };
      context.out(`${JSON.stringify(summary, null, 2)}\n`);
      return;
    }
    printWarnings(compiled.warnings, context);
    if (options.printAfter === undefined) context.out(`${compiled.table.trimEnd()}\n`);
    if (options.verbose) context.out(`\n${passTable(compiled.passes, known)}`);
    if (options.output !== undefined) context.err(`program written to ${options.output}\n`);
  });
}

/** Options that mean nothing for a chip. */
const FOREIGN: Readonly<Record<ChipName, readonly (keyof CompileCommandOptions)[]>> = {
  truenorth: ['batch'],
  northpole: ['window', 'objective', 'board', 'grid', 'faulty'],
};

/** @throws UserError with every option the chip does not have */
function checkOptions(chip: ChipName, options: CompileCommandOptions): void {
  throwIfErrors(
    FOREIGN[chip]
      .filter((name) => options[name] !== undefined)
      .map((name) =>
        errorAt('option-of-another-chip', `--${name}`, `--chip ${chip} has no such option`, 'leave the option out'),
      ),
  );
}
