/**
 * Keras 2 (.h5), Keras 3 (.keras), tfjs layers-models (model.json with shards) and architectures as JSON with their weights apart; with the layers
 * of Larq, QKeras and the older binary layers. Nothing is executed: configurations name layers, which are read or refused.
 */
import { unzip } from '../../../common/archive/zip.js';
import { decodeText } from '../../../common/decode-text.js';
import { type Diagnostic, errorAt, fail, throwIfErrors } from '../../../common/diagnostics.js';
import { isHdf5 } from '../../../common/hdf5/signature.js';
import { type Hdf5Group, openHdf5 } from '../../../common/hdf5/open.js';
import { parseJson } from '../../../common/parse-json.js';
import { channelsOf, inferShapes, sizeOf } from '../../../ir/network/shapes.js';
import type { InputCode, NetworkGraph, NodeId } from '../../../ir/network/types.js';
import { throwIfUnsound } from '../check-import.js';
import type { ForeignFile, Frontend, ImportedNetwork, ImportOptions } from '../frontend.js';
import { Builder, MAX_ELEMENTS, type Value } from './builder.js';
import type { LayerContext } from './context.js';
import { asExported, withChangedInput } from '../own-layers.js';
import { withBorders } from './borders.js';
import { KERAS } from './entry.js';
import { fileValues } from './file-values.js';
import { fieldOf, textOf } from './fields.js';
import { type KerasGraph, openModel, type Operation } from './graph.js';
import { type ByteScale, ModelInput, scalingOf } from './input.js';
import { readerOf, refusalOf } from './layers.js';
import { ownModel, withExactWeights, withoutCode, withoutParts } from './own-export.js';
import { networkShape } from './shape-layers.js';
import { tfjsWeights } from './tfjs-weights.js';
import { hdf5Weights, namedWeights, type WeightSource } from './weights.js';

export const keras: Frontend = {
  ...KERAS,
  read: async (file, options) => {
    const { config, version, weights, metadata } = await contentOf(file, options);
    const findings: Diagnostic[] = [];
    const { place } = file;
    const whole = openModel(config, place, findings);
    const graph = withBorders(whole);
    throwIfErrors(findings);
    const request = { whole, weights: weights(graph), major: Number.parseInt(version, 10) || 2, place, options };
    const own = ownModel(metadata, place);
    if (own === undefined) return build(graph, request);
    const { about, exact } = own;
    const isAsked = Object.values(options).some((option) => option !== undefined);
    const behind = isAsked ? undefined : withoutCode(graph, about);
    const code = behind === undefined ? {} : { code: about.input.code };
    const isChanged = behind === undefined && !isAsked;
    const imported = await withChangedInput(isChanged, place, async () =>
      build(behind ?? graph, { ...request, weights: withExactWeights(request.weights, exact), ...code }),
    );
    return asExported(withoutParts(imported), about);
  },
};

interface Content {
  readonly config: unknown;
  readonly version: string;
  readonly weights: (graph: KerasGraph) => WeightSource;
  /** Of a tfjs model: what its writer keeps beside it. */
  readonly metadata?: unknown;
}

const JSON_ERROR = { code: 'bad-keras-model', remedy: 'save the model again with model.save(...)' };
const MAX_TEXT = 1 << 28;

async function contentOf(file: ForeignFile, options: ImportOptions): Promise<Content> {
  const { bytes, place } = file;
  if (isHdf5(bytes)) return hdf5Content(openHdf5(bytes, place), place);
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) {
    const files = unzip(bytes, place, (name) => ['config.json', 'metadata.json', 'model.weights.h5'].includes(name));
    const text = (name: string): unknown => {
      const found = files.get(name);
      return found === undefined
        ? undefined
        : parseJson(decodeText(found, `${place}: ${name}`), `${place}: ${name}`, JSON_ERROR);
    };
    const stored = files.get('model.weights.h5');
    if (stored === undefined) fail('bad-keras-model', place, 'it has no model.weights.h5', JSON_ERROR.remedy);
    const root = openHdf5(stored, `${place}: model.weights.h5`);
    const version = textOf(text('metadata.json'), 'keras_version') ?? '3';
    return { config: text('config.json'), version, weights: (graph) => hdf5Weights(root, graph, place) };
  }
  if (bytes.length > MAX_TEXT) fail('bad-keras-model', place, `a text of ${bytes.length} bytes`, 'pass a model');
  const json = parseJson(decodeText(bytes, place), place, JSON_ERROR);
  const topology = fieldOf(json, 'modelTopology');
  if (topology !== undefined || fieldOf(json, 'weightsManifest') !== undefined) {
    if (textOf(json, 'format') === 'graph-model' || fieldOf(topology, 'node') !== undefined) {
      const remedy = 'convert it with --output_format=tfjs_layers_model';
      fail('tfjs-graph-model', place, 'a tfjs graph model, which has lost its layers and quantizers', remedy);
    }
    const list = await tfjsWeights(fieldOf(json, 'weightsManifest'), file);
    const config = fieldOf(topology, 'model_config') ?? topology;
    const version = textOf(topology, 'keras_version') ?? '2';
    const metadata = fieldOf(json, 'userDefinedMetadata');
    return { config, version, weights: () => namedWeights(list), metadata };
  }
  return architecture(json, options, place);
}

