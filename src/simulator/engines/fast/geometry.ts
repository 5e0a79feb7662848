/**
 * How the cores of a chip become cores of the kernel. The kernel computes 256 neurons at a time; it is built twice, for cores of at most 256 x
 * 256 and four axon types, and for all others (`kernel/lib/chip.ts`). There a core of the chip is as many cores of the kernel as it has blocks
 * of 256 neurons, which read the same axons.
 */
import { CORE_BLOCK, paddedAxons, paddedNeurons } from '../../../ir/program/core-arrays.js';
import type { TrueNorthSpec } from '../../../ir/program/truenorth.js';

/** Sizes of one of the two builds. */
export interface KernelGeometry {
  readonly kernel: 'truenorth' | 'truenorth-general';
  /** Axons of a core, padded, a power of two. */
  readonly axons: number;
  readonly axonTypes: number;
  /** Bytes of the axon types of a core. */
  readonly typeBytes: number;
  readonly scratchBytes: number;
  /** Cores of the chip that fit a route word. */
  readonly maxCores: number;
  /** Cores of the kernel per core of the chip. */
  readonly blocks: number;
  /** Groups of 16 axons that draws are counted in. */
  readonly axonGroups: number;
}

/** Neurons of a core of the kernel. */
export const BLOCK = CORE_BLOCK;
/** The longest delay that fits a route word. */
export const MAX_DELAY = 63;

type Build = Omit<KernelGeometry, 'blocks' | 'axonGroups'>;
const STANDARD: Build = {
  kernel: 'truenorth',
  axons: BLOCK,
  axonTypes: 4,
  typeBytes: 64,
  scratchBytes: 114_752,
  maxCores: 2 ** 17,
};
const GENERAL: Build = {
  kernel: 'truenorth-general',
  axons: 1024,
  axonTypes: 16,
  typeBytes: 1024,
  scratchBytes: 163_840,
  maxCores: 2 ** 15,
};
/** Draws of the standard build. */
const STANDARD_DRAW_BITS = 8;

/** Which build runs a chip, and how. */
export function geometryOf(spec: TrueNorthSpec): KernelGeometry {
  const isStandard =
    spec.axonsPerCore <= STANDARD.axons &&
    spec.neuronsPerCore <= BLOCK &&
    spec.axonTypes <= STANDARD.axonTypes &&
    spec.drawBits === STANDARD_DRAW_BITS &&
    spec.potentialOverflow === 'clamp';
  const axonGroups = paddedAxons(spec) / 16;
  return { ...(isStandard ? STANDARD : GENERAL), blocks: paddedNeurons(spec) / BLOCK, axonGroups };
}

/** Neurons of the chip in block `block` of a core. */
export const neuronsInBlock = ({ neuronsPerCore }: Pick<TrueNorthSpec, 'neuronsPerCore'>, block: number): number =>
  Math.min(BLOCK, neuronsPerCore - block * BLOCK);
