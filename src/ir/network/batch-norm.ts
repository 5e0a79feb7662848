import type { BatchNormNode } from './types.js';

/**
 * Batch norm of channel c in float64, in this order of operations: gamma * ((x - mean) / sqrt(variance + epsilon)) + beta.
 * Every operation rounds monotonically, so the function is monotone in x, which threshold folding relies on.
 */
export function batchNormFunction(node: BatchNormNode): (x: number, channel: number) => number {
  const deviation = node.variance.map((v) => Math.sqrt(v + node.epsilon));
  return (x, c) => node.gamma[c]! * ((x - node.mean[c]!) / deviation[c]!) + node.beta[c]!;
}
