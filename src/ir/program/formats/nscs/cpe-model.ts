/**
 * A TrueNorth model as the vendor's programming environment (CPE) writes it, beside what a program holds: identifiers, seeds
 * and names that a run does not need and an export does. Index `core` counts the cores of the program, `neuron` is
 * core * 256 + neuron.
 */

/** Axons and neurons of a core; a model of any other size is refused. */
export const CORE_SIZE = 256;
/** The longest delay of a spike. */
export const MAX_DELAY = 15;
/** Weights of a neuron. */
export const N_TYPES = 4;
/** The cores of the files. */
export const CORE_SHAPE = { axonsPerCore: CORE_SIZE, neuronsPerCore: CORE_SIZE, axonTypes: N_TYPES } as const;
/** Most cores of a model: 16 chips. */
export const MAX_CORES = 65_536;
/** destCore -1 and -2 are unconnected. */
export const UNCONNECTED = -1;
/** destCore -32 and below are pins of the host. */
export const FIRST_HOST_CORE = -32;
/** Number of the type of an unused neuron; no entry of neuronTypes has it. */
export const UNUSED_TYPE = 0;

/** The parameters of a neuron type, in the order of the files: 23 parameters and V. */
export const NEURON_KEYS = [
  ...['sigma0', 'sigma1', 'sigma2', 'sigma3', 's0', 's1', 's2', 's3', 'b0', 'b1', 'b2', 'b3'],
  ...['sigma_lambda', 'lambda', 'c_lambda', 'epsilon', 'alpha', 'beta', 'TM', 'gamma', 'kappa'],
  ...['sigma_VR', 'VR', 'V'],
] as const;

/** Parameters that are `true` or `false`. */
export const NEURON_FLAGS: ReadonlySet<string> = new Set(['b0', 'b1', 'b2', 'b3', 'c_lambda', 'epsilon', 'kappa']);

/** A neuron type; `values` are in the order of NEURON_KEYS, flags as 0 and 1. */
export interface CpeNeuronType {
  readonly name: string;
  readonly values: Int32Array;
}

/** What a model file holds beside the program. */
export interface CpeModel {
  /** The `model` object as it stands in the file, JSON text without comments' meaning. */
  readonly header: string;
  /** [nCores] ids, ascending. */
  readonly coreIds: Int32Array;
  /** [nCores] seeds of the silicon's generators; our draws do not use them. */
  readonly rngSeeds: Uint32Array;
  /** [nCores] the `metadata` object as JSON text, '' where a core has none. */
  readonly metadata: readonly string[];
  /** [nCores] name of the crossbar prototype, '' for a crossbar of the core's own. */
  readonly crossbarNames: readonly string[];
  readonly neuronTypes: readonly CpeNeuronType[];
  /** [nCores * 256] index into neuronTypes, -1 for an unused neuron. */
  readonly typeIndex: Int32Array;
  /** [nCores * 256] destCore as written: a core id, -1, -2, or a pin group <= -32. */
  readonly destCore: Int32Array;
  /** [nCores * 256] destAxon as written; -1 only where nothing is connected. */
  readonly destAxon: Int16Array;
  /** [nPins] neuron that drives output pin p of the program, ascending. */
  readonly pinNeuron: Int32Array;
}

/** Index of the core with an id, or -1. */
export function coreIndexOf({ coreIds }: Pick<CpeModel, 'coreIds'>, id: number): number {
  let low = 0;
  let high = coreIds.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (coreIds[middle]! < id) low = middle + 1;
    else high = middle;
  }
  return coreIds[low] === id ? low : -1;
}

/** The number of a type's name: "N0000000D" is 13; undefined for a name of another form. */
export function typeNumber(name: string): number | undefined {
  return /^N[0-9A-Fa-f]{1,8}$/.test(name) ? Number.parseInt(name.slice(1), 16) : undefined;
}
