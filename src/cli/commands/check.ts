import type { Command } from 'commander';
import type { LayerSplit } from '../../chips/chip.js';
import { CHIPS } from '../../chips/installed.js';
import { preflight, type Preflight, type StageReport } from '../../flow/preflight.js';
import { chipOf, chipOptionValues, type ChipChoice, withChipOptions } from '../chip-options.js';
import { colouredFindings } from '../colour.js';
import { groupedFindings } from '../grouped-findings.js';
import { type CliContext, EXIT, type ExitCode } from '../context.js';
import { printJson } from '../json-envelope.js';
import { loadModel } from '../load.js';
import { measureLines } from '../measure-lines.js';
import { loadSpec } from '../spec-option.js';
import { printWarnings } from '../tell.js';

interface CheckCommandOptions extends ChipChoice {
  readonly json: boolean;
}

/** `lodestone check MODEL --chip NAME`: whether a network fits a chip, with everything that keeps it from it; exit code 1 if it does not. */
export function addCheck(program: Command, context: CliContext, setExit: (code: ExitCode) => void): void {
  const chips = context.chips ?? CHIPS;
  const command = program
    .command('check')
    .argument('<model>', `model file: ours (.lsn) or another tool's`)
    .description('whether a network fits a chip: every problem at once, what is split and what that costs');
  withChipOptions(command, { chips }).action(async (path: string, options: CheckCommandOptions, called: Command) => {
    const { chip, named } = await chipOf(called, options, chips);
    const values = await chipOptionValues(called, chip, 'options', chips);
    const { spec, warnings } = await loadSpec(chip, named, chips);
    const { stages, compiled } = await preflight(() => loadModel(path, called), { chip, spec, values });
    if (compiled === undefined) setExit(EXIT.userError);
    const measures = compiled === undefined ? undefined : chip.measure(compiled.program);
    const [standard] = Object.values(chip.specs.presets);
    const specName = (compiled?.program.spec ?? spec ?? standard)?.name;
    if (options.json) {
      const onChip =
        compiled === undefined || measures === undefined
          ? {}
          : {
              program: {
                ...{ ...measures, loads: undefined, layers: chip.view(compiled.program).layers },
                splits: compiled.splits(),
              },
            };
      const summary = {
        ...{ name: path, target: chip.name, chip: specName, fits: compiled !== undefined, stages, warnings },
        ...onChip,
      };
      printJson(context, 'lodestone-check', summary);
      return;
    }
    printWarnings(warnings, context);
    context.out(stageText(stages, context));
    if (compiled === undefined || measures === undefined) {
      context.out(`\n${path} does not fit ${chip.title}\n`);
      return;
    }
    const lines = measureLines(measures).map(([name, value]) => `${name.padEnd(20)} ${value}\n`);
    const table = `${compiled.table.trimEnd()}\n\n${splitText(compiled.splits())}`;
    context.out(`\n${table}${lines.join('')}\n${path} fits ${chip.title}\n`);
  });
}

/** What had to be split, and what that costs. */
function splitText(splits: readonly LayerSplit[]): string {
  if (splits.length === 0) return 'no layer is split\n\n';
  const lines = splits.map(({ layer, why, into, cost }) => `  ${layer}: ${why}: ${into}; costs ${cost}\n`);
  return `split\n${lines.join('')}\n`;
}

const TITLES: Readonly<Record<StageReport['stage'], string>> = {
  read: 'the file',
  integers: 'integer form',
  chip: 'the chip',
};

/** One line per stage, and below it what it found. */
function stageText(stages: Preflight['stages'], context: CliContext): string {
  return stages
    .map(({ stage, outcome, findings }) => {
      const errors = findings.filter(({ severity }) => severity === 'error').length;
      const counts = [
        ...(errors === 0 ? [] : [`${errors} ${errors === 1 ? 'error' : 'errors'}`]),
        ...(findings.length === errors
          ? []
          : [`${findings.length - errors} ${findings.length - errors === 1 ? 'warning' : 'warnings'}`]),
      ];
      const head = `${TITLES[stage].padEnd(14)} ${[outcome, ...counts].join(', ')}\n`;
      if (findings.length === 0) return head;
      const text = colouredFindings(groupedFindings(findings), context);
      return `${head}${text.replace(/^/gm, '  ')}\n`;
    })
    .join('');
}
