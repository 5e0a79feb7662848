import type { QuantiseNode } from './types.js';

/** Smallest and largest multiple of the step that a quantiser yields. */
export function quantiseLevels(node: QuantiseNode): readonly [low: number, high: number] {
  const low = node.signed ? -(2 ** (node.bits - 1)) : 0;
  return [low, low + 2 ** node.bits - 1];
}

/**
 * Which multiple of the step x becomes: clip(floor(x / step + 0.5), low, high), in this order in float64. Every operation rounds
 * monotonically, so the function rises with x, which lowering relies on.
 */
export function quantiseFunction(node: QuantiseNode): (x: number) => number {
  const [low, high] = quantiseLevels(node);
  return (x) => Math.min(Math.max(Math.floor(x / node.step + 0.5), low), high);
}
