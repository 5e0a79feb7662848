/** Cores under construction, before they have a place on the mesh. */
import { NEGATIVE, RESET } from '../../../ir/program/truenorth.js';
import type { CoreRole, TrueNorthSpec } from '../../../ir/program/truenorth.js';

/** One axon of a core under construction. */
export interface Sink {
  readonly core: CoreDraft;
  readonly axon: number;
}

/** Where a neuron's spikes go. */
export type Destination =
  /** The k-th consumer of output `output` of the layer (an axon of the next layer or of a splitter, or a pin). */
  | { readonly kind: 'copy'; readonly output: number; readonly copy: number }
  | { readonly kind: 'axon'; readonly sink: Sink; readonly delay?: number }
  | { readonly kind: 'pin'; readonly pin: number };

/** The parameters in use: no stochastic mode. Weights are per axon type; types beyond the list have weight 0. */
export interface NeuronParameters {
  readonly weights: readonly number[];
  readonly leak: number;
  readonly threshold: number;
  readonly negativeThreshold: number;
  readonly resetMode: number;
  readonly negativeMode: number;
  readonly initialPotential: number;
  /** R, 0 if absent. */
  readonly resetPotential?: number;
}

export interface NeuronDraft extends NeuronParameters {
  /** Axons of this core that the crossbar connects to the neuron. */
  readonly axons: readonly number[];
  readonly destination: Destination;
  /** Expected spikes per frame, for placement only. */
  readonly rate: number;
}

/** The neurons of a core, in order; whoever goes through them twice may get other objects that are equal. */
export interface Neurons extends Iterable<NeuronDraft> {
  readonly length: number;
}

export interface CoreDraft {
  readonly layer: number;
  readonly role: CoreRole;
  /** Type of every axon in use, in order. */
  readonly axonType: number[];
  readonly neurons: Neurons;
}

/** A core that neurons are added to. */
export interface OpenCore extends CoreDraft {
  readonly neurons: NeuronDraft[];
}

/**
 * Neurons that are made whenever they are asked for: most mappings are only compared, and a network of thousands of cores has millions of neurons. `make`
 * gives the same `length` ones each time.
 */
export const lazyNeurons = (length: number, make: () => Iterable<NeuronDraft>): Neurons => ({
  length,
  [Symbol.iterator]: () => make()[Symbol.iterator](),
});

/** A spike the timer has to send once per period: it acts `offset` ticks after the layer's first input tick. */
export interface TimerRequest {
  readonly sink: Sink;
  readonly offset: number;
}

/** What a core offers. */
export interface CoreSize {
  readonly axons: number;
  readonly neurons: number;
  readonly axonTypes: number;
  readonly weightMax: number;
  readonly leakMax: number;
  /** Ticks of the longest delay. */
  readonly maxDelay: number;
  readonly rules: NeuronRules;
}

/** What its neurons can do. */
export interface NeuronRules {
  /** Added to the sum at which a neuron has to fire, to get its threshold: -1 where it fires above the threshold. */
  readonly fireOffset: 0 | -1;
  readonly linearReset: boolean;
  /** Below the negative threshold a neuron can reset, or saturate. */
  readonly negativeReset: boolean;
  readonly negativeSaturate: boolean;
}

export const coreSizeOf = (spec: TrueNorthSpec): CoreSize => ({
  axons: spec.axonsPerCore,
  neurons: spec.neuronsPerCore,
  axonTypes: spec.axonTypes,
  weightMax: spec.weightMax,
  leakMax: spec.leakMax,
  maxDelay: spec.maxDelay,
  rules: {
    fireOffset: spec.positiveComparison === 'atLeast' ? 0 : -1,
    linearReset: spec.resetModes.includes('linear'),
    negativeReset: spec.negativeModes.includes('reset'),
    negativeSaturate: spec.negativeModes.includes('saturate'),
  },
});

/** With beta 0 and R 0 saturation and reset are the same: below 0 a potential returns to 0. */
const backToZero = ({ negativeSaturate }: NeuronRules): number =>
  negativeSaturate ? NEGATIVE.saturate : NEGATIVE.reset;

/** Adds an axon; returns its number. */
export function addAxon(core: CoreDraft, type: number): number {
  core.axonType.push(type);
  return core.axonType.length - 1;
}

/**
 * Neuron without memory between ticks: fires iff sum + leak >= 1, else its potential returns to 0 (beta 0, normal reset, saturation at the
 * negative threshold or reset to 0).
 */
export const memoryless = (weights: readonly number[], leak: number, rules: NeuronRules): NeuronParameters => ({
  weights,
  leak,
  threshold: 1 + rules.fireOffset,
  negativeThreshold: 0,
  resetMode: RESET.normal,
  negativeMode: backToZero(rules),
  initialPotential: 0,
});

