/**
 * The arrays of all cores of a TrueNorth-style chip, as one table: types, extents, meanings and the values of what is not used. Type, schema,
 * lengths and copies are derived from it. nA = spec.axonsPerCore, nN = spec.neuronsPerCore, nT = spec.axonTypes, words = ceil(nN / 32).
 */
import { assert } from '../../common/assert.js';
import type { TrueNorthSpec } from './truenorth-parameters.js';

/** `target` of a neuron that drives nothing. */
export const NO_TARGET = -1;

/** Cores of a program at most: as many as the fast engine runs. */
export const MOST_CORES = 131_072;

/** What an array has an element for: a core, an axon [nCores, nA], 32 synapses [nCores, nA, words], a neuron [nCores, nN], a weight [nCores, nN, nT]. */
export type Extent = 'core' | 'axon' | 'synapseWord' | 'neuron' | 'weight';

/** The typed arrays a program is made of. */
export type ProgramArray = Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array;
type ArrayConstructor =
  | Uint8ArrayConstructor
  | Int16ArrayConstructor
  | Uint16ArrayConstructor
  | Int32ArrayConstructor
  | Uint32ArrayConstructor;

/** One array. */
export interface CoreArray {
  readonly type: ArrayConstructor;
  readonly per: Extent;
  /** Of what is not used: a neuron that never fires and drives nothing. */
  readonly unused: number;
  readonly what: string;
}

/** The table, in the order in which files hold the arrays. */
export const CORE_ARRAYS = {
  x: { type: Int16Array, per: 'core', unused: 0, what: 'column on the mesh' },
  y: { type: Int16Array, per: 'core', unused: 0, what: 'row on the mesh' },
  axonType: { type: Uint8Array, per: 'axon', unused: 0, what: '0..nT - 1' },
  synapses: {
    type: Uint32Array,
    per: 'synapseWord',
    unused: 0,
    what: 'crossbar rows: bit (j mod 32) of word (j div 32) connects the axon to neuron j',
  },
  weights: { type: Int16Array, per: 'weight', unused: 0, what: 'signed weight per axon type' },
  leak: { type: Int16Array, per: 'neuron', unused: 0, what: 'signed leak (sigma_lambda lambda)' },
  leakReversal: { type: Uint8Array, per: 'neuron', unused: 0, what: 'epsilon: 1 = the leak has the sign of V' },
  threshold: { type: Int32Array, per: 'neuron', unused: 1, what: 'alpha' },
  negativeThreshold: { type: Int32Array, per: 'neuron', unused: 0, what: 'beta' },
  resetMode: { type: Uint8Array, per: 'neuron', unused: 0, what: 'gamma, a value of RESET' },
  negativeMode: { type: Uint8Array, per: 'neuron', unused: 0, what: 'kappa, a value of NEGATIVE' },
  resetPotential: { type: Int32Array, per: 'neuron', unused: 0, what: 'R' },
  initialPotential: { type: Int32Array, per: 'neuron', unused: 0, what: 'V before the first tick' },
  stochastic: {
    type: Uint32Array,
    per: 'neuron',
    unused: 0,
    what: 'bit t < nT: b_G of type t (stochastic weight); bit nT: c_lambda (stochastic leak)',
  },
  thresholdBits: { type: Uint8Array, per: 'neuron', unused: 0, what: 'TM, number of random threshold bits' },
  target: {
    type: Int32Array,
    per: 'neuron',
    unused: NO_TARGET,
    what: 'core index, NO_TARGET, or OUTPUT_PIN_BASE - pin',
  },
  targetAxon: { type: Uint16Array, per: 'neuron', unused: 0, what: 'axon of the target core' },
  delay: {
    type: Uint8Array,
    per: 'neuron',
    unused: 1,
    what: '1..maxDelay: a spike fired in tick t acts in tick t + delay',
  },
} as const satisfies Readonly<Record<string, CoreArray>>;

/** Name of an array. */
export type CoreArrayName = keyof typeof CORE_ARRAYS;

