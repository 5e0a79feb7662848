import type { Command } from 'commander';
import { present } from '../../common/assert.js';
import { toInteger } from '../../flow.js';
import { integer } from '../../common/format.js';
import { networkMacs } from '../../ir/network/macs.js';
import { printNetwork } from '../../ir/network/print.js';
import { inferShapes } from '../../ir/network/shapes.js';
import type { NetworkGraph, NetworkNode } from '../../ir/network/types.js';
import { printJson } from '../json-envelope.js';
import type { CliContext } from '../context.js';
import { withImportOptions } from '../import-options.js';
import { loadModel } from '../load.js';
import { printWarnings } from '../tell.js';
import { textTable } from '../table.js';

interface InspectOptions {
  readonly json: boolean;
  readonly integer?: boolean;
  readonly text?: boolean;
}

/** `lodestone inspect MODEL`: layers, shapes, parameters. */
export function addInspect(program: Command, context: CliContext): void {
  const command = program
    .command('inspect')
    .argument('<model>', `model file: ours (.lsn, or its text form) or another tool's`)
    .description('show the layers, shapes and parameter counts of a model')
    .option('--integer', 'show the integer network it lowers to')
    .option('--text', 'print the whole network in its text form, which every command reads back');
  withImportOptions(command).action(async (path: string, options: InspectOptions, called: Command) => {
    const { graph: model, warnings } = await loadModel(path, called);
    if (!options.json) printWarnings(warnings, context);
    const graph = options.integer === true ? toInteger(model) : model;
    if (options.text === true) {
      context.out(printNetwork(graph));
      return;
    }
    const rows = describe(graph);
    const parameters = rows.reduce((sum, row) => sum + row.parameters, 0);
    const macs = rows.reduce((sum, row) => sum + row.macs, 0);
    if (options.json) {
      const summary = { name: graph.name, dialect: graph.dialect, parameters, macs, nodes: rows };
      printJson(context, 'lodestone-inspect', summary);
      return;
    }
    context.out(`${printNetwork(graph, { weights: 'summary' }).trimEnd()}\n\n`);
    const cells = rows.map((row) => [
      row.id,
      row.kind,
      `[${row.shape.join(', ')}]`,
      integer(row.parameters),
      integer(row.macs),
    ]);
    context.out(textTable(['layer', 'kind', 'output shape', 'parameters', 'MAC'], cells, [0, 1]));
    context.out(
      `\n${integer(parameters)} parameters, ${integer(macs)} multiply-accumulates per sample, ${graph.dialect} dialect\n`,
    );
  });
}

interface NodeRow {
  readonly id: string;
  readonly kind: string;
  readonly shape: readonly number[];
  readonly parameters: number;
  /** Multiply-accumulates for one sample. */
  readonly macs: number;
}

function describe(graph: NetworkGraph): readonly NodeRow[] {
  const shapes = inferShapes(graph);
  const macs = networkMacs(graph);
  return graph.nodes.map((node) => ({
    id: node.id,
    kind: node.kind,
    shape: present(shapes.get(node.id), `shape of ${node.id}`),
    parameters: parameterCount(node),
    macs: macs.get(node.id) ?? 0,
  }));
}

/** Elements of all arrays in a value, however deep. */
function numbersIn(value: unknown): number {
  if (ArrayBuffer.isView(value)) return 'length' in value && typeof value.length === 'number' ? value.length : 0;
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce((sum: number, field: unknown) => sum + numbersIn(field), 0);
}

/** Numbers stored with a node: weights, biases, thresholds, batch-norm statistics. */
function parameterCount(node: NetworkNode): number {
  switch (node.kind) {
    case 'dense':
    case 'conv2d':
      return [node.weights, node.weightZeroPoint, node.scale, node.bias].reduce(
        (n, values) => n + (values?.length ?? 0),
        0,
      );
    case 'blockDense':
      return node.blocks.reduce((sum, block) => sum + block.weights.length, 0);
    case 'batchNorm':
      return node.gamma.length + node.beta.length + node.mean.length + node.variance.length;
    case 'threshold':
      return node.theta.length;
    case 'requantise':
      return node.multiplier.length + node.shift.length + (node.addend?.length ?? 0);
    case 'lookup':
    case 'embedding':
      return node.table.length;
    case 'rmsNorm':
      return node.gain.length;
    case 'function':
      return node.parameters?.length ?? 0;
    case 'attention':
      return node.expTable?.length ?? 0;
    case 'neuron':
    case 'integerNeuron':
      return numbersIn(node);
    case 'delay':
      return node.steps.length;
    case 'scores':
      return [node.scale, node.offset, ...(node.steps ?? []).map(({ by }) => by)].reduce(
        (sum, values) => sum + (values?.length ?? 0),
        0,
      );
    case 'input':
    case 'encode':
    case 'sign':
    case 'step':
    case 'maxPool':
    case 'avgPool':
    case 'sumPool':
    case 'relu':
    case 'clip':
    case 'multiply':
    case 'extremum':
    case 'rearrange':
    case 'quantise':
    case 'add':
    case 'concat':
    case 'flatten':
    case 'votes':
      return 0;
  }
}
