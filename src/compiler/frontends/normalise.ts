/**
 * Takes out the rearrangements that a literal import leaves between layers. Tools order images by channels first, our layers by channels last;
 * an importer that writes what the file says turns every value back and forth. Here a rearrangement is not done but carried along as a view of
 * the value before it, until a layer needs the elements in their places:
 *
 *   relu, clip, functions, quantisers, signs     work on the value before and keep the view
 *   batch norms, functions per channel           likewise, if every channel of the view lies in channels of the value
 *   add, multiply, extremum of equal views       likewise
 *   dense behind a permutation                   permutes its weights
 *   convolution behind a zero border             takes it into its padding
 *   everything else                              reads a rearranged copy; none if only the shape differs
 *
 * The network computes the same real numbers, but for the order of sums in a dense layer.
 */
import { present } from '../../common/assert.js';
import { batchNormFunction } from '../../ir/network/batch-norm.js';
import { FUNCTIONS, namedFunction } from '../../ir/network/functions.js';
import { quantiseFunction } from '../../ir/network/quantise.js';
import { channelsOf, shapeAfter, sizeOf } from '../../ir/network/shapes.js';
import {
  type BatchNormNode,
  type ConcatNode,
  type Conv2dNode,
  type DenseNode,
  type FunctionNode,
  inputsOf,
  type NetworkGraph,
  type NetworkNode,
  type NodeId,
  type RearrangeNode,
  type Shape,
} from '../../ir/network/types.js';
import { freshNames, type NameMaker } from '../fresh-names.js';
import { withInputs } from '../../ir/network/with-inputs.js';

/** A value that is a rearrangement of another one which the new network has. */
export interface View {
  readonly base: NodeId;
  readonly shape: Shape;
  /** As in a rearrange layer; undefined: the same elements in the same order. */
  readonly index?: Int32Array | undefined;
  readonly fill: number;
  /** Name for the copy, if one is needed. */
  readonly name?: NodeId | undefined;
}

/** Takes out rearrangements, and layers that no other reads. The graph is one of the float dialect. */
export const normalise = (graph: NetworkGraph): NetworkGraph => normaliseWithViews(graph).graph;

/** The same, with what became of the values of the layers of `graph` that others read. */
export function normaliseWithViews(graph: NetworkGraph): {
  readonly graph: NetworkGraph;
  readonly views: ReadonlyMap<NodeId, View>;
} {
  const state: State = {
    nodes: [],
    shapes: new Map(),
    views: new Map(),
    copies: new Map(),
    fresh: freshNames(graph.nodes.map(({ id }) => id)),
    taken: new Set(),
  };
  for (const node of withoutUnread(graph.nodes)) state.views.set(node.id, placed(node, state));
  return { graph: { ...graph, nodes: withoutUnread(state.nodes) }, views: state.views };
}

interface State {
  readonly nodes: NetworkNode[];
  readonly shapes: Map<NodeId, Shape>;
  readonly views: Map<NodeId, View>;
  readonly copies: Map<View, NodeId>;
  readonly fresh: NameMaker;
  /** Names of the old network that the new one has used. */
  readonly taken: Set<NodeId>;
}

/** Layers that the last one depends on, and the input: a part of a split that nothing reads is no layer. */
export function withoutUnread(nodes: readonly NetworkNode[]): readonly NetworkNode[] {
  const read = new Set<NodeId>(nodes.slice(-1).map(({ id }) => id));
  const kept: NetworkNode[] = [];
  for (const node of [...nodes].reverse()) {
    if (!read.has(node.id) && node.kind !== 'input' && node.kind !== 'encode') continue;
    for (const id of inputsOf(node)) read.add(id);
    kept.push(node);
  }
  return kept.reverse();
}

const plainView = (base: NodeId, shape: Shape): View => ({ base, shape, fill: 0 });

function emit(node: NetworkNode, state: State): NodeId {
  const id = state.taken.has(node.id) ? state.fresh(node.id) : node.id;
  state.taken.add(id);
  const named = { ...node, id };
  state.nodes.push(named);
  const shapes = inputsOf(named).map((input) => present(state.shapes.get(input), 'shape'));
  state.shapes.set(id, shapeAfter(named, shapes));
  return id;
}

const viewOf = (id: NodeId, { views }: State): View => present(views.get(id), 'view');

