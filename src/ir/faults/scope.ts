/** Where faults are: the parts of a scope, their types and their schema. */
import { z } from 'zod';
import { FAULT_MEMORIES } from './memories.js';

/** Fields of a scope, as files have them. */
export const scopeFields = {
  /** Memories with bit errors and stuck bits; the first one of the chip without it. */
  memories: z.array(z.enum(FAULT_MEMORIES)).min(1).readonly(),
  /** Positions, 0 = least significant, of the bits without faults in all memories that hold numbers. */
  protectedBits: z.array(z.int().min(0).max(63)).readonly(),
  /** Names of the layers with faults. */
  layers: z.array(z.string().min(1)).min(1).readonly(),
  /** Indices of the cores of the program with faults. */
  cores: z.array(z.int().min(0)).min(1).readonly(),
  /** What is down is known to the compiler, which avoids it; false without it: what goes there vanishes. */
  known: z.boolean(),
} as const;

/** A part of a scope. */
export type ScopePart = keyof typeof scopeFields;

/** Where the faults of a run are; a field that is left out means everywhere, but for `memories` and `known`. */
export type FaultScope = { readonly [P in ScopePart]?: z.infer<(typeof scopeFields)[P]> };

/** The fields of a {@link FaultScope}, each of which may be left out or undefined. */
export type ScopeFields = { readonly [P in ScopePart]?: FaultScope[P] | undefined };

/** Parts of a scope, in the order of messages. `all`: it limits every fault, so each has to accept it; else one that accepts it is enough. */
export const SCOPE_PARTS: readonly { readonly name: ScopePart; readonly all: boolean }[] = [
  { name: 'memories', all: false },
  { name: 'protectedBits', all: false },
  { name: 'layers', all: true },
  { name: 'cores', all: true },
  { name: 'known', all: false },
];

/** The fields of a scope, each of which may be left out. */
export const optionalScopeFields = {
  memories: scopeFields.memories.exactOptional(),
  protectedBits: scopeFields.protectedBits.exactOptional(),
  layers: scopeFields.layers.exactOptional(),
  cores: scopeFields.cores.exactOptional(),
  known: scopeFields.known.exactOptional(),
} as const;

/** A scope in a file. */
export const scopeSchema: z.ZodType<FaultScope> = z.object(optionalScopeFields);

/** The scope of these fields, in one order; undefined where they narrow nothing. */
export function faultScope({ memories, protectedBits, layers, cores, known }: ScopeFields): FaultScope | undefined {
  const scope: FaultScope = {
    ...(memories === undefined ? {} : { memories }),
    ...(protectedBits === undefined ? {} : { protectedBits }),
    ...(layers === undefined ? {} : { layers }),
    ...(cores === undefined ? {} : { cores }),
    ...(known === undefined ? {} : { known }),
  };
  return Object.keys(scope).length === 0 ? undefined : scope;
}
