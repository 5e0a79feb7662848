/** Cores under construction, before they have a place on the mesh. */
import { NEGATIVE, RESET } from '../../../ir/program/truenorth.js';
import type { Stair } from './stairs.js';
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

export interface NeuronDraft {
  /** Many neurons have the same object. */
  readonly parameters: NeuronParameters;
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
  /** The axon has another spike of the timer, in another tick. */
  readonly isSecond?: true;
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
  /** Several spikes, see {@link letGo}. */
  readonly stair?: StairDemand;
}

/** A neuron that emits floor((scale S + offset) / rise) spikes, one per tick, until the clear comes `most` ticks after the gate. */
export interface StairDemand extends Stair {
  readonly most: number;
  /** Whether inputs arrive over several ticks, so that the neuron has to be held before the gate lets it go. */
  readonly isHeld: boolean;
}

/** What gates have to add to a potential. */
interface GateAmounts {
  /** Lifts neurons that are held, with their first inputs. */
  readonly hold: number;
  readonly gate: number;
  /** Depth of the floor below 0, and what the clear takes away, if hold and gate are no larger than that. */
  readonly beta: number;
  readonly clear: number;
}

/** V + gate >= alpha iff V >= theta; V - clear < -beta for every V that did not fire. */
export function gateAmounts(demand: GateDemand): GateAmounts {
  if (demand.stair !== undefined) return letGo(demand, demand.stair);
  const gate = Math.max(1, demand.high - demand.theta + 1);
  // One more than the deepest sum: right for either reading of the negative comparison (< or <=).
  const beta = Math.max(0, -demand.low) + 1;
  return { hold: 0, gate, beta, clear: Math.max(demand.theta - 1 + gate, 0) + beta + 1 };
}

/**
 * The potential begins a frame at its floor -beta, where the clear has left it by saturation. The hold lifts it, so that no sum of a part of the inputs pushes
 * it below the floor: hold >= -scale low. The gate lets it go, and lifts it by what it has to be held down before: hold - beta + scale high < rise. With
 * beta = hold + gate - offset it is now scale S + offset. Where all inputs come in one tick, so does the gate, and nothing is held.
 */
function letGo({ low, high }: GateDemand, { scale, rise, offset, most, isHeld }: StairDemand): GateAmounts {
  const top = scale * high + offset;
  const hold = isHeld ? Math.max(0, -scale * low) : 0;
  // One above the floor to spare, for chips whose potentials stand one higher.
  const gate = Math.max(1, isHeld ? top - rise + 1 : 0, offset + 1 - hold);
  const beta = hold + gate - offset;
  const left = Math.max(rise - 1, top - most * rise);
  return { hold, gate, beta, clear: left + beta + 1 };
}

/**
 * Neuron that accumulates over a window, decides at the gate and forgets at the clear one tick later: alpha = theta + gate is out
 * of reach while it accumulates, and below -beta it resets to R = 0 (kappa 0, normal reset), which the clear forces.
 */
export function gated(
  demand: GateDemand,
  excite: number,
  inhibit: number,
  gates: GateAxons,
  rules: NeuronRules,
): NeuronParameters {
  const { hold, gate, clear, beta } = gateAmounts(demand);
  const gateWeight = gateWeightOf({ hold, gate }, gates);
  // A larger gate moves alpha or the floor, and the clear has to reach further.
  const more = gateWeight * (gates.hold + gates.gate) - hold - gate;
  const clearWeight = Math.ceil((clear + more) / gates.clear);
  if (demand.stair !== undefined) {
    const { scale, rise } = demand.stair;
    // A neuron that fires above its threshold stands one higher all the time.
    const floor = beta + more + rules.fireOffset;
    return {
      weights: [scale * excite, scale * inhibit, gateWeight, -clearWeight],
      leak: 0,
      threshold: rise,
      negativeThreshold: floor,
      resetMode: RESET.linear,
      negativeMode: NEGATIVE.saturate,
      initialPotential: -floor,
    };
  }
  return {
    weights: [excite, inhibit, gateWeight, -clearWeight],
    leak: 0,
    threshold: demand.theta + gateWeight * gates.gate + rules.fireOffset,
    negativeThreshold: beta,
    resetMode: RESET.normal,
    negativeMode: NEGATIVE.reset,
    initialPotential: 0,
  };
}

/** Weight of the gate's axons, the first of which hold too. */
const gateWeightOf = (amounts: Pick<GateAmounts, 'hold' | 'gate'>, gates: Omit<GateAxons, 'clear'>): number =>
  Math.max(Math.ceil(amounts.gate / gates.gate), gates.hold === 0 ? 0 : Math.ceil(amounts.hold / gates.hold));

/** When gates act: in `hold`, where they come twice, and in `gate`; the clear `most` ticks after that. */
export interface GateTimes {
  readonly hold?: number;
  readonly gate: number;
  readonly most: number;
}

/** The times of the gates of outputs that fire once, or have stairs. */
export const gateTimes = (first: number, last: number, most: number | undefined): GateTimes =>
  most === undefined ? { gate: last, most: 1 } : { gate: last, most, ...(last > first && { hold: first }) };

/** Axons of the gates of a core. */
export interface GateAxons {
  readonly gate: number;
  /** The first of those of the gate, which have a spike with the first inputs too. */
  readonly hold: number;
  readonly clear: number;
}

/** Adds the gate axons and the clear axons of a gated core; asks the timer for their spikes. */
export function addGates(
  core: CoreDraft,
  gates: GateAxons,
  { hold, gate, most }: GateTimes,
): { readonly axons: readonly number[]; readonly timers: readonly TimerRequest[] } {
  const types = [
    ...new Array<number>(gates.gate).fill(GATED_TYPE.gate),
    ...new Array<number>(gates.clear).fill(GATED_TYPE.clear),
  ];
  const timers = types.map((type) => ({
    sink: { core, axon: addAxon(core, type) },
    offset: type === GATED_TYPE.gate ? gate : gate + most,
  }));
  const axons = timers.map(({ sink }) => sink.axon);
  if (hold === undefined) return { axons, timers };
  const holds = timers.slice(0, gates.hold).map(({ sink }) => ({ sink, offset: hold, isSecond: true }) as const);
  return { axons, timers: [...timers, ...holds] };
}

/** Gate and clear axons that every gated neuron of these demands can live with; weights stay within weightMax. */
export function gateAxonCounts(demands: readonly GateDemand[], weightMax: number): GateAxons {
  const amounts = demands.map(gateAmounts);
  const most = (of: (amounts: GateAmounts) => number): number =>
    amounts.reduce((n, each) => Math.max(n, Math.ceil(of(each) / weightMax)), 0);
  const leastHold = most(({ hold }) => hold);
  const gate = Math.max(
    1,
    leastHold,
    most((each) => each.gate),
  );
  // Few axons would ask for heavy ones, and a heavy gate for a deep floor.
  const hold = leastHold === 0 ? 0 : Math.max(leastHold, Math.ceil(gate / 2));
  const clear = most((each) => {
    const weight = gateWeightOf(each, { gate, hold });
    return each.clear + weight * (gate + hold) - each.hold - each.gate;
  });
  return { gate, hold, clear: Math.max(1, clear) };
}
