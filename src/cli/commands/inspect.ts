import type { Command } from 'commander';
import { lowerWithWarnings } from '../../compiler/pipelines.js';
import { integer, percent } from '../../common/format.js';
import { type LayerFootprint, type NetworkFootprint, networkFootprint } from '../../ir/network/footprint.js';
import { printNetwork } from '../../ir/network/print.js';
import type { NetworkGraph } from '../../ir/network/types.js';
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

/** `lodestone inspect MODEL`: layers, shapes, bits, multiply-accumulates, zeros, footprint. */
export function addInspect(program: Command, context: CliContext): void {
  const command = program
    .command('inspect')
    .argument('<model>', `model file: ours (.lsn, or its text form) or another tool's`)
    .description('show the layers of a model: shapes, bits, multiply-accumulates, zero weights, footprint in bits')
    .option('--integer', 'show the integer network it lowers to')
    .option('--text', 'print the whole network in its text form, which every command reads back');
  withImportOptions(command).action(async (path: string, options: InspectOptions, called: Command) => {
    const { graph: model, warnings } = await loadModel(path, called);
    const lowered = options.integer === true ? lowerWithWarnings(model) : undefined;
    if (!options.json) printWarnings([...warnings, ...(lowered?.diagnostics ?? [])], context);
    const graph = lowered?.graph ?? model;
    if (options.text === true) {
      context.out(printNetwork(graph));
      return;
    }
    const footprint = networkFootprint(graph);
    if (options.json) printJson(context, 'lodestone-inspect', jsonOf(graph, footprint));
    else context.out(`${printNetwork(graph, { weights: 'summary' }).trimEnd()}\n\n${textOf(graph, footprint)}`);
  });
}

/** What the layers of a row hold besides weights. */
const parametersOf = ({ weights, constants }: LayerFootprint): number => (weights?.count ?? 0) + constants.count;

function jsonOf({ name, dialect }: NetworkGraph, { layers, macs, weights, constants, values }: NetworkFootprint) {
  return {
    ...{ name, dialect, parameters: weights.count + constants.count, macs, weights, constants, values },
    nodes: layers.map((layer) => ({ ...layer, weights: layer.weights ?? null, parameters: parametersOf(layer) })),
  };
}

function textOf({ dialect }: NetworkGraph, { layers, macs, weights, constants, values }: NetworkFootprint): string {
  const rows = layers.map((layer) => [
    layer.id,
    layer.kind,
    `[${layer.shape.join(', ')}]`,
    integer(parametersOf(layer)),
    integer(layer.macs),
    ...(layer.weights === undefined ? ['', ''] : [widthText(layer.weights), zerosText(layer.weights)]),
    widthText(layer.values),
    integer((layer.weights?.bits ?? 0) + layer.constants.bits),
    integer(layer.values.bits),
  ]);
  const head = ['layer', 'kind', 'output shape', 'parameters', 'MAC'];
  const bits = ['weight bits', 'zero weights', 'value bits', 'parameters, bits', 'values, bits'];
  const parameters = weights.count + constants.count;
  return [
    textTable([...head, ...bits], rows, [0, 1]),
    `${integer(parameters)} parameters, ${integer(macs)} multiply-accumulates per sample, ${dialect} dialect`,
    `weights: ${integer(weights.count)}, ${zerosText(weights)} of them zero, ${integer(weights.bits)} bits`,
    `thresholds, biases, scales and tables: ${integer(constants.count)}, ${integer(constants.bits)} bits`,
    `values of all layers: ${integer(values.bits)} bits; at one time at most ${integer(values.most)}, at layer "${values.mostAt}"`,
    '',
  ].join('\n');
}

const widthText = ({ isReal, width }: { readonly isReal: boolean; readonly width: number }): string =>
  isReal ? 'real' : `${width}`;

const zerosText = ({ zeros, count }: { readonly zeros: number; readonly count: number }): string =>
  percent(count === 0 ? 0 : zeros / count);
