/**
 * NIR, the Neuromorphic Intermediate Representation: spiking networks of snnTorch, Norse, Sinabs, Rockpool, Spyx and others.
 *
 * Source: Pedersen et al., "Neuromorphic intermediate representation: a unified instruction set for interoperable brain-inspired computing",
 * Nature Communications 15, 8122 (2024); the package neuromorphs/NIR, which defines files and fields.
 */
import { type Diagnostic, errorAt, throwIfErrors, warningAt } from '../../../common/diagnostics.js';
import { present } from '../../../common/assert.js';
import { sizeOf } from '../../../ir/network/shapes.js';
import type { NetworkGraph, NetworkNode, NodeId, Shape } from '../../../ir/network/types.js';
import { freshNames, MAX_LAYER_NAME, type NameMaker } from '../../fresh-names.js';
import { throwIfUnsound } from '../check-import.js';
import { encodeInput, statesBytes } from '../encode-input.js';
import type { ForeignFile, Frontend, ImportedNetwork, ImportedOperator, ImportOptions } from '../frontend.js';
import { NIR } from './entry.js';
import { Refusal, shapeOf } from './fields.js';
import { type FlatGraph, type FlatNode, flattenGraph, nodePlace } from './flat-graph.js';
import { convolution, dense, scale } from './linear.js';
import type { Lowered, NodeReader } from './lowering.js';
import { delay, holdsAStep, needsTime, neuron, stepDelay } from './neurons.js';
import type { OwnMetadata } from './own-metadata.js';
import { readNirFile } from './read-graph.js';
import { flatten, output, pool } from './shape-nodes.js';
import { inputForm, isSameForm, reordering, type ValueForm } from './values.js';

/** The frontend of NIR. */
export const nir: Frontend = {
  ...NIR,
  read: (file, options) =>
    new Promise((resolve) => {
      resolve(readNir(file, options));
    }),
};

const READERS: ReadonlyMap<string, NodeReader> = new Map(
  Object.entries({
    ...{ Affine: dense, Linear: dense, Scale: scale, Conv1d: convolution, Conv2d: convolution },
    ...{ SumPool2d: pool, AvgPool2d: pool, Flatten: flatten, Output: output },
    ...{ I: neuron, IF: neuron, LI: neuron, LIF: neuron, CubaLI: neuron, CubaLIF: neuron, Threshold: neuron },
    ...{ Delay: delay, StepDelay: stepDelay },
  }),
);

/** Elements of a value, at most. */
const MAX_VALUE = 1 << 24;

function readNir({ bytes, place }: ForeignFile, asked: ImportOptions): ImportedNetwork {
  const found: Diagnostic[] = [];
  const { graph: read, own } = readNirFile(bytes, place, found);
  const options: ImportOptions = {
    ...asked,
    timeStep: asked.timeStep ?? own?.timeStep,
    neuronReset: asked.neuronReset ?? own?.neuronReset,
  };
  const graph = flattenGraph(read, options, {
    ...{ place, findings: found },
    holds: (node) => holdsAStep(node, options.timeStep ?? 1),
  });
  if (graph === undefined) throwIfErrors(found);
  const flat = present(graph, 'graph without findings');
  for (const node of flat.nodes) {
    if (node === flat.input || READERS.has(node.type)) continue;
    const remedy = `use ${[...READERS.keys()].filter((type) => type !== 'StepDelay').join(', ')}`;
    found.push(
      errorAt('unsupported-node', nodePlace(place, node), `nodes of the type ${node.type} are not read`, remedy),
    );
  }
  const step = timeStep(flat, options, place, found);
  const forms = formsOf(flat, options, place, found);
  const isWrong = found.some(({ severity }) => severity === 'error');
  if (isWrong) lookFurther(flat, { options, place, found, forms, step: step ?? 1 });
  throwIfErrors(found);
  return lower(flat, {
    ...{ options, own, place, found },
    step: step ?? 1,
    forms,
  });
}

