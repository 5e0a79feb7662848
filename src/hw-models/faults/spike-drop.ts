import { draw, draw4, PURPOSE } from '../../common/rng.js';

/** Spikes that vanish on their way or come late: probabilities per spike, seed of the run, and the first sample of the run as coordinate. */
export interface SpikeDrop {
  /** 0..1; 0 is off. */
  readonly probability: number;
  /** That the spike arrives one tick late, 0..1. */
  readonly late: number;
  readonly seed: number;
  readonly firstSample: number;
}

/** No spike is dropped or late. */
export const NO_DROP: SpikeDrop = { probability: 0, late: 0, seed: 0, firstSample: 0 };

/**
 * Whether the spike of a neuron in `tick` (counted from the start of the run) is lost; `place` is core * paddedNeurons(spec) + neuron: its 32-bit draw is below
 * probability * 2^32. Nested: what is lost at a lower probability is lost at a higher one.
 */
export function isDropped(drop: SpikeDrop, place: number, tick: number): boolean {
  if (drop.probability === 0) return false;
  const word = draw(drop.seed, PURPOSE.spikeDrop, place, tick, drop.firstSample);
  return word < drop.probability * 4294967296;
}

const words = new Uint32Array(4);

/**
 * Whether the spike of the neuron of `place` in `tick` to another core arrives a tick after its time, by a second word of the same draw. What comes
 * late acts in the tick it comes, whichever sample that belongs to. Spikes with the largest delay are never late: the scheduler has no slot
 * behind it. Spikes to output pins are not: their way is not modelled.
 */
export function isLate(drop: SpikeDrop, place: number, tick: number): boolean {
  if (drop.late === 0) return false;
  draw4(drop.seed, PURPOSE.spikeDrop, place, tick, drop.firstSample, words);
  return words[1]! < drop.late * 4294967296;
}
