/**
 * Files that our own export wrote (compiler/exporters/onnx.ts): ONNX like any other, with more in its metadata. That is taken where the graph
 * agrees with it, so that a file that another tool changed is read as what it is now:
 *
 *   exact numbers    where their float32 roundings are the file's
 *   input code       where the graph begins with its operators; they are taken out
 *   layers           where the imported network has as many, of these kinds in this order: they get their names back
 */
import { type Diagnostic, fail, UserError, warningAt } from '../../../common/diagnostics.js';
import { narrowestBits } from '../../../ir/network/footprint.js';
import { quantiseLevels } from '../../../ir/network/quantise.js';
import { inputsOf, type InputCode, type NetworkGraph, type NetworkNode } from '../../../ir/network/types.js';
import { codeSteps, type CodeStep } from '../../exporters/onnx-input-code.js';
import {
  EXACT_KEY,
  type ExactNumbers,
  type ExportedLayer,
  type ExportedNetwork,
  NETWORK_KEY,
  readExactNumbers,
  readNetworkMetadata,
} from '../../exporters/onnx-metadata.js';
import type { ForeignFile, ImportedNetwork, ImportOptions } from '../frontend.js';
import { constantOf } from './call.js';
import { importGraph } from './import-graph.js';
import type { OnnxModel, OnnxNode, TensorProto } from './model.js';

/** Imports a model, one of ours with what its metadata say. @throws UserError with every finding */
export async function importModel(
  model: OnnxModel,
  file: ForeignFile,
  options: ImportOptions,
): Promise<ImportedNetwork> {
  const { place } = file;
  const about = metadataOf(model, NETWORK_KEY, readNetworkMetadata, place);
  const numbers = metadataOf(model, EXACT_KEY, readExactNumbers, place);
  const exact = numbers === undefined ? model : withExactNumbers(model, numbers, place);
  if (about === undefined) return importGraph(exact, file, options);
  const { code, value } = about.input;
  const isAsked = Object.values(options).some((option) => option !== undefined);
  const behind = isAsked ? undefined : withoutCode(exact, code, value, place);
  const warnings = behind === undefined && !isAsked ? [changed(place)] : [];
  const imported = await importGraph(behind ?? exact, file, options, behind === undefined ? undefined : code).catch(
    (error: unknown) => {
      throw error instanceof UserError ? new UserError([...warnings, ...error.diagnostics]) : error;
    },
  );
  const { graph, names } = withNames(imported.graph, about);
  return {
    graph: named(graph, about),
    operators: imported.operators.map((operator) => ({
      ...operator,
      layers: operator.layers.map((id) => names.get(id) ?? id),
    })),
    warnings: [...warnings, ...imported.warnings],
  };
}

const changed = (place: string): Diagnostic =>
  warningAt(
    'changed-export',
    place,
    'its metadata say how bytes become its input, but the graph does not begin so: it was changed after the export',
    'say what bytes mean to it with --input-range',
  );

const decoder = new TextDecoder('utf-8');

/** What an entry of the metadata says; undefined where there is none. @throws UserError for one that is not ours */
function metadataOf<T>(
  { metadata }: OnnxModel,
  key: string,
  read: (text: string) => T | undefined,
  place: string,
): T | undefined {
  const bytes = metadata.get(key);
  if (bytes === undefined) return undefined;
  const found = read(decoder.decode(bytes));
  if (found !== undefined) return found;
  return fail(
    'bad-metadata',
    `${place}: metadata "${key}"`,
    'it is not what an export of this program writes',
    'export the network again, or remove the entry; then --input-range says what bytes mean',
  );
}

/** Constants and attributes with the digits that float32 does not hold, where they still are those numbers. */
function withExactNumbers(model: OnnxModel, exact: ExactNumbers, place: string): OnnxModel {
  const initialisers = model.initialisers.map((tensor) => exactTensor(tensor, exact.get(tensor.name), place));
  const nodes = model.nodes.map((node) => {
    const attributes = new Map(node.attributes);
    for (const [name, attribute] of attributes) {
      const [number] = exact.get(`${node.name}:${name}`) ?? [];
      if (number !== undefined && Math.fround(number) === attribute.float) {
        attributes.set(name, { ...attribute, float: number });
      }
    }
    return { ...node, attributes };
  });
  return { ...model, initialisers, nodes };
}

/** Numbers of TensorProto.DataType. */
const [FLOAT, DOUBLE] = [1, 11];

function exactTensor(tensor: TensorProto, values: Float64Array | undefined, place: string): TensorProto {
  if (values === undefined || tensor.type !== FLOAT || tensor.external !== undefined) return tensor;
  const { data } = constantOf(tensor, place);
  if (data.length !== values.length || values.some((v, i) => Math.fround(v) !== data[i])) return tensor;
  return {
    ...tensor,
    type: DOUBLE,
    typed: [],
    raw: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
  };
}

/** The model behind the operators of its input code; undefined where it does not begin with them. */
function withoutCode(model: OnnxModel, code: InputCode, value: string, place: string): OnnxModel | undefined {
  const steps = codeSteps(code) ?? [];
  const [input] = model.inputs;
  if (input === undefined || model.inputs.length > 1) return undefined;
  let from = input.name;
  const gone = new Set<OnnxNode>();
  for (const step of steps) {
    const [reader, ...others] = model.nodes.filter(({ inputs }) => inputs.includes(from));
    const [output] = reader?.outputs ?? [];
    if (reader === undefined || output === undefined || others.length > 0) return undefined;
    if (!isStep(reader, step, from, model, place)) return undefined;
    gone.add(reader);
    from = output;
  }
  if (from !== value) return undefined;
  return { ...model, inputs: [{ ...input, name: value }], nodes: model.nodes.filter((node) => !gone.has(node)) };
}

function isStep(node: OnnxNode, step: CodeStep, from: string, model: OnnxModel, place: string): boolean {
  if (node.operator !== step.operator || node.attributes.size > 0 || node.inputs[0] !== from) return false;
  const [, by] = node.inputs;
  if (step.constant === undefined) return by === undefined;
  const tensor = model.initialisers.find(({ name }) => name === by);
  if (tensor === undefined || tensor.external !== undefined) return false;
  const { data } = constantOf(tensor, place);
  return data.length === 1 && data[0] === step.constant;
}

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
    case 'dense': {
      if (!without.includes('weightBits') || !isNarrow(node)) return node;
      const bare = { ...node };
      Reflect.deleteProperty(bare, 'weightBits');
      return bare;
    }
    case 'conv2d': {
      const isBare = node.padding.every((p) => p === 0);
      const padded = isBare && form?.padValue !== undefined ? { ...node, padValue: form.padValue } : node;
      if (!without.includes('weightBits') || !isNarrow(node)) return padded;
      const bare = { ...padded };
      Reflect.deleteProperty(bare, 'weightBits');
      return bare;
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

/** Whether the width of weights is the one that they have without saying it. */
const isNarrow = ({ weights, weightBits }: Linear): boolean =>
  weights instanceof Int8Array && narrowestBits(weights) === weightBits;

/** Whether halves go up: to whatever name, what is below 0 becomes 0 anyway. */
const isHalfUp = (node: Extract<NetworkNode, { kind: 'quantise' }>): boolean =>
  node.rounding === 'halfUp' || (node.rounding === 'halfAwayFromZero' && quantiseLevels(node)[0] >= 0);
