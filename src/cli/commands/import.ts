import type { Command } from 'commander';
import { fail } from '../../common/diagnostics.js';
import { integer } from '../../common/format.js';
import { openNetwork, type OpenedNetwork } from '../../compiler/frontends/open-network.js';
import { encodeNetwork } from '../../ir/network/file.js';
import type { CliContext } from '../context.js';
import { foreignFile, importOptionsOf, withImportOptions } from '../import-options.js';
import { checkWritable, writeAtomic } from '../io.js';
import { printJson } from '../json-envelope.js';
import { textTable } from '../table.js';
import { printWarnings } from '../tell.js';

interface ImportCommandOptions {
  readonly json: boolean;
  readonly output?: string;
}

/** `lodestone import FILE -o net.lsn`: a network of another tool, and what became of each of its operators. */
export function addImport(program: Command, context: CliContext): void {
  const command = program
    .command('import')
    .argument('<file>', 'model file or folder of another tool')
    .description('read a network that another tool trained, and say what became of each of its operators')
    .option('-o, --output <file>', 'model file to write (.lsn); without it only what would become of it is printed');
  withImportOptions(command).action(async (path: string, options: ImportCommandOptions, called: Command) => {
    const { output, json } = options;
    if (output !== undefined) await checkWritable(output);
    const file = await foreignFile(path);
    const opened = await openNetwork(file, await importOptionsOf(called));
    const { format } = opened;
    if (format === undefined) {
      fail('not-foreign', path, 'it is a model file of this program already', 'pass it to the other commands as it is');
    }
    if (output !== undefined) await writeAtomic(output, encodeNetwork(opened.graph));
    const { graph, operators, warnings } = opened;
    if (json) {
      const summary = {
        ...{ name: graph.name, format, dialect: graph.dialect, operators, warnings },
        output: output ?? null,
      };
      printJson(context, 'lodestone-import', summary);
      return;
    }
    printWarnings(warnings, context);
    context.out(importText(opened, format));
    if (output !== undefined) context.err(`network written to ${output}\n`);
  });
}

function importText({ graph, operators }: OpenedNetwork, format: string): string {
  const rows = operators.map(({ name, operator, layers, fidelity, note = '' }) => [
    name,
    operator,
    layers.join(', '),
    fidelity,
    note,
  ]);
  const table = textTable(['node', 'operator', 'layers', 'fidelity', 'note'], rows, [0, 1, 2, 3, 4]);
  const summary = `${format}: ${integer(operators.length)} operators became ${integer(graph.nodes.length)} layers of the ${graph.dialect} dialect`;
  return `${table}\n${summary}\n`;
}