/** All cores as structure of arrays; {@link CORE_ARRAYS} says what each means. */
export interface CoreArrays extends CoreArrayFields {
  readonly nCores: number;
  /** [nCores, nN] hops of its spikes beyond |dx| + |dy|, around what is known to be down; none without it. Not part of program files. */
  readonly extraHops?: Uint16Array;
}

type CoreArrayFields = { readonly [K in CoreArrayName]: MadeBy<(typeof CORE_ARRAYS)[K]['type']> };

/** What a constructor makes, in memory of its own or shared. */
type MadeBy<C extends ArrayConstructor> = Extract<
  ProgramArray,
  { readonly [Symbol.toStringTag]: InstanceType<C>[typeof Symbol.toStringTag] }
>;

/** The part of a spec that decides how long the arrays are. */
export type CoreShape = Pick<TrueNorthSpec, 'axonsPerCore' | 'neuronsPerCore' | 'axonTypes'>;

/** Elements of an array per core. */
export function elementsPerCore(per: Extent, { axonsPerCore, neuronsPerCore, axonTypes }: CoreShape): number {
  switch (per) {
    case 'core':
      return 1;
    case 'axon':
      return axonsPerCore;
    case 'synapseWord':
      return axonsPerCore * Math.ceil(neuronsPerCore / 32);
    case 'neuron':
      return neuronsPerCore;
    case 'weight':
      return neuronsPerCore * axonTypes;
  }
}

/** The names of all arrays, in the order of the table. */
export const CORE_ARRAY_NAMES: readonly CoreArrayName[] = Object.keys(CORE_ARRAYS).filter(isName);

function isName(key: string): key is CoreArrayName {
  return key in CORE_ARRAYS;
}

/** Cores whose arrays are made one by one. */
export function coreArraysOf(nCores: number, make: (name: CoreArrayName) => ProgramArray): CoreArrays {
  const made: Partial<Record<CoreArrayName, ProgramArray>> = {};
  for (const name of CORE_ARRAY_NAMES) made[name] = make(name);
  assert(hasAllArrays(made), 'an array of the cores of the wrong type');
  return { nCores, ...made };
}

function hasAllArrays(made: Partial<Record<CoreArrayName, ProgramArray>>): made is CoreArrayFields {
  return CORE_ARRAY_NAMES.every((name) => made[name] instanceof CORE_ARRAYS[name].type);
}

/** Cores in which nothing is used. */
export function unusedCores(nCores: number, shape: CoreShape): CoreArrays {
  return coreArraysOf(nCores, (name) => {
    const { type, per, unused } = CORE_ARRAYS[name];
    const array = new type(nCores * elementsPerCore(per, shape));
    if (unused !== 0) array.fill(unused);
    return array;
  });
}

/** The bit of `stochastic` that makes the leak stochastic. */
export const stochasticLeakBit = ({ axonTypes }: Pick<TrueNorthSpec, 'axonTypes'>): number => 2 ** axonTypes;

/** Neurons and axons that draws and engines count in: cores are padded to a multiple. */
export const CORE_BLOCK = 256;

/** Neurons of a core, padded; draws number neurons core * padded + neuron. */
export const paddedNeurons = ({ neuronsPerCore }: Pick<TrueNorthSpec, 'neuronsPerCore'>): number =>
  CORE_BLOCK * Math.ceil(neuronsPerCore / CORE_BLOCK);

/** Axons of a core, padded. */
export const paddedAxons = ({ axonsPerCore }: Pick<TrueNorthSpec, 'axonsPerCore'>): number =>
  CORE_BLOCK * Math.ceil(axonsPerCore / CORE_BLOCK);

/** Axons (core * axonsPerCore + axon, ascending) that several neurons drive. */
export function sharedAxons({ nCores, target, targetAxon }: CoreArrays, axonsPerCore: number): Int32Array {
  const drivers = new Uint8Array(nCores * axonsPerCore);
  const shared: number[] = [];
  target.forEach((core, i) => {
    if (core < 0) return;
    const axon = core * axonsPerCore + targetAxon[i]!;
    if (drivers[axon] === 1) shared.push(axon);
    drivers[axon] = Math.min(2, drivers[axon]! + 1);
  });
  return Int32Array.from(shared).sort();
}
