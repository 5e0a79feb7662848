import { type Command, Option } from 'commander';
import { fail } from '../../common/diagnostics.js';
import { integer } from '../../common/format.js';
import { exportOnnx } from '../../compiler/exporters/onnx.js';
import type { CliContext } from '../context.js';
import { withImportOptions } from '../import-options.js';
import { checkWritable, writeAtomic } from '../io.js';
import { printJson } from '../json-envelope.js';
import { loadModel } from '../load.js';
import { printWarnings } from '../tell.js';

/** Formats that are written, with the endings of their files. */
const FORMATS = { qonnx: ['.onnx'] } as const satisfies Readonly<Record<string, readonly string[]>>;

interface ExportOptions {
  readonly json: boolean;
  readonly output: string;
  readonly format?: keyof typeof FORMATS;
}

/** `lodestone export NET -o net.onnx`: a network for other tools. */
export function addExport(program: Command, context: CliContext): void {
  const command = program
    .command('export')
    .argument('<model>', `model file: ours (.lsn, or its text form) or another tool's`)
    .description('write a network for other tools, so that import gives it back')
    .requiredOption('-o, --output <file>', 'file to write (.onnx)')
    .addOption(
      new Option('--format <name>', 'format of the file, where its ending does not say it').choices(
        Object.keys(FORMATS),
      ),
    );
  withImportOptions(command).action(async (path: string, options: ExportOptions, called: Command) => {
    const { output, json } = options;
    const format = options.format ?? formatByEnding(output);
    await checkWritable(output);
    const { graph, warnings } = await loadModel(path, called);
    const { bytes, operators, tensors } = exportOnnx(graph, context.version, path);
    await writeAtomic(output, bytes);
    if (json) {
      const summary = { name: graph.name, format, layers: graph.nodes.length, operators, tensors };
      printJson(context, 'lodestone-export', { ...summary, bytes: bytes.length, warnings, output });
      return;
    }
    printWarnings(warnings, context);
    const became = `${integer(graph.nodes.length)} layers became ${integer(operators)} operators and ${integer(tensors)} constants`;
    context.out(`${format}: ${became}, ${integer(bytes.length)} bytes\n`);
    context.err(`network written to ${output}\n`);
  });
}

function formatByEnding(output: string): keyof typeof FORMATS {
  if (FORMATS.qonnx.some((ending) => output.toLowerCase().endsWith(ending))) return 'qonnx';
  return fail(
    'unknown-format',
    `--output ${output}`,
    'its ending names no format that is written',
    `end it with ${Object.values(FORMATS).flat().join(' or ')}, or pass --format ${Object.keys(FORMATS).join(' or ')}`,
  );
}
