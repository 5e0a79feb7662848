/**
 * Where the weights of a layer stand: HDF5 of Keras 2 (`model_weights/<layer>/<weight names>`), HDF5 of Keras 3 (`layers/<class>_<n>/vars/<i>`), and
 * lists of names (tfjs). Sources: keras/saving/hdf5_format.py (2.x), keras/src/saving/saving_lib.py (3.x).
 */
import { fail } from '../../../common/diagnostics.js';
import type { Hdf5Dataset, Hdf5Group } from '../../../common/hdf5/open.js';
import type { Tensor } from './context.js';
import type { KerasGraph, Operation } from './graph.js';

/** The weights of an operation by role (kernel, bias, gamma, ...); empty where there are none. */
export type WeightSource = (operation: Operation) => ReadonlyMap<string, Tensor>;

/** A weight under its name, as in `dense/kernel:0`. */
export interface NamedTensor {
  readonly name: string;
  readonly read: () => Tensor;
}

/** Order of the weights of a class where they have no names. */
const ORDER: readonly (readonly [pattern: RegExp, roles: readonly string[]])[] = [
  [/BatchNormalization/, ['gamma', 'beta', 'moving_mean', 'moving_variance']],
  [/Separable/, ['depthwise_kernel', 'pointwise_kernel', 'bias']],
  [/Depthwise/, ['depthwise_kernel', 'bias']],
  [/^Normalization$/, ['mean', 'variance', 'count']],
  [/^PReLU$/, ['alpha']],
  // Named after its layer: NAME_min, NAME_max.
  [/^QuantizeLayer$/, []],
  [/./, ['kernel', 'bias']],
];

/** The roles of a layer's weights in order, without those that its configuration leaves out. */
function rolesOf({ className, config }: Operation): readonly string[] {
  const [, roles = []] = ORDER.find(([pattern]) => pattern.test(className)) ?? [];
  const isOff = (field: string): boolean => config[field] === false;
  return roles.filter(
    (role) =>
      !(role === 'gamma' && isOff('scale')) &&
      !(role === 'beta' && isOff('center')) &&
      !(role === 'bias' && isOff('use_bias')),
  );
}

/** The last part of a name, without `:0`: its role. */
const roleOf = (name: string): string => name.slice(name.lastIndexOf('/') + 1).replace(/:\d+$/, '');

function byRole(operation: Operation, weights: readonly NamedTensor[]): ReadonlyMap<string, Tensor> {
  const roles = rolesOf(operation);
  const isNamed = weights.some(({ name }) => roles.includes(roleOf(name)));
  const found = new Map<string, Tensor>();
  weights.forEach((weight, i) => {
    // Counters of QKeras are no weights of the network.
    const role = isNamed ? roleOf(weight.name) : (roles[i] ?? roleOf(weight.name));
    if (role !== 'iteration' && !found.has(role)) found.set(role, weight.read());
  });
  return found;
}

/** Weights by names alone: those in whose name the layer's is a part; of several, those that have the names of the models around it, too. */
export function namedWeights(weights: readonly NamedTensor[]): WeightSource {
  const byPart = new Map<string, NamedTensor[]>();
  const byLayer = new Map<string, NamedTensor[]>();
  for (const weight of weights) {
    const layer = weight.name.slice(0, Math.max(0, weight.name.lastIndexOf('/')));
    byLayer.set(layer, [...(byLayer.get(layer) ?? []), weight]);
    for (const part of new Set(weight.name.split('/').slice(0, -1))) {
      byPart.set(part, [...(byPart.get(part) ?? []), weight]);
    }
  }
  return (operation) => {
    // Names of layers may have slashes of their own.
    const named = byLayer.get(operation.path.join('/'));
    if (named !== undefined) return byRole(operation, named);
    const own = byPart.get(operation.path.at(-1) ?? '') ?? [];
    const whole = own.filter(({ name }) => operation.path.every((part) => name.split('/').includes(part)));
    return byRole(operation, whole.length > 0 ? whole : own);
  };
}

const tensorOf = (dataset: Hdf5Dataset, place: string): Tensor => {
  const values = dataset.read();
  if (values instanceof Float32Array || values instanceof Float64Array) return { shape: dataset.shape, values };
  const isText = Array.isArray(values);
  if (isText)
    return fail('bad-weights', `${place}: ${dataset.path}`, 'it holds texts, not numbers', 'save the model again');
  return { shape: dataset.shape, values: Float64Array.from(numbers(values)) };
};

function* numbers(values: Iterable<number | string>): Iterable<number> {
  for (const value of values) if (typeof value === 'number') yield value;
}

