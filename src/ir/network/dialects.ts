/** Layers that only one dialect has. */
import type { NetworkNode } from './types.js';

const FLOAT_ONLY = ['batchNorm', 'sign', 'step', 'relu', 'clip', 'function', 'quantise', 'neuron'] as const;
type FloatOnlyKind = (typeof FLOAT_ONLY)[number];

/** A layer that the integer dialect may have. */
export type IntegerNode = Exclude<NetworkNode, { readonly kind: FloatOnlyKind }>;

/** A layer of a verified integer network. */
export function integerNode(node: NetworkNode): IntegerNode {
  if (isFloatOnly(node)) throw new Error(`internal error: ${node.kind} in the integer dialect`);
  return node;
}

/** Whether a layer exists in the float dialect alone. */
export const isFloatOnly = (node: NetworkNode): node is Extract<NetworkNode, { readonly kind: FloatOnlyKind }> =>
  FLOAT_ONLY.some((kind) => kind === node.kind);
