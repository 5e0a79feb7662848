/**
 * What files of our own exports say beside what their format can say (compiler/exporters/own-metadata.ts), put into the network that was imported
 * from them: names, preprocessing, and which of several equal forms a layer had. Taken where the network still has the layers.
 */
import { type Diagnostic, UserError, warningAt } from '../../common/diagnostics.js';
import { narrowestBits } from '../../ir/network/footprint.js';
import { quantiseLevels } from '../../ir/network/quantise.js';
import { inputsOf, type NetworkGraph, type NetworkNode } from '../../ir/network/types.js';
import type { ExportedLayer, ExportedNetwork } from '../exporters/own-metadata.js';
import type { FileValues, ImportedNetwork } from './frontend.js';

/** An imported network with the name, preprocessing and, where it still has its layers, their names and forms. */
export function asExported(imported: ImportedNetwork, about: ExportedNetwork): ImportedNetwork {
  const { graph, names } = withNames(imported.graph, about);
  const { file } = imported;
  return {
    ...imported,
    ...(file === undefined ? {} : { file: renamedFile(file, names) }),
    graph: named(graph, about),
    operators: imported.operators.map((operator) => ({
      ...operator,
      layers: operator.layers.map((id) => names.get(id) ?? id),
    })),
  };
}

/** What the file says, by the new names of the layers. */
const renamedFile = (file: FileValues, names: ReadonlyMap<string, string>): FileValues => ({
  ...file,
  evaluate: (image) => {
    const found = file.evaluate(image);
    return { ...found, layers: new Map([...found.layers].map(([id, values]) => [names.get(id) ?? id, values])) };
  },
});

/** An import that says with its warnings, or with what it lacks, that the input of the file is not that of its metadata any more. */
export async function withChangedInput(
  isChanged: boolean,
  place: string,
  read: () => Promise<ImportedNetwork>,
): Promise<ImportedNetwork> {
  const warnings: readonly Diagnostic[] = isChanged ? [changed(place)] : [];
  const imported = await read().catch((error: unknown) => {
    throw error instanceof UserError ? new UserError([...warnings, ...error.diagnostics]) : error;
  });
  return { ...imported, warnings: [...warnings, ...imported.warnings] };
}

const changed = (place: string): Diagnostic =>
  warningAt(
    'changed-export',
    place,
    'its metadata say how bytes become its input, but the graph does not begin so: it was changed after the export',
    'say what bytes mean to it with --input-range',
  );

/** The same network with the names it had, where it still has its layers. */
function withNames(
  imported: NetworkGraph,
  { layers }: ExportedNetwork,
): { readonly graph: NetworkGraph; readonly names: ReadonlyMap<string, string> } {
  const graph = { ...imported, nodes: flattenedAt(imported.nodes, layers) };
  const isSame = layers.length === graph.nodes.length && graph.nodes.every(({ kind }, i) => kind === layers[i]?.kind);
  if (!isSame) return { graph, names: new Map() };
  const names = new Map(graph.nodes.map(({ id }, i) => [id, layers[i]?.id ?? id]));
  const nodes = graph.nodes.map((node, i) => inForm(renamed(node, names), layers[i]));
  return { graph: { ...graph, nodes }, names };
}

const isElementwise = ({ kind }: NetworkNode): boolean =>
  kind === 'relu' || kind === 'clip' || kind === 'sign' || kind === 'step' || kind === 'quantise';

/** Flattens where the exported network did: what works on every element by itself may stand on either side, and the importer puts it before. */
function flattenedAt(given: readonly NetworkNode[], layers: readonly ExportedLayer[]): readonly NetworkNode[] {
  if (given.length !== layers.length) return given;
  let nodes = given;
  let readers = readersOf(nodes);
  layers.forEach(({ kind }, i) => {
    const first = nodes[i];
    if (kind !== 'flatten' || first === undefined || !isElementwise(first)) return;
    let last = first;
    let next = onlyReader(readers, last.id);
    while (next !== undefined && isElementwise(next)) {
      last = next;
      next = onlyReader(readers, last.id);
    }
    if (next?.kind !== 'flatten') return;
    const { id } = next;
    const [from = ''] = inputsOf(first);
    const flat: NetworkNode = { ...next, input: from };
    const rest = nodes.filter((node) => node.id !== id);
    // Who read the flat value reads the last of the others, and the first of these the flat value.
    const moved = rest.map((node) => (node.id === first.id ? reading(node, from, id) : reading(node, id, last.id)));
    nodes = [...moved.slice(0, i), flat, ...moved.slice(i)];
    readers = readersOf(nodes);
  });
  return nodes;
}

