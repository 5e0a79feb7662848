import type { Command } from 'commander';
import type { Chip } from '../../chips/chip.js';
import { CHIPS } from '../../chips/installed.js';
import { present } from '../../common/assert.js';
import { fail } from '../../common/diagnostics.js';
import { bandText, significant } from '../../common/format.js';
import { printJson } from '../json-envelope.js';
import type { CliContext } from '../context.js';
import { withOwnChip } from '../own-chip-option.js';
import { printWarnings } from '../tell.js';
import { chipOfSpec, namedSpec } from '../spec-option.js';
import { textTable } from '../table.js';

interface ChipCommandOptions {
  readonly json: boolean;
  readonly yaml: boolean;
}

/** `lodestone chip [NAME|FILE]`: the parameters of a chip, each with unit, status and source. */
export function addChip(program: Command, context: CliContext): void {
  const chips = context.chips ?? CHIPS;
  const presets = chips.flatMap(({ specs }) => Object.keys(specs.presets));
  withOwnChip(program.command('chip'), context)
    .argument('[chip]', `preset (${presets.join(', ')}) or spec file; without it the chips are listed`)
    .description('every parameter of a chip: published, calibrated, derived, assumed, or yours')
    .option('--yaml', 'print a spec file to edit instead', false)
    .action(async (name: string | undefined, options: ChipCommandOptions) => {
      if (name === undefined) {
        if (options.yaml) {
          const message = 'a spec file is that of one chip, and none is named';
          fail('unused-option', '--yaml', message, `name one: ${presets.join(', ')}, or a spec file`);
        }
        if (options.json) printJson(context, 'lodestone-chip', { chips: rowsOf(chips) });
        else context.out(listText(chips));
        return;
      }
      const { chip, spec, base, warnings } = await describedChip(name, chips);
      if (options.yaml) {
        context.out(chip.specs.print(spec, base));
        return;
      }
      const parameters = chip.specs.describe(spec, base);
      const costs = chip.costs(spec);
      if (options.json) {
        const content = { name: spec.name, target: chip.name, chip: spec.name, spec, parameters, costs, warnings };
        printJson(context, 'lodestone-chip', content);
        return;
      }
      printWarnings(warnings, context);
      const header = ['parameter', 'value', 'unit', 'range', 'status', 'meaning', 'source'];
      const cells = parameters.map(({ path, value, unit, range, status, what, source }) => [
        ...[path, value, unit, range, status, what, source],
      ]);
      context.out(`${textTable(header, cells, [0, 2, 3, 4, 5, 6])}\n${costsText(costs)}`);
    });
}

const rowsOf = (chips: readonly Chip[]) =>
  chips.flatMap(({ name, specs }) =>
    Object.keys(specs.presets).map((preset) => ({ chip: name, preset, what: specs.presetNotes[preset] ?? '' })),
  );

const listText = (chips: readonly Chip[]): string =>
  textTable(
    ['--chip', '--spec', 'what it is'],
    rowsOf(chips).map(({ chip, preset, what }) => [chip, preset, what]),
    [0, 1, 2],
  );

/** Costs with their bands and what they hold for. */
function costsText(costs: ReturnType<Chip['costs']>): string {
  const header = ['cost by the parameters', 'value', 'band', 'unit', 'at', 'status', 'source'];
  const cells = Object.entries(costs).map(([name, cost]) => {
    const { value, unit, nodeNm, volts, status, source } = cost;
    const at = [...(nodeNm === undefined ? [] : [`${nodeNm} nm`]), ...(volts === undefined ? [] : [`${volts} V`])];
    return [name, significant(value), bandText(cost), unit, at.join(', '), status, source];
  });
  return textTable(header, cells, [0, 3, 4, 5, 6]);
}

/** A chip by the name of a preset or of its kind, or from a file, whose base says the kind. @throws UserError */
async function describedChip(name: string, chips: readonly Chip[]) {
  const preset = chips.find(({ specs }) => Object.hasOwn(specs.presets, name));
  const spec = preset?.specs.presets[name];
  if (preset !== undefined && spec !== undefined) return { chip: preset, spec, base: name, warnings: [] };
  const kind = chips.find((chip) => chip.name === name);
  const [standard] = kind === undefined ? [] : Object.entries(kind.specs.presets);
  if (kind !== undefined && standard !== undefined) {
    return { chip: kind, spec: standard[1], base: standard[0], warnings: [] };
  }
  const named = await namedSpec(name, chips);
  const chip = chipOfSpec(named, chips);
  return { chip, ...chip.specs.parse(present(named.text, 'a file'), name) };
}
