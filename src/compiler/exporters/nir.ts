/**
 * Spiking networks of the float dialect as NIR files. A network that came from such a file comes back unchanged: nodes have the names of layers, sums
 * are edges that meet, recurrent edges are delays. What NIR cannot say (name, length of a step, input code, reset by subtraction) stands in the
 * metadata of the graph, which other tools pass over.
 */
import { present } from '../../common/assert.js';
import { type Diagnostic, errorAt, throwIfErrors } from '../../common/diagnostics.js';
import { type WrittenDataset, type WrittenGroup, writeHdf5 } from '../../common/hdf5/write.js';
import { isSpiking } from '../../ir/network/spiking.js';
import { inputsOf, type NetworkGraph, type NetworkNode, type NodeId } from '../../ir/network/types.js';
import { layerPlace } from '../../ir/network/verify.js';
import type { ValueForm } from '../frontends/nir/values.js';
import { OWN_METADATA, writeOwnMetadata } from '../frontends/nir/own-metadata.js';
import { formsOfNetwork } from './nir-forms.js';
import { delayFields, type NirFields, nodeFields, texts, Unwritable } from './nir-nodes.js';

/** Version of the nir package whose files these are. */
const NIR_VERSION = '1.0.7';

/** The bytes of a network, and of how many nodes and arrays they are. @throws UserError with every layer that NIR has no node for */
export function exportNir(
  network: NetworkGraph,
  place: string,
): { readonly bytes: Uint8Array; readonly operators: number; readonly tensors: number } {
  if (!isSpiking(network)) {
    const remedy = 'export it as .onnx';
    throwIfErrors([errorAt('network-without-time', place, 'NIR holds spiking networks, this one has no time', remedy)]);
  }
  if (network.dialect === 'integer') {
    const remedy = 'export the network it was rounded from';
    throwIfErrors([errorAt('integer-network', place, 'a network of the integer dialect', remedy)]);
  }
  const findings: Diagnostic[] = [];
  const report = (node: NetworkNode, message: string, remedy: string): void => {
    findings.push(errorAt('not-exportable', layerPlace(place, node), message, remedy));
  };
  const forms = formsOfNetwork(network);
  const byId = new Map(network.nodes.map((node) => [node.id, node]));
  const written = new Map<NodeId, NirFields>();
  const edges: string[] = [];
  const isSubtracting = network.nodes.some((node) => node.kind === 'neuron' && node.spike?.reset?.kind === 'subtract');
  for (const node of network.nodes) {
    // Sums are edges that meet, the code stands in the metadata.
    if (node.kind === 'add' || node.kind === 'encode') continue;
    try {
      const output = formOf(node, forms);
      const place = { input: forms.get(inputsOf(node)[0] ?? ''), output, isSubtracting };
      const { step = 1 } = network.time ?? {};
      written.set(node.id, node.kind === 'delay' ? delayFields(node.steps, output, step) : nodeFields(node, place));
      const sources = inputsOf(node).flatMap((id) => sourcesOf(id, byId));
      if (new Set(sources).size < sources.length)
        throw new Unwritable('it adds a value to itself', 'double the weights instead');
      for (const source of sources) edges.push(source, node.id);
    } catch (error) {
      if (!(error instanceof Unwritable)) throw error;
      report(node, error.message, error.remedy);
    }
  }
  for (const node of network.nodes) {
    const below = network.nodes.find(
      ({ id, kind }) => kind !== 'add' && kind !== 'encode' && id.startsWith(`${node.id}/`),
    );
    if (below !== undefined && written.has(node.id))
      report(node, `"${below.id}" would stand inside of it`, 'rename one of them');
  }
  throwIfErrors(findings);
  const root: WrittenGroup = {
    members: new Map<string, WrittenGroup | WrittenDataset>([
      ['version', text(NIR_VERSION)],
      [
        'node',
        {
          members: new Map<string, WrittenGroup | WrittenDataset>([
            ['type', text('NIRGraph')],
            ['nodes', asGroups(written)],
            ['edges', { shape: [edges.length / 2, 2], values: edges }],
            ['metadata', { members: new Map([[OWN_METADATA, text(writeOwnMetadata(network, isSubtracting))]]) }],
          ]),
        },
      ],
    ]),
  };
  const tensors = [...written.values()].reduce((sum, fields) => sum + fields.size - 1, 0);
  return { bytes: writeHdf5(root), operators: written.size, tensors };
}

const text = (value: string): WrittenDataset => texts([], [value]);

const formOf = (node: NetworkNode, forms: ReadonlyMap<NodeId, ValueForm>): ValueForm => {
  const form = forms.get(node.id);
  if (form !== undefined) return form;
  throw new Unwritable('NIR has no value of its shape', 'use vectors and images');
};

/** The values whose sum a value is: additions from left to right, everything else itself. The input's code goes without saying. */
function sourcesOf(id: NodeId, byId: ReadonlyMap<NodeId, NetworkNode>): readonly NodeId[] {
  const node = present(byId.get(id), 'input');
  if (node.kind === 'encode') return [node.input];
  if (node.kind !== 'add') return [id];
  const [left, right] = node.inputs;
  if (byId.get(right)?.kind === 'add') {
    throw new Unwritable(`"${id}" adds a sum on its right, edges meet from left to right`, 'exchange its inputs');
  }
  return [...sourcesOf(left, byId), ...sourcesOf(right, byId)];
}

/** Nodes as groups: a name with slashes is a path. */
function asGroups(written: ReadonlyMap<NodeId, NirFields>): WrittenGroup {
  const root = new Map<string, WrittenGroup | WrittenDataset>();
  const groups = new Map<string, Map<string, WrittenGroup | WrittenDataset>>([['', root]]);
  const groupAt = (path: string): Map<string, WrittenGroup | WrittenDataset> => {
    const known = groups.get(path);
    if (known !== undefined) return known;
    const made = new Map<string, WrittenGroup | WrittenDataset>();
    const at = path.lastIndexOf('/');
    groupAt(path.slice(0, Math.max(at, 0))).set(path.slice(at + 1), { members: made });
    groups.set(path, made);
    return made;
  };
  for (const [id, fields] of written) {
    const group = groupAt(id);
    for (const [name, value] of fields) group.set(name, value);
  }
  return { members: root };
}
