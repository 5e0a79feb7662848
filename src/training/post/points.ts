import { inputsOf, type NetworkGraph, type NetworkNode, type NodeId } from '../../ir/network/types.js';

/** A value of a float network that is to be quantised. */
export interface QuantisationPoint {
  /** The layer whose value it is. */
  readonly value: NodeId;
  /** The layer that becomes the quantiser itself (a rectifier); undefined: a new layer behind the value. */
  readonly replaces: boolean;
  /** Dense and convolution layers that read it, directly or through pools and flatten. */
  readonly readers: readonly NodeId[];
  /** Whether an `add` or `concat` reads it directly. */
  readonly isJoined: boolean;
}

/** Where a float network is quantised, and which points need one step. */
export interface QuantisationPlan {
  readonly points: readonly QuantisationPoint[];
  /** Of each point, the number of its group: operands of one sum have one step, so that it is a sum of integers. */
  readonly groups: readonly number[];
}

/** A dense or conv2d layer. */
export type LinearNode = Extract<NetworkNode, { kind: 'dense' | 'conv2d' }>;

export const isLinear = (node: NetworkNode): node is LinearNode => node.kind === 'dense' || node.kind === 'conv2d';

/**
 * Finds what must be quantised so that every dense layer, convolution and sum works on integers: every rectifier becomes a
 * quantiser, and one is put behind each other value that such a layer reads and that is not on a grid of few levels (batch
 * norms, means). Signs, steps and the input code are on a grid already.
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
      case 'quantise':
        return true;
      case 'maxPool':
      case 'flatten':
        return isOnGrid(node.input);
      default:
        return false;
    }
  };
  const readers = (id: NodeId): readonly NodeId[] =>
    readersOf(id).flatMap((node) => {
      if (isLinear(node)) return [node.id];
      return node.kind === 'maxPool' || node.kind === 'avgPool' || node.kind === 'flatten' ? readers(node.id) : [];
    });
  const isJoin = (node: NetworkNode): boolean => node.kind === 'add' || node.kind === 'concat';

  const points = graph.nodes.flatMap((node): readonly QuantisationPoint[] => {
    const direct = readersOf(node.id);
    const isJoined = direct.some(isJoin);
    const common = { value: node.id, readers: [...new Set(readers(node.id))], isJoined };
    if (node.kind === 'relu') return [{ ...common, replaces: true }];
    if (isOnGrid(node.id) || node.kind === 'input') return [];
    return isJoined || direct.some(isLinear) ? [{ ...common, replaces: false }] : [];
  });

  const indexOf = new Map(points.map(({ value }, index) => [value, index]));
  const groups = points.map((_, index) => index);
  for (const node of graph.nodes) {
    if (!isJoin(node)) continue;
    const members = inputsOf(node).flatMap((id) => {
      const index = indexOf.get(throughPools(id, byId));
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
function throughPools(id: NodeId, byId: ReadonlyMap<NodeId, NetworkNode>): NodeId {
  const node = byId.get(id);
  return node?.kind === 'maxPool' || node?.kind === 'flatten' ? throughPools(node.input, byId) : id;
}
