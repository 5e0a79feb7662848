/** One neuron of RANC, one tick: weights of active connected axons are in the potential already; leak, compare, reset. */
import {
  RANC_RESET_MODE,
  RANC_RESET_TYPE,
  type RancCoreArrays,
  type RancSpec,
} from '../../ir/program/formats/ranc/types.js';
import type { RancRuleId } from './tick-rules.js';

/** Hears of every rule of tick-rules.ts that decided something; absent where nobody asks. */
export type Note = ((rule: RancRuleId) => void) | undefined;

/** What a tick leaves of a neuron. */
export interface NeuronResult {
  readonly potential: number;
  readonly spike: boolean;
}

/** A neuron in a tick: {@link updateNeuron}, or a model of it that is compared with it. */
export type NeuronUpdate = typeof updateNeuron;

/** What every neuron of a chip shares. */
export interface NeuronRules extends Pick<RancSpec, 'resetType'> {
  /** Width of a potential in bits, 2..32. */
  readonly potentialBits: number;
}

/** The low `bits` of an integer, as a signed number: what a register of this width keeps. */
export function wrap(value: number, bits: number): number {
  return (value << (32 - bits)) >> (32 - bits);
}

/**
 * The rest of a tick of a neuron (flat index core * neuronsPerCore + neuron) whose potential has the weights in it already. Sums wrap once, here:
 * adding and then keeping the low bits is the same in any order.
 */
export function updateNeuron(
  cores: RancCoreArrays,
  rules: NeuronRules,
  neuron: number,
  summed: number,
  note?: Note,
): NeuronResult {
  const leak = cores.leak[neuron]!;
  if (leak !== 0) note?.('leak');
  const potential = wrap(summed + leak, rules.potentialBits);
  if (potential !== summed + leak) note?.('wrap');
  return { spike: fires(cores, neuron, potential), potential: nextPotential(cores, rules, neuron, potential, note) };
}

/** V >= positive threshold. */
export function fires(cores: RancCoreArrays, neuron: number, potential: number): boolean {
  return potential >= cores.positiveThreshold[neuron]!;
}

/**
 * The potential a tick leaves behind (flat index core * neuronsPerCore + neuron). A neuron that fires: R (mode 0) or V minus the
 * positive threshold (mode 1). Else below the negative threshold (at or below, with reset type 1): -R, or V minus the negative
 * threshold. Else V.
 */
export function nextPotential(
  cores: RancCoreArrays,
  rules: NeuronRules,
  neuron: number,
  potential: number,
  note?: Note,
): number {
  const linear = cores.resetMode[neuron] === RANC_RESET_MODE.linear;
  if (fires(cores, neuron, potential)) {
    note?.('fire');
    note?.('reset');
    const reset = linear ? potential - cores.positiveThreshold[neuron]! : cores.resetPotential[neuron]!;
    return wrap(reset, rules.potentialBits);
  }
  const threshold = cores.negativeThreshold[neuron]!;
  const below = rules.resetType === RANC_RESET_TYPE.below ? potential < threshold : potential <= threshold;
  if (!below) return potential;
  note?.('negative-rule');
  return wrap(linear ? potential - threshold : -cores.resetPotential[neuron]!, rules.potentialBits);
}
