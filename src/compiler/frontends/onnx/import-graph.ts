/** From a model to a network: operators in their order, findings of all of them at once, then normalisation and verification. */
import { type Diagnostic, errorAt, throwIfErrors, UserError, warningAt } from '../../../common/diagnostics.js';
import { inferShapes } from '../../../ir/network/shapes.js';
import type { InputCode, NetworkGraph } from '../../../ir/network/types.js';
import { freshNames } from '../../fresh-names.js';
import { withBinaryInput } from '../binary-input.js';
import { throwIfUnsound } from '../check-import.js';
import type { Fidelity, ForeignFile, ImportedNetwork, ImportedOperator, ImportOptions } from '../frontend.js';
import { normaliseWithViews } from '../normalise.js';
import { NetworkBuilder, value } from './builder.js';
import { callOf, constantOf } from './call.js';
import { FOLDS } from './fold.js';
import { type FileTensor, fileValues, sameLayers } from './file-values.js';
import { type AddedInput, addInput, inputDims, type InputRequest } from './graph-input.js';
import type { OnnxModel, OnnxNode, TensorProto, ValueInfo } from './model.js';
import type { Context } from './operators/context.js';
import { importerOf, isKnownDomain } from './operators/registry.js';
import { externalBytes } from './tensor.js';
import { type Constant, elements, Refusal, refuse, type Tensor, UNKNOWN, type Value } from './values.js';

/** Operator sets whose meaning is known here. */
const OPSETS = [7, 27] as const;
/** Elements from which on constants are not kept once they are used. */
const LARGE = 1 << 16;
/** Elements of constants that may be computed, beside those that the file has. */
const SPARE_ELEMENTS = 1 << 22;

/** Imports a parsed model; `code` is that of its bytes, where it is known, and `whole` the model with the operators of that code. @throws UserError with every finding */
export async function importGraph(
  model: OnnxModel,
  file: ForeignFile,
  options: ImportOptions,
  code?: InputCode,
  whole = model,
): Promise<ImportedNetwork> {
  const { place } = file;
  const findings: Diagnostic[] = fileFindings(model, place);
  const tensors = await constantsOf(model, file, findings);
  const input = findInput(model, options, place);
  const output = findOutput(model, options, place);
  for (const found of [input, output]) if ('severity' in found) findings.push(found);
  if ('severity' in input || 'severity' in output) throw new UserError(findings);
  const importer = new GraphImporter(model, place, { tensors, findings, bytes: file.bytes.length });
  const fresh = importer.fresh;
  const request: InputRequest = {
    model,
    input,
    options,
    place,
    fresh,
    code,
    constant: (name) => importer.constant(name),
  };
  const dims = inputDims(request);
  // What reads an input or a constant that cannot be read is not reported again.
  for (const { name } of model.initialisers) if (!tensors.has(name)) importer.values.set(name, UNKNOWN);
  importer.values.set(input.name, UNKNOWN);
  let elements: AddedInput['elements'] | undefined;
  if ('severity' in dims) findings.push(dims);
  else {
    const added = importer.guarded(() => addInput(importer.network, request, dims), `${place}: input "${input.name}"`);
    if (added !== undefined && 'value' in added) {
      importer.values.set(input.name, added.value);
      elements = added.elements;
    }
    if (added !== undefined && 'diagnostics' in added) findings.push(...added.diagnostics);
    importer.batch = dims.batch;
  }
  importer.readNodes(output.name);
  importer.close(output.name);
  throwIfErrors(findings);
  const name = graphName(model, place);
  const { graph: plain, views } = normaliseWithViews({ name, dialect: 'float', nodes: importer.network.nodes });
  const graph = code === undefined ? withBinaryInput(plain) : plain;
  throwIfUnsound(graph, place);
  const imported = { graph, operators: importer.operatorsIn(graph), warnings: findings };
  if (elements === undefined || 'severity' in dims) return imported;
  const named = [...importer.values].flatMap(([tensor, found]) =>
    found.kind === 'value' ? [{ name: tensor, value: found }] : [],
  );
  const values = fileValues({
    ...{ model: whole, tensors: named, views, shapes: sameLayers(plain, graph, inferShapes(graph)) },
    input: { name: code === undefined ? input.name : (whole.inputs[0]?.name ?? input.name), dims: dims.dims, elements },
    ...{ scores: importer.scores, output: graph.nodes.at(-1)?.id ?? '' },
  });
  return { ...imported, file: values };
}

