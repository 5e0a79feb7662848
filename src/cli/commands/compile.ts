import { type Command, InvalidArgumentError, Option } from 'commander';
import { fail } from '../../common/diagnostics.js';
import { compileNetwork, writeProgram } from '../../flow.js';
import { BOARD_NAMES, type BoardName, BOARDS } from '../../hw-models/truenorth/board.js';
import { checkPlaces } from '../../hw-models/truenorth/board-faults.js';
import { TRUENORTH } from '../../hw-models/truenorth/spec.js';
import type { TrueNorthSpec } from '../../ir/program/truenorth.js';
import type { CliContext } from '../context.js';
import { printWarnings } from '../errors.js';
import { checkWritable, writeAtomic } from '../io.js';
import { loadModel, parseChip } from '../load.js';
import { parsePlaces } from '../places.js';
import { type CommonOptions, parseWindow, withCommonOptions } from '../options.js';

interface CompileCommandOptions extends CommonOptions {
  readonly chip: string;
  readonly output?: string;
  readonly window?: number;
  readonly objective?: 'cores' | 'latency' | 'coreTicks';
  readonly board?: BoardName;
  readonly grid?: readonly [number, number];
  readonly faulty?: string;
}

/** `lodestone compile MODEL --chip truenorth -o FILE`: from a model to a program. */
export function addCompile(program: Command, context: CliContext): void {
  withCommonOptions(
    program
      .command('compile')
      .argument('<model>', 'model file (.lsn)')
      .description('map a model onto a chip; prints what was chosen for each layer and what it costs')
      .option('--chip <name>', 'target chip', 'truenorth')
      .option('-o, --output <file>', 'program file to write; without it only the mapping is printed')
      .option('--window <ticks>', 'length of the windows in which partial sums travel', parseWindow)
      .addOption(
        new Option('--objective <what>', 'what the choice of lowerings minimises').choices([
          'cores',
          'latency',
          'coreTicks',
        ]),
      )
      .addOption(
        new Option(
          '--board <name>',
          'chips on a board: ns1e (1 chip), ns16e (4 x 4 chips); one chip by default',
        ).choices(BOARD_NAMES),
      )
      .option('--grid <columns>x<rows>', 'use only so many columns and rows of the chip or board', parseGrid)
      .option('--faulty <x,y;...>', 'cores known to be faulty: nothing is placed there'),
    context,
  ).action(async (path: string, options: CompileCommandOptions) => {
    const chip = parseChip(options.chip);
    if (options.output !== undefined) await checkWritable(options.output);
    const { window, objective } = options;
    const spec = specOf(options);
    const compilation = compileNetwork(await loadModel(path), {
      chip,
      seed: options.seed,
      ...(window === undefined ? {} : { window }),
      ...(objective === undefined ? {} : { objective }),
      spec,
    });
    if (options.output !== undefined) await writeAtomic(options.output, writeProgram(compilation));
    const { cores, layers, name, timing } = compilation.program;
    if (options.json) {
      const summary = {
        name,
        chip,
        cores: cores.nCores,
        ticksPerSample: timing.period,
        latencyTicks: timing.outputStart + timing.outputTicks - timing.inputStart,
        layers,
        warnings: compilation.warnings,
        output: options.output ?? null,
        seed: options.seed,
        workers: options.workers,
      };
      context.out(`${JSON.stringify(summary, null, 2)}\n`);
      return;
    }
    printWarnings(compilation.warnings, context);
    context.out(`${compilation.table.trimEnd()}\n`);
    if (options.output !== undefined) context.err(`program written to ${options.output}\n`);
  });
}

/** The chip or board with its faulty cores, cut down to the grid. @throws UserError for a grid or a core beyond it */
function specOf({ board, grid, faulty }: CompileCommandOptions): TrueNorthSpec {
  const preset = board === undefined ? TRUENORTH : BOARDS[board];
  const faultyCores = faulty === undefined ? [] : parsePlaces(faulty, '--faulty');
  checkPlaces(faultyCores, preset, '--faulty');
  const whole = { ...preset, faultyCores };
  if (grid === undefined) return whole;
  const [gridWidth, gridHeight] = grid;
  if (gridWidth > whole.gridWidth || gridHeight > whole.gridHeight) {
    fail(
      'grid-too-large',
      `--grid ${gridWidth}x${gridHeight}`,
      `"${whole.name}" has ${whole.gridWidth}x${whole.gridHeight} cores`,
      'use a smaller grid, or a larger board (--board ns16e)',
    );
  }
  return { ...whole, gridWidth, gridHeight };
}

function parseGrid(text: string): readonly [number, number] {
  const [, columns = '', rows = ''] = /^(\d{1,5})x(\d{1,5})$/.exec(text) ?? [];
  const grid = [Number(columns), Number(rows)] as const;
  const { gridWidth, gridHeight } = BOARDS.ns16e;
  if (columns === '' || grid[0] < 1 || grid[1] < 1 || grid[0] > gridWidth || grid[1] > gridHeight) {
    throw new InvalidArgumentError(
      `It must be columns x rows from 1x1 to ${gridWidth}x${gridHeight}, for example 8x8.`,
    );
  }
  return grid;
}
