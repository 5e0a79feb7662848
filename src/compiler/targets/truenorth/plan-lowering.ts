/** Which lowering a layer gets. */
import type { ChipLayer } from './chip-layers.js';
import { lowerCount, lowerScores } from './lower-counts.js';
import { lowerDirect, lowerGated } from './lower-direct.js';
import { lowerPartial } from './lower-partial.js';
import { isProblem, type LoweringPlan, type LoweringProblem } from './lowered.js';
import type { LoweringContext } from './lowering-context.js';

/** The plan of a layer under its rule: one tick or one core where the fan-in allows it, else partial sums. */
export function planLowering(layer: ChipLayer, context: LoweringContext): LoweringPlan | LoweringProblem {
  switch (layer.rule) {
    case 'score':
      return robustly(context, (how) => lowerScores(layer, how));
    case 'count':
      return lowerCount(layer, context);
    case 'threshold': {
      const single = context.memo.plan(layer, context, () =>
        // A memoryless neuron fires once.
        context.arrival.span === 1 && layer.stairs === undefined
          ? lowerDirect(layer, context)
          : lowerGated(layer, context),
      );
      if (single !== undefined) return single;
      if (!context.streaming) return robustly(context, (how) => lowerPartial(layer, how));
      return {
        code: 'fan-in-exceeds-core',
        message: 'the fan-in does not fit one core in one tick',
        remedy: 'let the compiler use a window',
      };
    }
  }
}

/** A layer that does not fit in the way that stands bit errors gets the plain lowering. */
function robustly(
  context: LoweringContext,
  lower: (context: LoweringContext) => LoweringPlan | LoweringProblem,
): LoweringPlan | LoweringProblem {
  const plan = lower(context);
  return context.robust === true && isProblem(plan) ? lower({ ...context, robust: false }) : plan;
}