function fileFindings(model: OnnxModel, place: string): Diagnostic[] {
  const found: Diagnostic[] = [];
  const { opset, functions, sparse } = model;
  if (opset === undefined || opset < OPSETS[0] || opset > OPSETS[1]) {
    const message = `operator set ${opset ?? 'unknown'}, read are ${OPSETS.join(' to ')}`;
    found.push(
      errorAt('unsupported-opset', place, message, 'convert it with onnx.version_converter, or export it again'),
    );
  }
  if (functions.length > 0) {
    const message = `functions of its own: ${functions.slice(0, 5).join(', ')}`;
    found.push(errorAt('unsupported-function', place, message, 'inline them with onnx.inliner'));
  }
  if (sparse > 0) found.push(errorAt('sparse-tensor', place, `${sparse} sparse tensors`, 'store them densely'));
  return found;
}

/** Initialisers by name; those in other files with their bytes. */
async function constantsOf(
  model: OnnxModel,
  file: ForeignFile,
  findings: Diagnostic[],
): Promise<ReadonlyMap<string, { readonly tensor: TensorProto; readonly raw: Uint8Array | undefined }>> {
  const found = new Map<string, { readonly tensor: TensorProto; readonly raw: Uint8Array | undefined }>();
  for (const tensor of model.initialisers) {
    try {
      found.set(tensor.name, { tensor, raw: await externalBytes(tensor, file) });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      findings.push(...error.diagnostics);
    }
  }
  return found;
}

function findInput(model: OnnxModel, options: ImportOptions, place: string): ValueInfo | Diagnostic {
  const constants = new Set(model.initialisers.map(({ name }) => name));
  const inputs = model.inputs.filter(({ name }) => !constants.has(name));
  const names = inputs.map(({ name }) => `"${name}"`).join(', ');
  const chosen = options.inputName === undefined ? undefined : inputs.find(({ name }) => name === options.inputName);
  const [only] = inputs;
  if (only === undefined)
    return errorAt('missing-input', place, 'no input: every value is a constant', 'export it with an input');
  if (options.inputName !== undefined && chosen === undefined) {
    return errorAt(
      'unknown-input',
      place,
      `no input "${options.inputName}"; there are ${names}`,
      'name one of them with --input-name',
    );
  }
  if (inputs.length > 1 && chosen === undefined) {
    const remedy = 'say which one is the image with --input-name NAME; the scores must not depend on the others';
    return errorAt('several-inputs', place, `${inputs.length} inputs: ${names}`, remedy);
  }
  const input = chosen ?? only;
  if (input.type !== undefined) return input;
  const at = `${place}: input "${input.name}"`;
  return errorAt(
    'unsupported-input',
    at,
    'it is no tensor but a sequence, a map or an optional',
    'export it with a tensor',
  );
}

function findOutput(model: OnnxModel, options: ImportOptions, place: string): ValueInfo | Diagnostic {
  const { outputs } = model;
  const names = outputs.map(({ name }) => `"${name}"`).join(', ');
  const [only] = outputs;
  if (only === undefined)
    return errorAt('missing-output', place, 'no output', 'export it with the class scores as output');
  if (options.outputName !== undefined) {
    const chosen = outputs.find(({ name }) => name === options.outputName);
    const remedy = 'name one of them, or any value of the graph, with --output-name';
    const isValue = model.nodes.some((node) => node.outputs.includes(options.outputName ?? ''));
    if (chosen === undefined && isValue) return { name: options.outputName, type: undefined, dims: undefined };
    return chosen ?? errorAt('unknown-output', place, `no output "${options.outputName}"; there are ${names}`, remedy);
  }
  if (outputs.length === 1) return only;
  const message = `${outputs.length} outputs: ${names}`;
  return errorAt('several-outputs', place, message, 'say which one holds the class scores with --output-name NAME');
}

function graphName(model: OnnxModel, place: string): string {
  const file = place.split(/[\\/]/).at(-1) ?? '';
  const name = file.replace(/\.onnx$/i, '') || model.name || 'network';
  return name.slice(0, 200);
}

interface Surroundings {
  readonly tensors: ReadonlyMap<string, { readonly tensor: TensorProto; readonly raw: Uint8Array | undefined }>;
  readonly findings: Diagnostic[];
  /** Size of the file. */
  readonly bytes: number;
}

