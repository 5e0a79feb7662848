import type { LayerMapping } from '../../../ir/program/truenorth.js';
import { type CoreDraft, type CoreSize, GATED_TYPE, type Sink, type TimerRequest } from './drafts.js';

/** How counts arrive at a layer. */
export interface Arrival {
  readonly maxCount: number;
  readonly span: number;
  /** A count c arrives as spikes in ticks 0..c-1 exactly (so a queue of such counts never runs dry before it is done). */
  readonly aligned: boolean;
}

/** A layer on cores. */
export interface LoweredLayer {
  readonly scheme: LayerMapping['scheme'];
  readonly cores: readonly CoreDraft[];
  /** [nIn] axons that want each input element. */
  readonly inputSinks: readonly (readonly Sink[])[];
  readonly timers: readonly TimerRequest[];
  /** Ticks of the window of partial sums or counts; 1 when there is none. */
  readonly window: number;
  /** Ticks from the first input spike to the first output spike. */
  readonly latency: number;
  /** How the layer's outputs leave, from the first output tick on. */
  readonly departure: Arrival;
  /** Smallest period at which frames do not touch each other in this layer. */
  readonly minPeriod: number;
  readonly limitedBy: string;
  /** Score layers: row and coefficient of every pin. */
  readonly pins: readonly { readonly row: number; readonly coefficient: number }[];
}

/** How a layer goes on cores: most plans are only compared, so that cores are counted first and built when they are wanted. */
export interface LoweringPlan {
  readonly nCores: number;
  /** The same cores however often it is called. */
  readonly build: () => LoweredLayer;
}

/** A plan whose cores are built at most once. */
export function planOf(nCores: number, build: () => LoweredLayer): LoweringPlan {
  let built: LoweredLayer | undefined;
  return { nCores, build: () => (built ??= build()) };
}

/** Why a layer cannot be lowered under these limits. */
export interface LoweringProblem {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
}

/** Tells a problem from a result of any kind. */
export const isProblem = (result: object): result is LoweringProblem => 'remedy' in result;

/** Empty lists of sinks, one per input element. */
export const emptySinks = (nIn: number): Sink[][] => Array.from({ length: nIn }, () => []);

/** A binary output that fires in one tick. */
export const ONE_TICK: Arrival = { maxCount: 1, span: 1, aligned: true };

/** What gated neurons need of a chip, or undefined if it is there. */
export function gatedProblem({ axonTypes, rules }: CoreSize): LoweringProblem | undefined {
  const nTypes = Object.keys(GATED_TYPE).length;
  if (axonTypes < nTypes) {
    return {
      code: 'too-few-axon-types',
      message: `sums that do not fit a core and a tick need ${nTypes} axon types, a neuron of the chip has ${axonTypes} weights`,
      remedy: `use a chip with at least ${nTypes} axonTypes, or a smaller fan-in`,
    };
  }
  if (rules.negativeReset) return undefined;
  return {
    code: 'no-negative-reset',
    message:
      'sums that do not fit a core and a tick are forgotten by a reset below the negative threshold, which the chip does not have',
    remedy: 'use a chip whose negativeModes have reset, or a smaller fan-in',
  };
}
