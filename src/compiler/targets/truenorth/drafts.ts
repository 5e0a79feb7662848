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
  | { readonly kind: 'axon'; readonly sink: Sink }
  | { readonly kind: 'pin'; readonly pin: number };

/** The parameters in use: R = 0, no stochastic mode. Weights are per axon type. */
export interface NeuronParameters {
  readonly weights: readonly [number, number, number, number];
  readonly leak: number;
  readonly threshold: number;
  readonly negativeThreshold: number;
  readonly resetMode: number;
  readonly negativeMode: number;
  readonly initialPotential: number;
}

export interface NeuronDraft extends NeuronParameters {
  /** Axons of this core that the crossbar connects to the neuron. */
  readonly axons: readonly number[];
  readonly destination: Destination;
  /** Expected spikes per frame, for placement only. */
  readonly rate: number;
}

export interface CoreDraft {
  readonly layer: number;
  readonly role: CoreRole;
  /** Type of every axon in use, in order. */
  readonly axonType: number[];
  readonly neurons: NeuronDraft[];
}

/** A spike the timer has to send once per period: it acts `offset` ticks after the layer's first input tick. */
export interface TimerRequest {
  readonly sink: Sink;
  readonly offset: number;
}

/** What a core offers. */
export interface CoreSize {
  readonly axons: number;
  readonly neurons: number;
  readonly weightMax: number;
}

export const coreSizeOf = (spec: TrueNorthSpec): CoreSize => ({
  axons: spec.axonsPerCore,
  neurons: spec.neuronsPerCore,
  weightMax: spec.weightMax,
});

/** Adds an axon; returns its number. */
export function addAxon(core: CoreDraft, type: number): number {
  core.axonType.push(type);
  return core.axonType.length - 1;
}

/**
 * Neuron without memory between ticks: fires iff sum + leak >= 1, else its potential returns to 0 (alpha 1, beta 0, normal
 * reset, saturation at the negative threshold).
 */
export const memoryless = (weights: NeuronParameters['weights'], leak: number): NeuronParameters => ({
  weights,
  leak,
  threshold: 1,
  negativeThreshold: 0,
  resetMode: RESET.normal,
  negativeMode: NEGATIVE.saturate,
  initialPotential: 0,
});

/** Neuron that emits exactly as many spikes as it receives, one per tick (alpha 1, linear reset). */
export const counter = (): NeuronParameters => ({
  weights: [1, 0, 0, 0],
  leak: 0,
  threshold: 1,
  negativeThreshold: 0,
  resetMode: RESET.linear,
  negativeMode: NEGATIVE.saturate,
  initialPotential: 0,
});

/** Neuron that fires once every `period` ticks, for the first time in tick `phase` (leak 1, alpha = period). */
export const periodic = (period: number, phase: number): NeuronParameters => ({
  weights: [0, 0, 0, 0],
  leak: 1,
  threshold: period,
  negativeThreshold: 0,
  resetMode: RESET.normal,
  negativeMode: NEGATIVE.saturate,
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
  gateAxons: number,
  clearAxons: number,
): NeuronParameters {
  const { gate, clear, beta } = gateAmounts(demand);
  const gateWeight = Math.ceil(gate / gateAxons);
  // A larger gate moves alpha, and the clear has to reach further.
  const gateTotal = gateWeight * gateAxons;
  const clearWeight = Math.ceil((clear + gateTotal - gate) / clearAxons);
  return {
    weights: [excite, inhibit, gateWeight, -clearWeight],
    leak: 0,
    threshold: demand.theta + gateTotal,
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
