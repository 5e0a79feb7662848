/** How a memoryless neuron gets its constant 1 - theta outside streaming: pulses of the timer on axons of their own, once per frame. */
import { type ChipLayer, rowRange } from './chip-layers.js';

/** Axons of a core that carry the constants of its neurons. */
export interface BiasPlan {
  /** Axons of a first type; a neuron connects to as many as it needs, and gives them one weight. */
  readonly coarse: number;
  /** Axons of a second type, 0 or 1, for what is left. */
  readonly fine: number;
  /** Connections to axons of the first type, their weight, and the weight of the second type (0: no connection). */
  split(amount: number): { readonly count: number; readonly weight: number; readonly fine: number };
}

/** The constants of the rows that can fire and that somebody reads. */
export function biasAmounts(layer: ChipLayer, copies: Int32Array): readonly number[] {
  return Array.from(layer.theta.keys())
    .filter((row) => copies[row]! > 0 && layer.theta[row]! <= rowRange(layer, row)[1])
    .map((row) => 1 - layer.theta[row]!);
}

/**
 * Constants of at most `weightMax` come by one axon. Larger ones come by several of the largest weight and one of the rest, where there are two
 * types for them; else by as few as divide them. Undefined without a type.
 */
export function planBias(amounts: readonly number[], weightMax: number, nTypes: number): BiasPlan | undefined {
  if (nTypes < 1) return undefined;
  const largest = amounts.reduce((most, amount) => Math.max(most, Math.abs(amount)), 0);
  if (largest <= weightMax) return { coarse: 1, fine: 0, split: (amount) => ({ count: 1, weight: amount, fine: 0 }) };
  if (nTypes >= 2) {
    return {
      coarse: Math.floor(largest / weightMax),
      fine: 1,
      split: (amount) => {
        const count = Math.floor(Math.abs(amount) / weightMax);
        const weight = Math.sign(amount) * weightMax;
        return { count, weight, fine: amount - count * weight };
      },
    };
  }
  return {
    coarse: amounts.reduce((most, amount) => Math.max(most, leastParts(amount, weightMax)), 1),
    fine: 0,
    split: (amount) => {
      const count = leastParts(amount, weightMax);
      return { count, weight: amount / count, fine: 0 };
    },
  };
}

/** The least number of equal parts of at most `weightMax`. */
function leastParts(amount: number, weightMax: number): number {
  let count = Math.max(1, Math.ceil(Math.abs(amount) / weightMax));
  while (amount % count !== 0) count++;
  return count;
}