/** Seconds per step: what the option says, or 1 where nothing in the file depends on it. Undefined with a finding that names what does. */
function timeStep(
  graph: FlatGraph,
  { timeStep: asked }: ImportOptions,
  place: string,
  found: Diagnostic[],
): number | undefined {
  const dependent = graph.nodes.flatMap((node) => {
    const reason = needsTime(node);
    return reason === undefined ? [] : [`"${node.name}" (${node.type}) ${reason}`];
  });
  if (asked !== undefined) return asked;
  if (dependent.length === 0) {
    const hasNeurons = graph.nodes.some(({ type }) => type === 'I' || type === 'IF');
    if (hasNeurons) {
      const message =
        'no node has a time constant and every r is 1: a step is taken as one unit of time, as Sinabs does';
      found.push(warningAt('unit-time-step', place, message, 'say it with --time-step 1, or another length of a step'));
    }
    return 1;
  }
  const more = dependent.length > 3 ? `, and ${dependent.length - 3} more` : '';
  const message = `the network lives in continuous time: ${dependent.slice(0, 3).join(', ')}${more}`;
  const remedy = 'say how long a step is in seconds, as in --time-step 0.001; snnTorch counts 0.0001, Norse 0.001';
  found.push(errorAt('missing-time-step', place, message, remedy));
  return undefined;
}

/** The form of what a node gives and of what it reads. */
type Forms = ReadonlyMap<FlatNode, { readonly value: ValueForm; readonly input: ValueForm }>;

/** The form of every value, spread from the input along the edges: a node's value is known as soon as one of its inputs is. */
function formsOf(graph: FlatGraph, options: ImportOptions, place: string, found: Diagnostic[]): Forms {
  const { nodes, input } = graph;
  const before = found.length;
  const first = formOfInput(graph, options, place, found);
  if (first === undefined) return new Map();
  const readers = new Map<FlatNode, FlatNode[]>(nodes.map((node) => [node, []]));
  for (const node of nodes) for (const source of node.inputs) readers.get(source)?.push(node);
  const forms = new Map([[input, { value: first, input: first }]]);
  const failed = new Set<FlatNode>();
  for (const [source, { value: form }] of forms) {
    for (const node of readers.get(source) ?? []) {
      const reader = READERS.get(node.type);
      if (forms.has(node) || failed.has(node) || reader === undefined) continue;
      const after = attempt(node, place, found, () => {
        const result = reader.form(node, form);
        if (sizeOf(result.ours) <= MAX_VALUE) return result;
        throw new Refusal(
          `a value of ${sizeOf(result.ours)} elements, more than ${MAX_VALUE}`,
          'use a smaller network',
        );
      });
      if (after === undefined) failed.add(node);
      else forms.set(node, { value: after, input: form });
    }
  }
  if (found.slice(before).some(({ severity }) => severity === 'error')) return forms;
  for (const node of nodes) {
    if (forms.has(node)) continue;
    const message = 'no edges lead to it from the input';
    found.push(errorAt('unconnected-node', nodePlace(place, node), message, 'connect it, or remove it'));
  }
  return forms;
}

function attempt<T>(node: FlatNode, place: string, found: Diagnostic[], read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    found.push(errorAt(error.code, nodePlace(place, node), error.message, error.remedy));
    return undefined;
  }
}

/** The shape of the input: what the file says, the option, or what the first node shows that reads it. */
function formOfInput(
  { input, nodes }: FlatGraph,
  { inputShape }: ImportOptions,
  place: string,
  found: Diagnostic[],
): ValueForm | undefined {
  const stated = attempt(input, place, found, () => shapeOf(input, 'shape'));
  const shown = (): Shape | undefined => {
    for (const node of nodes) {
      if (!node.inputs.includes(input)) continue;
      const shape = attempt(node, place, [], () => READERS.get(node.type)?.wants?.(node));
      if (shape !== undefined && shape.length > 0) return shape;
    }
    return undefined;
  };
  if (stated !== undefined && inputShape !== undefined && stated.join() !== inputShape.join()) {
    const message = `--input-shape ${inputShape.join(',')} for an input that the file gives the shape [${stated.join(', ')}]`;
    found.push(errorAt('wrong-shape', nodePlace(place, input), message, 'leave --input-shape out'));
    return undefined;
  }
  const shape = stated ?? inputShape ?? shown();
  if (shape === undefined) {
    const remedy = 'give it with --input-shape, in the order of the file: channels, height, width';
    found.push(errorAt('missing-input-shape', nodePlace(place, input), 'the file does not say its shape', remedy));
    return undefined;
  }
  const form = inputForm(
    shape,
    nodes.some(({ type }) => type === 'Conv1d'),
  );
  if (form !== undefined && sizeOf(shape) <= MAX_VALUE) return form;
  const message = `an input of [${shape.join(', ')}]`;
  found.push(
    errorAt('wrong-shape', nodePlace(place, input), message, 'use one of at most three dimensions, without the batch'),
  );
  return undefined;
}

