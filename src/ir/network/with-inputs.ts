import { inputsOf, type NetworkNode, type NodeId } from './types.js';

/** The layer reading other values: `ids` in the order of `inputsOf`, as many as it reads. */
export function withInputs(node: NetworkNode, ids: readonly NodeId[]): NetworkNode {
  const [a = '', b = '', c = ''] = ids;
  switch (node.kind) {
    case 'input':
      return node;
    case 'add':
    case 'multiply':
    case 'extremum':
      return { ...node, inputs: [a, b] };
    case 'attention':
      return { ...node, inputs: [a, b, c] };
    case 'concat':
      return { ...node, inputs: ids };
    default:
      return { ...node, input: a };
  }
}

/** The layer with one of the values it reads replaced by another. */
export const withInput = (node: NetworkNode, from: NodeId, to: NodeId): NetworkNode =>
  withInputs(
    node,
    inputsOf(node).map((id) => (id === from ? to : id)),
  );
