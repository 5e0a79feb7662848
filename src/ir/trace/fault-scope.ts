import type { FaultScope } from './run-result.js';

/** The fields of a {@link FaultScope}, each of which may be left out or undefined. */
export type ScopeFields = { readonly [K in keyof FaultScope]?: FaultScope[K] | undefined };

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
