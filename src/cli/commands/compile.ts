import type { Command } from 'commander';
import { UserError } from '../../common/diagnostics.js';
import { CHIPS } from '../../chips/installed.js';
import type { PassObserver } from '../../compiler/passes/pass.js';
import { compileNetwork, type Compilation, writeProgram } from '../../flow.js';
import { chipOf, chipOptionValues, type ChipChoice, withChipOptions } from '../chip-options.js';
import { printJson } from '../json-envelope.js';
import type { CliContext } from '../context.js';
import { printWarnings } from '../tell.js';
import { checkWritable, writeAtomic } from '../io.js';
import { loadModel } from '../load.js';
import { measureLines } from '../measure-lines.js';
import { checkPass, didNotRun, passesOf, passTable } from '../passes.js';
import { loadSpec } from '../spec-option.js';
import { textTable } from '../table.js';

interface CompileCommandOptions extends ChipChoice {
  readonly json: boolean;
  readonly output?: string;
  readonly printAfter?: string;
  readonly verbose: boolean;
  readonly alternatives: boolean;
}

/** `lodestone compile MODEL --chip NAME -o FILE`: from a model to a program. */
export function addCompile(program: Command, context: CliContext): void {
  const chips = context.chips ?? CHIPS;
  const command = program
    .command('compile')
    .argument('<model>', `model file: ours (.lsn) or another tool's (lodestone import --help)`)
    .description('map a model onto a chip; prints what was chosen for each layer and what it costs');
  withChipOptions(command, { chips })
    .option('-o, --output <file>', 'program file to write; without it only the mapping is printed')
    .option('--print-after <pass>', 'print what this pass made, in place of the mapping: networks in text form')
    .option(
      '--alternatives',
      'list what else was compared for the network and for each layer, with what it would cost',
      false,
    )
    .option('--verbose', 'list the passes too, with what each counted', false)
    .action(async (path: string, options: CompileCommandOptions, called: Command) => {
      const { chip, named } = await chipOf(called, options, chips);
      const values = await chipOptionValues(called, chip, 'options', chips);
      const { printAfter, output, json } = options;
      const known = passesOf(chip);
      if (printAfter !== undefined) checkPass(printAfter, known);
      if (output !== undefined) await checkWritable(output);
      const { spec, warnings } = await loadSpec(chip, named, chips);
      const { graph: model, warnings: lost } = await loadModel(path, called);
      const printed: string[] = [];
      const observe: PassObserver = ({ pass, text }) => {
        if (pass !== printAfter) return;
        printed.push(text());
        // At once, so that it is there when a later pass fails.
        if (!json) context.out(text());
      };
      const compiled = compileNetwork(model, { ...values, chip, spec }, observe);
      if (printAfter !== undefined && printed.length === 0) throw new UserError([didNotRun(printAfter)]);
      if (output !== undefined) await writeAtomic(output, writeProgram(compiled));
      const allWarnings = [...warnings, ...lost, ...compiled.warnings];
      const measures = chip.measure(compiled.program);
      if (json) {
        const { layers } = chip.view(compiled.program);
        const summary = {
          name: model.name,
          target: chip.name,
          chip: compiled.program.spec.name,
          ...measures,
          loads: undefined,
          layers,
          warnings: allWarnings,
          passes: compiled.passes,
          ...(options.alternatives ? { alternatives: compiled.alternatives?.() ?? [] } : {}),
          ...(printed.length === 0 ? {} : { printed: printed.join('') }),
          output: output ?? null,
        };
        printJson(context, 'lodestone-compile', summary);
        return;
      }
      printWarnings(allWarnings, context);
      if (printAfter === undefined) {
        const lines = measureLines(measures).map(([name, value]) => `${name.padEnd(20)} ${value}\n`);
        context.out(`${compiled.table.trimEnd()}\n\n${lines.join('')}`);
      }
      if (options.alternatives) context.out(`\n${alternativesText(compiled)}`);
      if (options.verbose) context.out(`\n${passTable(compiled.passes, known)}`);
      if (output !== undefined) context.err(`program written to ${output}\n`);
    });
}

function alternativesText({ chip, alternatives }: Pick<Compilation, 'chip' | 'alternatives'>): string {
  const tables = alternatives?.() ?? [];
  if (tables.length === 0) return `for ${chip.title} nothing else was compared\n`;
  return tables
    .map(({ title, table: { columns, rows, note } }) => {
      const left = columns.flatMap(({ align }, c) => (align === 'text' ? [c] : []));
      const titles = columns.map((column) => column.title);
      return `${title}\n${textTable(titles, rows, left)}${note}\n`;
    })
    .join('\n');
}
