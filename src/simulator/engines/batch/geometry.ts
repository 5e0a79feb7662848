/**
 * How the cores of a chip become cores of the batch kernel: as for the fast engine (`../fast/geometry.ts`), with two builds of the kernel and
 * blocks of 256 neurons.
 */
import { CORE_BLOCK, paddedNeurons } from '../../../ir/program/core-arrays.js';
import type { TrueNorthSpec } from '../../../ir/program/truenorth.js';

/** Sizes of one of the two builds; `kernel/lib/geometry.ts` has the same numbers. */
export interface BatchGeometry {
  /** Whether it is the build for all cores. */
  readonly general: boolean;
  /** Axons of a core, padded, a power of two. */
  readonly axons: number;
  readonly axonTypes: number;
  /** Words of the parameters of a neuron. */
  readonly parameterWords: number;
  readonly scratchBytes: number;
  /** Cores of the kernel per core of the chip. */
  readonly blocks: number;
}

const STANDARD = { general: false, axons: CORE_BLOCK, axonTypes: 4, parameterWords: 16, scratchBytes: 2048 };
const GENERAL = { general: true, axons: 1024, axonTypes: 16, parameterWords: 32, scratchBytes: 4096 };

/** Which build runs a chip, and how. */
export function batchGeometry(spec: TrueNorthSpec): BatchGeometry {
  const isStandard =
    spec.axonsPerCore <= STANDARD.axons &&
    spec.neuronsPerCore <= CORE_BLOCK &&
    spec.axonTypes <= STANDARD.axonTypes &&
    spec.potentialOverflow === 'clamp';
  return { ...(isStandard ? STANDARD : GENERAL), blocks: paddedNeurons(spec) / CORE_BLOCK };
}
