import type { Command } from 'commander';
import { printSpecFile } from '../../hw-models/northpole/spec-file.js';
import { describeSpec } from '../../hw-models/northpole/spec-parameters.js';
import type { CliContext } from '../context.js';
import { printWarnings } from '../errors.js';
import { loadNorthPoleSpec } from '../load.js';
import { type CommonOptions, withCommonOptions } from '../options.js';
import { textTable } from '../table.js';

interface ChipCommandOptions extends CommonOptions {
  readonly yaml: boolean;
}

/** `lodestone chip [NAME|FILE]`: the parameters of a NorthPole-style chip, each with unit, status and source. */
export function addChip(program: Command, context: CliContext): void {
  withCommonOptions(
    program
      .command('chip')
      .argument(
        '[chip]',
        'preset (northpole, northpole-vpx, northpole-32x256, northpole-small) or spec file',
        'northpole',
      )
      .description('every parameter of a NorthPole-style chip: published, calibrated, assumed, or yours')
      .option('--yaml', 'print a spec file to edit instead', false),
    context,
  ).action(async (chip: string, options: ChipCommandOptions) => {
    const { spec, warnings } = await loadNorthPoleSpec(chip);
    if (options.yaml) {
      context.out(printSpecFile(spec));
      return;
    }
    const rows = describeSpec(spec);
    if (options.json) {
      context.out(`${JSON.stringify({ name: spec.name, spec, parameters: rows, warnings }, null, 2)}\n`);
      return;
    }
    printWarnings(warnings, context);
    const header = ['parameter', 'value', 'unit', 'status', 'meaning', 'source'];
    const cells = rows.map(({ path, value, unit, status, what, source }) => [path, value, unit, status, what, source]);
    context.out(textTable(header, cells, [0, 2, 3, 4, 5]));
  });
}
