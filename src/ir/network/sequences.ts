import { sizeOf } from './shapes.js';
import type { NetworkGraph } from './types.js';

/** Whether a network is a sequence model: it takes one token at a time and has state. */
export function isSequenceModel(graph: NetworkGraph): boolean {
  const reads = graph.nodes.find((node) => node.kind === 'input');
  return reads !== undefined && sizeOf(reads.shape) === 1 && graph.nodes.some((node) => node.kind === 'attention');
}