class GraphImporter {
  readonly fresh = freshNames([]);
  readonly network = new NetworkBuilder(this.fresh);
  readonly values = new Map<string, Tensor>();
  batch = 1;
  /** What the class scores were, before the network compares them. */
  scores: FileTensor | undefined;
  readonly #model: OnnxModel;
  readonly #place: string;
  readonly #surroundings: Surroundings;
  readonly #operators: ImportedOperator[] = [];
  readonly #constants = new Map<string, Constant>();
  #computed = 0;

  constructor(model: OnnxModel, place: string, surroundings: Surroundings) {
    this.#model = model;
    this.#place = place;
    this.#surroundings = surroundings;
  }

  /** A constant of the file; undefined where there is none of that name, or it cannot be read. */
  constant(name: string): Constant | undefined {
    const known = this.#constants.get(name) ?? this.values.get(name);
    if (known !== undefined) return known.kind === 'constant' ? known : undefined;
    const stored = this.#surroundings.tensors.get(name);
    if (stored === undefined) return undefined;
    const at = `${this.#place}: tensor "${name}"`;
    const constant = this.guarded(() => constantOf(stored.tensor, this.#place, stored.raw), at);
    if (constant === undefined) this.values.set(name, UNKNOWN);
    // Large ones are read again where they are used twice: layers have copies of their own.
    else if (constant.data.length < LARGE) this.#constants.set(name, constant);
    return constant;
  }

  /** Runs a step; what it refuses becomes a finding. */
  guarded<T>(step: () => T, place: string): T | undefined {
    try {
      return step();
    } catch (error) {
      if (error instanceof Refusal) {
        this.#surroundings.findings.push(errorAt('unsupported-operator', place, error.message, error.remedy));
      } else if (error instanceof UserError) this.#surroundings.findings.push(...error.diagnostics);
      else throw error;
      return undefined;
    }
  }

  /** Imports the operators that an output depends on. */
  readNodes(output: string): void {
    const needed = neededNodes(this.#model.nodes, output);
    for (const node of this.#model.nodes) {
      if (needed.has(node)) this.#readNode(node);
      else this.#record(node, { layers: [], fidelity: 'dropped', note: 'the scores do not depend on it' });
    }
  }

  /** The class scores, as the last layer. */
  close(output: string): void {
    const found = this.#input(output);
    const at = `${this.#place}: output "${output}"`;
    this.network.startOperator('scores');
    this.guarded(() => {
      switch (found?.kind) {
        case undefined:
          return refuse('no operator computes it', 'name another output with --output-name');
        case 'constant':
          return refuse('it does not depend on the image', 'name another output with --output-name');
        case 'unknown': {
          // Something before it is reported; if nothing is, it is a result that no layer has: indices of a maximum, a mask.
          const isReported = this.#surroundings.findings.some(({ severity }) => severity === 'error');
          return isReported
            ? undefined
            : refuse('a result that no layer has', 'name another output with --output-name');
        }
        case 'decision':
          this.scores = { name: this.#nameOf(found.of) ?? '', value: found.of };
          return this.#scores(found.of);
        case 'value':
          this.scores = { name: output, value: value(found.id, found.dims) };
          return this.#scores(this.network.plain(found));
      }
    }, at);
  }

  #nameOf(wanted: Value): string | undefined {
    return [...this.values].find(([, found]) => found === wanted)?.[0];
  }

  #scores(scores: Value): string {
    const flat = this.network.rearranged(scores.id, [elements(scores.dims)], undefined);
    return this.network.add({ kind: 'scores', input: flat });
  }

  #input(name: string): Tensor | undefined {
    if (name === '') return undefined;
    return this.values.get(name) ?? this.constant(name) ?? this.values.get(name);
  }

  #readNode(node: OnnxNode): void {
    const name = nodeName(node);
    const { findings } = this.#surroundings;
    const at = `${this.#place}: node "${name}" (${node.operator})`;
    const inputs = node.inputs.map((input) => this.#input(input));
    const fold = isKnownDomain(node.domain) ? FOLDS.get(node.operator) : undefined;
    const importer = importerOf(node.domain, node.operator);
    const setAll = (results: readonly Tensor[]): void =>
      node.outputs.forEach((output, i) => this.values.set(output, results[i] ?? UNKNOWN));
    if (node.operator !== 'Constant' && importer === undefined && (fold === undefined || inputs.some(isValue))) {
      findings.push(unknownOperator(node, at));
      return setAll([]);
    }
    const missing = node.inputs.find((input, i) => input !== '' && inputs[i] === undefined);
    if (missing !== undefined) {
      const message = `it reads "${missing}", which nothing before it computes`;
      findings.push(errorAt('unknown-value', at, message, 'sort the graph topologically, or export it again'));
      return setAll([]);
    }
    if (inputs.some((input) => input?.kind === 'unknown')) return setAll([]);
    const before = this.network.nodes.length;
    const said: { note?: string; fidelity: Fidelity } = { fidelity: 'exact' };
    this.network.startOperator(name);
    const context: Context = {
      ...callOf(node, this.#model.opset ?? 0, at),
      network: this.network,
      batch: this.batch,
      note: (text, fidelity) => {
        said.note = text;
        said.fidelity = fidelity ?? said.fidelity;
      },
      warn: (code, message, remedy) => findings.push(warningAt(code, at, message, remedy)),
    };
    const results = this.guarded(() => {
      if ([...node.attributes.values()].some(({ hasGraph }) => hasGraph)) {
        refuse('a graph within the graph (control flow)', 'export the network without loops and branches');
      }
      if (node.operator === 'Constant') return [constantNode(context)];
      const constants = inputs.filter(isConstant);
      if (fold !== undefined && constants.length === inputs.filter((input) => input !== undefined).length) {
        return this.#counted(
          fold(
            context,
            inputs.map((input) => (isConstant(input) ? input : undefined)),
          ),
        );
      }
      return this.#counted(importer?.(context, inputs) ?? []);
    }, at);
    setAll(results ?? []);
    this.#record(node, { layers: this.network.nodes.slice(before).map(({ id }) => id), ...said });
  }

  /** Constants that are computed stay within the size of the file. */
  #counted(results: readonly Tensor[]): readonly Tensor[] {
    for (const result of results) if (result.kind === 'constant') this.#computed += elements(result.dims);
    if (this.#computed > SPARE_ELEMENTS + 4 * this.#surroundings.bytes) {
      refuse('constants that are computed have more elements than the file', 'fold constants with onnxsim before');
    }
    return results;
  }