/** What else is wrong with the nodes of a graph that cannot be lowered as a whole: their parameters, one by one. */
function lookFurther(graph: FlatGraph, { options, place, found, forms, step }: Omit<Lowering, 'own'>): void {
  for (const node of graph.nodes) {
    const form = forms.get(node);
    const reader = READERS.get(node.type);
    if (form === undefined || reader === undefined || node === graph.input) continue;
    const context = {
      node,
      name: 'x',
      input: 'x',
      inputForm: form.input,
      form: form.value,
      step,
      options,
      fresh: freshNames([]),
    };
    attempt(node, place, found, () => reader.lower(context));
  }
}

interface Lowering {
  readonly options: ImportOptions;
  readonly own: OwnMetadata | undefined;
  readonly place: string;
  readonly found: Diagnostic[];
  readonly step: number;
  readonly forms: Forms;
}

function lower(graph: FlatGraph, { options, own, place, found, step, forms }: Lowering): ImportedNetwork {
  const names = layerNames(graph.nodes);
  const fresh = freshNames(names.values());
  const operators: ImportedOperator[] = [];
  const values = new Map<FlatNode, NodeId>();
  const nameOf = (node: FlatNode): NodeId => present(names.get(node), 'name');
  const formOf = (node: FlatNode): ValueForm => present(forms.get(node), 'form').value;
  const inputFormOf = (node: FlatNode): ValueForm => present(forms.get(node), 'form').input;
  const nodes: NetworkNode[] = [
    ...inputLayers(graph.input, nameOf(graph.input), formOf(graph.input), { options, own, place, found, fresh }),
  ];
  const last = nodes.at(-1);
  values.set(graph.input, last?.id ?? '');
  operators.push({ name: graph.input.name, operator: 'Input', layers: nodes.map(({ id }) => id), fidelity: 'exact' });
  /** Delays read values that may stand below them: what they sum up, and their own inputs, are known at the end. */
  const delays = new Map<NodeId, FlatNode>();
  const order = [...graph.nodes.filter((node) => node !== graph.input && node !== graph.output), graph.output];
  /** A value as node `to` reads it: in the order of elements of the first value that was found to lead there. */
  const coming = (source: FlatNode, to: FlatNode, before: NetworkNode[]): NodeId => {
    const id = present(values.get(source), 'value');
    const [form, wanted] = [formOf(source), inputFormOf(to)];
    if (isSameForm(form, wanted)) return id;
    if (form.nir.join() !== wanted.nir.join()) {
      const message = `the values that meet there have the shapes [${wanted.nir.join(', ')}] and [${form.nir.join(', ')}]`;
      throw new Refusal(message, 'give them one shape', 'wrong-shape');
    }
    const moved = fresh(`${nameOf(source)}.reordered`);
    before.push({ kind: 'rearrange', id: moved, input: id, shape: wanted.ours, index: reordering(form, wanted) });
    return moved;
  };
  const summed = (node: FlatNode, before: NetworkNode[]): NodeId => {
    const [first, ...others] = node.inputs.map((source) => coming(source, node, before));
    return others.reduce(
      (sum, other) => {
        const id = fresh(`${nameOf(node)}.sum`);
        before.push({ kind: 'add', id, inputs: [sum, other] });
        return id;
      },
      present(first, 'input'),
    );
  };
  const lowered = (node: FlatNode, before: NetworkNode[]): (Lowered & { readonly input: NodeId }) | undefined =>
    attempt(node, place, found, () => {
      const waits = node.type === 'StepDelay' || holdsAStep(node, step);
      const input = waits ? '' : summed(node, before);
      const context = {
        node,
        name: nameOf(node),
        input,
        inputForm: inputFormOf(node),
        form: formOf(node),
        step,
        options,
        fresh,
      };
      return { ...present(READERS.get(node.type), 'reader').lower(context), input };
    });
  for (const node of order) {
    const before: NetworkNode[] = [];
    const result = lowered(node, before);
    if (result === undefined) {
      values.set(node, nameOf(node));
      continue;
    }
    const { layers, fidelity = 'exact', note, warning, input } = result;
    nodes.push(...before, ...layers);
    values.set(node, layers.at(-1)?.id ?? input);
    if (layers[0]?.kind === 'delay') delays.set(layers[0].id, node);
    if (warning !== undefined)
      found.push(warningAt(warning.code, nodePlace(place, node), warning.message, warning.remedy));
    const ids = [...before, ...layers].map(({ id }) => id);
    operators.push({
      ...{ name: node.name, operator: node.type === 'StepDelay' ? 'recurrent edge' : node.type, layers: ids, fidelity },
      ...(note === undefined ? {} : { note }),
    });
  }
  for (const { name, type } of graph.unread) {
    operators.push({
      name,
      operator: type,
      layers: [],
      fidelity: 'dropped',
      note: 'nothing leads from it to the output',
    });
  }
  const tail: NetworkNode[] = [];
  const connected = nodes.map((node): NetworkNode => {
    const source = delays.get(node.id);
    if (node.kind !== 'delay' || source === undefined) return node;
    return { ...node, input: attempt(source, place, found, () => summed(source, tail)) ?? '' };
  });
  throwIfErrors(found);
  const network: NetworkGraph = {
    ...{ name: own?.name ?? nameOfFile(place), dialect: 'float' },
    ...(own?.preprocessing === undefined ? {} : { preprocessing: own.preprocessing }),
    nodes: [...connected.slice(0, -1), ...tail, ...connected.slice(-1)],
    time: { step },
  };
  throwIfUnsound(network, place);
  return { graph: network, operators, warnings: found };
}

