/**
 * A model for RANC (Mack et al., "RANC: Reconfigurable Architecture for Neuromorphic Computing", IEEE TCAD 40:11, 2021; github.com/UA-RCL/RANC): what its
 * two files input.json and config.json say, as structure of arrays.
 */

/** Reset types of config.json, `neuron_reset_type`: the negative rule acts when V < threshold (0) or V <= threshold (1). */
export const RANC_RESET_TYPE = { below: 0, atMost: 1 } as const;
/** Reset modes of a neuron, `reset_mode`: to the reset potential, or by the threshold. */
export const RANC_RESET_MODE = { absolute: 0, linear: 1 } as const;

/** The chip of config.json. */
export interface RancSpec {
  readonly neuronsPerCore: number;
  readonly axonsPerCore: number;
  readonly gridWidth: number;
  readonly gridHeight: number;
  /** Weights of a neuron, one per axon type. */
  readonly nWeights: number;
  /** Length of the scheduler's ring; offsets are 0..maxTickOffset - 1, and the last one never arrives. */
  readonly maxTickOffset: number;
  /** A value of RANC_RESET_TYPE. */
  readonly resetType: number;
}

/** All listed cores; nA = axonsPerCore, nN = neuronsPerCore, nW = nWeights, words = ceil(nN / 32). */
export interface RancCoreArrays {
  readonly nCores: number;
  /** [nCores] position on the grid. */
  readonly x: Int32Array;
  readonly y: Int32Array;
  /** [nCores] neurons 0..n-1 are listed; the others are silent. */
  readonly listedNeurons: Int32Array;
  /** [nCores, nA] 0..nW-1. */
  readonly axonType: Int32Array;
  /** [nCores, nA, words]: bit (j mod 32) of word (j div 32) connects the axon to neuron j. */
  readonly synapses: Uint32Array;
  /** [nCores, nN, nW] signed. */
  readonly weights: Int32Array;
  /** [nCores, nN] each, signed. */
  readonly leak: Int32Array;
  readonly positiveThreshold: Int32Array;
  readonly negativeThreshold: Int32Array;
  readonly resetPotential: Int32Array;
  /** [nCores, nN] a value of RANC_RESET_MODE. */
  readonly resetMode: Uint8Array;
  /** [nCores, nN] V before the first tick. */
  readonly initialPotential: Int32Array;
  /** [nCores, nN] destination relative to the core. */
  readonly dx: Int32Array;
  readonly dy: Int32Array;
  /** [nCores, nN] axon of the destination core, or line of the output bus. */
  readonly targetAxon: Int32Array;
  /** [nCores, nN] 0..maxTickOffset - 1: a spike fired in tick t acts in tick t + 1 + offset; the bus ignores it. */
  readonly tickOffset: Int32Array;
}

/** The one output bus; it stands in the place of a core. */
export interface RancOutputBus {
  readonly x: number;
  readonly y: number;
  readonly nOutputs: number;
}

/** Packets of the host: entry t of input.json is packets [tickStart[t], tickStart[t + 1]). */
export interface RancPackets {
  /** [nTicks + 1]. */
  readonly tickStart: Int32Array;
  /** [nPackets] each. */
  readonly x: Int32Array;
  readonly y: Int32Array;
  readonly axon: Int32Array;
  readonly tickOffset: Int32Array;
}

/** The content of input.json and config.json. */
export interface RancModel {
  readonly spec: RancSpec;
  readonly cores: RancCoreArrays;
  readonly outputBus: RancOutputBus;
  readonly packets: RancPackets;
}

/** Cores without neurons: what RANC gives a neuron that is not listed (threshold 1, everything else 0: it never fires). */
export function silentCores(nCores: number, spec: RancSpec): RancCoreArrays {
  const { axonsPerCore: nA, neuronsPerCore: nN, nWeights } = spec;
  const perNeuron = (): Int32Array => new Int32Array(nCores * nN);
  return {
    nCores,
    x: new Int32Array(nCores),
    y: new Int32Array(nCores),
    listedNeurons: new Int32Array(nCores),
    axonType: new Int32Array(nCores * nA),
    synapses: new Uint32Array(nCores * nA * Math.ceil(nN / 32)),
    weights: new Int32Array(nCores * nN * nWeights),
    leak: perNeuron(),
    positiveThreshold: perNeuron().fill(1),
    negativeThreshold: perNeuron(),
    resetPotential: perNeuron(),
    resetMode: new Uint8Array(nCores * nN),
    initialPotential: perNeuron(),
    dx: perNeuron(),
    dy: perNeuron(),
    targetAxon: perNeuron(),
    tickOffset: perNeuron(),
  };
}
