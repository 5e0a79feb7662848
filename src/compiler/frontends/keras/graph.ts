/**
 * Configurations of Keras models, all of their forms, as one list of operations: Sequential and Functional models of Keras 2 and 3, nested
 * ones opened, layers that are used several times once per use.
 *
 * Sources: keras/engine/functional.py and sequential.py of Keras 2.4 to 2.15 (get_config, inbound_nodes), keras/src/models/functional.py of Keras 3
 * (serialized nodes with `args` and `__keras_tensor__`).
 */
import { type Diagnostic, errorAt } from '../../../common/diagnostics.js';
import { fieldOf, isObject, type JsonObject, listOf, textOf } from './fields.js';

/** One use of a layer. */
export interface Operation {
  /** Name of the layer, with those of the models around it: `backbone/conv1`. */
  readonly name: string;
  /** The names alone, outermost first: where weights are looked up. */
  readonly path: readonly string[];
  /** For every name of the path, which of the layers of its model it is: Keras 3 counts by class. */
  readonly className: string;
  /** Packages of classes of others, as in `Custom>QConv2D`, are taken off `className`. */
  readonly config: JsonObject;
  /** Its build configuration (Keras 3) or the config itself, whichever knows an input shape. */
  readonly inputShape: readonly unknown[] | undefined;
  /** The operations it reads. */
  readonly inputs: readonly number[];
  /** Of a ZeroPadding whose zeros are this number, see borders.ts; 0 if absent. */
  readonly border?: number;
}

/** A model as a list in order: every operation reads those before it. */
export interface KerasGraph {
  readonly name: string;
  readonly operations: readonly Operation[];
  /** Operations whose results leave the model, with the names of their layers. */
  readonly outputs: readonly number[];
  /** Classes of the layers of every model by its path, in order: Keras 3 names weights by them. */
  readonly members: ReadonlyMap<string, readonly { readonly name: string; readonly className: string }[]>;
}

const MAX_DEPTH = 16;
const MAX_OPERATIONS = 20_000;
/** Classes of models. */
const MODELS = ['Sequential', 'Functional', 'Model', 'QuantSequential'];
const REMEDY = 'save the model again with model.save(...)';

/** Opens a model configuration {class_name, config}. Findings are pushed; what can be read is given. */
export function openModel(model: unknown, place: string, findings: Diagnostic[]): KerasGraph {
  const operations: Operation[] = [];
  const members = new Map<string, { name: string; className: string }[]>();
  const state: State = { operations, members, findings, place };
  const outputs = openAny(model, [], undefined, state);
  const name = textOf(fieldOf(model, 'config'), 'name') ?? 'model';
  return { name, operations, outputs, members };
}

interface State {
  readonly operations: Operation[];
  readonly members: Map<string, { name: string; className: string }[]>;
  readonly findings: Diagnostic[];
  readonly place: string;
}

/** `inputs`: what a nested model reads; undefined for the outermost, whose input layers stay. */
function openAny(
  model: unknown,
  path: readonly string[],
  inputs: readonly number[] | undefined,
  state: State,
): readonly number[] {
  const bad = (message: string): readonly number[] => {
    const at = path.length === 0 ? state.place : `${state.place}: model "${path.join('/')}"`;
    state.findings.push(errorAt('bad-keras-model', at, message, REMEDY));
    return [];
  };
  if (path.length > MAX_DEPTH) return bad(`models are nested more than ${MAX_DEPTH} deep`);
  const className = plainClass(textOf(model, 'class_name') ?? '');
  const config = fieldOf(model, 'config');
  // Keras 2.0 wrote the layers of a Sequential alone.
  const layers = listOf(Array.isArray(config) ? config : fieldOf(config, 'layers'));
  if (layers.length === 0) return bad('it has no layers');
  const isSequential = className === 'Sequential' || fieldOf(layers[0], 'inbound_nodes') === undefined;
  state.members.set(
    path.join('/'),
    layers.map((layer) => ({ name: layerName(layer), className: plainClass(textOf(layer, 'class_name') ?? '') })),
  );
  return isSequential
    ? openSequential(layers, path, inputs, state)
    : openFunctional(config, layers, { path, inputs, state, bad });
}

const layerName = (layer: unknown): string =>
  textOf(layer, 'name') ?? textOf(fieldOf(layer, 'config'), 'name') ?? textOf(layer, 'class_name') ?? 'layer';

/** A class without its package: `Custom>QDense`, `qkeras>QDense`. */
const plainClass = (name: string): string => name.slice(name.lastIndexOf('>') + 1);

function openSequential(
  layers: readonly unknown[],
  path: readonly string[],
  inputs: readonly number[] | undefined,
  state: State,
): readonly number[] {
  let current = inputs;
  for (const layer of layers) {
    const isInput = textOf(layer, 'class_name') === 'InputLayer';
    if (isInput && current !== undefined) continue;
    current = use(layer, path, current ?? [], state);
  }
  return current ?? [];
}

