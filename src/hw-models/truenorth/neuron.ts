/**
 * One neuron, one tick, as the equations are written: integrate, leak, threshold.
 * Cassidy et al., "Cognitive computing building block", IJCNN 2013; rule by rule in SOURCES.md.
 * The draws of the stochastic modes are arguments; `draws.ts` says where they come from.
 */
import { stochasticLeakBit } from '../../ir/program/core-arrays.js';
import { NEGATIVE, RESET, type CoreArrays, type TrueNorthSpec } from '../../ir/program/truenorth.js';
import type { NeuronDraws } from './draws.js';
import type { TrueNorthRuleId } from './tick-rules.js';

/** The parameters of one neuron; symbols of the paper in parentheses. */
export interface NeuronParameters {
  /** Signed weight per axon type (sigma_G s_G). */
  readonly weights: readonly number[];
  /** Per axon type: the weight is stochastic (b_G). */
  readonly stochasticWeights: readonly boolean[];
  /** Signed leak (sigma_lambda lambda). */
  readonly leak: number;
  /** The leak is stochastic (c_lambda). */
  readonly stochasticLeak: boolean;
  /** The leak has the sign of V (epsilon). */
  readonly leakReversal: boolean;
  /** Positive threshold (alpha). */
  readonly threshold: number;
  /** Magnitude of the negative threshold (beta). */
  readonly negativeThreshold: number;
  /** A value of RESET (gamma). */
  readonly resetMode: number;
  /** A value of NEGATIVE (kappa). */
  readonly negativeMode: number;
  /** R. */
  readonly resetPotential: number;
  /** Largest threshold draw (M = 2^TM - 1). */
  readonly thresholdMask: number;
}

/** Hears of every rule of tick-rules.ts that decided something; absent where nobody asks. */
export type Note = ((rule: TrueNorthRuleId) => void) | undefined;

/** An active axon that is connected to the neuron. */
export interface Arrival {
  /** Its type. */
  readonly type: number;
  /** Read if the weight of this type is stochastic. */
  readonly rho: number;
}

/** A neuron in a tick: {@link updateNeuron}, or a model of it that is compared with it. */
export type NeuronUpdate = typeof updateNeuron;

/** What the threshold step leaves behind. */
export interface ThresholdResult {
  readonly potential: number;
  readonly spike: boolean;
}

/** The named switches of the spec that the neuron reads. */
export type NeuronRules = Pick<
  TrueNorthSpec,
  'positiveComparison' | 'negativeComparison' | 'linearReset' | 'potentialMax' | 'potentialOverflow'
>;

/** Reads the parameters of neuron `neuronIdx` (flat index core * neuronsPerCore + neuron). */
export function neuronParameters(spec: TrueNorthSpec, cores: CoreArrays, neuronIdx: number): NeuronParameters {
  const { axonTypes } = spec;
  const types = Array.from({ length: axonTypes }, (_, type) => type);
  return {
    weights: types.map((type) => cores.weights[neuronIdx * axonTypes + type]!),
    stochasticWeights: types.map((type) => ((cores.stochastic[neuronIdx]! >>> type) & 1) === 1),
    leak: cores.leak[neuronIdx]!,
    stochasticLeak: (cores.stochastic[neuronIdx]! & stochasticLeakBit(spec)) !== 0,
    leakReversal: cores.leakReversal[neuronIdx] === 1,
    threshold: cores.threshold[neuronIdx]!,
    negativeThreshold: cores.negativeThreshold[neuronIdx]!,
    resetMode: cores.resetMode[neuronIdx]!,
    negativeMode: cores.negativeMode[neuronIdx]!,
    resetPotential: cores.resetPotential[neuronIdx]!,
    thresholdMask: 2 ** cores.thresholdBits[neuronIdx]! - 1,
  };
}

/** One tick: every arrival, then the leak, then the thresholds. */
export function updateNeuron(
  neuron: NeuronParameters,
  rules: NeuronRules,
  potential: number,
  arrivals: readonly Arrival[],
  draws: NeuronDraws,
  note?: Note,
): ThresholdResult {
  let sum = potential;
  for (const { type, rho } of arrivals) sum = integrate(neuron, sum, type, rho, note);
  const leaked = summed(leak(neuron, summed(sum, rules, note), draws.leak, note), rules, note);
  return applyThreshold(neuron, rules, leaked, (draws.threshold & neuron.thresholdMask) >>> 0, note);
}

/** Step 1: V plus the weight of one active, connected axon of type `axonType`. `rho` is read if the weight is stochastic. */
export function integrate(
  neuron: NeuronParameters,
  potential: number,
  axonType: number,
  rho: number,
  note?: Note,
): number {
  const weight = neuron.weights[axonType]!;
  note?.(neuron.stochasticWeights[axonType] === true ? 'stochastic-weight' : 'integrate');
  return potential + (neuron.stochasticWeights[axonType] === true ? stochasticStep(weight, rho) : weight);
}

