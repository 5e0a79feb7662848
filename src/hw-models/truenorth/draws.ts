/**
 * The random numbers of the stochastic modes. Each is a pure function of the run's seed and first sample, the core's index in
 * the program, the neuron, the axon and the tick: not of activity, placement, threads or the order of work. The silicon has
 * one generator per core whose sequence is not published, so its draws cannot be reproduced; their distribution is.
 */
import { draw4, PURPOSE } from '../../common/rng.js';
import { paddedAxons, paddedNeurons } from '../../ir/program/core-arrays.js';
import type { TrueNorthSpec } from '../../ir/program/truenorth.js';

/** Which run the draws belong to. */
export interface DrawKey {
  readonly seed: number;
  /** Index of the run's first sample: runs of one data set draw differently. */
  readonly firstSample: number;
}

/** One neuron in one tick of a run. */
export interface DrawPoint {
  readonly core: number;
  readonly neuron: number;
  /** Counted from the start of the run. */
  readonly tick: number;
}

/** What of a chip decides about its draws. */
export type DrawSpec = Pick<TrueNorthSpec, 'axonsPerCore' | 'neuronsPerCore' | 'drawBits'>;

/** The two draws of a neuron in a tick. */
export interface NeuronDraws {
  /** rho of the stochastic leak, 0..2^drawBits - 1. */
  readonly leak: number;
  /** 32 bits; the threshold draw eta is `threshold & (2^TM - 1)`. */
  readonly threshold: number;
}

/** Axons that share a draw: a byte each. */
const AXONS_PER_DRAW = 16;

const words = new Uint32Array(4);

/**
 * rho of the synapse from `axon`, 0..2^drawBits - 1: the low bits of byte axon mod 16 (low byte of word 0 first) of the draw of axons
 * 16 k .. 16 k + 15.
 */
export function synapseDraw(spec: DrawSpec, { seed, firstSample }: DrawKey, point: DrawPoint, axon: number): number {
  const group = firstSample * (paddedAxons(spec) / AXONS_PER_DRAW) + (axon >>> 4);
  draw4(seed, PURPOSE.stochasticSynapse, placeOf(spec, point), point.tick, group, words);
  return (words[(axon & 15) >>> 2]! >>> ((axon & 3) * 8)) & rhoMask(spec);
}

/** rho of the leak and the bits of the threshold draw. */
export function neuronDraws(spec: DrawSpec, { seed, firstSample }: DrawKey, point: DrawPoint): NeuronDraws {
  draw4(seed, PURPOSE.stochasticNeuron, placeOf(spec, point), point.tick, firstSample, words);
  return { leak: words[0]! & rhoMask(spec), threshold: words[1]! };
}

const placeOf = (spec: DrawSpec, { core, neuron }: DrawPoint): number => core * paddedNeurons(spec) + neuron;

/** Largest rho. */
export const rhoMask = ({ drawBits }: Pick<TrueNorthSpec, 'drawBits'>): number => 2 ** drawBits - 1;
