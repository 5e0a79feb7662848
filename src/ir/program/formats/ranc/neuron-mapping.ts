import { type CoreArrays, NEGATIVE, RESET, type TrueNorthSpec } from '../../truenorth.js';

/** Why a neuron has no exact counterpart in RANC. */
export interface NeuronProblem {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
}

/**
 * Whether RANC's neuron with the same numbers (negative threshold -beta) follows a TrueNorth neuron potential by potential.
 *
 * ```
 *                    TrueNorth                       RANC
 *   fired            R            | V - alpha        R | V - threshold                always equal
 *   below, kappa 0   -R           | V + beta         -R | V - (-beta)                 always equal
 *   below, kappa 1   -beta (saturates)               -R | V + beta                    equal if R = beta (gamma 0),
 *                                                                                     or if V never gets there
 *   gamma 2, leak reversal, stochastic modes         -                                not there
 * ```
 * `reach` is the most negative change of the potential in one tick: inputs and leak, 0 or less.
 */
export function neuronProblem(
  spec: TrueNorthSpec,
  cores: CoreArrays,
  n: number,
  reach: number,
): NeuronProblem | undefined {
  if (cores.stochastic[n] !== 0 || cores.thresholdBits[n] !== 0) {
    return problem('stochastic', 'uses a stochastic mode, RANC has none', 'use the deterministic modes');
  }
  if (cores.leakReversal[n] === 1 && cores.leak[n] !== 0) {
    return problem('leak-reversal', 'its leak follows the sign of V, RANC has no such leak', 'use a plain leak');
  }
  const gamma = cores.resetMode[n];
  if (gamma === RESET.none) {
    return problem('no-reset', 'keeps its potential when it fires (gamma 2), RANC always resets', 'use gamma 0 or 1');
  }
  if (gamma === RESET.linear && spec.positiveComparison === 'above') {
    return problem(
      'strict-linear-reset',
      'fires above its threshold and subtracts the threshold; RANC fires at the number that it subtracts',
      'use a chip that fires at the threshold (atLeast)',
    );
  }
  if (cores.negativeMode[n] === NEGATIVE.saturate && !saturationMaps(spec, cores, n, reach)) {
    return problem(
      'saturation',
      `saturates at -${cores.negativeThreshold[n]} (kappa 1); RANC resets there, and V may get there`,
      'use R equal to beta with normal reset, kappa 0, or inputs that are never negative',
    );
  }
  return undefined;
}

const problem = (rule: string, message: string, remedy: string): NeuronProblem => ({
  code: `ranc-${rule}`,
  message,
  remedy,
});

function saturationMaps(spec: TrueNorthSpec, cores: CoreArrays, n: number, reach: number): boolean {
  const beta = cores.negativeThreshold[n]!;
  const linear = cores.resetMode[n] === RESET.linear;
  if (!linear && cores.resetPotential[n] === beta) return true;
  // V only rises, but for what firing leaves: R, or V - alpha >= 0.
  const lowest = Math.min(cores.initialPotential[n]!, linear ? 0 : cores.resetPotential[n]!);
  if (reach < 0) return false;
  if (lowest > -beta) return true;
  // At -beta itself the two comparisons part: "below" does nothing, "at most" gives V + beta = 0 where TrueNorth keeps -beta.
  return lowest === -beta && (spec.negativeComparison === 'below' || (linear && beta === 0));
}
