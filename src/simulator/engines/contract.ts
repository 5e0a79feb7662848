/** What an engine of a TrueNorth program offers; the reference and the fast engine are interchangeable behind it. */
import type { PotentialUpsets } from '../../hw-models/faults/potential-upsets.js';
import type { ChipState } from '../../ir/trace/chip-state.js';
import type { TrueNorthProgram } from '../../ir/program/truenorth.js';

/** What an engine is built from. */
export interface EngineSource {
  readonly program: TrueNorthProgram;
  /** Crossbars [nCores, nAxons, words], if faults changed them. */
  readonly synapses?: Uint32Array;
}

/** The draws of the runs to come: stochastic modes and transient faults. */
export interface RunKey {
  /** Probability that a spike is lost. */
  readonly drop: number;
  /** Probability that a spike arrives one tick late; 0 without it. */
  readonly late?: number;
  /** Upsets of potentials; none without it. */
  readonly upsets?: PotentialUpsets;
  readonly seed: number;
  /** Index of the run's first sample: a coordinate of its draws. */
  readonly firstSample: number;
}

/** Events of one engine since they were last taken; every value is an integer. */
export interface EngineCounters {
  ticks: number;
  inputSpikes: number;
  hops: number;
  /** [nCores] spikes fired to axons or pins, after drops. */
  coreSpikes: Float64Array;
  /** [nCores] active axons times connected neurons. */
  coreSynapticOperations: Float64Array;
}

/** A chip with state. */
export interface Engine {
  /** The tick that the next call of `tick` computes; 0 after `reset`. */
  readonly now: number;
  /** [nPins] spikes per output pin since the caller last filled it with 0, or since `reset`. */
  readonly pinCounts: Int32Array;
  /** Back to tick 0: initial potentials, no spikes on the way. Counters stay. */
  reset(key: RunKey): void;
  /** A spike of the host that acts in `tick`, which is in now..now + maxDelay. */
  inject(core: number, axon: number, tick: number): void;
  /** Computes one tick. */
  tick(): void;
  /** The counters since the last call; they start again at 0. */
  takeCounters(): EngineCounters;
  /** [nCores, nNeurons] potentials after the last tick, a copy. */
  potentials(): Int32Array;
}

/** An engine whose state can be taken out, and into another one of the same program. */
export interface StatefulEngine extends Engine {
  /** Sets a potential between two ticks. */
  setPotential(core: number, neuron: number, potential: number): void;
  /** A copy. */
  snapshot(): ChipState;
  /** Goes on from a state with the draws of `key`; counters stay. The state has to be one of this program. */
  restore(state: ChipState, key: RunKey): void;
}

/** The engines by name. */
export type EngineName = 'fast' | 'reference';
