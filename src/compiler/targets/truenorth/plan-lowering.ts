/** Which lowering a layer gets, and which others there are. */
import type { ChipLayer } from './chip-layers.js';
import { lowerCount, lowerScores } from './lower-counts.js';
import { lowerDirect, lowerGated } from './lower-direct.js';
import { lowerPartial } from './lower-partial.js';
import { isProblem, type LoweringPlan, type LoweringProblem } from './lowered.js';
import type { LoweringContext } from './lowering-context.js';

/** A way to put a layer on cores. */
export interface Scheme {
  readonly name: 'direct' | 'gated' | 'partial' | 'signed partial' | 'count' | 'signed count';
  /** Stands bit errors of the crossbar, where it is an alternative to one that does not. */
  readonly isRobust: boolean;
  readonly lower: () => LoweringPlan | LoweringProblem;
}

const TOO_WIDE: LoweringProblem = {
  code: 'fan-in-exceeds-core',
  message: 'the fan-in does not fit one core in one tick',
  remedy: 'let the compiler use a window',
};

/** All schemes for a layer under its rule; of two that fit, the first is the cheaper one: one tick or one core before partial sums, counts before signed sums. */
export function schemesOf(layer: ChipLayer, context: LoweringContext): readonly Scheme[] {
  const [plain, robust] = [
    { ...context, robust: false },
    { ...context, robust: true },
  ];
  switch (layer.rule) {
    case 'score':
      return [
        { name: 'count', isRobust: false, lower: () => lowerScores(layer, plain) },
        { name: 'signed count', isRobust: true, lower: () => lowerScores(layer, robust) },
      ];
    case 'count':
      return [{ name: 'count', isRobust: false, lower: () => lowerCount(layer, context) }];
    case 'threshold': {
      // A memoryless neuron fires once.
      const isDirect = context.arrival.span === 1 && layer.stairs === undefined;
      const lower = isDirect ? lowerDirect : lowerGated;
      const single: Scheme = {
        name: isDirect ? 'direct' : 'gated',
        isRobust: false,
        lower: () => context.memo.plan(layer, context, () => lower(layer, context)) ?? TOO_WIDE,
      };
      if (context.streaming) return [single];
      return [
        single,
        { name: 'partial', isRobust: false, lower: () => lowerPartial(layer, plain) },
        { name: 'signed partial', isRobust: true, lower: () => lowerPartial(layer, robust) },
      ];
    }
  }
}

/** The plan of a layer: that of the first scheme that fits. Schemes that stand bit errors come before those that they are alternatives to, or not at all. */
export function planLowering(layer: ChipLayer, context: LoweringContext): LoweringPlan | LoweringProblem {
  let problem = TOO_WIDE;
  for (const scheme of preferred(schemesOf(layer, context), context.robust === true)) {
    const plan = scheme.lower();
    if (!isProblem(plan)) return plan;
    problem = plan;
  }
  return problem;
}

/** Schemes in the order in which they are tried. */
export function preferred(schemes: readonly Scheme[], robust: boolean): readonly Scheme[] {
  const plain = schemes.filter(({ isRobust }) => !isRobust);
  const signed = schemes.find(({ isRobust }) => isRobust);
  return robust && signed !== undefined ? [...plain.slice(0, -1), signed, ...plain.slice(-1)] : plain;
}