type Readers = ReadonlyMap<string, readonly NetworkNode[]>;

function readersOf(nodes: readonly NetworkNode[]): Readers {
  const readers = new Map<string, NetworkNode[]>();
  for (const node of nodes) {
    for (const id of inputsOf(node)) {
      const known = readers.get(id);
      if (known === undefined) readers.set(id, [node]);
      else known.push(node);
    }
  }
  return readers;
}

function onlyReader(readers: Readers, id: string): NetworkNode | undefined {
  const [first, ...others] = readers.get(id) ?? [];
  return others.length === 0 ? first : undefined;
}

const reading = (node: NetworkNode, from: string, to: string): NetworkNode => ({
  ...renamed(node, new Map([[from, to]])),
  id: node.id,
});

const named = (graph: NetworkGraph, { name, preprocessing }: ExportedNetwork): NetworkGraph => ({
  ...graph,
  name,
  ...(preprocessing === undefined ? {} : { preprocessing }),
});

function renamed(node: NetworkNode, names: ReadonlyMap<string, string>): NetworkNode {
  const nameOf = (old: string): string => names.get(old) ?? old;
  const id = nameOf(node.id);
  const [a = '', b = '', c = ''] = inputsOf(node).map(nameOf);
  switch (node.kind) {
    case 'input':
      return { ...node, id };
    case 'add':
    case 'multiply':
    case 'extremum':
      return { ...node, id, inputs: [a, b] };
    case 'attention':
      return { ...node, id, inputs: [a, b, c] };
    case 'concat':
      return { ...node, id, inputs: node.inputs.map(nameOf) };
    default:
      return { ...node, id, input: a };
  }
}

/** A layer in the one of several equal forms that it had. */
function inForm(node: NetworkNode, form: ExportedLayer | undefined): NetworkNode {
  const without = form?.without ?? [];
  switch (node.kind) {
    case 'dense':
      return bare(node, without);
    case 'conv2d': {
      const isBare = node.padding.every((p) => p === 0);
      return bare(isBare && form?.padValue !== undefined ? { ...node, padValue: form.padValue } : node, without);
    }
    case 'quantise': {
      if (!without.includes('rounding') || !isHalfUp(node)) return node;
      const bare = { ...node };
      Reflect.deleteProperty(bare, 'rounding');
      return bare;
    }
    default:
      return node;
  }
}

type Linear = Extract<NetworkNode, { kind: 'dense' | 'conv2d' }>;

/** A layer without the fields that say what holds without them: the narrowest width, and a scale of 1. */
function bare<T extends Linear>(node: T, without: readonly string[]): T {
  const left = { ...node };
  if (without.includes('weightBits') && isNarrow(node)) Reflect.deleteProperty(left, 'weightBits');
  if (without.includes('scale') && node.scale?.length === 1 && node.scale[0] === 1)
    Reflect.deleteProperty(left, 'scale');
  return left;
}

/** Whether the width of weights is the one that they have without saying it. */
const isNarrow = ({ weights, weightBits }: Linear): boolean =>
  weights instanceof Int8Array && narrowestBits(weights) === weightBits;

/** Whether halves go up: to whatever name, what is below 0 becomes 0 anyway. */
const isHalfUp = (node: Extract<NetworkNode, { kind: 'quantise' }>): boolean =>
  node.rounding === 'halfUp' || (node.rounding === 'halfAwayFromZero' && quantiseLevels(node)[0] >= 0);