/**
 * Step 2: V plus leak. With leak reversal the leak has the sign of V, and a leak that would carry V through 0 stops there.
 * `rho` is read if the leak is stochastic.
 */
export function leak(neuron: NeuronParameters, potential: number, rho: number, note?: Note): number {
  const step = neuron.stochasticLeak ? stochasticStep(neuron.leak, rho) : neuron.leak;
  if (neuron.leak !== 0) note?.(neuron.stochasticLeak ? 'stochastic-leak' : 'leak');
  if (!neuron.leakReversal) return potential + step;
  if (step !== 0) note?.('leak-reversal');
  const sign = Math.sign(potential);
  const leaked = potential + sign * step;
  if (leaked * sign >= 0) return leaked;
  note?.('leak-stops');
  return 0;
}

/**
 * sigma F(s, rho) of a signed value sigma s: its sign if |s| >= rho, else 0, so that it acts with probability (|s| + 1) / 2^drawBits.
 * A value of 0 has no sign and never acts.
 */
export function stochasticStep(value: number, rho: number): number {
  return Math.abs(value) >= rho ? Math.sign(value) : 0;
}

/**
 * Step 3: compare with the thresholds, spike, reset, clamp. `eta` is the threshold draw, 0 while the draw is off.
 * A neuron without reset (gamma 2) that saturates below (kappa 1) saturates above too, at alpha + M.
 */
export function applyThreshold(
  neuron: NeuronParameters,
  rules: NeuronRules,
  potential: number,
  eta: number,
  note?: Note,
): ThresholdResult {
  if (neuron.thresholdMask > 0) note?.('threshold-draw');
  const positive = neuron.threshold + eta;
  if (potential === positive) note?.('fire-edge');
  const spike = rules.positiveComparison === 'atLeast' ? potential >= positive : potential > positive;
  if (spike) {
    note?.('fire');
    return { potential: stored(resetAbove(neuron, rules, potential, eta, note), rules, note), spike };
  }
  const saturates = neuron.negativeMode === NEGATIVE.saturate;
  const negative = -(saturates ? neuron.negativeThreshold : neuron.negativeThreshold + eta);
  if (potential === negative) note?.('negative-edge');
  const below = rules.negativeComparison === 'below' ? potential < negative : potential <= negative;
  const next = below ? resetBelow(neuron, potential, eta, note) : potential;
  return { potential: stored(next, rules, note), spike };
}

function resetAbove(neuron: NeuronParameters, rules: NeuronRules, potential: number, eta: number, note: Note): number {
  switch (neuron.resetMode) {
    case RESET.normal:
      note?.('reset-normal');
      return neuron.resetPotential;
    case RESET.linear:
      note?.('reset-linear');
      return potential - neuron.threshold - (rules.linearReset === 'thresholdAndDraw' ? eta : 0);
    default:
      if (neuron.negativeMode !== NEGATIVE.saturate) {
        note?.('reset-none');
        return potential;
      }
      note?.('reset-none-saturates');
      return Math.min(potential, neuron.threshold + neuron.thresholdMask);
  }
}

function resetBelow(neuron: NeuronParameters, potential: number, eta: number, note: Note): number {
  if (neuron.negativeMode === NEGATIVE.saturate) {
    note?.('negative-saturate');
    return -neuron.negativeThreshold;
  }
  note?.('negative-reset');
  switch (neuron.resetMode) {
    case RESET.normal:
      return -neuron.resetPotential;
    case RESET.linear:
      return potential + neuron.negativeThreshold + eta;
    default:
      return potential;
  }
}

/**
 * A sum within the tick: the low bits where potentials wrap, all of it where they are clamped at the end of the tick. Wrapping once after
 * many additions is the same as wrapping after each.
 */
export function summed(potential: number, { potentialMax, potentialOverflow }: NeuronRules, note?: Note): number {
  if (potentialOverflow === 'clamp') return potential;
  const kept = wrapped(potential, potentialMax);
  if (kept !== potential) note?.('overflow');
  return kept;
}

/** What the register of a potential keeps. */
function stored(potential: number, { potentialMax, potentialOverflow }: NeuronRules, note: Note): number {
  const kept = potentialOverflow === 'clamp' ? clamp(potential, potentialMax) : wrapped(potential, potentialMax);
  if (kept !== potential) note?.('overflow');
  return kept;
}

/** Two's complement of as many bits as -limit - 1..limit needs; limit is 2^n - 1. */
function wrapped(potential: number, limit: number): number {
  const range = 2 * (limit + 1);
  return ((((potential + limit + 1) % range) + range) % range) - limit - 1;
}

function clamp(potential: number, limit: number): number {
  // Adding 0 turns -0 into 0: both are the same potential.
  return Math.max(-limit, Math.min(limit, potential)) + 0;
}
