/** Neuron parameters between the files' 23 fields and the program's arrays. */
import { stochasticLeakBit } from '../../core-arrays.js';
import type { CoreArrays } from '../../truenorth.js';
import { CORE_SHAPE, N_TYPES, NEURON_KEYS } from './cpe-model.js';

const KEY = Object.fromEntries(NEURON_KEYS.map((key, i) => [key, i]));
const at = (key: (typeof NEURON_KEYS)[number]): number => KEY[key] ?? -1;
const [ALPHA, BETA, TM, GAMMA, KAPPA] = [at('alpha'), at('beta'), at('TM'), at('gamma'), at('kappa')];
const [SIGMA_LAMBDA, LAMBDA, C_LAMBDA] = [at('sigma_lambda'), at('lambda'), at('c_lambda')];
const [EPSILON, SIGMA_VR, VR, V] = [at('epsilon'), at('sigma_VR'), at('VR'), at('V')];
const [SIGMA, S, B] = [at('sigma0'), at('s0'), at('b0')];

/** A neuron that does nothing: no weights, no leak, a threshold that its potential 0 does not reach. */
export const UNUSED_VALUES: Int32Array = valuesOf({ alpha: 1, kappa: 1 });

/** Values in the order of NEURON_KEYS; signs default to 1, the rest to 0. */
function valuesOf(given: Readonly<Record<string, number>>): Int32Array {
  return Int32Array.from(NEURON_KEYS, (key) => given[key] ?? (key.startsWith('sigma') ? 1 : 0));
}

/** Writes neuron `i` = core * 256 + neuron; target, axon and delay stay as they are. */
export function setNeuron(cores: CoreArrays, i: number, values: Int32Array): void {
  let stochastic = values[C_LAMBDA]! * stochasticLeakBit(CORE_SHAPE);
  for (let type = 0; type < N_TYPES; type++) {
    cores.weights[i * N_TYPES + type] = values[SIGMA + type]! * values[S + type]!;
    stochastic |= values[B + type]! << type;
  }
  cores.stochastic[i] = stochastic;
  cores.leak[i] = values[SIGMA_LAMBDA]! * values[LAMBDA]!;
  cores.leakReversal[i] = values[EPSILON]!;
  cores.threshold[i] = values[ALPHA]!;
  cores.negativeThreshold[i] = values[BETA]!;
  cores.thresholdBits[i] = values[TM]!;
  cores.resetMode[i] = values[GAMMA]!;
  cores.negativeMode[i] = values[KAPPA]!;
  cores.resetPotential[i] = values[SIGMA_VR]! * (2 ** values[VR]! - 1);
  cores.initialPotential[i] = values[V]!;
}

/** Reads neuron `i` back into `values`. Returns false if R is not of the form +-(2^VR - 1), which the files cannot say. */
export function getNeuron(cores: CoreArrays, i: number, values: Int32Array): boolean {
  for (let type = 0; type < N_TYPES; type++) {
    const weight = cores.weights[i * N_TYPES + type]!;
    values[SIGMA + type] = weight < 0 ? -1 : 1;
    values[S + type] = Math.abs(weight);
    values[B + type] = (cores.stochastic[i]! >> type) & 1;
  }
  values[C_LAMBDA] = (cores.stochastic[i]! & stochasticLeakBit(CORE_SHAPE)) === 0 ? 0 : 1;
  values[SIGMA_LAMBDA] = cores.leak[i]! < 0 ? -1 : 1;
  values[LAMBDA] = Math.abs(cores.leak[i]!);
  values[EPSILON] = cores.leakReversal[i]!;
  values[ALPHA] = cores.threshold[i]!;
  values[BETA] = cores.negativeThreshold[i]!;
  values[TM] = cores.thresholdBits[i]!;
  values[GAMMA] = cores.resetMode[i]!;
  values[KAPPA] = cores.negativeMode[i]!;
  const reset = cores.resetPotential[i]!;
  const exponent = 31 - Math.clz32(Math.abs(reset) + 1);
  values[SIGMA_VR] = reset < 0 ? -1 : 1;
  values[VR] = exponent;
  values[V] = cores.initialPotential[i]!;
  return 2 ** exponent - 1 === Math.abs(reset);
}

/** Whether two sets of values mean the same neuron: the sign of a zero does not matter. */
export function sameNeuron(a: Int32Array, b: Int32Array): boolean {
  return NEURON_KEYS.every((_, key) => a[key] === b[key] || (MAGNITUDE_OF.get(key) ?? noMagnitude)(a, b));
}

/** For the index of a sign: whether its magnitude is 0 on both sides. */
const MAGNITUDE_OF = new Map<number, (a: Int32Array, b: Int32Array) => boolean>(
  [
    ...[0, 1, 2, 3].map((type) => [SIGMA + type, S + type] as const),
    [SIGMA_LAMBDA, LAMBDA] as const,
    [SIGMA_VR, VR] as const,
  ].map(([sign, magnitude]) => [sign, (a, b) => a[magnitude] === 0 && b[magnitude] === 0]),
);
const noMagnitude = (): boolean => false;