/**
 * Neuron that emits exactly as many spikes as it receives, one per tick (alpha 1, linear reset). Where it fires above alpha, it starts one
 * higher, and ends there.
 */
export const counter = (rules: NeuronRules): NeuronParameters => ({
  weights: [1],
  leak: 0,
  threshold: 1,
  negativeThreshold: 0,
  resetMode: RESET.linear,
  negativeMode: backToZero(rules),
  initialPotential: -rules.fireOffset,
});

/** Neuron that fires once every `period` ticks, for the first time in tick `phase` (leak 1). */
export const periodic = (period: number, phase: number, rules: NeuronRules): NeuronParameters => ({
  weights: [],
  leak: 1,
  threshold: period + rules.fireOffset,
  negativeThreshold: 0,
  resetMode: RESET.normal,
  negativeMode: backToZero(rules),
  initialPotential: period - 1 - phase,
});

/** Axon types of a gated core: excitation, inhibition, the gate that decides, the clear that forgets. */
export const GATED_TYPE = { excite: 0, inhibit: 1, gate: 2, clear: 3 } as const;

/** How a gated neuron decides: bounds of what it may accumulate before the gate, and its threshold. */
export interface GateDemand {
  /** Largest and smallest partial sum in any order of arrival. */
  readonly high: number;
  readonly low: number;
  /** Fire iff the full sum is >= theta; low <= theta <= high + 1. */
  readonly theta: number;
}

/** What the gate and the clear have to add: V + gate >= alpha iff V >= theta; V - clear < -beta for every V that did not fire. */
export function gateAmounts(demand: GateDemand): { gate: number; clear: number; beta: number } {
  const gate = Math.max(1, demand.high - demand.theta + 1);
  // One more than the deepest sum: right for either reading of the negative comparison (< or <=).
  const beta = Math.max(0, -demand.low) + 1;
  return { gate, beta, clear: Math.max(demand.theta - 1 + gate, 0) + beta + 1 };
}

/**
 * Neuron that accumulates over a window, decides at the gate and forgets at the clear one tick later: alpha = theta + gate is out
 * of reach while it accumulates, and below -beta it resets to R = 0 (kappa 0, normal reset), which the clear forces.
 */
export function gated(
  demand: GateDemand,
  excite: number,
  inhibit: number,
  { gate: gateAxons, clear: clearAxons }: { readonly gate: number; readonly clear: number },
  rules: NeuronRules,
): NeuronParameters {
  const { gate, clear, beta } = gateAmounts(demand);
  const gateWeight = Math.ceil(gate / gateAxons);
  // A larger gate moves alpha, and the clear has to reach further.
  const gateTotal = gateWeight * gateAxons;
  const clearWeight = Math.ceil((clear + gateTotal - gate) / clearAxons);
  return {
    weights: [excite, inhibit, gateWeight, -clearWeight],
    leak: 0,
    threshold: demand.theta + gateTotal + rules.fireOffset,
    negativeThreshold: beta,
    resetMode: RESET.normal,
    negativeMode: NEGATIVE.reset,
    initialPotential: 0,
  };
}

/** Adds a gated core's gate axons, which act at `gateOffset`, and its clear axons, one tick later; asks the timer for their spikes. */
export function addGates(
  core: CoreDraft,
  gates: { readonly gate: number; readonly clear: number },
  gateOffset: number,
): { readonly axons: readonly number[]; readonly timers: readonly TimerRequest[] } {
  const types = [
    ...new Array<number>(gates.gate).fill(GATED_TYPE.gate),
    ...new Array<number>(gates.clear).fill(GATED_TYPE.clear),
  ];
  const timers = types.map((type) => ({
    sink: { core, axon: addAxon(core, type) },
    offset: type === GATED_TYPE.gate ? gateOffset : gateOffset + 1,
  }));
  return { axons: timers.map(({ sink }) => sink.axon), timers };
}

/** Gate and clear axons that every gated neuron of these demands can live with; weights stay within weightMax. */
export function gateAxonCounts(demands: readonly GateDemand[], weightMax: number): { gate: number; clear: number } {
  let gate = 1;
  let clear = 1;
  for (const demand of demands) gate = Math.max(gate, Math.ceil(gateAmounts(demand).gate / weightMax));
  for (const demand of demands) {
    const amounts = gateAmounts(demand);
    const rounded = Math.ceil(amounts.gate / gate) * gate;
    clear = Math.max(clear, Math.ceil((amounts.clear + rounded - amounts.gate) / weightMax));
  }
  return { gate, clear };
}
