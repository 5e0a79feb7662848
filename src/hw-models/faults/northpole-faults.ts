/** What can be wrong with one NorthPole-style chip: one record for all of it. The definitions stand beside each kind and in docs/faults.md. */
import { isFaultless, type StoredBitFaults } from './stored-bits.js';

/** Memories whose stored bits can fail. */
export const NORTHPOLE_MEMORIES = ['weights', 'biases', 'activations'] as const;

/** A name of {@link NORTHPOLE_MEMORIES}. */
export type NorthPoleMemory = (typeof NORTHPOLE_MEMORIES)[number];

/** Faults and noise of one chip. */
export interface NorthPoleFaults {
  /** Rates and protected positions of the stored bits, and the seed of all that is fixed per chip. */
  readonly bits: StoredBitFaults;
  /**
   * Where bits fail: `weights` (weight-faults.ts) and `biases` (parameter-faults.ts) once per chip, `activations` (activation-faults.ts) anew at
   * every write; stuck bits of activations do not exist.
   */
  readonly memories: readonly NorthPoleMemory[];
  /** Standard deviation of a programmed weight, relative to the largest magnitude of its layer, 0 or more. */
  readonly programmingError: number;
  /** The same of a weight at every read (read-noise.ts). */
  readonly readNoise: number;
  /** Seed of what is drawn anew at every use, a safe integer >= 0. */
  readonly noiseSeed: number;
  /** Names of the only layers with faults; without it all layers, and the coded input where activations fail. */
  readonly layers?: readonly string[];
}

/** Whether a layer has faults, as far as the choice of layers goes. */
export const isHit = ({ layers }: NorthPoleFaults, name: string): boolean => layers?.includes(name) ?? true;

/** Whether bits of a memory fail. */
export const hasBitFaults = ({ bits, memories }: NorthPoleFaults, memory: NorthPoleMemory): boolean =>
  memories.includes(memory) && !isFaultless(bits);

/** Whether anything of the chip itself differs from the program: what is drawn once. */
export const differsFromProgram = (faults: NorthPoleFaults): boolean =>
  faults.programmingError > 0 || hasBitFaults(faults, 'weights') || hasBitFaults(faults, 'biases');

/** Whether anything is drawn at every use. */
export const differsPerUse = (faults: NorthPoleFaults): boolean =>
  faults.readNoise > 0 || hasBitFaults(faults, 'activations');