/** Names of layers: those of the file, with other characters than files of ours allow replaced. */
function layerNames(nodes: readonly FlatNode[]): ReadonlyMap<FlatNode, NodeId> {
  const fresh = freshNames([]);
  const clean = (name: string): string => {
    const text = name.slice(0, MAX_LAYER_NAME).replace(/[^A-Za-z0-9_./-]/g, '_');
    return /^[A-Za-z0-9_]/.test(text) ? text : `_${text}`.slice(0, MAX_LAYER_NAME);
  };
  return new Map(nodes.map((node) => [node, fresh(clean(node.name))]));
}

function inputLayers(
  node: FlatNode,
  id: NodeId,
  { ours }: ValueForm,
  {
    options,
    own,
    place,
    found,
    fresh,
  }: Pick<Lowering, 'options' | 'own' | 'place' | 'found'> & { readonly fresh: NameMaker },
): readonly NetworkNode[] {
  const input = { kind: 'input', id, shape: ours } as const;
  if (!statesBytes(options) && own !== undefined) {
    return [input, { kind: 'encode', id: fresh(own.code.id), input: id, code: own.code.code }];
  }
  if (!statesBytes(options)) {
    const code = { kind: 'integer', bits: 8, zeroPoint: 0, step: 1 } as const;
    return [input, { kind: 'encode', id: fresh(`${id}.events`), input: id, code }];
  }
  const encoded = encodeInput({ input: id, channels: ours.at(-1) ?? 1, options, place: nodePlace(place, node), fresh });
  found.push(...encoded.diagnostics);
  return [input, ...encoded.nodes];
}

/** The name of a file without folder and ending. */
const nameOfFile = (place: string): string =>
  place
    .replace(/^.*[/\\]/, '')
    .replace(/\.\w+$/, '')
    .slice(0, 200) || 'network';
