/** What a comparison means by the rules of the specification: which of them decided where values differ, and how often each was used. */
import type { ChipKit, KitCase, StepExplanation } from '../chips/kit.js';
import { agrees, type Comparison, type Difference } from './compare.js';

/** A rule of the specification in a comparison. */
export interface RuleUse {
  readonly rule: string;
  readonly text: string;
  readonly source: string;
  /** How often the specification used it, up to the last step that was compared. */
  readonly used: number;
  /** Differences of the first step that has any, where it decided: of {@link MOST_EXPLAINED} at most. */
  readonly differences: number;
}

/** A comparison of one case, explained. */
export interface Finding {
  /** What was compared with what. */
  readonly name: string;
  readonly passed: boolean;
  readonly comparison: Comparison;
  readonly first?: ExplainedDifference | undefined;
  readonly rules: readonly RuleUse[];
}

/** A difference with what stands around it. */
export interface ExplainedDifference extends Difference {
  readonly explanation: StepExplanation | undefined;
  /** The rule that decided there. */
  readonly rule: string | undefined;
}

/** Differences that are asked about. */
export const MOST_EXPLAINED = 32;

/** Explains a comparison; the specification runs again up to the step that differs. */
export function findingOf(
  kit: ChipKit,
  of: KitCase,
  { name, comparison }: Pick<Finding, 'name' | 'comparison'>,
): Finding {
  const [field] = comparison.differences.map((difference) => difference.field);
  const explained = comparison.differences
    .filter((difference) => difference.field === field)
    .slice(0, MOST_EXPLAINED)
    .map((difference): ExplainedDifference => {
      const explanation = kit.explain?.(of.program, of.stimulus, difference);
      return { ...difference, explanation, rule: explanation?.rules.at(-1) };
    });
  const used = usedRules(kit, of, comparison.steps);
  return {
    ...{ name, comparison, passed: agrees(comparison), first: explained[0] },
    rules: kit.rules.map(({ id, text, source }) => ({
      ...{ rule: id, text, source, used: used.get(id) ?? 0 },
      differences: explained.filter(({ rule }) => rule === id).length,
    })),
  };
}

/** How often each rule was used in the first steps of a case. */
export function usedRules(kit: ChipKit, { program, stimulus }: KitCase, steps: number): Map<string, number> {
  const used = new Map<string, number>();
  const note = (rule: string): void => {
    used.set(rule, (used.get(rule) ?? 0) + 1);
  };
  const model = kit.open(program, stimulus, kit.models[0], { note });
  for (let step = 0; step < steps && model.step(); step++);
  return used;
}