/** Adds the operations of one use of a layer or model. */
function use(layer: unknown, path: readonly string[], inputs: readonly number[], state: State): readonly number[] {
  const className = plainClass(textOf(layer, 'class_name') ?? '');
  const own = [...path, layerName(layer)];
  if (MODELS.includes(className)) return openAny(layer, own, inputs, state);
  const config = fieldOf(layer, 'config');
  if (state.operations.length >= MAX_OPERATIONS) {
    if (!state.findings.some(({ code }) => code === 'too-many-layers')) {
      state.findings.push(
        errorAt('too-many-layers', state.place, `more than ${MAX_OPERATIONS} layers`, 'use a smaller model'),
      );
    }
    return [state.operations.length - 1];
  }
  const shape = [
    fieldOf(config, 'batch_input_shape'),
    fieldOf(config, 'batch_shape'),
    fieldOf(fieldOf(layer, 'build_config'), 'input_shape'),
  ].find(Array.isArray);
  state.operations.push({
    name: own.join('/'),
    path: own,
    className,
    config: isObject(config) ? config : {},
    inputShape: shape === undefined ? undefined : listOf(shape),
    inputs,
  });
  return [state.operations.length - 1];
}

interface Reference {
  readonly layer: string;
  readonly node: number;
  readonly tensor: number;
}

/** A tensor of [layer, node, tensor]. */
function reference(value: unknown): Reference | undefined {
  const [layer, node, tensor] = listOf(value);
  if (typeof layer !== 'string' || typeof node !== 'number' || typeof tensor !== 'number') return undefined;
  return { layer, node, tensor };
}

/** Tensors anywhere in arguments of Keras 3, or in a node of Keras 2; undefined for what is neither. */
function references(node: unknown, depth = 0): readonly Reference[] | undefined {
  if (depth > 8) return undefined;
  const history = fieldOf(fieldOf(node, 'config'), 'keras_history');
  if (textOf(node, 'class_name') === '__keras_tensor__') {
    const found = reference(history);
    return found === undefined ? undefined : [found];
  }
  const args = fieldOf(node, 'args');
  if (args !== undefined) return references(args, depth + 1);
  const own = reference(node);
  if (own !== undefined) return [own];
  if (!Array.isArray(node)) return undefined;
  const found: Reference[] = [];
  for (const part of node) {
    const inside = references(part, depth + 1);
    if (inside === undefined) return undefined;
    found.push(...inside);
  }
  return found;
}

interface Functional {
  readonly path: readonly string[];
  readonly inputs: readonly number[] | undefined;
  readonly state: State;
  readonly bad: (message: string) => readonly number[];
}

function openFunctional(
  config: unknown,
  layers: readonly unknown[],
  { path, inputs, state, bad }: Functional,
): readonly number[] {
  /** Results of every use of a layer so far. */
  const results = new Map<string, (readonly number[])[]>();
  const inputLayers = references(fieldOf(config, 'input_layers')) ?? [];
  const isNested = inputs !== undefined;
  if (isNested && inputLayers.length !== inputs.length)
    return bad(`it has ${inputLayers.length} inputs and reads ${inputs.length} values`);
  const find = ({ layer, node, tensor }: Reference): number | undefined => {
    const uses = results.get(layer);
    // Sequential models count one use more than they have: the one that built them.
    const value =
      uses?.[node] ??
      (uses?.length === 1 || node > 0 ? uses?.[Math.max(0, Math.min(node - 1, uses.length - 1))] : undefined);
    return value?.[tensor];
  };
  let waiting = layers.flatMap((layer) => {
    const name = layerName(layer);
    const nodes = listOf(fieldOf(layer, 'inbound_nodes'));
    const place = inputLayers.findIndex((input) => input.layer === name);
    if (isNested && place >= 0) {
      results.set(name, [[inputs[place]!]]);
      return [];
    }
    if (nodes.length === 0) {
      results.set(name, [use(layer, path, [], state)]);
      return [];
    }
    return nodes.map((node, index) => ({ layer, name, node, index }));
  });
  while (waiting.length > 0) {
    const later = waiting.filter(({ layer, name, node, index }) => {
      const uses = results.get(name) ?? [];
      if (uses.length !== index) return true;
      const read = references(node);
      if (read === undefined || read.length === 0) {
        bad(`layer "${name}" reads something that is no layer`);
        results.set(name, [...uses, use(layer, path, [], state)]);
        return false;
      }
      const found = read.map(find);
      if (!found.every((value) => value !== undefined)) return true;
      results.set(name, [...uses, use(layer, path, found, state)]);
      return false;
    });
    if (later.length === waiting.length) {
      return bad(`layer "${later[0]?.name ?? ''}" reads a layer that is not there, or itself`);
    }
    waiting = later;
  }
  const outputs = references(fieldOf(config, 'output_layers')) ?? [];
  const found = outputs.map(find).filter((value) => value !== undefined);
  return found.length === 0 ? bad('its outputs are not among its layers') : found;
}