  #record(node: OnnxNode, rest: Omit<ImportedOperator, 'name' | 'operator'>): void {
    this.#operators.push({ name: nodeName(node), operator: node.operator, ...rest });
  }

  /** What became of the operators, with those of their layers that are left. */
  operatorsIn(graph: NetworkGraph): readonly ImportedOperator[] {
    const ids = new Set(graph.nodes.map(({ id }) => id));
    return this.#operators.map((operator) => ({ ...operator, layers: operator.layers.filter((id) => ids.has(id)) }));
  }
}

const nodeName = ({ name, outputs, operator }: OnnxNode): string => name || outputs.find((o) => o !== '') || operator;
const isConstant = (tensor: Tensor | undefined): tensor is Constant => tensor?.kind === 'constant';
const isValue = (tensor: Tensor | undefined): boolean => tensor !== undefined && tensor.kind !== 'constant';

function unknownOperator({ domain, operator }: OnnxNode, at: string): Diagnostic {
  const from = domain === '' ? '' : ` of the domain "${domain}"`;
  const message = `the operator ${operator}${from} is not read`;
  const remedy = 'replace it by operators of docs/import.md, or end the network before it with --output-name NAME';
  return errorAt('unsupported-operator', at, message, remedy);
}

/** Nodes that an output depends on. */
function neededNodes(nodes: readonly OnnxNode[], output: string): ReadonlySet<OnnxNode> {
  const wanted = new Set<string>([output]);
  const needed = new Set<OnnxNode>();
  for (const node of [...nodes].reverse()) {
    if (!node.outputs.some((name) => wanted.has(name))) continue;
    needed.add(node);
    for (const name of node.inputs) if (name !== '') wanted.add(name);
  }
  return needed;
}

/** The operator Constant: a tensor, a number or a list. */
function constantNode(context: Context): Constant {
  const tensor = context.tensor('value');
  if (tensor !== undefined) return tensor;
  const made = (data: Float64Array | Float32Array, dims: readonly number[], isInteger: boolean): Constant => ({
    kind: 'constant',
    dims,
    data,
    isInteger,
  });
  const { attributes } = context.node;
  const ints = context.ints('value_ints');
  const floats = context.floats('value_floats');
  if (attributes.has('value_int')) return made(Float64Array.of(context.int('value_int', 0)), [], true);
  if (attributes.has('value_float')) return made(Float32Array.of(context.float('value_float', 0)), [], false);
  if (ints !== undefined) return made(Float64Array.from(ints), [ints.length], true);
  if (floats !== undefined) return made(Float32Array.from(floats), [floats.length], false);
  return refuse('a constant that is no tensor of numbers', 'store it as a tensor');
}
