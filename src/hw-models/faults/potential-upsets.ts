/**
 * Upsets of stored potentials: a bit of a membrane potential flips between two ticks, once. The potential that a tick begins with is the
 * one that the last tick stored, in two's complement of as many bits as +-potentialMax needs (20 on the published chip), with at most one
 * bit of every 16 neighbouring neurons flipped:
 *
 *   group g of a core     neurons 16 g .. 16 g + 15, together 16 * bits stored bits
 *   hit                   word g mod 4 of the draw (core * 4 k + g div 4, tick, first sample), for cores of at most k * 256 neurons, is below 16 * bits * rate * 2^32
 *   which bit             floor(word * 16 * bits / 2^32) of a second draw: neuron in the group * bits + position
 *
 * So every stored bit flips with probability `rate` in every tick; upsets at a lower rate are a subset of those at a higher one; and
 * those of one direction are those of both whose bits hold the value.
 */
import { draw, draw4, PURPOSE } from '../../common/rng.js';
import { paddedNeurons } from '../../ir/program/core-arrays.js';
import type { TrueNorthSpec } from '../../ir/program/truenorth.js';

/** Neurons of which at most one is hit in a tick. */
export const UPSET_GROUP = 16;

/** Rates per stored bit and tick, 0..1 / (16 * bits). */
export interface PotentialUpsets {
  /** Of bits that hold 0. */
  readonly rate0to1: number;
  /** Of bits that hold 1. */
  readonly rate1to0: number;
  /** Positions, 0 = least significant, that never flip. */
  readonly protectedBits: readonly number[];
  /** [nCores] 1 for the cores at risk; all without it. */
  readonly cores?: Uint8Array;
}

/** The run that draws belong to. */
export interface UpsetKey {
  readonly seed: number;
  readonly firstSample: number;
}

/** Bits of a stored potential, the sign included. */
export const potentialBits = ({ potentialMax }: Pick<TrueNorthSpec, 'potentialMax'>): number =>
  33 - Math.clz32(potentialMax);

const DRAWS = 4294967296;
const words = new Uint32Array(4);

/** Flips what is hit in `potentials`, [neurons] of core `core`, before tick `tick` of the run. */
export function upsetPotentials(
  potentials: Int32Array,
  upsets: PotentialUpsets,
  spec: Pick<TrueNorthSpec, 'potentialMax' | 'neuronsPerCore'>,
  key: UpsetKey,
  core: number,
  tick: number,
): void {
  if (upsets.cores !== undefined && upsets.cores[core] === 0) return;
  const bits = potentialBits(spec);
  const groupBits = UPSET_GROUP * bits;
  const first = (core * paddedNeurons(spec)) / UPSET_GROUP;
  for (let group = 0; group * UPSET_GROUP < potentials.length; group++) {
    draw4(key.seed, PURPOSE.potentialUpset, Math.floor((first + group) / 4), tick, key.firstSample, words);
    const word = words[group & 3]!;
    if (word >= groupBits * Math.max(upsets.rate0to1, upsets.rate1to0) * DRAWS) continue;
    const which = draw(key.seed, PURPOSE.potentialUpsetBit, first + group, tick, key.firstSample);
    const index = Math.floor((which * groupBits) / DRAWS);
    const neuron = group * UPSET_GROUP + Math.floor(index / bits);
    const bit = index % bits;
    if (neuron >= potentials.length || upsets.protectedBits.includes(bit)) continue;
    const before = potentials[neuron]!;
    const rate = ((before >>> bit) & 1) === 0 ? upsets.rate0to1 : upsets.rate1to0;
    if (word >= groupBits * rate * DRAWS) continue;
    const unused = 32 - bits;
    potentials[neuron] = ((before ^ (1 << bit)) << unused) >> unused;
  }
}