function placed(node: NetworkNode, state: State): View {
  const views = inputsOf(node).map((id) => viewOf(id, state));
  const [first] = views;
  switch (node.kind) {
    case 'rearrange':
      return composed(present(first, 'input'), node, state);
    case 'flatten': {
      const view = present(first, 'input');
      return { ...view, shape: [sizeOf(view.shape)], name: node.id };
    }
    case 'relu':
    case 'clip':
    case 'sign':
    case 'step':
    case 'quantise':
      return unary(node, present(first, 'input'), state);
    case 'function':
      return node.parameters === undefined || sharesParameters(node)
        ? unary(node, present(first, 'input'), state)
        : perChannel(node, present(first, 'input'), state);
    case 'batchNorm':
      return perChannel(node, present(first, 'input'), state);
    case 'dense':
      return dense(node, present(first, 'input'), state);
    case 'conv2d':
      return convolution(node, present(first, 'input'), state);
    case 'add':
    case 'extremum':
    case 'multiply':
      return joined(node, views, state);
    case 'concat':
      return concatenated(node, views, state);
    default:
      return literal(node, views, state);
  }
}

/** A layer that reads its values as they are described. */
function literal(node: NetworkNode, views: readonly View[], state: State): View {
  const ids = views.map((view) => copied(view, state));
  const id = emit(withInputs(node, ids), state);
  return plainView(id, present(state.shapes.get(id), 'shape'));
}

/** The value with its elements in their places. */
function copied(view: View, state: State): NodeId {
  const known = state.copies.get(view);
  if (known !== undefined) return known;
  const { base, shape, index, fill } = view;
  const from = present(state.shapes.get(base), 'shape');
  if (index === undefined && from.join() === shape.join()) return base;
  const id = view.name ?? `${base}.order`;
  const node: NetworkNode =
    index === undefined && shape.length === 1
      ? { kind: 'flatten', id, input: base }
      : {
          kind: 'rearrange',
          id,
          input: base,
          shape,
          ...(index === undefined ? {} : { index }),
          ...(fill === 0 ? {} : { fill }),
        };
  const copy = emit(node, state);
  state.copies.set(view, copy);
  return copy;
}

/** A rearrangement of a view, with one list of sources. */
function composed(given: View, { id, shape, index, fill = 0 }: RearrangeNode, state: State): View {
  if (index === undefined) return { ...given, shape, name: id };
  const fills = index.includes(-1);
  // One list has one filling.
  const isMixed = fills && given.index?.includes(-1) === true && given.fill !== fill;
  const view = isMixed ? plainView(copied(given, state), given.shape) : given;
  const { index: before, base } = view;
  const sources =
    before === undefined ? index : Int32Array.from(index, (source) => (source < 0 ? -1 : before[source]!));
  const isSame = sources.length === baseSize(base, state) && sources.every((source, e) => source === e);
  return { base, shape, index: isSame ? undefined : sources, fill: fills ? fill : view.fill, name: id };
}

const baseShape = (base: NodeId, { shapes }: State): Shape => present(shapes.get(base), 'shape');
const baseSize = (base: NodeId, state: State): number => sizeOf(baseShape(base, state));

/** Whether every element of the value before is in the view: work on it is not wasted. */
function coversBase({ base, index }: View, state: State): boolean {
  if (index === undefined) return true;
  const seen = new Uint8Array(baseSize(base, state));
  let missing = seen.length;
  for (const source of index) {
    if (source < 0 || seen[source] === 1) continue;
    seen[source] = 1;
    missing--;
  }
  return missing === 0;
}

/** Whether the view has every element of the value before once. */
const isPermuted = (view: View, state: State): boolean =>
  view.index === undefined ||
  (view.index.length === baseSize(view.base, state) && !view.index.includes(-1) && coversBase(view, state));

type UnaryNode = Extract<
  NetworkNode,
  { kind: 'relu' | 'clip' | 'sign' | 'step' | 'quantise' | 'function' | 'batchNorm' }
>;

/** A layer that does the same to every element: to the value before the view, and to what the view fills in. */
function unary(node: UnaryNode, view: View, state: State): View {
  if (!coversBase(view, state)) return literal(node, [view], state);
  const base = emit({ ...node, input: view.base }, state);
  return {
    ...view,
    base,
    fill: view.fill === 0 && keepsZero(node) ? 0 : elementFunction(node)(view.fill),
    name: undefined,
  };
}

const keepsZero = ({ kind }: UnaryNode): boolean => kind === 'relu';

