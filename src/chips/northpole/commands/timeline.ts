import type { Command } from 'commander';
import { northPole } from '../chip.js';
import { fail } from '../../../common/diagnostics.js';
import { timelineJson } from '../../../simulator/timeline/northpole.js';
import type { CliContext } from '../../../cli/context.js';
import { compileAsked, withChipOptions } from '../../../cli/chip-options.js';
import { printJson } from '../../../cli/json-envelope.js';
import { printWarnings } from '../../../cli/tell.js';
import { checkWritable, writeAtomic } from '../../../cli/io.js';
import { loadFor } from '../../../cli/load.js';
import { parseNumbers } from '../../../cli/options.js';

interface TimelineCommandOptions {
  readonly json: boolean;
  readonly output: string;
  readonly cores?: readonly number[];
  readonly layers?: readonly number[];
}

/** `lodestone timeline FILE -o trace.json`: the schedule of a NorthPole-style program, for chrome://tracing or Perfetto. */
export function addTimeline(program: Command, context: CliContext): void {
  const command = program
    .command('timeline')
    .argument('<file>', 'program file for a NorthPole-style chip, or model file (compiled on the way)')
    .description('every unit, port and network of a few cores along time, as a Chrome trace (open in ui.perfetto.dev)');
  withChipOptions(command, { chips: [northPole] })
    .requiredOption('-o, --output <file>', 'JSON file to write; 1 us in it is 1 cycle')
    .option('--cores <n,n...>', 'cores to show, y * columns + x (default: the first four that work)', parseNumbers)
    .option('--layers <n,n...>', 'layers to show, from 0 (default: all)', parseNumbers)
    .action(async (path: string, options: TimelineCommandOptions, called: Command) => {
      await checkWritable(options.output);
      const { cores, layers } = options;
      const { program: chip, warnings } = await loadFor(
        path,
        northPole,
        compileAsked({ command: called, path, chip: northPole, chips: [northPole] }),
      );
      checkRange(cores, chip.spec.gridWidth * chip.spec.gridHeight, '--cores', 'core');
      checkRange(layers, chip.layers.length, '--layers', 'layer');
      if (!options.json) printWarnings(warnings, context);
      const shown = { ...(cores === undefined ? {} : { cores }), ...(layers === undefined ? {} : { layers }) };
      await writeAtomic(options.output, timelineJson(chip, shown));
      if (options.json) {
        const content = { name: chip.name, target: chip.kind, chip: chip.spec.name };
        printJson(context, 'lodestone-timeline', { ...content, cycles: chip.cycles, output: options.output, warnings });
      } else context.err(`timeline of ${chip.cycles} cycles written to ${options.output}\n`);
    });
}

/** @throws UserError for numbers that name nothing */
function checkRange(numbers: readonly number[] | undefined, count: number, option: string, what: string): void {
  const beyond = numbers?.filter((n) => n >= count) ?? [];
  if (beyond.length === 0) return;
  const message = `there is no ${what} ${beyond.join(', ')}; they are 0 to ${count - 1}`;
  fail('out-of-range', `${option} ${beyond.join(',')}`, message, `name a ${what} that exists`);
}
