import type { NetworkGraph, NodeId } from '../../ir/network/types.js';
import { isLinear } from './points.js';

/**
 * Bits of the activations that each dense and convolution layer of a quantised network reads, by layer: those of the quantiser
 * or input code they come from, 1 after a sign or step; undefined for arbitrary real numbers.
 */
export function inputBitsOf(graph: NetworkGraph): ReadonlyMap<NodeId, number | undefined> {
  const byId = new Map(graph.nodes.map((node) => [node.id, node]));
  const bitsAt = (id: NodeId): number | undefined => {
    const node = byId.get(id);
    switch (node?.kind) {
      case 'quantise':
        return node.bits;
      case 'encode':
        return node.code.kind === 'integer' || node.code.kind === 'rate' ? node.code.bits : 1;
      case 'sign':
      case 'step':
        return 1;
      case 'maxPool':
      case 'flatten':
      case 'rearrange':
        return bitsAt(node.input);
      default:
        return undefined;
    }
  };
  return new Map(graph.nodes.flatMap((node) => (isLinear(node) ? [[node.id, bitsAt(node.input)] as const] : [])));
}