/** What a layer with shared parameters does to one element. */
function elementFunction(node: UnaryNode): (x: number) => number {
  switch (node.kind) {
    case 'relu':
      return (x) => (x > 0 ? x : 0);
    case 'clip':
      return (x) => Math.min(Math.max(x, node.min), node.max);
    case 'sign':
      return (x) => (x >= 0 ? 1 : -1);
    case 'step':
      return (x) => (x >= 0 ? 1 : 0);
    case 'quantise': {
      const multiple = quantiseFunction(node);
      return (x) => node.step * multiple(x);
    }
    case 'function':
      return namedFunction(node.function, node.parameters ?? new Float64Array(0));
    case 'batchNorm': {
      const apply = batchNormFunction(node);
      return (x) => apply(x, 0);
    }
  }
}

const sharesParameters = ({ function: name, parameters }: FunctionNode): boolean =>
  parameters?.length === FUNCTIONS[name].parameters.length;

/** A layer with parameters per channel: on the value before, if its channels are those of the view, in whatever order. */
function perChannel(node: BatchNormNode | FunctionNode, view: View, state: State): View {
  const channels = channelsOf(view.shape);
  const isShared = node.kind === 'batchNorm' && parametersOf(node).every((a) => a.every((v) => v === a[0]));
  const base = baseShape(view.base, state);
  const isWhole = coversBase(view, state);
  if (isShared && isWhole) return unary(withParameters(node, new Int32Array(channelsOf(base))), view, state);
  if (view.index?.includes(-1) !== true && isWhole) {
    const map = channelMap(view, channels, channelsOf(base));
    if (map !== undefined)
      return { ...view, base: emit({ ...withParameters(node, map), input: view.base }, state), name: undefined };
    const flatMap = channelMap(view, channels, sizeOf(base));
    if (flatMap !== undefined && base.length > 1) {
      const flat = copied({ ...plainView(view.base, [sizeOf(base)]), name: state.fresh(`${view.base}.flat`) }, state);
      return { ...view, base: emit({ ...withParameters(node, flatMap), input: flat }, state), name: undefined };
    }
  }
  return literal(node, [view], state);
}

/** The channel of the view in which a channel of the value before lies; undefined where that is more than one. */
function channelMap({ index, shape }: View, channels: number, baseChannels: number): Int32Array | undefined {
  const map = new Int32Array(baseChannels).fill(-1);
  for (let e = 0; e < sizeOf(shape); e++) {
    const c = (index === undefined ? e : index[e]!) % baseChannels;
    if (map[c]! >= 0 && map[c] !== e % channels) return undefined;
    map[c] = e % channels;
  }
  return map;
}

const parametersOf = ({ gamma, beta, mean, variance }: BatchNormNode): readonly Float64Array[] => [
  gamma,
  beta,
  mean,
  variance,
];

/** The parameters of channel map[c] for every channel c. */
function withParameters<T extends BatchNormNode | FunctionNode>(node: T, map: Int32Array): T {
  const pick = (a: Float64Array): Float64Array => Float64Array.from(map, (c) => a[c]!);
  if (node.kind === 'batchNorm') {
    const { gamma, beta, mean, variance } = node;
    return { ...node, gamma: pick(gamma), beta: pick(beta), mean: pick(mean), variance: pick(variance) };
  }
  const { parameters = new Float64Array(0) } = node;
  const n = FUNCTIONS[node.function].parameters.length;
  return {
    ...node,
    parameters: Float64Array.from(Array.from(map).flatMap((c) => [...parameters.subarray(c * n, c * n + n)])),
  };
}

/** A dense layer behind a permutation has the columns of its weights permuted. */
function dense(node: DenseNode, view: View, state: State): View {
  const { index } = view;
  if (index === undefined || !isPermuted(view, state)) return literal(node, [view], state);
  const nIn = index.length;
  const move = <T extends Int8Array | Float32Array>(from: T, to: T): T => {
    for (let o = 0; o < node.nOut; o++) {
      for (let e = 0; e < nIn; e++) to[o * nIn + index[e]!] = from[o * nIn + e]!;
    }
    return to;
  };
  const { weights } = node;
  const permuted =
    weights instanceof Int8Array
      ? move(weights, new Int8Array(weights.length))
      : move(weights, new Float32Array(weights.length));
  return literal({ ...node, weights: permuted }, [{ ...plainView(view.base, [nIn]), name: view.name }], state);
}

/** A convolution behind a border of one integer has it as its padding. */
function convolution(node: Conv2dNode, view: View, state: State): View {
  const border = borderOf(view, baseShape(view.base, state));
  const isBare = node.padding.every((p) => p === 0);
  const { fill } = view;
  if (border === undefined || !(isBare || node.padValue === fill)) return literal(node, [view], state);
  if (!Number.isInteger(fill) || fill < -128 || fill > 255) return literal(node, [view], state);
  const [top, bottom, left, right] = node.padding;
  const padding = [top + border[0], bottom + border[1], left + border[2], right + border[3]] as const;
  return literal({ ...node, padding, padValue: fill }, [plainView(view.base, baseShape(view.base, state))], state);
}

