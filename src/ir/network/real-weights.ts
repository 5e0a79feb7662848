import type { NetworkGraph } from './types.js';

/** Whether any layer has real weights. */
export const hasRealWeights = ({ nodes }: NetworkGraph): boolean =>
  nodes.some((node) => (node.kind === 'dense' || node.kind === 'conv2d') && node.weights instanceof Float32Array);
