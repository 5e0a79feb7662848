import { inputsOf, type NetworkGraph, type NetworkNode, type NodeId } from '../../ir/network/types.js';

/** A value of a float network that is to be quantised. */
export interface QuantisationPoint {
  /** The layer whose value it is. */
  readonly value: NodeId;
  /** The layer becomes the quantiser itself (a rectifier, a clip); else there is a new layer behind the value. */
  readonly replaces: boolean;
  /** Dense and convolution layers that read it, directly or through pools, flatten and rearrange. */
  readonly readers: readonly NodeId[];
  /** Whether a layer that joins values (add, concat, multiply, extremum), or a function, reads it directly. */
  readonly isJoined: boolean;
  /** Whether all that read the value read the quantiser: a function has no integer form without it, whatever follows. */
  readonly forAll: boolean;
}

/** Where a float network is quantised, and which points need one step. */
export interface QuantisationPlan {
  readonly points: readonly QuantisationPoint[];
  /** Of each point, the number of its group: operands of one sum, concat or extremum have one step, so that it is one of integers. */
  readonly groups: readonly number[];
}

/** A dense or conv2d layer. */
export type LinearNode = Extract<NetworkNode, { kind: 'dense' | 'conv2d' }>;

export const isLinear = (node: NetworkNode): node is LinearNode => node.kind === 'dense' || node.kind === 'conv2d';

/** Layers that keep the step of what they read. */
const keepsStep = (
  node: NetworkNode | undefined,
): node is Extract<NetworkNode, { kind: 'maxPool' | 'flatten' | 'rearrange' }> =>
  node?.kind === 'maxPool' || node?.kind === 'flatten' || node?.kind === 'rearrange';

/** Layers that need integers, whatever their step is. */
const needsIntegers = (node: NetworkNode): boolean =>
  needsOneStep(node) || node.kind === 'multiply' || node.kind === 'function';

/** Layers whose operands have one step. */
const needsOneStep = (node: NetworkNode): node is Extract<NetworkNode, { kind: 'add' | 'concat' | 'extremum' }> =>
  node.kind === 'add' || node.kind === 'concat' || node.kind === 'extremum';

/**
 * Finds what must be quantised so that every dense layer, convolution, sum, product, extremum and function works on integers: every
 * rectifier and clip becomes a quantiser, one is put in front of and behind each function, and one behind each other value that such a layer
 * reads and that is not on a grid of few levels (batch norms, means, products). Signs, steps and the input code are on a grid already.
 */
export function planQuantisation(graph: NetworkGraph): QuantisationPlan {
  const byId = new Map(graph.nodes.map((node) => [node.id, node]));
  const readersOf = (id: NodeId): readonly NetworkNode[] => graph.nodes.filter((node) => inputsOf(node).includes(id));
  const isOnGrid = (id: NodeId): boolean => {
    const node = byId.get(id);
    switch (node?.kind) {
      case 'encode':
      case 'sign':
      case 'step':
      case 'relu':
      case 'clip':
      case 'quantise':
      case 'extremum':
        return true;
      default:
        return keepsStep(node) && isOnGrid(node.input);
    }
  };
  const readers = (id: NodeId): readonly NodeId[] =>
    readersOf(id).flatMap((node) => {
      if (isLinear(node)) return [node.id];
      return keepsStep(node) || node.kind === 'avgPool' ? readers(node.id) : [];
    });
  const isReplaced = (node: NetworkNode | undefined): boolean => node?.kind === 'relu' || node?.kind === 'clip';

  const points = graph.nodes.flatMap((node): readonly QuantisationPoint[] => {
    const direct = readersOf(node.id);
    const isJoined = direct.some(needsIntegers);
    const forAll = node.kind === 'function';
    const common = { value: node.id, readers: [...new Set(readers(node.id))], isJoined, forAll };
    if (isReplaced(node)) return [{ ...common, replaces: true }];
    if (node.kind === 'input') return [];
    // What an extremum reads has a step that can be chosen: that of an input code or of a sign cannot.
    const isFixed = direct.some(({ kind }) => kind === 'extremum') && !isReplaced(byId.get(origin(node.id, byId)));
    if (isOnGrid(node.id) && !isFixed) return [];
    return isJoined || forAll || direct.some(isLinear) ? [{ ...common, replaces: false }] : [];
  });

  const indexOf = new Map(points.map(({ value }, index) => [value, index]));
  const groups = points.map((_, index) => index);
  for (const node of graph.nodes) {
    if (!needsOneStep(node)) continue;
    const members = inputsOf(node).flatMap((id) => {
      const index = indexOf.get(id) ?? indexOf.get(origin(id, byId));
      return index === undefined ? [] : [groups[index] ?? index];
    });
    const lowest = Math.min(...members);
    groups.forEach((group, index) => {
      if (members.includes(group)) groups[index] = lowest;
    });
  }
  return { points, groups };
}

/** The value that a chain of layers which keep the step starts from. */
function origin(id: NodeId, byId: ReadonlyMap<NodeId, NetworkNode>): NodeId {
  const node = byId.get(id);
  return keepsStep(node) ? origin(node.input, byId) : id;
}
