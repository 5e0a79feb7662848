/** Which partial sums a layer gets, with the cores that make them: counts of sets of inputs, or signed sums that stand bit errors. */
import type { ChipLayer } from './chip-layers.js';
import type { GroupPlan } from './counted-sets.js';
import { buildCounting, packCounting, type RoutedLanes } from './counting-cores.js';
import { isProblem, type LoweredLayer, type LoweringProblem } from './lowered.js';
import type { LoweringContext } from './lowering-context.js';
import type { Packing } from './packing.js';
import { planLayer } from './partial-plan.js';
import { planSigned } from './robust-plan.js';
import { buildSigned, packSigned } from './signed-cores.js';

/** Rows as partial sums, and how their neurons get onto cores. */
export interface PartialSums {
  readonly plans: readonly GroupPlan[];
  /** The cores for so many neurons of every (plan, chunk); undefined where one chunk does not fit a core, too-many for more than `most` cores. */
  readonly pack: (
    laneCount: (plan: GroupPlan, chunk: number) => number,
    most?: number,
  ) => Packing | 'too-many' | undefined;
  /** Builds them; `lanesOf` gives as many neurons of (plan, chunk) as `pack` was told. */
  readonly build: (
    packing: Packing,
    lanesOf: (plan: GroupPlan, chunk: number) => RoutedLanes,
  ) => Pick<LoweredLayer, 'cores' | 'inputSinks'>;
}

/** The partial sums of a layer, see planLayer. */
export function partialSums(
  layer: ChipLayer,
  context: LoweringContext,
  options: { readonly allowShared: boolean; readonly digits: boolean },
): PartialSums | LoweringProblem {
  const robust = context.robust === true;
  // Digits that single outputs read are counted: a signed sum is one for all outputs of a bundle.
  const signed = robust && layer.extra.every((input) => input < 0) ? planSigned(layer, context) : undefined;
  if (signed !== undefined) {
    return {
      plans: signed,
      pack: (laneCount) => packSigned(layer, signed, context, laneCount),
      build: (packing, lanesOf) => buildSigned(signed, packing, layer, context, lanesOf),
    };
  }
  // A shared count is on the way of one sign for half of the rows: what a gated core adds by mistake pushes them all the same way.
  const found = planLayer(layer, context, { ...options, allowShared: options.allowShared && !robust });
  if (isProblem(found)) return found;
  const { plans } = found;
  return {
    plans,
    pack: (laneCount, most) => packCounting(layer, plans, context, laneCount, most),
    build: (packing, lanesOf) => buildCounting(plans, packing, layer, context, lanesOf),
  };
}
