/** Findings for people. */
import type { Finding, RuleUse } from '../findings.js';

/** A row of a table: its cells. */
export type TableRows = readonly (readonly string[])[];
/** Draws a table. */
export type DrawTable = (header: readonly string[], rows: TableRows, left: readonly number[]) => string;

/** What a comparison found: one line where nothing differs, else the first difference with everything around it. */
export function findingText({ name, passed, comparison, first, rules }: Finding): string {
  const { steps, fields, nDifferences, stopped } = comparison;
  const compared = `${steps} ${steps === 1 ? 'step' : 'steps'} of ${fields.join(', ') || 'nothing'}`;
  if (passed) return `${name}: no difference in ${compared}\n`;
  if (first === undefined) return `${name}: ${stopped ?? 'it differs'}, after ${compared}\n`;
  const { step, field, index, expected, actual, explanation, rule } = first;
  const known = rules.find((one) => one.rule === rule);
  const lines = [
    `${name}: step ${step} differs in ${nDifferences} ${nDifferences === 1 ? 'value' : 'values'}`,
    `  ${explanation === undefined ? '' : `${explanation.place}: `}${field}[${index}] is ${actual}, the specification has ${expected}`,
    ...(explanation?.inputs ?? []).map(([what, value]) => `    ${what}: ${value}`),
    ...(known === undefined ? [] : [`  decided by rule ${ruleText(known)}`]),
    ...(explanation === undefined || explanation.rules.length < 2
      ? []
      : [`  rules there, in order: ${explanation.rules.join(', ')}`]),
  ];
  return `${lines.join('\n')}\n`;
}

/** Rules that were used, with how often, and the differences that they decided. */
export function rulesText(rules: readonly RuleUse[], table: DrawTable): string {
  const rows = rules.map(({ rule, used, differences, text }) => [rule, `${used}`, `${differences}`, text]);
  return table(['rule', 'used', 'differences', 'what it says'], rows, [0, 3]);
}

const ruleText = ({ rule, text, source }: RuleUse): string => `${rule}: ${text} (${source})`;