/** Weights of an HDF5 file of either form. */
export function hdf5Weights(root: Hdf5Group, graph: KerasGraph, place: string): WeightSource {
  const whole = root.get('model_weights') ?? root;
  if (
    whole.kind === 'group' &&
    (whole.attribute('layer_names') !== undefined || whole.attribute('layer_names0') !== undefined)
  ) {
    return oldWeights(whole, place);
  }
  return newWeights(root, graph, place);
}

/** Names of an attribute, which Keras splits into parts `name0`, `name1`, ... where it is large. */
function texts(group: Hdf5Group, attribute: string): readonly string[] {
  const plain = group.attribute(attribute);
  if (plain !== undefined) return [...plain.values].filter((value) => typeof value === 'string');
  const found: string[] = [];
  for (let part = 0; ; part++) {
    const values = group.attribute(`${attribute}${part}`)?.values;
    if (values === undefined) return found;
    found.push(...[...values].filter((value) => typeof value === 'string'));
  }
}

/** Keras 2: a group for every layer of the outermost model, in which nested models list all of theirs. */
function oldWeights(whole: Hdf5Group, place: string): WeightSource {
  const layers = new Map<string, WeightSource>();
  for (const name of texts(whole, 'layer_names')) {
    const group = whole.get(name);
    if (group?.kind !== 'group') continue;
    const weights = texts(group, 'weight_names').flatMap((weight): readonly NamedTensor[] => {
      const dataset = group.get(weight);
      return dataset?.kind === 'dataset' ? [{ name: weight, read: () => tensorOf(dataset, place) }] : [];
    });
    const nested = namedWeights(weights);
    layers.set(name, (operation) => (operation.path.length > 1 ? nested(operation) : byRole(operation, weights)));
  }
  return (operation) => layers.get(operation.path[0] ?? '')?.(operation) ?? new Map();
}

/** Keras 3: layers of a model by their class, counted; newer files have the names beside them. */
function newWeights(root: Hdf5Group, graph: KerasGraph, place: string): WeightSource {
  const groups = new Map<string, Hdf5Group | undefined>([['', root]]);
  const groupOf = (path: readonly string[]): Hdf5Group | undefined => {
    const key = path.join('/');
    if (groups.has(key)) return groups.get(key);
    const parent = groupOf(path.slice(0, -1));
    const found = parent === undefined ? undefined : memberOf(parent, path, graph);
    groups.set(key, found);
    return found;
  };
  return (operation) => {
    const group = groupOf(operation.path);
    if (group === undefined) return new Map();
    const own = variables(group, place);
    // Folded layers of QKeras have their batch norm as a layer of their own.
    const norm = group.get('batchnorm');
    const inner = norm?.kind === 'group' ? variables(norm, place) : [];
    const found = new Map(byRole(operation, own));
    if (inner.length > 0) {
      const asNorm = { ...operation, className: 'BatchNormalization' };
      for (const [role, tensor] of byRole(asNorm, inner)) found.set(role, tensor);
    }
    return found;
  };
}

/** The group of a layer in the group of its model. */
function memberOf(parent: Hdf5Group, path: readonly string[], graph: KerasGraph): Hdf5Group | undefined {
  const container = parent.get('layers') ?? parent.get('_layer_checkpoint_dependencies');
  if (container?.kind !== 'group') return undefined;
  const name = path.at(-1) ?? '';
  const groups = container.names.flatMap((key) => {
    const group = container.get(key);
    return group?.kind === 'group' ? [{ key, group }] : [];
  });
  const told = groups.find(({ group }) => group.get('vars')?.attribute('name')?.values[0] === name);
  if (told !== undefined) return told.group;
  const members = graph.members.get(path.slice(0, -1).join('/')) ?? [];
  const index = members.findIndex((member) => member.name === name);
  const className = members[index]?.className ?? '';
  const before = members
    .slice(0, Math.max(0, index))
    .filter((member) => snakeCase(member.className) === snakeCase(className)).length;
  const counted = `${snakeCase(className)}${before === 0 ? '' : `_${before}`}`;
  return (groups.find(({ key }) => key === counted) ?? groups.find(({ key }) => key === name))?.group;
}

/** Keras' to_snake_case: `SeparableConv2D` is `separable_conv2d`. */
export function snakeCase(name: string): string {
  return name
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}

/** The numbered variables of a layer, in their order. */
function variables(group: Hdf5Group, place: string): readonly NamedTensor[] {
  const vars = group.get('vars');
  if (vars?.kind !== 'group') return [];
  return vars.names
    .filter((name) => /^\d{1,4}$/.test(name))
    .sort((a, b) => Number(a) - Number(b))
    .flatMap((name): readonly NamedTensor[] => {
      const dataset = vars.get(name);
      return dataset?.kind === 'dataset' ? [{ name, read: () => tensorOf(dataset, place) }] : [];
    });
}
