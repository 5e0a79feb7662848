import { draw, PURPOSE } from '../../common/rng.js';

/** Spikes that vanish on their way: probability per spike, seed of the run, and the first sample of the run as coordinate. */
export interface SpikeDrop {
  /** 0..1; 0 is off. */
  readonly probability: number;
  readonly seed: number;
  readonly firstSample: number;
}

/** No spike is dropped. */
export const NO_DROP: SpikeDrop = { probability: 0, seed: 0, firstSample: 0 };

/**
 * Whether the spike of `neuron` of `core` in `tick` (counted from the start of the run) is lost: its 32-bit draw is below
 * probability * 2^32. Nested: what is lost at a lower probability is lost at a higher one.
 */
export function isDropped(drop: SpikeDrop, core: number, neuron: number, tick: number): boolean {
  if (drop.probability === 0) return false;
  const word = draw(drop.seed, PURPOSE.spikeDrop, core * 256 + neuron, tick, drop.firstSample);
  return word < drop.probability * 4294967296;
}
