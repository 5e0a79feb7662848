/** Findings as TAP, version 14 (testanything.org): one test point each, with the difference as YAML. */
import type { Finding } from '../findings.js';

/** The whole report. */
export function findingsAsTap(findings: readonly Finding[]): string {
  const lines = ['TAP version 14', `1..${findings.length}`];
  findings.forEach(({ name, passed, comparison, first }, i) => {
    lines.push(`${passed ? 'ok' : 'not ok'} ${i + 1} - ${escaped(name)}`);
    if (passed) return;
    lines.push('  ---', `  message: ${quoted(messageOf({ comparison, first }))}`);
    if (first !== undefined) {
      const { step, field, index, expected, actual, rule, explanation } = first;
      lines.push(`  step: ${step}`, `  field: ${quoted(field)}`, `  index: ${index}`);
      lines.push(`  wanted: ${expected}`, `  found: ${actual}`);
      if (explanation !== undefined) lines.push(`  place: ${quoted(explanation.place)}`);
      if (rule !== undefined) lines.push(`  rule: ${quoted(rule)}`);
    }
    lines.push('  ...');
  });
  return `${lines.join('\n')}\n`;
}

/** One sentence. */
export function messageOf({ comparison, first }: Pick<Finding, 'comparison' | 'first'>): string {
  if (first === undefined) return comparison.stopped ?? 'it differs';
  return `step ${first.step}: ${first.field}[${first.index}] is ${first.actual}, not ${first.expected}`;
}

const escaped = (name: string): string => name.replaceAll('\\', '\\\\').replaceAll('#', '\\#').replaceAll('\n', ' ');
const quoted = (text: string): string => JSON.stringify(text);
