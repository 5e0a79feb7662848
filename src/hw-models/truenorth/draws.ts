/**
 * The random numbers of the stochastic modes. Each is a pure function of the run's seed and first sample, the core's index in
 * the program, the neuron, the axon and the tick: not of activity, placement, threads or the order of work. The silicon has
 * one generator per core whose sequence is not published, so its draws cannot be reproduced; their distribution is.
 */
import { draw4, PURPOSE } from '../../common/rng.js';

/** Which run the draws belong to. */
export interface DrawKey {
  readonly seed: number;
  /** Index of the run's first sample: runs of one data set draw differently. */
  readonly firstSample: number;
}

/** One neuron in one tick of a run; cores of at most 256 neurons and 256 axons have draws of their own. */
export interface DrawPoint {
  readonly core: number;
  readonly neuron: number;
  /** Counted from the start of the run. */
  readonly tick: number;
}

/** The two draws of a neuron in a tick. */
export interface NeuronDraws {
  /** rho of the stochastic leak, 0..255. */
  readonly leak: number;
  /** 32 bits; the threshold draw eta is `threshold & (2^TM - 1)`. */
  readonly threshold: number;
}

const words = new Uint32Array(4);

/** rho of the synapse from `axon`, 0..255: byte axon mod 16 (low byte of word 0 first) of the draw of axons 16 k .. 16 k + 15. */
export function synapseDraw({ seed, firstSample }: DrawKey, { core, neuron, tick }: DrawPoint, axon: number): number {
  draw4(seed, PURPOSE.stochasticSynapse, core * 256 + neuron, tick, firstSample * 16 + (axon >>> 4), words);
  return (words[(axon & 15) >>> 2]! >>> ((axon & 3) * 8)) & 255;
}

/** rho of the leak and the bits of the threshold draw. */
export function neuronDraws({ seed, firstSample }: DrawKey, { core, neuron, tick }: DrawPoint): NeuronDraws {
  draw4(seed, PURPOSE.stochasticNeuron, core * 256 + neuron, tick, firstSample, words);
  return { leak: words[0]! & 255, threshold: words[1]! };
}