/** An architecture alone: its weights are in another file. */
function architecture(json: unknown, { weights }: ImportOptions, place: string): Content {
  if (weights === undefined) {
    const message = 'an architecture without weights';
    return fail('missing-weights', place, message, 'name the file with its weights: --weights FILE.h5');
  }
  if (!isHdf5(weights.bytes)) {
    return fail('bad-weights', weights.place, 'it is no HDF5 file', 'pass what model.save_weights("weights.h5") wrote');
  }
  const root = openHdf5(weights.bytes, weights.place);
  const version = textOf(json, 'keras_version') ?? '2';
  return { config: json, version, weights: (graph) => hdf5Weights(root, graph, weights.place) };
}

function hdf5Content(root: Hdf5Group, place: string): Content {
  const text = (name: string): string | undefined => {
    const [value] = root.attribute(name)?.values ?? [];
    return typeof value === 'string' ? value : undefined;
  };
  const config = text('model_config');
  if (config === undefined) {
    const message = 'weights without an architecture';
    return fail(
      'missing-architecture',
      place,
      message,
      'pass the architecture as JSON, and this file with --weights FILE',
    );
  }
  return {
    config: parseJson(config, `${place}: model_config`, JSON_ERROR),
    version: text('keras_version') ?? '2',
    weights: (graph) => hdf5Weights(root, graph, place),
  };
}

interface Import {
  /** The model as the file has it. */
  readonly whole: KerasGraph;
  readonly weights: WeightSource;
  readonly major: number;
  readonly place: string;
  readonly options: ImportOptions;
  /** The code of the input, where the file says it in our terms. */
  readonly code?: InputCode;
}

function build(graph: KerasGraph, { whole, weights, major, place, options, code }: Import): ImportedNetwork {
  const b = new Builder(place);
  const { operations } = graph;
  const input = inputOf(graph, b, options, code);
  const output = outputOf(graph, b, options);
  const needed = ancestors(operations, output);
  const readers = new Map<number, number>();
  for (const index of needed) for (const i of operations[index]!.inputs) readers.set(i, (readers.get(i) ?? 0) + 1);
  const last = lastOnes(operations, output, readers);
  const values = new Map<number, Value>();
  const scales = new Map<Value, ByteScale>();
  const encoded = (value: Value): Value => (value.isInput === true ? input.encode(value, scales.get(value)) : value);
  for (const index of needed) {
    const operation = operations[index]!;
    const inputs = operation.inputs.map((i) => values.get(i) ?? b.guess(undefined));
    b.start(operation, inputs);
    const context: LayerContext = {
      b,
      className: operation.className,
      config: operation.config,
      border: operation.border ?? 0,
      weights: operation.className === 'InputLayer' ? new Map() : weights(operation),
      major,
      isLast: last.has(index),
    };
    values.set(
      index,
      readOperation(context, inputs, { input, scales, encoded, isFirst: operation.inputs.length === 0 }),
    );
    b.finish();
  }
  const result = values.get(output);
  if (result !== undefined) finish(b, encoded(result));
  throwIfErrors(b.findings);
  const network: NetworkGraph = {
    name: graph.name.slice(0, 128),
    dialect: 'float',
    nodes: b.nodes,
    ...(input.preprocessing === undefined ? {} : { preprocessing: input.preprocessing }),
  };
  throwIfUnsound(network, place);
  const { shape, isSequence } = input;
  const ofFile = fileValues({
    ...{ graph: whole, weights, major, last, output, scores: network.nodes.at(-1)?.id ?? '' },
    ...{ needed: ancestors(whole.operations, output), shapes: inferShapes(network), sums: sumsOf(b, needed) },
    layers: holders(values, code === undefined ? input.coded : undefined),
    dims: [1, ...(isSequence ? [shape[0] ?? 1, channelsOf(shape)] : shape)],
    elements: (image) => input.elementsOf(image),
  });
  return { graph: network, operators: b.operators, warnings: b.warnings, file: ofFile };
}

