/** What a TrueNorth-style core is made of, as far as it costs energy and area. */
import type { TrueNorthSpec } from '../../ir/program/truenorth.js';

/** Sizes of a core. Widths are in bits, signs included. */
export interface CoreStructure {
  readonly axons: number;
  readonly neurons: number;
  /** Weights stored per neuron. */
  readonly axonTypes: number;
  /** Bits of a crossbar cell. */
  readonly cellBits: number;
  readonly weightBits: number;
  readonly leakBits: number;
  /** Of each of the two thresholds, without sign. */
  readonly thresholdBits: number;
  readonly potentialBits: number;
  /** Longest delay in ticks; the scheduler has a slot more. */
  readonly maxDelay: number;
  /** Of each of the two offsets of a destination. */
  readonly offsetBits: number;
}

/** The published core. */
export const STANDARD_CORE: CoreStructure = {
  axons: 256,
  neurons: 256,
  axonTypes: 4,
  cellBits: 1,
  weightBits: 9,
  leakBits: 9,
  thresholdBits: 18,
  potentialBits: 20,
  maxDelay: 15,
  offsetBits: 9,
};

/** The part of a spec that decides about the size of a core. */
type SizedSpec = Pick<
  TrueNorthSpec,
  | 'axonsPerCore'
  | 'neuronsPerCore'
  | 'axonTypes'
  | 'weightMax'
  | 'leakMax'
  | 'thresholdMax'
  | 'potentialMax'
  | 'maxDelay'
  | 'maxHop'
>;

/** The core of a chip. The crossbar of these chips is binary. */
export const coreStructureOf = (spec: SizedSpec): CoreStructure => ({
  axons: spec.axonsPerCore,
  neurons: spec.neuronsPerCore,
  axonTypes: spec.axonTypes,
  cellBits: 1,
  weightBits: signedBits(spec.weightMax),
  leakBits: signedBits(spec.leakMax),
  thresholdBits: unsignedBits(spec.thresholdMax),
  potentialBits: signedBits(spec.potentialMax),
  maxDelay: spec.maxDelay,
  offsetBits: signedBits(spec.maxHop),
});

const unsignedBits = (max: number): number => Math.ceil(Math.log2(max + 1));
const signedBits = (max: number): number => unsignedBits(max) + 1;

/**
 * Modes of a neuron in its row: 88 bits are published for state and parameters besides the four 9-bit weights; 20 are the potential, two
 * thresholds and a leak are 45. How the rest is used is not printed.
 */
const MODE_BITS = 23;
/** Debug bits of a packet. */
const DEBUG_BITS = 2;

const delayBits = ({ maxDelay }: CoreStructure): number => unsignedBits(maxDelay);
const addressBits = ({ axons }: CoreStructure): number => Math.ceil(Math.log2(axons));

/**
 * Bits of the memory row of a neuron: its column of the crossbar, potential, parameters, destination and delay. 410 in print (256 + 124 + 26
 * + 4; Akopyan et al., IEEE TCAD 34:1537, 2015), as here for {@link STANDARD_CORE}.
 */
export const rowBits = (core: CoreStructure): number =>
  core.axons * core.cellBits +
  (core.potentialBits + 2 * core.thresholdBits + core.leakBits + MODE_BITS + core.axonTypes * core.weightBits) +
  (2 * core.offsetBits + addressBits(core)) +
  delayBits(core);

/** Bits of a packet: destination, delay, debug. 32 in print. */
export const packetBits = (core: CoreStructure): number =>
  2 * core.offsetBits + DEBUG_BITS + addressBits(core) + delayBits(core);

/** Bits of the scheduler: one per axon and slot. */
export const schedulerBits = ({ axons, maxDelay }: CoreStructure): number => axons * (maxDelay + 1);
