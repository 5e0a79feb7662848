/**
 * A program for a TrueNorth-style chip: everything that is loaded into the cores, and how to feed and read it.
 * This is the only thing that crosses from the compiler to the simulator.
 */
import type { EventWindow } from './chip-program.js';
import type { InputDigits } from '../network/input-code.js';
import type { CompleteReadout } from '../network/readout.js';
import type { InputCode } from '../network/types.js';
import type { CoreArrays } from './core-arrays.js';
import type { TrueNorthSpec } from './truenorth-parameters.js';

export { type CoreArrays, NO_TARGET } from './core-arrays.js';
export type { TrueNorthSpec } from './truenorth-parameters.js';

/** Values of `resetMode` (gamma). */
export const RESET = { normal: 0, linear: 1, none: 2 } as const;
/** Values of `negativeMode` (kappa): reset below the negative threshold, or saturate at it. */
export const NEGATIVE = { reset: 0, saturate: 1 } as const;
/** `target` of a neuron that drives output pin p is OUTPUT_PIN_BASE - p. */
export const OUTPUT_PIN_BASE = -2;

/** What a core is there for: weights of a layer, partial sums of it, copies of spikes, or the timer. */
export type CoreRole = 'layer' | 'partial' | 'splitter' | 'timer';

/** One line of the mapping table, printed by the compiler and drawn by the report. */
export interface LayerMapping {
  readonly name: string;
  /** How the layer was lowered: `direct` (one tick), `gated` (accumulate over a window), `partial` (partial sums + gated),
   * `count` (emits its sum as a spike count), `merge` (no cores: maxima merge on the axons), `spiking` (keeps its potential from step to
   * step, a tick each), `relay` (passes spikes on). */
  readonly scheme: 'direct' | 'gated' | 'partial' | 'count' | 'merge' | 'spiking' | 'relay';
  /** Fan-in, inputs and outputs of the layer. */
  readonly fanIn: number;
  readonly nIn: number;
  readonly nOut: number;
  readonly cores: number;
  readonly partialCores: number;
  readonly splitterCores: number;
  /** Physical neurons per logical output beyond the first, summed over the layer. */
  readonly copies: number;
  /** Ticks of the window in which partial sums or counts travel; 1 when direct. */
  readonly window: number;
  /** Ticks from this layer's first input spike to the next layer's. */
  readonly ticks: number;
  /** Used share of axons, neurons and crossbar cells of the layer's cores, 0..1. */
  readonly axonUse: number;
  readonly neuronUse: number;
  /** What decided the number of cores: `axons`, `neurons`, ... */
  readonly limitedBy: string;
}

/** How host inputs reach axons: element e drives entries [rowStart[e], rowStart[e + 1]) of core and axon. */
export interface InputMap {
  readonly nElements: number;
  readonly rowStart: Int32Array;
  readonly core: Int32Array;
  readonly axon: Uint16Array;
  /** Largest count of an element: it spikes in the first `value` ticks of the frame (or as drawn, for bernoulli). */
  readonly maxCount: number;
  /** Of integer codes: an element for every digit of every input, see encodeDigits. */
  readonly digits?: InputDigits;
}

/** Timing in ticks; of a program with {@link EventWindow} that of a sample of one step, see windowed. Frame k's inputs act in ticks k * period + inputStart + [0, inputTicks); its outputs fire in
 * k * period + outputStart + [0, outputTicks). The latency is outputStart + outputTicks - inputStart. */
export interface FrameTiming {
  readonly period: number;
  /** 0, or 1 where a timer has to fire one tick before the first frame. */
  readonly inputStart: number;
  readonly inputTicks: number;
  readonly outputStart: number;
  readonly outputTicks: number;
}

/**
 * How output spikes become class scores: score[c] = constant[c] + sum over pins p of class c of coefficient[p] * spikes[p]. The
 * decision compares them as the readout says.
 */
export interface OutputMap extends CompleteReadout {
  readonly nClasses: number;
  readonly pinClass: Int32Array;
  readonly pinCoefficient: Int32Array;
  readonly constant: Int32Array;
}

/** What is loaded into a TrueNorth-style chip. */
export interface TrueNorthProgram {
  readonly kind: 'truenorth';
  readonly name: string;
  readonly spec: TrueNorthSpec;
  readonly cores: CoreArrays;
  /** [nCores] index into `layers`, or -1 for the timer. */
  readonly coreLayer: Int32Array;
  readonly coreRole: readonly CoreRole[];
  readonly layers: readonly LayerMapping[];
  /** Shape and code of the 8-bit input, so that a program runs without its model. */
  readonly inputShape: readonly number[];
  readonly inputCode: InputCode;
  readonly inputs: InputMap;
  /** Axons (core * nA + axon, ascending) that several neurons or inputs may drive: spikes of one tick merge into one. Any other
   * axon has at most one driver. */
  readonly mergedAxons: Int32Array;
  readonly timing: FrameTiming;
  readonly outputs: OutputMap;
  /**
   * Of networks with time: a sample is a run of its own from a reset chip, step s of it enters in tick inputStart + s, and its scores are the spikes
   * of ticks outputStart..outputStart + steps - 1. Input element e with a count of c drives the first c of elements e * maxCount.. of `inputs`.
   */
  readonly events?: EventWindow;
}
