import type { Command } from 'commander';
import type { Diagnostic } from '../../common/diagnostics.js';
import { bandText, significant } from '../../common/format.js';
import type { Quantity } from '../../common/quantity.js';
import { describedCosts as northPoleCosts } from '../../hw-models/northpole/costs.js';
import { NORTHPOLE_PRESET_NAMES } from '../../hw-models/northpole/spec.js';
import { printSpecFile } from '../../hw-models/northpole/spec-file.js';
import { describeSpec } from '../../hw-models/northpole/spec-parameters.js';
import { describedCosts as trueNorthCosts } from '../../hw-models/truenorth/core-costs.js';
import { coreStructureOf } from '../../hw-models/truenorth/core-structure.js';
import { DEFAULT_VOLTAGE } from '../../hw-models/truenorth/costs.js';
import { TRUENORTH_SPECS } from '../../hw-models/truenorth/spec.js';
import type { CliContext } from '../context.js';
import { printWarnings } from '../errors.js';
import { loadNorthPoleSpec, loadTrueNorthSpec, namesTrueNorth } from '../load.js';
import { type CommonOptions, withCommonOptions } from '../options.js';
import { textTable } from '../table.js';

interface ChipCommandOptions extends CommonOptions {
  readonly yaml: boolean;
}

/** A chip with all of its parameters. */
interface DescribedChip {
  readonly name: string;
  readonly spec: object;
  readonly yaml: string;
  readonly parameters: readonly Readonly<Record<'path' | 'value' | 'unit' | 'status' | 'what' | 'source', string>>[];
  /** What its events and cores cost; follows from the parameters. */
  readonly costs: Readonly<Record<string, Quantity>>;
  readonly warnings: readonly Diagnostic[];
}

/** `lodestone chip [NAME|FILE]`: the parameters of a chip, each with unit, status and source, and what it costs. */
export function addChip(program: Command, context: CliContext): void {
  const presets = [...TRUENORTH_SPECS.presetNames, ...NORTHPOLE_PRESET_NAMES];
  withCommonOptions(
    program
      .command('chip')
      .argument('[chip]', `preset (${presets.join(', ')}) or spec file`, 'northpole')
      .description('every parameter of a chip: published, calibrated, derived, assumed, or yours')
      .option('--yaml', 'print a spec file to edit instead', false),
    context,
  ).action(async (chip: string, options: ChipCommandOptions) => {
    const { name, spec, yaml, parameters, costs, warnings } = await describeChip(chip);
    if (options.yaml) {
      context.out(yaml);
      return;
    }
    if (options.json) {
      context.out(`${JSON.stringify({ name, spec, parameters, costs, warnings }, null, 2)}\n`);
      return;
    }
    printWarnings(warnings, context);
    const header = ['parameter', 'value', 'unit', 'status', 'meaning', 'source'];
    const cells = parameters.map(({ path, value, unit, status, what, source }) => [
      path,
      value,
      unit,
      status,
      what,
      source,
    ]);
    context.out(`${textTable(header, cells, [0, 2, 3, 4, 5])}\n${costsText(costs)}`);
  });
}

/** Costs with their bands and what they hold for. */
function costsText(costs: DescribedChip['costs']): string {
  const header = ['cost by the parameters', 'value', 'band', 'unit', 'at', 'status', 'source'];
  const cells = Object.entries(costs).map(([name, cost]) => {
    const { value, unit, nodeNm, volts, status, source } = cost;
    const at = [...(nodeNm === undefined ? [] : [`${nodeNm} nm`]), ...(volts === undefined ? [] : [`${volts} V`])];
    return [name, significant(value), bandText(cost), unit, at.join(', '), status, source];
  });
  return textTable(header, cells, [0, 3, 4, 5, 6]);
}

async function describeChip(chip: string): Promise<DescribedChip> {
  if (await namesTrueNorth(chip)) {
    const { spec, base, warnings } = await loadTrueNorthSpec(chip);
    const { print, describe } = TRUENORTH_SPECS;
    const costs = trueNorthCosts(coreStructureOf(spec), DEFAULT_VOLTAGE);
    return { name: spec.name, spec, yaml: print(spec, base), parameters: describe(spec, base), costs, warnings };
  }
  const { spec, warnings } = await loadNorthPoleSpec(chip);
  const costs = northPoleCosts(spec);
  return { name: spec.name, spec, yaml: printSpecFile(spec), parameters: describeSpec(spec), costs, warnings };
}
