import { basename, dirname, join } from 'node:path';
import { type Command, Option } from 'commander';
import { fail } from '../../common/diagnostics.js';
import { integer } from '../../common/format.js';
import { exportNir } from '../../compiler/exporters/nir.js';
import { exportOnnx } from '../../compiler/exporters/onnx.js';
import { exportTfjs } from '../../compiler/exporters/tfjs.js';
import type { NetworkGraph } from '../../ir/network/types.js';
import type { CliContext } from '../context.js';
import { withImportOptions } from '../import-options.js';
import { checkWritable, writeAtomic, writeTogether } from '../io.js';
import { printJson } from '../json-envelope.js';
import { loadModel } from '../load.js';
import { printWarnings } from '../tell.js';

/** An exported network: its files, by path, and of how many operators and constants they are. */
interface Exported {
  readonly files: readonly { readonly path: string; readonly data: Uint8Array }[];
  readonly operators: number;
  readonly tensors: number;
}

interface ExportRequest {
  readonly output: string;
  readonly version: string;
  readonly place: string;
}

interface Format {
  readonly endings: readonly string[];
  readonly write: (network: NetworkGraph, request: ExportRequest) => Exported;
}

/** Formats that are written, with the endings of their files. */
const FORMATS = {
  qonnx: {
    endings: ['.onnx'],
    write: (network, { output, version, place }) => {
      const { bytes, ...counts } = exportOnnx(network, version, place);
      return { ...counts, files: [{ path: output, data: bytes }] };
    },
  },
  tfjs: {
    endings: ['.json'],
    write: (network, { output, version, place }) => {
      const { files, layers, weights } = exportTfjs(network, { name: basename(output), version, place });
      const placed = files.map(({ name, bytes }) => ({ path: join(dirname(output), name), data: bytes }));
      // The model under the path as it was written.
      return {
        files: [...placed.slice(0, -1), ...placed.slice(-1).map(({ data }) => ({ path: output, data }))],
        operators: layers,
        tensors: weights,
      };
    },
  },
  nir: {
    endings: ['.nir'],
    write: (network, { output, place }) => {
      const { bytes, ...counts } = exportNir(network, place);
      return { ...counts, files: [{ path: output, data: bytes }] };
    },
  },
} as const satisfies Readonly<Record<string, Format>>;

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
    .requiredOption('-o, --output <file>', 'file to write (.onnx, .json with shards of weights beside it, or .nir)')
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
    const { files, operators, tensors } = FORMATS[format].write(graph, {
      ...{ output, version: context.version, place: path },
    });
    await (files.length === 1 ? writeAtomic(output, files[0]!.data) : writeTogether(files));
    const bytes = files.reduce((sum, { data }) => sum + data.length, 0);
    if (json) {
      const summary = { name: graph.name, format, layers: graph.nodes.length, operators, tensors };
      const names = files.map((file) => file.path);
      printJson(context, 'lodestone-export', { ...summary, bytes, files: names, warnings, output });
      return;
    }
    printWarnings(warnings, context);
    const became = `${integer(graph.nodes.length)} layers became ${integer(operators)} operators and ${integer(tensors)} constants`;
    context.out(`${format}: ${became}, ${integer(bytes)} bytes\n`);
    const beside = files.length > 1 ? `, its weights beside it in ${integer(files.length - 1)} files` : '';
    context.err(`network written to ${output}${beside}\n`);
  });
}

function formatByEnding(output: string): keyof typeof FORMATS {
  const names: readonly (keyof typeof FORMATS)[] = ['qonnx', 'tfjs', 'nir'];
  const endings = names.flatMap((name) => FORMATS[name].endings);
  const found = names.find((name) => FORMATS[name].endings.some((ending) => output.toLowerCase().endsWith(ending)));
  return (
    found ??
    fail(
      'unknown-format',
      `--output ${output}`,
      'its ending names no format that is written',
      `end it with ${endings.join(' or ')}, or pass --format ${names.join(' or ')}`,
    )
  );
}
