/** Which faults a chip has: plain data beside the chip's own files. */
import type { FaultName } from './catalogue.js';
import type { FaultMemory } from './memories.js';
import type { ScopePart } from './scope.js';

/** Whether a chip has something; why not, where there is more to say than that it is not modelled. */
export type Supported = true | { readonly reason: string };

/** A memory of a chip whose bits can fail. */
export interface MemorySupport {
  readonly memory: FaultMemory;
  /** Bits of its widest word; 0 for a memory of single bits, which have no position. */
  readonly wordBits: number;
  /** The largest rate of flips, where it is below 1, and why. */
  readonly most?: { readonly level: number; readonly reason: string };
}

/** What a chip has of the catalogue. What is left out is not modelled. */
export interface FaultSupport {
  /** Name of the chip, as the head of a column. */
  readonly chip: string;
  /** Its kind in the middle of a sentence, in the plural: `TrueNorth-style chips`. */
  readonly chips: string;
  readonly faults: Readonly<Partial<Record<FaultName, Supported>>>;
  /** Bit faults are in the first one unless a scope says otherwise. */
  readonly memories: readonly MemorySupport[];
  readonly scope: Readonly<Partial<Record<ScopePart, Supported>>>;
}

/** The memories with bit faults: those of the scope, or the first one of the chip. */
export const memoriesAtRisk = (
  { memories }: { readonly memories?: readonly FaultMemory[] | undefined },
  support: Pick<FaultSupport, 'memories'>,
): readonly FaultMemory[] => memories ?? support.memories.slice(0, 1).map(({ memory }) => memory);
