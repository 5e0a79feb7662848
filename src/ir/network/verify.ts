import { type Diagnostic, errorAt } from '../../common/diagnostics.js';
import { shapeAfter } from './shapes.js';
import { inputsOf, type NetworkGraph, type NetworkNode, type NodeId, type Shape } from './types.js';
import { checkDialect } from './verify-dialect.js';
import { checkNode } from './verify-node.js';
import { checkRanges, type NodeReport } from './verify-ranges.js';
import { checkTime } from './verify-stateful.js';

/** A violation at a layer. */
export interface NetworkFinding {
  readonly node: NetworkNode;
  /** `structure`: order, shapes, dialect. `numbers`: how far values reach in an integer network. */
  readonly about: 'structure' | 'numbers';
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
}

/** Where a finding about a layer of a network stands. */
export const layerPlace = (place: string, { id, kind }: Pick<NetworkNode, 'id' | 'kind'>): string =>
  `${place}: layer "${id}" (${kind})`;

/** The findings of {@link networkFindings} as diagnostics. */
export function verifyNetwork(graph: NetworkGraph, place = graph.name): readonly Diagnostic[] {
  return networkFindings(graph).map(({ node, code, message, remedy }) =>
    errorAt(code, layerPlace(place, node), message, remedy),
  );
}

/**
 * Checks what a schema cannot: order, shapes, lengths of parameters, dialect and, in the integer dialect, the ranges of all
 * numbers. Reports every violation; ranges only once the rest is sound.
 */
export function networkFindings(graph: NetworkGraph): readonly NetworkFinding[] {
  const found: NetworkFinding[] = [];
  const shapes = new Map<NodeId, Shape>();
  const reporter =
    (about: NetworkFinding['about']): NodeReport =>
    (node, code, message, remedy) => {
      found.push({ node, about, code, message, remedy });
    };
  const report = reporter('structure');
  const read = new Set<NodeId>();

  const all = new Set(graph.nodes.map(({ id }) => id));

  graph.nodes.forEach((node, index) => {
    if (shapes.has(node.id)) report(node, 'duplicate-layer', 'another layer has the same name', 'rename one of them');
    if (!checkPlace(node, index, graph.nodes.length, report)) return;
    checkDialect(node, graph.dialect, report);
    const inputs: Shape[] = [];
    for (const id of inputsOf(node)) {
      read.add(id);
      const input = shapes.get(id);
      if (input !== undefined) inputs.push(input);
      else if (node.kind === 'delay') {
        // It may read what stands below; its shape is compared with that once all are known.
        if (all.has(id)) inputs.push(node.shape);
        else report(node, 'unknown-input', `its input "${id}" is no layer`, 'name a layer of the network');
      } else {
        const message = `its input "${id}" is not a layer above it`;
        report(node, 'unknown-input', message, 'name a layer that stands above');
      }
    }
    if (inputs.length < inputsOf(node).length) return;
    const before = found.length;
    checkNode(node, inputs, (code, message, remedy) => report(node, code, message, remedy));
    // After a mistake the shape of the input stands in, so that what follows can be checked.
    const sound = found.length === before || node.kind === 'dense';
    shapes.set(node.id, sound ? shapeAfter(node, inputs) : (inputs[0] ?? []));
  });
  for (const node of graph.nodes.slice(0, -1)) {
    if (read.has(node.id)) continue;
    report(node, 'unused-value', 'no layer reads it', 'remove the layer, or connect it');
  }
  checkTime(graph, shapes, report);
  if (found.length === 0 && graph.dialect === 'integer') checkRanges(graph, reporter('numbers'));
  return found;
}

/** The input first, its code second, the output last. False if the node cannot be looked at further. */
function checkPlace(node: NetworkNode, index: number, nNodes: number, report: NodeReport): boolean {
  if ((node.kind === 'input') !== (index === 0)) {
    report(node, 'layer-order', 'the input must be the first layer and the only input', 'reorder the layers');
    return false;
  }
  const isOutput = node.kind === 'votes' || node.kind === 'scores';
  if (isOutput !== (index === nNodes - 1)) {
    report(
      node,
      'layer-order',
      'the network must end in its only output layer, votes or scores',
      'add or move the output layer',
    );
  }
  if ((node.kind === 'encode') !== (index === 1)) {
    report(
      node,
      'layer-order',
      'an input code must follow the input directly, and only there',
      'put `encode` after `input`',
    );
  }
  return true;
}