/** The layers that hold the results of operations, as they are: a value with padding that no layer adds yet has none. */
function holders(values: ReadonlyMap<number, Value>, coded: ModelInput['coded']): ReadonlyMap<number, NodeId> {
  return new Map(
    [...values].flatMap(([index, value]): readonly (readonly [number, NodeId])[] => {
      if (value === coded?.source) return [[index, coded.id]];
      return value.padding !== undefined || value.isInput === true ? [] : [[index, value.id]];
    }),
  );
}

/** The layers that sum the products of operations: their only dense layer or convolution, or the last. */
function sumsOf({ operators, nodes }: Builder, needed: readonly number[]): ReadonlyMap<number, NodeId> {
  const linear = new Set(nodes.filter(({ kind }) => kind === 'dense' || kind === 'conv2d').map(({ id }) => id));
  return new Map(
    needed.flatMap((index, k) => {
      const id = operators[k]?.layers.findLast((layer) => linear.has(layer));
      return id === undefined ? [] : [[index, id] as const];
    }),
  );
}

interface Surroundings {
  readonly input: ModelInput;
  readonly scales: Map<Value, ByteScale>;
  readonly encoded: (value: Value) => Value;
  readonly isFirst: boolean;
}

function readOperation(
  context: LayerContext,
  inputs: readonly Value[],
  { input, scales, encoded, isFirst }: Surroundings,
): Value {
  const { b, className } = context;
  const first = (): Value => {
    if (b.nodes.length === 0 && className === 'InputLayer') b.add({ kind: 'input', shape: input.shape });
    else if (b.nodes.length === 0) b.push({ kind: 'input', id: b.fresh('input'), shape: input.shape });
    const isSequence = input.isSequence;
    return { id: b.nodes[0]?.id ?? 'input', shape: input.shape, isSequence, isGuess: input.isGuess, isInput: true };
  };
  if (className === 'InputLayer') return first();
  // The first layer of a Sequential without an input layer.
  const read = isFirst ? [first()] : inputs;
  const raw = read.find(({ isInput }) => isInput === true);
  if (raw !== undefined && (className === 'Rescaling' || className === 'Normalization')) {
    const scale = scalingOf(context, channelsOf(raw.shape));
    const before = scales.get(raw);
    const value: Value = { ...raw };
    if (scale !== undefined) scales.set(value, before === undefined ? scale : after(before, scale));
    b.note('it says what a byte of an image means');
    return value;
  }
  const reader = readerOf(className);
  if (reader === undefined) {
    const [reason, remedy] = refusalOf(className);
    b.unsupported(reason, remedy);
    return b.guess(read[0]);
  }
  return reader(context, className.startsWith('Random') || className.includes('Dropout') ? read : read.map(encoded));
}

/** Two scalings, one after the other. */
function after({ gain, offset }: ByteScale, next: ByteScale): ByteScale {
  return {
    gain: gain.map((g, c) => g * next.gain[c]!),
    offset: offset.map((o, c) => o * next.gain[c]! + next.offset[c]!),
  };
}

/** Puts the scores at the end. */
function finish(b: Builder, value: Value): void {
  const settled = b.settle(value);
  const flat = settled.shape.length === 1 ? settled : b.reshape(settled, [sizeOf(settled.shape)]);
  b.push({ kind: 'scores', id: b.fresh('scores'), input: flat.id });
}

/** The operations that an output needs, in order. */
function ancestors(operations: readonly Operation[], output: number): readonly number[] {
  const needed = new Set<number>([output]);
  for (let i = output; i >= 0; i--) if (needed.has(i)) for (const j of operations[i]?.inputs ?? []) needed.add(j);
  return [...needed].filter((i) => operations[i] !== undefined).sort((a, b) => a - b);
}

/** The output, and the operations between which and it nothing but layers stand that leave the order of the scores. */
function lastOnes(
  operations: readonly Operation[],
  output: number,
  readers: ReadonlyMap<number, number>,
): ReadonlySet<number> {
  const found = new Set<number>();
  let current: number | undefined = output;
  while (current !== undefined) {
    found.add(current);
    const { className = '', inputs = [] }: Partial<Operation> = operations[current] ?? {};
    const [before]: readonly number[] = inputs;
    const isSilent = ['Flatten', 'Reshape', 'Dropout'].includes(className);
    current = isSilent && before !== undefined && readers.get(before) === 1 ? before : undefined;
  }
  return found;
}