/** Rows and columns that a view adds around an image (top, bottom, left, right); undefined for any other view. */
function borderOf({ index, shape }: View, base: Shape): readonly [number, number, number, number] | undefined {
  const [h = 0, w = 0, c = 0] = base;
  const [outH = 0, outW = 0, outC = 0] = shape;
  if (index === undefined || base.length !== 3 || shape.length !== 3 || c !== outC) return undefined;
  const first = index.indexOf(0);
  const top = Math.floor(first / (outW * c));
  const left = Math.floor((first % (outW * c)) / c);
  const [bottom, right] = [outH - h - top, outW - w - left];
  if (first < 0 || first % c !== 0 || bottom < 0 || right < 0) return undefined;
  for (let e = 0; e < index.length; e++) {
    const y = Math.floor(e / (outW * c)) - top;
    const x = Math.floor((e % (outW * c)) / c) - left;
    const inside = y >= 0 && y < h && x >= 0 && x < w;
    if (index[e] !== (inside ? (y * w + x) * c + (e % c) : -1)) return undefined;
  }
  return [top, bottom, left, right];
}

type JoinNode = Extract<NetworkNode, { kind: 'add' | 'multiply' | 'extremum' }>;

/** Two values that are viewed alike are joined before the view. */
function joined(node: JoinNode, views: readonly View[], state: State): View {
  const a = present(views[0], 'first operand');
  const b = present(views[1], 'second operand');
  const shapes = [a, b].map(({ base }) => baseShape(base, state));
  const isAlike = shapes[0]!.join() === shapes[1]!.join() && a.shape.join() === b.shape.join() && sameIndex(a, b);
  if (isAlike && coversBase(a, state)) {
    const base = emit({ ...node, inputs: [a.base, b.base] }, state);
    return { ...a, base, fill: joinedFill(node, a.fill, b.fill), name: undefined };
  }
  // One number per channel: the first operand may keep its shape.
  const isGate = node.kind === 'multiply' && a.shape.join() !== b.shape.join() && a.index === undefined;
  if (isGate && channelsOf(shapes[0]!) === channelsOf(a.shape)) {
    const base = emit({ ...node, inputs: [a.base, copied(b, state)] }, state);
    return { ...a, base, name: undefined };
  }
  return literal(node, views, state);
}

const sameIndex = (a: View, b: View): boolean =>
  a.index === b.index ||
  (a.index !== undefined &&
    b.index !== undefined &&
    a.index.length === b.index.length &&
    a.index.every((source, e) => source === b.index?.[e]));

function joinedFill(node: JoinNode, a: number, b: number): number {
  if (node.kind === 'add') return a + b;
  if (node.kind === 'multiply') return a * b;
  return node.of === 'max' ? Math.max(a, b) : Math.min(a, b);
}

/** Values side by side: images by their channels, vectors in whatever order they are viewed. */
function concatenated(node: ConcatNode, views: readonly View[], state: State): View {
  const [first] = views;
  const shapes = views.map(({ base }) => baseShape(base, state));
  const leading = (shape: Shape): string => shape.slice(0, -1).join();
  const isPlain = views.every(
    ({ index, shape }, i) => index === undefined && channelsOf(shape) === channelsOf(shapes[i]!),
  );
  const total = views.reduce((sum, { shape }) => sum + channelsOf(shape), 0);
  if (isPlain && shapes.every((shape) => leading(shape) === leading(shapes[0]!))) {
    const base = emit({ ...node, inputs: views.map((view) => view.base) }, state);
    return { base, shape: [...(first?.shape.slice(0, -1) ?? []), total], fill: 0 };
  }
  const isFlat = views.every((view) => view.shape.length === 1 && isPermuted(view, state));
  if (!isFlat) return literal(node, views, state);
  const flat = views.map(({ base }, i) =>
    copied({ ...plainView(base, [sizeOf(shapes[i]!)]), name: state.fresh(`${base}.flat`) }, state),
  );
  const base = emit({ ...node, inputs: flat }, state);
  const index = new Int32Array(total);
  let start = 0;
  for (const view of views) {
    const n = sizeOf(view.shape);
    for (let e = 0; e < n; e++) index[start + e] = start + (view.index?.[e] ?? e);
    start += n;
  }
  const isSame = index.every((source, e) => source === e);
  return { base, shape: [total], index: isSame ? undefined : index, fill: 0 };
}