/** The image: its shape from the file, or from --input-shape where dimensions are open. */
function inputOf(
  { operations }: KerasGraph,
  b: Builder,
  options: ImportOptions,
  code: InputCode | undefined,
): ModelInput {
  const inputs = operations.filter((operation) => operation.inputs.length === 0);
  const found = (message: string, code: string, remedy: string): void => {
    b.findings.push(errorAt(code, b.place, message, remedy));
  };
  if (inputs.length !== 1) {
    const names = inputs.map(({ name }) => `"${name}"`).join(', ');
    found(`it has ${inputs.length} inputs (${names})`, 'several-inputs', 'save a model that reads one image');
  }
  if (options.inputName !== undefined && inputs.every(({ name }) => name !== options.inputName)) {
    const names = inputs.map(({ name }) => name).join(', ');
    found(`it has no input "${options.inputName}", but ${names}`, 'unknown-input', 'leave --input-name out');
  }
  const declared = inputs[0]?.inputShape?.slice(1) ?? [];
  const given = options.inputShape;
  const isOpen =
    declared.length === 0 || declared.some((d) => typeof d !== 'number' || !Number.isSafeInteger(d) || d < 1);
  const shape = isOpen ? (given ?? []) : declared.filter((d): d is number => typeof d === 'number');
  const isContradicted =
    given !== undefined &&
    declared.length > 0 &&
    (given.length !== declared.length || declared.some((d, i) => typeof d === 'number' && d !== given[i]));
  const wanted = networkShape(shape);
  if (isContradicted) {
    found(
      `--input-shape is [${given.join(', ')}], the file says [${declared.map(String).join(', ')}]`,
      'bad-input-shape',
      'leave the option out',
    );
  } else if (shape.length === 0) {
    found(
      `the shape of its input is [${declared.map((d) => (typeof d === 'number' ? d : '?')).join(', ')}]`,
      'open-input-shape',
      'give the shape of one sample with --input-shape, such as 32,32,3',
    );
  } else if (wanted === undefined || sizeOf(shape) > MAX_ELEMENTS) {
    found(
      `its input is [${shape.join(', ')}]`,
      'bad-input-shape',
      `use 1 to 3 dimensions and at most ${MAX_ELEMENTS} values`,
    );
  }
  const usable = wanted !== undefined && sizeOf(shape) <= MAX_ELEMENTS ? wanted : { shape: [1], isSequence: false };
  const range = scalesFirst(operations) && options.inputRange === undefined ? { inputRange: [0, 255] as const } : {};
  return new ModelInput(b, usable, { ...options, ...range }, code);
}

/** Whether every reader of the image scales it: then a byte means itself. */
function scalesFirst(operations: readonly Operation[]): boolean {
  const start = operations.findIndex(({ inputs }) => inputs.length === 0);
  const isPassing = (className: string): boolean => className.startsWith('Random') || className.includes('Dropout');
  const check = (index: number, depth: number): boolean => {
    if (depth > 32) return false;
    const next = operations.flatMap(({ inputs }, i) => (inputs.includes(index) ? [i] : []));
    return next.every((i) => {
      const { className } = operations[i]!;
      return (
        className === 'Rescaling' || className === 'Normalization' || (isPassing(className) && check(i, depth + 1))
      );
    });
  };
  const first = operations[start]?.className;
  if (first === 'Rescaling' || first === 'Normalization') return true;
  return start >= 0 && first === 'InputLayer' && check(start, 0);
}

/** Which operation gives the scores: the one output, or the one that an option names. */
function outputOf({ operations, outputs }: KerasGraph, b: Builder, { outputName: output }: ImportOptions): number {
  const named = output === undefined ? outputs : outputs.filter((i) => operations[i]?.name === output);
  const [first] = named;
  if (first !== undefined && new Set(named).size === 1) return first;
  const names = outputs.map((i) => operations[i]?.name ?? '').join(', ');
  const message =
    output === undefined ? `it has ${outputs.length} outputs: ${names}` : `it has no output "${output}", but ${names}`;
  b.findings.push(
    errorAt('several-outputs', b.place, message, 'choose the one with the class scores with --output-name NAME'),
  );
  return first ?? outputs[0] ?? operations.length - 1;
}
